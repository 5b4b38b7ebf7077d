package app

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/telltale-dev/telltale/internal/derive"
	"github.com/telltale-dev/telltale/internal/pipeline"
	"github.com/telltale-dev/telltale/internal/store/local"
	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/price"
)

// chain is the way of a span as the app has it: pipeline, store, counters.
type chain struct {
	pipeline *pipeline.Pipeline
	store    *local.Store
	derived  *derive.Counter
}

func openChain(t testing.TB, dir string) *chain {
	t.Helper()
	var c chain
	var err error
	fail := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	c.derived, err = derive.New(derive.Options{File: filepath.Join(dir, derivedFile), Every: 15 * time.Millisecond})
	fail(err)
	c.store, err = local.Open(local.Options{Dir: dir, SealRows: 1500, MinFree: -1, Follower: c.derived})
	fail(err)
	c.pipeline, err = pipeline.New(pipeline.Options{Writer: c.store, Recall: c.store, Prices: price.Default})
	fail(err)
	fail(c.derived.Start(t.Context()))
	fail(c.store.Start(t.Context()))
	fail(c.pipeline.Start(t.Context()))
	return &c
}

func (c *chain) stop(t testing.TB) {
	for _, part := range []telemetry.Lifecycle{c.pipeline, c.store, c.derived} {
		if err := part.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}
}

// life brings batches until ctx ends: calls, some of whose usage comes with a later version, wrappers around calls, served
// requests, and batches sent again.
func (c *chain) life(ctx context.Context, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 9))
	var again *telemetry.Batch
	for ctx.Err() == nil {
		if again != nil && r.IntN(4) == 0 {
			_ = c.pipeline.Ingest(ctx, again) // of a client that was not told
			again = nil
			continue
		}
		var b, later telemetry.Batch
		for range 1 + r.IntN(20) {
			s := randomSpan(r)
			if s.Kind == telemetry.KindClient && r.IntN(3) == 0 {
				early := s
				early.Attributes = s.Attributes[:len(s.Attributes)-2] // usage is not known yet
				b.Spans, later.Spans = append(b.Spans, early), append(later.Spans, s)
				continue
			}
			b.Spans = append(b.Spans, s)
			if s.Kind == telemetry.KindClient && r.IntN(3) == 0 { // a wrapper that says the same
				w := s
				w.SpanID = telemetry.SpanID{}
				binary.LittleEndian.PutUint64(w.SpanID[:], r.Uint64())
				b.Spans[len(b.Spans)-1].ParentID = w.SpanID
				w.Scope.Name = "wrapper"
				b.Spans = append(b.Spans, w)
			}
		}
		again = copyBatch(&b)
		_ = c.pipeline.Ingest(ctx, &b)
		if len(later.Spans) > 0 {
			_ = c.pipeline.Ingest(ctx, &later)
		}
	}
}

func copyBatch(b *telemetry.Batch) *telemetry.Batch {
	var c telemetry.Batch
	for _, s := range b.Spans {
		s.Attributes = append(telemetry.Attrs(nil), s.Attributes...)
		c.Spans = append(c.Spans, s)
	}
	return &c
}

func randomSpan(r *rand.Rand) telemetry.Span {
	s := telemetry.Span{Event: telemetry.Event{Time: time.Now().UnixNano(), Service: []string{"shop", "bot"}[r.IntN(2)], Name: "span"}, Duration: r.Int64N(4e9)}
	binary.LittleEndian.PutUint64(s.TraceID[:], r.Uint64())
	binary.LittleEndian.PutUint64(s.SpanID[:], r.Uint64())
	if r.IntN(2) == 0 {
		s.Kind = telemetry.KindServer
		s.Attributes = telemetry.Attrs{{Key: "http.request.method", Value: "GET"}, {Key: "http.route", Value: "/a"}, {Key: "http.response.status_code", Value: "200"}}
		return s
	}
	s.Kind = telemetry.KindClient
	s.Attributes = telemetry.Attrs{
		{Key: "gen_ai.operation.name", Value: "chat"},
		{Key: "gen_ai.provider.name", Value: "openai"},
		{Key: "gen_ai.request.model", Value: []string{"gpt-4o", "gpt-4o-mini"}[r.IntN(2)]},
		{Key: "gen_ai.usage.input_tokens", Value: strconv.Itoa(1 + r.IntN(5000))},
		{Key: "gen_ai.usage.output_tokens", Value: strconv.Itoa(1 + r.IntN(500))},
	}
	return s
}

// totals are sums over all series of families.
type totals struct {
	Calls, Timed, In, Out, Requests, TimedRequests float64
	Cost, Seconds                                  float64
}

func (c *chain) counted() (n totals) {
	c.derived.Series(func(s *derive.Series) {
		count := 0.0
		for _, k := range s.Counts {
			count += float64(k)
		}
		switch s.Family.Name {
		case "llm_calls_total":
			n.Calls += s.Value
		case "llm_tokens_total":
			if s.Values[3] == "input" {
				n.In += s.Value
			} else {
				n.Out += s.Value
			}
		case "llm_cost_usd_total":
			n.Cost += s.Value
		case "llm_call_duration_seconds":
			n.Timed += count
			n.Seconds += s.Value
		case "http_requests_total":
			n.Requests += s.Value
		case "http_request_duration_seconds":
			n.TimedRequests += count
		}
	})
	return n
}

