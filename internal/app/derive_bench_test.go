//go:build unix

package app

import (
	"encoding/binary"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/telltale-dev/telltale/internal/derive"
	"github.com/telltale-dev/telltale/internal/pipeline"
	"github.com/telltale-dev/telltale/internal/store/local"
	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/price"
	"github.com/telltale-dev/telltale/observe/redact"
)

// BenchmarkIngest takes batches of requests with model calls in them through the pipeline to the log on disk, with and
// without deriving metrics of them. cpu-ns/span is of all threads.
func BenchmarkIngest(b *testing.B) {
	for _, name := range []string{"plain", "derived"} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			o := local.Options{Dir: dir, MinFree: -1}
			if name == "derived" {
				d, err := derive.New(derive.Options{File: filepath.Join(dir, derivedFile)})
				if err != nil {
					b.Fatal(err)
				}
				if err := d.Start(b.Context()); err != nil {
					b.Fatal(err)
				}
				defer func() { _ = d.Stop(b.Context()) }()
				o.Follower = d
			}
			benchmarkIngest(b, o)
		})
	}
}

func benchmarkIngest(b *testing.B, o local.Options) {
	s, err := local.Open(o)
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Stop(b.Context()) }()
	r, err := redact.New(redact.Options{Secrets: true, PII: true})
	if err != nil {
		b.Fatal(err)
	}
	p, err := pipeline.New(pipeline.Options{Writer: s, Prices: price.Default, Redactor: r})
	if err != nil {
		b.Fatal(err)
	}
	const each = 256
	random := rand.New(rand.NewPCG(1, 2))
	var batch telemetry.Batch
	var took time.Duration
	for b.Loop() {
		fillBatch(&batch, random, each)
		before := cpuTime(b)
		if err := p.Ingest(b.Context(), &batch); err != nil {
			b.Fatal(err)
		}
		took += cpuTime(b) - before
	}
	b.ReportMetric(float64(took.Nanoseconds())/float64(b.N)/each, "cpu-ns/span")
}

var benchPrompt = `[{"role":"user","parts":[{"type":"text","content":"` + strings.Repeat("The quick brown fox asks a model. ", 30) + `"}]}]`

// fillBatch makes requests of four spans: served, a query, a call of another service, a call of a model.
func fillBatch(b *telemetry.Batch, r *rand.Rand, n int) {
	b.Spans, b.Logs, b.Counts = b.Spans[:0], nil, nil
	resource := telemetry.Attrs{{Key: "service.name", Value: "shop"}, {Key: "service.namespace", Value: "eu"}, {Key: "host.name", Value: "ip-10-3-17-42"}}
	var trace telemetry.TraceID
	for i := range n {
		if i%4 == 0 {
			binary.LittleEndian.PutUint64(trace[:], r.Uint64())
			binary.LittleEndian.PutUint64(trace[8:], r.Uint64())
		}
		s := telemetry.Span{Event: telemetry.Event{
			Time: time.Now().UnixNano(), Service: "shop", TraceID: trace, Resource: resource, Scope: telemetry.Scope{Name: "app"},
		}, Duration: r.Int64N(4e9), Kind: telemetry.KindInternal}
		binary.LittleEndian.PutUint64(s.SpanID[:], r.Uint64())
		binary.LittleEndian.PutUint64(s.ParentID[:], r.Uint64())
		switch i % 4 {
		case 0:
			s.Kind, s.Name = telemetry.KindServer, "GET /orders/{id}"
			s.Attributes = telemetry.Attrs{
				{Key: "http.request.method", Value: "GET"},
				{Key: "http.route", Value: "/orders/" + strconv.Itoa(r.IntN(20))},
				{Key: "url.path", Value: "/orders/7"},
				{Key: "http.response.status_code", Value: "200"},
				{Key: "http.response.body.size", Value: "812"},
				{Key: "user.id", Value: "u" + strconv.Itoa(r.IntN(5000))},
				{Key: "server.address", Value: "shop.example"},
				{Key: "client.address", Value: "10.2.3.4"},
				{Key: "user_agent.original", Value: "curl/8.5"},
			}
		case 1:
			s.Name = "SELECT orders"
			s.Attributes = telemetry.Attrs{{Key: "db.system.name", Value: "postgresql"}, {Key: "db.query.text", Value: "SELECT * FROM orders WHERE id = $1"}}
		case 2:
			s.Kind, s.Name = telemetry.KindClient, "POST"
			s.Attributes = telemetry.Attrs{
				{Key: "http.request.method", Value: "POST"},
				{Key: "url.full", Value: "https://fx.example/rates"},
				{Key: "server.address", Value: "fx.example"},
				{Key: "server.port", Value: "443"},
				{Key: "http.response.status_code", Value: "200"},
			}
		case 3:
			s.Kind, s.Name = telemetry.KindClient, "chat gpt-4o-mini"
			s.Attributes = telemetry.Attrs{
				{Key: "gen_ai.operation.name", Value: "chat"},
				{Key: "gen_ai.provider.name", Value: "openai"},
				{Key: "gen_ai.request.model", Value: "gpt-4o-mini"},
				{Key: "gen_ai.response.model", Value: "gpt-4o-mini-2024-07-18"},
				{Key: "gen_ai.response.id", Value: "chatcmpl-" + strconv.FormatUint(r.Uint64(), 36)},
				{Key: "gen_ai.usage.input_tokens", Value: strconv.Itoa(400 + r.IntN(300))},
				{Key: "gen_ai.usage.output_tokens", Value: strconv.Itoa(20 + r.IntN(400))},
				{Key: "gen_ai.input.messages", Value: benchPrompt},
			}
		}
		b.Spans = append(b.Spans, s)
	}
}

// cpuTime is what the process has used so far, of all cores.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
