package metrics

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/client_golang/prometheus/testutil"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
)

func TestRemoteWrite(t *testing.T) {
	s := start(t, func(o *Options) { o.Interval = time.Hour })
	now := time.Now()
	if got := writeV1(s, now.UnixMilli(), 7, "one"); got.Code != http.StatusNoContent {
		t.Fatal(got.Code, got.Body)
	}
	v2 := writev2.Request{
		Symbols:    []string{"", "__name__", "two", "job", "writer"},
		Timeseries: []writev2.TimeSeries{{LabelsRefs: []uint32{1, 2, 3, 4}, Samples: []writev2.Sample{{Timestamp: now.UnixMilli(), Value: 8}}}},
	}
	in, err := v2.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/prometheus/api/v1/write", bytes.NewReader(snappy.Encode(nil, in)))
	r.Header.Set("Content-Type", "application/x-protobuf;proto=io.prometheus.write.v2.Request")
	r.Header.Set("Content-Encoding", "snappy")
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusNoContent || w.Header().Get("X-Prometheus-Remote-Write-Samples-Written") != "1" {
		t.Fatal(w.Code, w.Header(), w.Body)
	}
	for expr, want := range map[string]float64{"one": 7, "two": 8} {
		got, err := s.Query(t.Context(), expr, now)
		if err != nil || len(got.Series) != 1 || got.Series[0].Points[0].V != want || got.Series[0].Labels["job"] != "writer" {
			t.Errorf("%s: %+v, %v", expr, got, err)
		}
	}
}

func TestRemoteWriteIsBounded(t *testing.T) {
	s := start(t, func(o *Options) { o.Interval = time.Hour })
	bomb := snappy.Encode(nil, make([]byte, maxWritePlain+1))
	for name, c := range map[string]struct {
		path string
		body []byte
		want int
	}{
		"bomb":               {"write", bomb, 413},
		"a length that lies": {"write", []byte{0xff, 0xff, 0xff, 0xff, 0x0f, 0}, 413},
		"no snappy":          {"write", []byte("hello"), 400},
		"empty":              {"write", nil, 400},
		"large":              {"write", make([]byte, maxWrite+1), 413},
		"no protobuf":        {"write", snappy.Encode(nil, []byte("hello")), 400},
		"read bomb":          {"read", snappy.Encode(nil, make([]byte, maxReadPlain+1)), 413},
		"large read":         {"read", make([]byte, maxReadQuery+1), 413},
		"no read":            {"read", snappy.Encode(nil, []byte("hello")), 400},
	} {
		if got := post(s, "/prometheus/api/v1/"+c.path, c.body); got.Code != c.want {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
	}
	if got := writeV1(s, time.Now().UnixMilli(), 1, "x"); got.Code != http.StatusNoContent {
		t.Error("afterwards:", got.Code, got.Body)
	}
}

func TestRemoteWriteUnderOverload(t *testing.T) {
	s := start(t, func(o *Options) { o.Interval = time.Hour })
	if !s.receivers.plain.TryAcquire(maxPlainBytes) {
		t.Fatal("there is no room at the start")
	}
	got := writeV1(s, time.Now().UnixMilli(), 1, "x")
	if got.Code != http.StatusTooManyRequests || got.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v", got.Code, got.Header())
	}
	if n := testutil.ToFloat64(s.receivers.refused.WithLabelValues("overload")); n != 1 {
		t.Errorf("%v are counted", n)
	}
	s.receivers.plain.Release(maxPlainBytes)
	if got := writeV1(s, time.Now().UnixMilli(), 1, "x"); got.Code != http.StatusNoContent {
		t.Error(got.Code, got.Body)
	}
	if !s.receivers.plain.TryAcquire(maxPlainBytes) {
		t.Error("what was taken was not given back")
	}
}