func (c *chain) stored(t testing.TB) (n totals) {
	for s, err := range c.store.Spans(t.Context(), &telemetry.Query{Light: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if g := s.GenAI; g != nil {
			if g.Counts {
				n.Calls++
				n.Timed++
				n.Seconds += float64(s.Duration) / 1e9
			}
			n.In += float64(g.Usage.Input.Value)
			n.Out += float64(g.Usage.Output.Value)
			n.Cost += float64(g.Cost.Value) / 1e12
		}
		if s.Kind == telemetry.KindServer {
			n.Requests++
			n.TimedRequests++
		}
	}
	return n
}

const (
	crashDir = "TELLTALE_TEST_CRASH_DIR"
	alive    = "there is something to count"
)

// TestLifeToBeEnded lives until it is killed, where TestKilledProcessesCountOnce says so.
func TestLifeToBeEnded(t *testing.T) {
	dir := os.Getenv(crashDir)
	if dir == "" {
		return
	}
	c := openChain(t, dir)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // if nobody does
	defer cancel()
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() { c.life(ctx, rand.Uint64()) })
	}
	for n := c.counted(); ctx.Err() == nil && (n.Calls == 0 || n.Requests == 0 || n.Cost == 0); n = c.counted() {
		time.Sleep(time.Millisecond)
	}
	fmt.Println(alive)
	work.Wait()
	c.stop(t)
}

// Processes are killed in the middle of their work. What is derived always agrees with what is stored, and never gets
// smaller.
func TestKilledProcessesCountOnce(t *testing.T) {
	dir := t.TempDir()
	var before totals
	rounds := 8
	if testing.Short() {
		rounds = 3
	}
	for round := range rounds {
		cmd := exec.Command(os.Args[0], "-test.run=^TestLifeToBeEnded$") //nolint:gosec // this test
		cmd.Env = append(os.Environ(), crashDir+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for lines.Scan() && lines.Text() != alive {
			continue
		}
		time.Sleep(rand.N(500 * time.Millisecond))
		_ = cmd.Process.Kill()
		_ = cmd.Wait()

		c := openChain(t, dir)
		got, want := c.counted(), c.stored(t)
		if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-9, 0)); diff != "" {
			t.Errorf("round %d (-stored +derived):\n%s", round, diff)
		}
		if got.Calls < before.Calls || got.Requests < before.Requests || math.IsNaN(got.Cost) {
			t.Errorf("round %d: after %+v came %+v", round, before, got)
		}
		before = got
		c.stop(t)
	}
	if before.Calls == 0 || before.Requests == 0 || before.Cost == 0 {
		t.Errorf("there was nothing to count: %+v", before)
	}
	t.Logf("%+v", before)
}

// A call through the gateway that its client reports as well is one call, of the client's service.
func TestACallThroughTheGatewayCountsForItsService(t *testing.T) {
	c := openChain(t, t.TempDir())
	defer c.stop(t)
	now := time.Now().UnixNano()
	sent := telemetry.Span{
		Event: telemetry.Event{
			Time: now, Service: "python-httpx", TraceID: telemetry.TraceID{1}, SpanID: telemetry.SpanID{2}, Scope: telemetry.Scope{Name: "telltale/gateway"},
			HTTPMethod: "POST", HTTPPath: "/v1/chat/completions", Attributes: telemetry.Attrs{{Key: "telltale.service", Value: "guessed"}},
		},
		ParentID: telemetry.SpanID{3}, Kind: telemetry.KindClient, Duration: 1e9,
		GenAI: &telemetry.GenAI{
			Operation: telemetry.OpChat, Provider: "openai", RequestModel: "gpt-4o", Counts: true,
			Usage: telemetry.Usage{Input: telemetry.Known(20), Output: telemetry.Known(5)},
		},
	}
	resource := telemetry.Attrs{{Key: "service.name", Value: "shop"}, {Key: "service.namespace", Value: "eu"}}
	own := telemetry.Span{
		Event: telemetry.Event{
			Time: now - 1e6, Service: "shop", TraceID: telemetry.TraceID{1}, SpanID: telemetry.SpanID{3}, Scope: telemetry.Scope{Name: "openai"}, Resource: resource,
			Attributes: telemetry.Attrs{
				{Key: "gen_ai.operation.name", Value: "chat"},
				{Key: "gen_ai.provider.name", Value: "openai"},
				{Key: "gen_ai.request.model", Value: "gpt-4o"},
				{Key: "gen_ai.usage.input_tokens", Value: "20"},
				{Key: "gen_ai.usage.output_tokens", Value: "5"},
			},
		},
		Kind: telemetry.KindClient, Duration: 1e9 + 2e6,
	}
	for _, s := range []telemetry.Span{sent, own} {
		if err := c.pipeline.Ingest(t.Context(), &telemetry.Batch{Spans: []telemetry.Span{s}}); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]float64{}
	c.derived.Series(func(s *derive.Series) {
		if s.Family.Name == "llm_calls_total" || s.Family.Name == "llm_tokens_total" {
			got[s.Job+" "+s.Family.Name] += s.Value
		}
	})
	if diff := cmp.Diff(map[string]float64{"eu/shop llm_calls_total": 1, "eu/shop llm_tokens_total": 25}, got); diff != "" {
		t.Error(diff)
	}
}
