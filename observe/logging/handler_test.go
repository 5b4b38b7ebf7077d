package logging_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/observe/internal/scope"
	"github.com/telltale-dev/telltale/observe/logging"
	"github.com/telltale-dev/telltale/observe/redact"
)

// lines decodes what was written, line by line.
func lines(tb testing.TB, b []byte) []map[string]any {
	tb.Helper()
	var all []map[string]any
	for text := range bytes.Lines(b) {
		var m map[string]any
		if err := json.Unmarshal(text, &m); err != nil {
			tb.Fatalf("%v in line %s", err, text)
		}
		all = append(all, m)
	}
	return all
}

func TestWhatSlogExpectsOfHandlers(t *testing.T) {
	var b bytes.Buffer
	slogtest.Run(t, func(*testing.T) slog.Handler {
		b.Reset()
		return logging.New(logging.Options{Writer: &b})
	}, func(t *testing.T) map[string]any { return lines(t, b.Bytes())[0] })
}

type (
	celsius  float64
	stringer struct{ text string }
	pair     struct {
		Note     string `json:"note"`
		Password string `json:"password"`
	}
	forever struct{}
	broken  struct{ n *int }
)

func (s stringer) String() string      { return "<" + s.text + ">" }
func (forever) LogValue() slog.Value   { return slog.GroupValue(slog.Any("again", forever{})) }
func (b *broken) Error() string        { return fmt.Sprint(*b.n) }
func (c celsius) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%.1f °C", float64(c))) }

