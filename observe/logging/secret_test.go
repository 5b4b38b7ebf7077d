package logging_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/observe/logging"
)

func TestSecretNeverPrints(t *testing.T) {
	const text = "hunter2"
	type holder struct {
		Secret  logging.Secret
		Pointer *logging.Secret
		Map     map[string]logging.Secret
	}
	type element struct {
		Text logging.Secret
		Attr logging.Secret `xml:",attr"`
	}
	s := logging.Secret(text)
	h := holder{s, &s, map[string]logging.Secret{"k": s}}
	var out bytes.Buffer
	for _, verb := range "vsdqxXeEfFgGboOcUt" {
		for _, flags := range []string{"", "+", "#", "-20", ".3"} {
			fmt.Fprintf(&out, "%"+flags+string(verb)+"\n", s)
			fmt.Fprintf(&out, "%"+flags+string(verb)+"\n", h)
		}
	}
	fmt.Fprintln(&out, s, h, &s, []logging.Secret{s}, fmt.Errorf("bad: %v", s))
	if err := json.NewEncoder(&out).Encode(h); err != nil { //nolint:gosec // that it does not show is the point
		t.Error(err)
	}
	if err := xml.NewEncoder(&out).Encode(element{s, s}); err != nil {
		t.Error(err)
	}
	if err := gob.NewEncoder(&out).Encode(h); err != nil {
		t.Error(err)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "s", s, "h", h)
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "s", s, "h", h)
	slog.New(logging.New(logging.Options{Writer: &out, DisableRedaction: true})).Info("m", "s", s, "h", h)
	for _, leak := range []string{text, "68756e74657232", "68756E74657232", "68 75"} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("%q appears at %.200s", leak, out.String()[strings.Index(out.String(), leak):])
		}
	}
	if s.Reveal() != text {
		t.Error("Reveal does not return the text")
	}
}
