package logging

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a text that does not print: not through any verb of fmt, not as JSON, text, YAML or gob, not through slog, also
// not in an unexported field of a struct or as the key of a map. Reveal returns it. Make one with NewSecret, or read one
// with whatever decodes JSON, YAML or text.
//
// Two of them are equal by == if one is a copy of the other.
type Secret struct {
	text *string // fmt prints the address where it does not ask how to print
}

// NewSecret returns the Secret of a text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// marker stands in place of every Secret, as for other finds of package redact.
const marker = "[redacted:secret]"

// Reveal returns the text.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether the text is empty.
func (s Secret) IsZero() bool { return s.text == nil }

// String returns the marker.
func (Secret) String() string { return marker }

// GoString returns the marker.
func (Secret) GoString() string { return marker }

// Format writes the marker, whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, marker) }

// LogValue returns the marker.
func (Secret) LogValue() slog.Value { return slog.StringValue(marker) }

// MarshalJSON returns the marker.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + marker + `"`), nil }

// MarshalText returns the marker.
func (Secret) MarshalText() ([]byte, error) { return []byte(marker), nil }

// MarshalBinary returns the marker.
func (Secret) MarshalBinary() ([]byte, error) { return []byte(marker), nil }

// GobEncode returns the marker.
func (Secret) GobEncode() ([]byte, error) { return []byte(marker), nil }

// MarshalYAML returns the marker.
func (Secret) MarshalYAML() (any, error) { return marker, nil }

// UnmarshalText reads a Secret as it stands in a configuration.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}
