package logging_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/telltale-dev/telltale/observe/internal/scope"
	"github.com/telltale-dev/telltale/observe/logging"
)

// suite returns the texts of redact's suite that hold something private, and what becomes of them.
func suite(tb testing.TB) (texts, want []string) {
	tb.Helper()
	content, err := os.ReadFile("../redact/testdata/must-go.txt")
	if err != nil {
		tb.Fatal(err)
	}
	for text := range strings.Lines(string(content)) {
		if text, becomes, ok := strings.Cut(strings.TrimSuffix(text, "\n"), " ==> "); ok && !strings.HasPrefix(text, "# ") {
			texts, want = append(texts, text), append(want, becomes)
		}
	}
	return texts, want
}

func TestTheSuiteOfRedact(t *testing.T) {
	texts, want := suite(t)
	if len(texts) < 100 {
		t.Fatalf("%d texts", len(texts))
	}
	for i, text := range texts {
		var b bytes.Buffer
		var got recorded
		h := logging.New(logging.Options{Writer: &b, Sink: &got})
		slog.New(h).Info(text, "x", text, "err", errors.New(text), slog.Group("g", "x", text), "any", stringer{text}) //nolint:sloglint // what this is about
		m := lines(t, b.Bytes())[0]
		group, _ := m["g"].(map[string]any)
		for where, v := range map[string]any{"msg": m["msg"], "x": m["x"], "err": m["err"], "g.x": group["x"]} {
			if v != want[i] {
				t.Errorf("%s:\n text %s\n  got %v\n want %s", where, text, v, want[i])
			}
		}
		r := got.all[0]
		for _, s := range []string{r.Message, r.Attrs[0].Value.String(), r.Attrs[1].Value.String(), r.Attrs[2].Value.String()} {
			if s != want[i] {
				t.Errorf("sink:\n text %s\n  got %v\n want %s", text, s, want[i])
			}
		}
	}
}

func FuzzRecord(f *testing.F) {
	texts, _ := suite(f)
	for i, text := range texts {
		f.Add(text, "key", text, int64(i), 0.5, uint8(i))
	}
	f.Add("m\x1b[2J\r\n", "\u202e\"", "\xff\u009b[A", int64(math.MinInt64), math.NaN(), uint8(7))
	f.Add("", "", "", int64(0), math.Inf(1), uint8(255))
	f.Add("m", "time", "{", int64(4111111111111111), 4111111111111111.0, uint8(3))
	f.Fuzz(func(t *testing.T, message, key, text string, i int64, x float64, shape uint8) {
		attrs := []slog.Attr{
			slog.String(key, text), slog.Int64(key, i), slog.Float64(text, x), slog.Any(key, errors.New(text)),
			slog.Duration(key, time.Duration(i)), slog.Time("t", time.Unix(i, i)), slog.Any("m", map[string]any{key: text, "list": []string{text}}),
			slog.Any("raw", json.RawMessage(text)), slog.Any("b", []byte(text)), slog.Group(key, slog.String(text, key)), slog.Uint64(key, uint64(i)),
		}
		ctx := scope.New(t.Context(), nil, &scope.Identity{RequestID: text, Method: key, Path: text, User: key, Key: message})
		var b, console bytes.Buffer
		for _, h := range []*logging.Handler{
			logging.New(logging.Options{Writer: &b, Sink: &recorded{}}),
			logging.New(logging.Options{Writer: &console, Format: logging.FormatConsole}),
		} {
			log := slog.New(h)
			if shape&1 != 0 {
				log = logging.Named(log, key)
			}
			if shape&2 != 0 {
				log = log.With(key, text)
			}
			if shape&4 != 0 {
				log = log.WithGroup(text)
			}
			if shape&8 != 0 {
				log = log.With(text, x)
			}
			level := slog.Level(int8(shape)) &^ 3
			log.LogAttrs(ctx, level, message, attrs...) //nolint:sloglint // hostile on purpose
			h.Access(ctx, &logging.AccessLine{Status: int(i % 600), Route: key, RemoteAddr: text, UserAgent: text, Err: message})
		}
		for _, written := range bytes.Split(bytes.TrimSuffix(b.Bytes(), []byte("\n")), []byte("\n")) {
			if len(written) > 0 && (!json.Valid(written) || !utf8.Valid(written)) {
				t.Errorf("no JSON: %q", written)
			}
		}
		for name, s := range map[string]string{"JSON": b.String(), "console": console.String()} {
			if r, found := moves(s); found {
				t.Errorf("%s has %U: %q", name, r, s)
			}
			if strings.Contains(text, suiteKey) && strings.Contains(s, suiteKey) {
				t.Errorf("%s has the key: %q", name, s)
			}
		}
	})
}

// suiteKey is a key of the suite which is found wherever it stands alone.
const suiteKey = "ghp_1234567890abcdefABCDEF1234567890abcd"

func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "plain", "\"\\\n\t\r\x00\x7f", "é\u2028\u009b\xff\xc3", "𝄞\u200d"} {
		f.Add(s, 0.1)
	}
	f.Fuzz(func(t *testing.T, s string, x float64) {
		var b bytes.Buffer
		h := logging.New(logging.Options{Writer: &b, DisableRedaction: true})
		slog.New(h).Info(s, "x", x) //nolint:sloglint // any text
		m := lines(t, b.Bytes())[0]
		if want := strings.ToValidUTF8(each(s), "\ufffd"); m["msg"] != want {
			t.Errorf("%q became %q", want, m["msg"])
		}
		if got, ok := m["x"].(float64); ok && got != x {
			t.Errorf("%v became %v", x, got)
		}
	})
}

// each replaces every byte that is not UTF-8, where strings.ToValidUTF8 would replace a run of them.
func each(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteRune(r)
	}
	return b.String()
}
