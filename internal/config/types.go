package config

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
)

// Secret is a text that never prints.
type Secret string

const masked = "[secret]"

// String shows that there is a secret, not which.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return masked
}

// GoString is String, so that %#v is no way around it.
func (s Secret) GoString() string { return s.String() }

// LogValue is String for slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalYAML is String for YAML.
func (s Secret) MarshalYAML() (any, error) { return s.String(), nil }

// MarshalJSON is String for JSON.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(strconv.Quote(s.String())), nil }

// check refuses what cannot be presented in a header, and what only stands for a secret.
func (s Secret) check() error {
	if s == "" {
		return errors.New("is blank")
	}
	if s == masked {
		return errors.New("is the mask that `telltale config show` writes, not the secret")
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return errors.New("holds a space, a line break or another character that cannot stand in a key")
		}
	}
	return nil
}

// Reveal returns the text itself.
func (s Secret) Reveal() string { return string(s) }

// Size is a number of bytes, written with a unit of 1024: 512kb, 48mb, 50gb.
type Size int64

var sizeUnits = []struct {
	suffix string
	bytes  int64
}{{"tb", 1 << 40}, {"gb", 1 << 30}, {"mb", 1 << 20}, {"kb", 1 << 10}, {"b", 1}, {"", 1}}

// ParseSize reads a size: digits, perhaps with a fraction, and a unit (b, kb, mb, gb, tb, or none for bytes).
func ParseSize(s string) (Size, error) {
	text := strings.ToLower(strings.TrimSpace(s))
	for _, u := range sizeUnits {
		number, ok := strings.CutSuffix(text, u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || n < 0 || math.IsInf(n, 0) || math.IsNaN(n) || n*float64(u.bytes) >= math.MaxInt64 {
			break
		}
		return Size(n * float64(u.bytes)), nil
	}
	return 0, fmt.Errorf("%q is no size: want a number with b, kb, mb, gb or tb, such as 48mb", s)
}

// String writes the largest unit that divides the size.
func (n Size) String() string {
	for _, u := range sizeUnits {
		if n > 0 && u.suffix != "" && int64(n)%u.bytes == 0 {
			return strconv.FormatInt(int64(n)/u.bytes, 10) + u.suffix
		}
	}
	return strconv.FormatInt(int64(n), 10)
}

// MarshalYAML is String for YAML.
func (n Size) MarshalYAML() (any, error) { return n.String(), nil }
