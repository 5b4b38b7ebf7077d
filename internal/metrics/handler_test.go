package metrics

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/model/labels"
)

func request(s *Server, method, target, form string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(context.Background(), method, target, strings.NewReader(form))
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

func TestHealthAndPages(t *testing.T) {
	o := Options{Dir: t.TempDir(), Registry: prometheus.NewRegistry(), External: &url.URL{Scheme: "http", Host: "h", Path: "/below"}, Interval: time.Hour}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/-/healthy": 200, "/-/ready": 503, "/api/v1/query?query=1": 503, "/federate": 503, "/graph": 302} {
		got := request(s, http.MethodGet, "/prometheus"+path, "")
		if got.Code != want || want == 503 && got.Header().Get("Retry-After") == "" {
			t.Errorf("before the start %s: %d", path, got.Code)
		}
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]struct {
		code int
		text string
	}{
		"/-/healthy":                  {200, "healthy"},
		"/-/ready":                    {200, "ready"},
		"/api/v1/query?query=1":       {200, `"success"`},
		"/api/v1/status/buildinfo":    {200, version},
		"/api/v1/status/walreplay":    {200, "success"},
		"/api/v1/status/flags":        {200, "storage.tsdb.path"},
		"/api/v1/metadata":            {200, "success"},
		"/api/v1/nothing":             {404, ""},
		"/api/v1/query?query=sum(":    {400, "parse error"},
		"/api/v1/labels?limit=nought": {400, "bad_data"},
	} {
		got := request(s, http.MethodGet, "/prometheus"+path, "")
		if got.Code != want.code || !strings.Contains(got.Body.String(), want.text) {
			t.Errorf("%s: %d %s", path, got.Code, got.Body)
		}
	}
	for path, want := range map[string]string{
		"":                         "/below/explore",
		"/":                        "/below/explore",
		"/graph?g0.expr=up%2B1":    "/below/explore?expr=up%2B1",
		"/query?g0.expr=a&g0.tab=": "/below/explore?expr=a",
		"/alerts":                  "/below/alerts",
		"/targets":                 "/below/status",
	} {
		if got := request(s, http.MethodGet, "/prometheus"+path, ""); got.Code != 302 || got.Header().Get("Location") != want {
			t.Errorf("%s: %d %s", path, got.Code, got.Header().Get("Location"))
		}
	}
	for _, path := range []string{"/api/v1/admin/tsdb/delete_series?match[]=up", "/api/v1/admin/tsdb/snapshot"} {
		if got := request(s, http.MethodPost, "/prometheus"+path, ""); got.Code < 400 {
			t.Errorf("admin: %s: %d %s", path, got.Code, got.Body)
		}
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := request(s, http.MethodGet, "/prometheus/-/ready", ""); got.Code != 503 {
		t.Error(got.Code)
	}
}

func TestHostileQueries(t *testing.T) {
	s := start(t, func(o *Options) { o.Interval = time.Hour; o.Limits = Limits{Samples: 1000, Timeout: 10 * time.Second} })
	now := time.Now().UnixMilli()
	for i := range 200 {
		write(t, s, labels.FromStrings("__name__", "x", "i", fmt.Sprint(i)), Point{now - 10_000, 1}, Point{now, 2})
	}
	form := func(q string) string { return "query=" + url.QueryEscape(q) }
	for name, c := range map[string]struct {
		path, form string
		code       int
		text       string
	}{
		"large body":    {"/api/v1/query", form(strings.Repeat("a", 2<<20)), 413, "bytes at most"},
		"large expr":    {"/api/v1/query", form(strings.Repeat("a", 100<<10)), 413, "bytes at most"},
		"deep":          {"/api/v1/query", form(strings.Repeat("(", maxExpr/2-1) + "1" + strings.Repeat(")", maxExpr/2-1)), 400, "brackets"},
		"signs":         {"/api/v1/query", form(strings.Repeat("-", maxExpr-1) + "1"), 200, ""},
		"samples":       {"/api/v1/query_range", form("x") + fmt.Sprintf("&start=%d&end=%d&step=1", now/1000-600, now/1000), 422, "too many samples"},
		"steps":         {"/api/v1/query_range", form("x") + "&start=0&end=100000000&step=1", 400, "exceeded maximum resolution"},
		"subquery":      {"/api/v1/query", form("count_over_time(vector(1)[50d:1ms])"), 400, "take a longer step"},
		"subqueries":    {"/api/v1/query", form("max_over_time(max_over_time(vector(1)[1h:1m])[9000d:1d])"), 400, "take a longer step"},
		"range and sub": {"/api/v1/query_range", form("max_over_time(vector(1)[1h:1m])") + "&start=0&end=99999999&step=86400", 400, "take a longer step"},
		"bad escape":    {"/api/v1/query", "query=%zz", 400, "bad_data"},
		"series":        {"/api/v1/series", "match[]=" + url.QueryEscape(`{__name__=~".+"}`) + "&limit=1000000000", 200, ""},
		"deep federate": {"/federate", "match[]=" + url.QueryEscape(strings.Repeat("{", 1000)), 400, "brackets"},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			got := request(s, http.MethodPost, "/prometheus"+c.path, c.form)
			if got.Code != c.code || !strings.Contains(got.Body.String(), c.text) {
				t.Errorf("%d %.300s", got.Code, got.Body)
			}
			if d := time.Since(began); d > 10*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
	if _, err := s.Query(t.Context(), "sum(x)", time.Now()); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if _, err := s.Query(t.Context(), "count_over_time(vector(1)[50d:1ms])", time.Now()); !errors.Is(err, ErrTooExpensive) {
		t.Error(err)
	}
}

func TestSlowQuery(t *testing.T) {
	s := start(t, func(o *Options) {
		o.Interval = time.Hour
		o.Limits = Limits{Samples: 1 << 30, Timeout: 100 * time.Millisecond}
	})
	for i := range 1000 { // seconds of work
		write(t, s, labels.FromStrings("__name__", "x", "i", fmt.Sprint(i)), Point{time.Now().UnixMilli(), 1})
	}
	const slow = "sum(count_over_time(x[400000s:1s]))"
	if got := request(s, http.MethodGet, "/prometheus/api/v1/query?query="+url.QueryEscape(slow), ""); got.Code != 503 ||
		!strings.Contains(got.Body.String(), "timed out") {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	if _, err := s.Query(t.Context(), slow, time.Now()); !errors.Is(err, ErrTooExpensive) || !strings.Contains(err.Error(), "100ms") {
		t.Error(err)
	}
}

func TestStopEndsQueries(t *testing.T) {
	s := start(t, func(o *Options) { o.Interval = time.Hour; o.Limits = Limits{Samples: 1 << 30, Timeout: time.Minute} })
	now := time.Now()
	for i := range 2000 {
		write(t, s, labels.FromStrings("__name__", "x", "i", fmt.Sprint(i)), Point{now.UnixMilli(), 1})
	}
	ended := make(chan error)
	go func() {
		_, err := s.QueryRange(context.Background(), "quantile_over_time(0.5, x[1d:1s])", now, now.Add(24*time.Hour), 10*time.Second)
		ended <- err
	}()
	time.Sleep(50 * time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, ErrNotReady) {
		t.Error(err)
	}
}

func TestStopWithinItsContext(t *testing.T) {
	s := start(t, func(o *Options) { o.Interval = time.Hour })
	_, leave, err := s.gate.enter(context.Background()) // one who does not hear
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	leave()
}

func TestFailedStartLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	a := start(t, func(o *Options) { o.Dir = dir; o.Interval = time.Hour })
	b, err := New(Options{Dir: dir, Registry: prometheus.NewRegistry(), External: a.opts.External})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Start(t.Context()); err == nil {
		t.Error("two servers have the same folder")
	}
	if err := b.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestTheAPIDescribesItself(t *testing.T) {
	s := start(t)
	for version, want := range map[string]string{"": "openapi: 3.1.0", "3.2": "openapi: 3.2.0"} {
		got := request(s, http.MethodGet, "/prometheus/api/v1/openapi.yaml?openapi_version="+version, "")
		text := got.Body.String()
		if got.Code != http.StatusOK || !strings.Contains(text, want) || !strings.Contains(text, "/query_range:") || !strings.Contains(text, "localhost:4318/api/v1") {
			t.Errorf("version %q: %d, %d bytes: %.200s", version, got.Code, len(text), text)
		}
	}
}
