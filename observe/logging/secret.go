package logging

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a text that does not print: not through any verb of fmt, not as JSON, text, YAML or gob, not through slog.
// Reveal returns it.
//
// Limits are the standard library's. fmt does not ask values in unexported fields how they print, so a struct that holds a
// Secret in one must not be printed with %v; handlers of this package are not affected. It does not ask for %w either, which
// go vet refuses for what is no error. And encoding/json does not ask the keys of maps, so a Secret must not be one.
type Secret string

// marker stands in place of every Secret, as for other finds of package redact.
const marker = "[redacted:secret]"

// Reveal returns the text.
func (s Secret) Reveal() string { return string(s) }

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
