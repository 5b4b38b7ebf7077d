package logging_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
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

// What the name of a group says holds for all that is in it, whatever it is and however deep.
func TestNamesOfGroupsHoldBelow(t *testing.T) {
	const secret = "hunter2hunter2"
	type stripe struct{ Secrets map[string]string }
	for name, c := range map[string]struct {
		group string // of WithGroup
		attr  any
	}{
		"group":            {attr: slog.Group("secret", slog.String("v", secret))},
		"list in a group":  {attr: slog.Group("credentials", slog.Any("list", []string{secret}))},
		"group in a group": {attr: slog.Group("token", slog.Group("value", slog.String("x", secret)))},
		"number":           {attr: slog.Group("password", slog.Group("a", slog.Int64("n", 47110815)))},
		"error":            {attr: slog.Group("secret", slog.Any("err", errors.New(secret)))},
		"struct":           {attr: slog.Any("cfg", stripe{map[string]string{"stripe": secret}})},
		"text":             {attr: slog.String("cfg", `{"secret":{"v":"`+secret+`"}}`)},
		"WithGroup":        {group: "secret", attr: slog.String("v", secret)},
		"WithGroup, deep":  {group: "secret", attr: slog.Group("a", slog.Any("b", []string{secret}))},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			for _, format := range []logging.Format{logging.FormatJSON, logging.FormatConsole} {
				log := slog.New(logging.New(logging.Options{Writer: &b, Format: format, Stack: logging.Off}))
				if c.group != "" {
					log = log.WithGroup(c.group)
				}
				log.Info("call", c.attr)
				log.With(c.attr).Info("call")
			}
			if got := b.String(); strings.Contains(got, secret) || strings.Contains(got, "47110815") {
				t.Error(got)
			}
			if !strings.Contains(b.String(), "[redacted:secret]") {
				t.Error("no marker in", b.String())
			}
		})
	}
	var b bytes.Buffer
	log := slog.New(logging.New(logging.Options{Writer: &b, Format: logging.FormatJSON}))
	log.Info("call", slog.Group("token", "count", 1234, "text", "the"), slog.Group("secret", "configured", true))
	if got := b.String(); strings.Contains(got, "redacted") {
		t.Error(got)
	}
}