func TestValues(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 30, 5, 7000, time.FixedZone("", 3600))
	for name, c := range map[string]struct {
		attr slog.Attr
		want string // of the line, from "a" on
	}{
		"text":            {slog.String("a", "x \"y\"\n\t\\"), `"a":"x \"y\"\n\t\\"`},
		"control":         {slog.String("a", "\x1b[2J\x00\x7f\u009b\u2028\u202e"), `"a":"\u001b[2J\u0000\u007f\u009b\u2028\u202e"`},
		"not UTF-8":       {slog.String("a", "a\xffb"), "\"a\":\"a\ufffdb\""},
		"int":             {slog.Int("a", math.MinInt64), `"a":-9223372036854775808`},
		"uint":            {slog.Uint64("a", math.MaxUint64), `"a":18446744073709551615`},
		"float":           {slog.Float64("a", 0.1), `"a":0.1`},
		"thousandths":     {slog.Float64("a", -12.345), `"a":-12.345`},
		"whole":           {slog.Float64("a", 3), `"a":3`},
		"small":           {slog.Float64("a", 1.5e-9), `"a":1.5e-9`},
		"large":           {slog.Float64("a", 1e30), `"a":1e+30`},
		"third":           {slog.Float64("a", 1.0/3), `"a":0.3333333333333333`},
		"NaN":             {slog.Float64("a", math.NaN()), `"a":"NaN"`},
		"Inf":             {slog.Float64("a", math.Inf(-1)), `"a":"-Inf"`},
		"bool":            {slog.Bool("a", true), `"a":true`},
		"duration":        {slog.Duration("a", 1500*time.Millisecond), `"a":1500000000`},
		"time":            {slog.Time("a", at), `"a":"2026-03-01T11:30:05.000007000Z"`},
		"error":           {slog.Any("a", errors.New("no route")), `"a":"no route"`},
		"nil":             {slog.Any("a", nil), `"a":null`},
		"nil inside":      {slog.Any("a", (*broken)(nil)), `"a":"<nil>"`},
		"panic":           {slog.Any("a", &broken{}), `"a":"!PANIC: runtime error: invalid memory address or nil pointer dereference"`},
		"stringer":        {slog.Any("a", stringer{"b"}), `"a":"<b>"`},
		"LogValuer":       {slog.Any("a", celsius(21.55)), `"a":"21.6 °C"`},
		"struct":          {slog.Any("a", pair{"<ok>", ""}), `"a":{"note":"<ok>","password":""}`},
		"bytes":           {slog.Any("a", []byte("plain")), `"a":"plain"`},
		"binary":          {slog.Any("a", []byte{0xff, 0xfe}), `"a":"//4="`},
		"raw JSON":        {slog.Any("a", json.RawMessage(`{"b": [1]}`)), `"a":{"b":[1]}`},
		"wild JSON":       {slog.Any("a", json.RawMessage("{\"b\":\"\x7f\xff\u009b\"}")), "\"a\":{\"b\":\"\\u007f\ufffd\\u009b\"}"},
		"bad JSON":        {slog.Any("a", json.RawMessage(`{`)), `"a":"!ERROR: json: error calling MarshalJSON for type json.RawMessage: unexpected end of JSON input"`},
		"no JSON":         {slog.Any("a", func() {}), `"a":"!ERROR: json: unsupported type: func()"`},
		"group":           {slog.Group("a", "b", 1, slog.Group("c"), slog.Group("", "d", 2)), `"a":{"b":1,"d":2}`},
		"group of groups": {slog.Group("a", slog.Group("b", slog.Group("c", "d", 1))), `"a":{"b":{"c":{"d":1}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			slog.New(logging.New(logging.Options{Writer: &b})).LogAttrs(t.Context(), slog.LevelInfo, "m", c.attr)
			lines(t, b.Bytes())
			_, got, _ := strings.Cut(b.String(), `"msg":"m",`)
			if want := c.want + "}\n"; got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
		})
	}
}

func TestGroupsAndAttributesOfLoggers(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(logging.New(logging.Options{Writer: &b, Attrs: []slog.Attr{slog.String("service", "api")}}))
	log.With("x", 1).WithGroup("g").With("y", 2).WithGroup("h").WithGroup("i").Info("m", "z", 3)
	log.WithGroup("g").WithGroup("h").Info("m")
	log.WithGroup("g").With("y", 2).WithGroup("h").Info("m", slog.Group("none"))
	want := []string{
		`"service":"api","x":1,"g":{"y":2,"h":{"i":{"z":3}}}}`,
		`"service":"api"}`,
		`"service":"api","g":{"y":2}}`,
	}
	for i, text := range strings.Split(strings.TrimSpace(b.String()), "\n") {
		if !strings.HasSuffix(text, want[i]) {
			t.Errorf("\n got %s\nwant … %s", text, want[i])
		}
	}
}

func TestContextIsOnEveryLine(t *testing.T) {
	var b, console bytes.Buffer
	ctx := work(t.Context())
	log := slog.New(logging.New(logging.Options{Writer: &b}))
	other := slog.New(logging.New(logging.Options{Writer: &console, Format: logging.FormatConsole}))
	log.InfoContext(ctx, "one")
	other.InfoContext(ctx, "two")
	scope.From(ctx).Update(func(i *scope.Identity) { i.User, i.Session, i.Key = "ada@example.com", "s1", "k1" })
	log.With("a", 1).InfoContext(ctx, "three")
	log.Info("four")

	got := lines(t, b.Bytes())
	for _, m := range got {
		delete(m, "time")
	}
	want := []map[string]any{
		{
			"level": "INFO", "msg": "one", "request_id": "01JD3V5N8Q2W4E6R8T0Y", "method": "POST", "path": "/v1/chat",
			"user_id": "u_4711", "tenant_id": "acme",
			"trace_id": "0102030405060708090a0b0c0d0e0f10", "span_id": "0102030405060708",
		},
		{
			"level": "INFO", "msg": "three", "request_id": "01JD3V5N8Q2W4E6R8T0Y", "method": "POST", "path": "/v1/chat",
			"user_id": "[redacted:email]", "tenant_id": "acme", "session_id": "s1", "key_id": "k1", "a": 1.0,
			"trace_id": "0102030405060708090a0b0c0d0e0f10", "span_id": "0102030405060708",
		},
		{"level": "INFO", "msg": "four"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if s := console.String(); !strings.Contains(s, " request_id=01JD3V5N8Q2W4E6R8T0Y method=POST path=/v1/chat user_id=u_4711") {
		t.Errorf("console: %s", s)
	}
}

const apiKey = "sk-proj-" + "1a2B3c4D5e6F7g8H9i0J"

func TestNothingPrivatePasses(t *testing.T) {
	rule := redact.Rule{Name: "customer", Pattern: "CUST-[0-9]+"}
	own, err := redact.New(redact.Options{Rules: []redact.Rule{rule, {Name: "tail", Pattern: `zz".*`}}, Fields: []string{"seat"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		attr slog.Attr
		want string
	}{
		"shape":            {slog.String("note", "use "+apiKey), `"note":"use [redacted:api_key]"`},
		"name":             {slog.String("password", "hunter2"), `"password":"[redacted:secret]"`},
		"name of group":    {slog.Group("credentials", "value", "hunter2"), `"credentials":{"value":"[redacted:secret]"}`},
		"number by name":   {slog.Int("password", 123456), `"password":"[redacted:secret]"`},
		"time by name":     {slog.Time("birth_date", time.Unix(0, 0)), `"birth_date":"[redacted:birth_date]"`},
		"card as number":   {slog.Int64("n", 4111111111111111), `"n":"[redacted:card]"`},
		"card as float":    {slog.Float64("n", 4111111111111111), `"n":"[redacted:card]"`},
		"count of tokens":  {slog.Int("input_tokens", 123456), `"input_tokens":123456`},
		"key of attribute": {slog.Bool(apiKey, true), `"[redacted:api_key]":true`},
		"name of a group":  {slog.Group(apiKey, "a", 1), `"[redacted:api_key]":{"a":1}`},
		"error":            {slog.Any("err", fmt.Errorf("call: %w", errors.New("bad key "+apiKey))), `"err":"call: bad key [redacted:api_key]"`},
		"error by name":    {slog.Any("secret", errors.New("hunter2")), `"secret":"[redacted:secret]"`},
		"stringer":         {slog.Any("s", stringer{"ada@example.com"}), `"s":"<[redacted:email]>"`},
		"struct":           {slog.Any("s", pair{"to ada@example.com", "hunter2"}), `"s":{"note":"to [redacted:email]","password":"[redacted:secret]"}`},
		"struct by name":   {slog.Any("client_secret", pair{"a", "b"}), `"client_secret":"[redacted:secret]"`},
		"list by name":     {slog.Any("passwords", []string{"hunter2"}), `"passwords":"[redacted:secret]"`},
		"map":              {slog.Any("m", map[string]any{"api_key": "hunter2", apiKey: 1}), `"m":{"api_key":"[redacted:secret]","[redacted:api_key]":1}`},
		"header":           {slog.Any("h", http.Header{"Authorization": {"Bearer abcdef123456"}}), `"h":{"Authorization":["[redacted:secret]"]}`},
		"Secret":           {slog.Any("s", logging.NewSecret("hunter2")), `"s":"[redacted:secret]"`},
		"Secrets":          {slog.Any("s", []logging.Secret{logging.NewSecret("hunter2")}), `"s":["[redacted:secret]"]`},
		"own rule":         {slog.String("s", "for CUST-4711"), `"s":"for [redacted:customer]"`},
		"own field":        {slog.String("seat", "12A"), `"seat":"[redacted:field]"`},
		"rule against JSON": {
			slog.Any("s", map[string]string{"a": "zz", "b": "c"}), `"s":"{\"a\":\"[redacted:tail]"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			var got recorded
			log := slog.New(logging.New(logging.Options{Writer: &b, Redactor: own, Sink: &got}))
			log.LogAttrs(t.Context(), slog.LevelInfo, "m", c.attr)
			log.With(c.attr).LogAttrs(t.Context(), slog.LevelInfo, "m")
			for text := range strings.Lines(b.String()) {
				_, text, _ = strings.Cut(text, `"msg":"m",`)
				if want := c.want + "}\n"; text != want {
					t.Errorf("\n got %s\nwant %s", text, want)
				}
			}
			for i := range got.all {
				got.all[i].Time = time.Time{} // its digits are those of any number
			}
			for _, secret := range []string{"hunter2", apiKey, "ada@", "4111", "CUST-", "12A"} {
				if s := fmt.Sprint(got.all); strings.Contains(s, secret) {
					t.Errorf("%q reached the sink: %s", secret, s)
				}
			}
		})
	}
	var b bytes.Buffer
	log := slog.New(logging.New(logging.Options{Writer: &b}))
	log.Info("bad key " + apiKey)
	logging.Named(log, apiKey).WithGroup(apiKey).Info("m", "a", 1)
	if strings.Contains(b.String(), apiKey) || strings.Count(b.String(), "[redacted:api_key]") != 3 {
		t.Errorf("message, name and group: %s", b.String())
	}
}

// recorded is a sink.
type recorded struct {
	mu  sync.Mutex
	all []logging.Record
}

func (r *recorded) Emit(_ context.Context, l *logging.Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := *l
	kept.Attrs = append([]slog.Attr(nil), l.Attrs...)
	r.all = append(r.all, kept)
}

func TestSinkGetsWhatIsWritten(t *testing.T) {
	var got recorded
	h := logging.New(logging.Options{Writer: io.Discard, Sink: &got, Attrs: []slog.Attr{slog.String("service", "api")}})
	log := logging.Named(slog.New(h), "db").With("x", 1).WithGroup("g")
	log.WarnContext(work(t.Context()), "slow", "took", time.Second, "rows", []int{1, 2}, slog.Group("h", "deep", true))
	log.Info("plain")

	r := got.all[0]
	if r.Level != slog.LevelWarn || r.Message != "slow" || r.Logger != "db" || r.Kept != 1 || r.Stack != "" || r.Time.IsZero() ||
		r.User != "u_4711" || r.RequestID == "" || r.Method != "POST" || !r.TraceID.IsValid() || !r.TraceFlags.IsSampled() {
		t.Errorf("record: %+v", r)
	}
	want := []slog.Attr{slog.Int("x", 1), slog.Duration("g.took", time.Second), slog.String("g.rows", "[1,2]"), slog.Bool("g.h.deep", true)}
	if diff := cmp.Diff(fmt.Sprint(want), fmt.Sprint(r.Attrs)); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	for range 2 {
		log.InfoContext(request(t.Context(), "", "/reset/"+apiKey), "hidden")
		if r := got.all[len(got.all)-1]; r.Path != "/reset/[redacted:api_key]" || r.Method != "GET" {
			t.Errorf("method and path: %s %s", r.Method, r.Path)
		}
	}
	if r := got.all[1]; r.User != "" || r.Path != "" || r.TraceID.IsValid() || r.SpanID.IsValid() {
		t.Errorf("a line without context has that of the one before: %+v", r)
	}
}

func TestLimits(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(logging.New(logging.Options{Writer: &b}))
	many := make([]any, 0, 4000)
	for i := range cap(many) / 2 {
		many = append(many, fmt.Sprint("k", i), i)
	}
	log.Info("m", "deep", forever{})
	log.Info("m", "long", strings.Repeat("é", 1<<20))
	log.Info("m", "long", []string{strings.Repeat("x", 1<<20)})
	log.Info("m", many...)
	log.Info("m", slog.Group("g", many...))
	for i, m := range lines(t, b.Bytes()) {
		if i == 3 && (len(m) > 1010 || m["attributes_omitted"] != 1000.0) {
			t.Errorf("%d attributes, %v omitted", len(m), m["attributes_omitted"])
		}
	}
	if n := b.Len(); n > 300<<10 {
		t.Errorf("five lines have %d bytes", n)
	}
}

func TestManyKeysCostNoMemory(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(logging.New(logging.Options{Writer: &b}))
	for i := range 5000 {
		b.Reset()
		log.Info("m", fmt.Sprint("key-", i), i)
	}
	if m := lines(t, b.Bytes())[0]; m["key-4999"] != 4999.0 {
		t.Errorf("line: %v", m)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWriteErrorsAreCounted(t *testing.T) {
	h := logging.New(logging.Options{Writer: brokenPipe{}})
	slog.New(h).Info("m")
	if s := h.Stats(); s.Failed != 1 || s.Kept != 0 {
		t.Errorf("stats: %+v", s)
	}
}

func TestConcurrentLinesStayWhole(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(logging.New(logging.Options{Writer: &b}))
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			ctx := work(t.Context())
			log := log.With("g", g)
			for i := range 100 {
				log.InfoContext(ctx, "m", "i", i, slog.Group("x", "y", strings.Repeat("z", i)))
				scope.From(ctx).Update(func(id *scope.Identity) { id.User = fmt.Sprint("u", i) })
			}
		})
	}
	wg.Wait()
	if n := len(lines(t, b.Bytes())); n != 800 {
		t.Errorf("%d lines", n)
	}
}
