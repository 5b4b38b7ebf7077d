package logging_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/telltale-dev/telltale/observe/internal/scope"
	"github.com/telltale-dev/telltale/observe/logging"
)

// weights are how many lines each kept line stands for.
func weights(r *recorded) []uint64 {
	var all []uint64
	for i := range r.all {
		all = append(all, r.all[i].Kept)
	}
	return all
}

func TestRatesCountLines(t *testing.T) {
	var got recorded
	h := logging.New(logging.Options{
		Writer: io.Discard, Sink: &got, Level: slog.LevelDebug, Sampling: logging.Sampling{Debug: -1, Info: 10},
	})
	log := slog.New(h)
	for i := range 25 {
		log.Info("m", "i", i)
		log.Debug("m")
	}
	log.Warn("w")
	log.Error("e")
	if diff := cmp.Diff([]uint64{1, 10, 10, 1, 1}, weights(&got)); diff != "" {
		t.Errorf("weights (-want +got):\n%s", diff)
	}
	if s := h.Stats(); s != (logging.Stats{Kept: 5, Sampled: 47}) {
		t.Errorf("stats: %+v", s)
	}
}

func TestConcurrentRatesAreExact(t *testing.T) {
	var got recorded
	log := slog.New(logging.New(logging.Options{Writer: io.Discard, Sink: &got, Sampling: logging.Sampling{Info: 7}}))
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range 701 {
				log.Info("m")
			}
		})
	}
	wg.Wait()
	sum := uint64(0)
	for _, w := range weights(&got) {
		sum += w
	}
	if sum != 7008 { // the first, and each seventh after it up to 7010
		t.Errorf("the kept lines stand for %d of 7010", sum)
	}
}

func TestBurstThenSome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got recorded
		log := slog.New(logging.New(logging.Options{
			Writer: io.Discard, Sink: &got, Sampling: logging.Sampling{Burst: 2, Then: 5},
		}))
		for range 14 {
			log.Info("loop")
		}
		log.Info("rare")
		log.Warn("loop")
		time.Sleep(time.Second)
		log.Info("loop")
		if diff := cmp.Diff([]uint64{1, 1, 5, 5, 1, 1, 3}, weights(&got)); diff != "" {
			t.Errorf("weights (-want +got):\n%s", diff)
		}
	})
}

func TestKeyIsAnAttribute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got recorded
		log := slog.New(logging.New(logging.Options{
			Writer: io.Discard, Sink: &got, Sampling: logging.Sampling{Burst: 1, Key: "peer"},
		}))
		for range 3 {
			log.Info("m", "peer", "a")
			log.Info("n", "peer", "a")
			log.With("peer", "b").Info("m")
			log.Info("m")
		}
		if diff := cmp.Diff([]uint64{1, 1, 1}, weights(&got)); diff != "" {
			t.Errorf("weights (-want +got):\n%s", diff)
		}
	})
}

func TestKeysPastTheLimitShareACount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got recorded
		h := logging.New(logging.Options{
			Writer: io.Discard, Sink: &got, Sampling: logging.Sampling{Burst: 1, MaxKeys: 32},
		})
		log := slog.New(h)
		for second := range 3 {
			for i := range 1000 {
				log.Info(fmt.Sprint("m", second, i)) //nolint:sloglint // messages nobody bounds
			}
			time.Sleep(time.Second)
		}
		for i := range 1000 {
			log.Info(fmt.Sprint("end", i)) //nolint:sloglint // messages nobody bounds
		}
		if n := h.Stats().Kept; n > 4*(32+16) {
			t.Errorf("%d lines kept", n)
		}
		sum := uint64(0)
		for _, w := range weights(&got) {
			sum += w
		}
		if sum < 3000 || sum > 4000 {
			t.Errorf("the kept lines stand for %d of 4000, of which 3000 are not of the last second", sum)
		}
	})
}

func request(ctx context.Context, route, path string) context.Context {
	return scope.New(ctx, nil, &scope.Identity{Method: "GET", Path: path, Route: route})
}

