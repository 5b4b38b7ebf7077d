package logging_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/telltale-dev/telltale/observe/logging"
	"github.com/telltale-dev/telltale/observe/redact"
)

// undated writes to standard output without the time, which no example can know.
type undated struct{}

func (undated) Write(line []byte) (int, error) {
	if i := bytes.IndexByte(line, ','); bytes.HasPrefix(line, []byte(`{"time":`)) {
		fmt.Printf("{%s", line[i+1:])
	}
	return len(line), nil
}

func Example() {
	log := slog.New(logging.New(logging.Options{Writer: undated{}}))
	log.Info("order placed", "order", 4711, "mail", "ada@example.com", "password", "hunter2")
	log.Warn("payment failed", "err", errors.New("card 4111 1111 1111 1111 was refused"))
	// Output:
	// {"level":"INFO","msg":"order placed","order":4711,"mail":"[redacted:email]","password":"[redacted:secret]"}
	// {"level":"WARN","msg":"payment failed","err":"card [redacted:card] was refused"}
}

func ExampleSecret() {
	key := logging.NewSecret("sk-proj-1a2B3c4D5e6F7g8H9i0J")
	fmt.Printf("%v %q %x\n", key, key, key)
	// Output: [redacted:secret] [redacted:secret] [redacted:secret]
}

func ExampleNamed() {
	h := logging.New(logging.Options{Writer: undated{}})
	db := logging.Named(slog.New(h), "db")
	db.Debug("not written")
	_ = h.SetLevel("db", slog.LevelDebug)
	db.Debug("connected", "pool", 10)
	// Output: {"level":"DEBUG","msg":"connected","logger":"db","pool":10}
}

func ExampleSampling() {
	log := slog.New(logging.New(logging.Options{
		Writer:   undated{},
		Sampling: logging.Sampling{Info: 10},
	}))
	for i := range 15 {
		log.Info("tick", "i", i)
	}
	// Output:
	// {"level":"INFO","msg":"tick","i":0}
	// {"level":"INFO","msg":"tick","sampled":10,"i":10}
}

func ExampleHandler_Access() {
	h := logging.New(logging.Options{Writer: undated{}})
	h.Access(context.Background(), &logging.AccessLine{
		Status: 200, Duration: 1250 * time.Microsecond, BytesIn: 12, BytesOut: 2048, Route: "POST /v1/chat",
	})
	// Output: {"level":"INFO","msg":"request","route":"POST /v1/chat","status":200,"duration_ms":1.25,"bytes":2048,"bytes_in":12}
}

func ExampleHandler_Stats() {
	h := logging.New(logging.Options{Writer: undated{}, Sampling: logging.Sampling{Info: -1}})
	slog.New(h).Info("dropped")
	fmt.Printf("%+v\n", h.Stats())
	// Output: {Kept:0 Sampled:1 Quiet:0 Failed:0}
}

func ExampleHandler_Collector() {
	h := logging.New(logging.Options{Writer: undated{}})
	registry := prometheus.NewRegistry()
	registry.MustRegister(h.Collector())
	slog.New(h).Warn("disk is nearly full")
	families, _ := registry.Gather()
	for _, m := range families[0].GetMetric() {
		if n := m.GetCounter().GetValue(); n > 0 {
			fmt.Println(families[0].GetName(), m.GetLabel()[0].GetValue(), m.GetLabel()[1].GetValue(), n)
		}
	}
	// Output:
	// {"level":"WARN","msg":"disk is nearly full"}
	// telltale_log_lines_total warn kept 1
}

func ExampleHandler_LevelHandler() {
	h := logging.New(logging.Options{Writer: undated{}})
	admin := httptest.NewServer(h.LevelHandler()) // where only operators come
	defer admin.Close()
	put, _ := http.NewRequestWithContext(context.Background(), http.MethodPut, admin.URL, strings.NewReader(`{"level":"DEBUG","logger":"db"}`))
	answer, err := admin.Client().Do(put)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close() //nolint:errcheck // nothing more is read
	_, _ = io.Copy(os.Stdout, answer.Body)
	// Output: {"level":"INFO","loggers":{"db":"DEBUG"}}
}

func ExampleHandler_SetLevel() {
	h := logging.New(logging.Options{Writer: undated{}})
	_ = h.SetLevel("", slog.LevelError)
	slog.New(h).Warn("not written")
	fmt.Println(h.Level(""))
	// Output: ERROR
}

func ExampleOptions_redactor() {
	own, err := redact.New(redact.Options{
		Fields: []string{"seat"},
		Rules:  []redact.Rule{{Name: "booking", Pattern: "BK-[0-9]{6}"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	log := slog.New(logging.New(logging.Options{Writer: undated{}, Redactor: own}))
	log.Info("changed BK-123456", "seat", "12A")
	// Output: {"level":"INFO","msg":"changed [redacted:booking]","seat":"[redacted:field]"}
}

// printer is a Sink.
type printer struct{}

func (printer) Emit(_ context.Context, r *logging.Record) {
	fmt.Println(r.Level, r.Message, r.Attrs)
}

func ExampleSink() {
	log := slog.New(logging.New(logging.Options{Writer: &bytes.Buffer{}, Sink: printer{}}))
	log.Info("sent", slog.Group("mail", "to", "ada@example.com", "size", 12))
	// Output: INFO sent [mail.to=[redacted:email] mail.size=12]
}

func ExampleNew_console() {
	// Colour, and a line for people, when standard output is a terminal; JSON otherwise.
	log := slog.New(logging.New(logging.Options{Writer: os.Stdout, Format: logging.FormatConsole, Level: slog.LevelWarn}))
	log.Info("not written")
	// Output:
}
