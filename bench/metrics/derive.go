package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/telltale-dev/telltale/internal/derive"
	"github.com/telltale-dev/telltale/internal/pipeline"
	"github.com/telltale-dev/telltale/internal/store/local"
	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/price"
	"github.com/telltale-dev/telltale/observe/redact"
)

const (
	batchSpans  = 256
	turnBatches = 10 // of one, before the other has its turn
	// unsealed is beyond what a run writes. Seals, some third of the CPU of ingest, would count for whose turn it is: without
	// them the ratio is a little too high.
	unsealed = 1 << 30
)

// measureDerive takes spans through the pipeline to the log on disk, with and without metrics that are derived of them, by
// turns in one process. CPU is of all its threads.
func measureDerive(ctx context.Context, o *options) error {
	return withTemp(o, func(dir string) (err error) {
		var sides [2]*ingest
		for i, name := range []string{"plain", "derived"} {
			if sides[i], err = newIngest(ctx, filepath.Join(dir, name), i == 1); err != nil {
				return err
			}
			defer func() { err = errors.Join(err, sides[i].stop(context.WithoutCancel(ctx))) }()
		}
		var costs [2][]float64
		var ratios []float64
		for turn := range 4*o.rounds + 1 {
			for i, side := range sides {
				cost, err := side.turn(ctx)
				if err != nil {
					return err
				}
				if turn > 0 {
					costs[i] = append(costs[i], cost)
				}
			}
			if n := len(costs[1]); n > 0 {
				ratios = append(ratios, costs[1][n-1]/costs[0][n-1])
			}
		}
		fmt.Printf("ingest: %.1f µs of CPU a span, %.1f with derived metrics, ratio %.3f (target at most 1.05)\n",
			median(costs[0])/1e3, median(costs[1])/1e3, median(ratios))
		return nil
	})
}

// ingest is a pipeline over a store of its own.
type ingest struct {
	pipeline *pipeline.Pipeline
	store    *local.Store
	counter  *derive.Counter // nil: nothing is derived
	random   *rand.Rand
	batch    telemetry.Batch
}

func newIngest(ctx context.Context, dir string, derived bool) (*ingest, error) {
	in := &ingest{random: rand.New(rand.NewPCG(1, 2))}
	o := local.Options{Dir: dir, MinFree: -1, SealBytes: unsealed}
	var err error
	if derived {
		if in.counter, err = derive.New(derive.Options{File: filepath.Join(dir, "counters")}); err != nil {
			return nil, err
		}
		o.Follower = in.counter
	}
	if in.store, err = local.Open(o); err != nil {
		return nil, err
	}
	if in.counter != nil {
		if err := in.counter.Start(ctx); err != nil {
			return nil, err
		}
	}
	if err := in.store.Start(ctx); err != nil {
		return nil, err
	}
	r, err := redact.New(redact.Options{Secrets: true, PII: true})
	if err != nil {
		return nil, err
	}
	in.pipeline, err = pipeline.New(pipeline.Options{Writer: in.store, Prices: price.Default, Redactor: r})
	return in, err
}

func (in *ingest) stop(ctx context.Context) error {
	err := in.store.Stop(ctx)
	if in.counter != nil {
		err = errors.Join(err, in.counter.Stop(ctx))
	}
	return err
}

// turn is in ns of CPU a span; making the spans is not counted.
func (in *ingest) turn(ctx context.Context) (float64, error) {
	var took time.Duration
	for range turnBatches {
		fillBatch(&in.batch, in.random, batchSpans)
		before, err := cpuTime()
		if err != nil {
			return 0, err
		}
		if err := in.pipeline.Ingest(ctx, &in.batch); err != nil {
			return 0, err
		}
		after, err := cpuTime()
		if err != nil {
			return 0, err
		}
		took += after - before
	}
	return float64(took.Nanoseconds()) / turnBatches / batchSpans, nil
}

// cpuTime is what the process has used so far, of all cores.
func cpuTime() (time.Duration, error) {
	var u syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), err
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