func TestAccessLines(t *testing.T) {
	var got recorded
	h := logging.New(logging.Options{
		Writer: io.Discard, Sink: &got,
		Sampling: logging.Sampling{Info: -1, Routes: map[string]int{"GET /hot": 3, "GET /all": 1, "GET /late": 2}},
	})
	for range 3 {
		h.Access(t.Context(), &logging.AccessLine{Status: 200, Route: "GET /late"}) // the route is known at the end only
	}
	hot, other := request(t.Context(), "GET /hot", "/hot"), request(t.Context(), "GET /x", "/x")
	for range 4 {
		h.Access(hot, &logging.AccessLine{Status: 200}) // 1, 3
	}
	h.Access(other, &logging.AccessLine{Status: 200}) // dropped by level
	h.Access(other, &logging.AccessLine{Status: 200, Duration: time.Second})
	h.Access(hot, &logging.AccessLine{Status: 500})
	h.Access(other, &logging.AccessLine{Status: 404})
	h.Access(request(t.Context(), "GET /all", "/all"), &logging.AccessLine{Status: 204})
	h.Access(request(t.Context(), "", "/healthz"), &logging.AccessLine{Status: 503})
	if diff := cmp.Diff([]uint64{1, 2, 1, 3, 1, 1, 1, 1}, weights(&got)); diff != "" {
		t.Errorf("weights (-want +got):\n%s", diff)
	}
	var levels []string
	for _, r := range got.all {
		levels = append(levels, r.Level.String())
	}
	if diff := cmp.Diff([]string{"INFO", "INFO", "INFO", "INFO", "INFO", "ERROR", "WARN", "INFO"}, levels); diff != "" {
		t.Errorf("levels (-want +got):\n%s", diff)
	}
	if s := h.Stats(); s != (logging.Stats{Kept: 8, Sampled: 4, Quiet: 1}) {
		t.Errorf("stats: %+v", s)
	}
}

func TestQuietPaths(t *testing.T) {
	h := logging.New(logging.Options{Writer: io.Discard})
	log := slog.New(h)
	ctx := request(t.Context(), "", "/readyz")
	log.WarnContext(ctx, "database is away")
	log.ErrorContext(ctx, "panic")
	if s := h.Stats(); s != (logging.Stats{Kept: 1, Quiet: 1}) {
		t.Errorf("stats: %+v", s)
	}
	loud := logging.New(logging.Options{Writer: io.Discard, Quiet: []string{}})
	loud.Access(ctx, &logging.AccessLine{Status: 200})
	if s := loud.Stats(); s.Kept != 1 {
		t.Errorf("stats without quiet paths: %+v", s)
	}
}

func TestEveryDecisionIsAMetric(t *testing.T) {
	h := logging.New(logging.Options{Writer: io.Discard, Sampling: logging.Sampling{Info: 2}})
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(h.Collector())
	log := slog.New(h)
	for range 4 {
		log.Info("m")
	}
	log.Error("e")
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, m := range families[0].GetMetric() {
		if v := m.GetCounter().GetValue(); v != 0 {
			got[m.GetLabel()[0].GetValue()+" "+m.GetLabel()[1].GetValue()] = v
		}
	}
	want := map[string]float64{"info kept": 2, "info sampled": 2, "error kept": 1}
	if diff := cmp.Diff(want, got); families[0].GetName() != "telltale_log_lines_total" || diff != "" {
		t.Errorf("%s (-want +got):\n%s", families[0].GetName(), diff)
	}
}

func TestAccessLinesHideWhatClientsSend(t *testing.T) {
	var b bytes.Buffer
	h := logging.New(logging.Options{Writer: &b})
	for range 2 {
		h.Access(t.Context(), &logging.AccessLine{
			Status: 200, RemoteAddr: "ada@example.com", UserAgent: "bot (+mailto:ada@example.com) " + apiKey, Err: "bad key " + apiKey,
		})
	}
	h.Access(t.Context(), &logging.AccessLine{Status: 200, RemoteAddr: "[2001:db8::1]:443", UserAgent: benchAgent})
	got := lines(t, b.Bytes())
	for i, want := range []map[string]any{
		{"remote_addr": "[redacted:email]", "user_agent": "bot (+mailto:[redacted:email]) [redacted:api_key]", "error": "bad key [redacted:api_key]"},
		{"remote_addr": "[redacted:email]", "user_agent": "bot (+mailto:[redacted:email]) [redacted:api_key]", "error": "bad key [redacted:api_key]"},
		{"remote_addr": "[2001:db8::1]:443", "user_agent": benchAgent},
	} {
		for key, v := range want {
			if got[i][key] != v {
				t.Errorf("line %d: %s is %v, want %v", i+1, key, got[i][key], v)
			}
		}
	}
}

// A route may be named with its method, as a pattern of http.ServeMux, or for all methods.
func TestRoutesWithAndWithoutMethod(t *testing.T) {
	var got recorded
	h := logging.New(logging.Options{
		Writer: io.Discard, Sink: &got, Sampling: logging.Sampling{Routes: map[string]int{"GET /things/{id}": -1, "/all": -1}},
	})
	for _, route := range []string{"/things/{id}", "/all", "/other"} {
		ctx := request(t.Context(), route, "/x")
		h.Access(ctx, &logging.AccessLine{Status: 200})
		h.Access(ctx, &logging.AccessLine{Status: 200, Route: route})
		slog.New(h).InfoContext(ctx, "inside")
	}
	if n := len(weights(&got)); n != 3 {
		t.Errorf("%d lines are kept, want those of /other", n)
	}
}
