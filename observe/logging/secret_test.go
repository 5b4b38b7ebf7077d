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
		Key     map[logging.Secret]int
		hidden  logging.Secret
		inner   struct{ deeper []logging.Secret }
	}
	type element struct {
		Text logging.Secret
		Attr logging.Secret `xml:",attr"`
	}
	s := logging.NewSecret(text)
	h := holder{Secret: s, Pointer: &s, Map: map[string]logging.Secret{"k": s}, Key: map[logging.Secret]int{s: 1}, hidden: s}
	h.inner.deeper = []logging.Secret{s}
	var out bytes.Buffer
	for _, verb := range "vsdqxXeEfFgGboOcUt" {
		for _, flags := range []string{"", "+", "#", "-20", ".3"} {
			fmt.Fprintf(&out, "%"+flags+string(verb)+"\n", s)
			fmt.Fprintf(&out, "%"+flags+string(verb)+"\n", h)
		}
	}
	fmt.Fprintln(&out, s, h, &s, []logging.Secret{s}, fmt.Errorf("bad: %v", s))
	if err := json.NewEncoder(&out).Encode(h); err != nil {
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

func TestSecretIsRead(t *testing.T) {
	var config struct {
		Key   logging.Secret
		Other logging.Secret `json:",omitzero"`
	}
	if err := json.Unmarshal([]byte(`{"Key": "hunter2"}`), &config); err != nil {
		t.Fatal(err)
	}
	if config.Key.Reveal() != "hunter2" || config.Key.IsZero() || !config.Other.IsZero() || config.Other.Reveal() != "" {
		t.Errorf("read %q and %q", config.Key.Reveal(), config.Other.Reveal())
	}
	if config.Other != logging.NewSecret("") {
		t.Error("an empty Secret is not the zero one")
	}
	if b, err := json.Marshal(config); err != nil || string(b) != `{"Key":"[redacted:secret]"}` {
		t.Errorf("written %s, %v", b, err)
	}
}
