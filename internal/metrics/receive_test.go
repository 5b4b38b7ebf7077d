package metrics

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
	"google.golang.org/protobuf/encoding/protowire"
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

// field is one that is a message.
func field(num protowire.Number, in []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), in)
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
		"broken snappy":      {"write", []byte{100, 1, 2, 3}, 400},
		// Two bytes each, and hundreds in memory.
		"empty series":     {"write", snappy.Encode(nil, bytes.Repeat([]byte{0x0a, 0}, 4<<20)), 413},
		"empty labels":     {"write", snappy.Encode(nil, field(1, bytes.Repeat([]byte{0x0a, 0}, 4<<20))), 413},
		"empty histograms": {"write", snappy.Encode(nil, field(1, bytes.Repeat([]byte{0x22, 0}, 2<<20))), 413},
		"empty spans":      {"write", snappy.Encode(nil, field(1, field(4, bytes.Repeat([]byte{0x42, 0}, 4<<20)))), 413},
		"empty queries":    {"read", snappy.Encode(nil, bytes.Repeat([]byte{0x0a, 0}, maxQueries+1)), 413},
		"empty matchers":   {"read", snappy.Encode(nil, field(1, bytes.Repeat([]byte{0x1a, 0}, 1<<20))), 413},
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

// More samples at once than there is room for: senders are told when to come again, and nothing of what was
// acknowledged is missing when they all have come to their end. The room is taken until the first is told, so
// that a machine which is quick enough for all of them is tested as well.
func TestAFloodOfRemoteWrite(t *testing.T) {
	s := start(t, func(o *Options) { o.Interval = time.Hour })
	web := httptest.NewServer(s.Handler())
	defer web.Close()
	const senders, series, samples = 48, 100, 500
	var acknowledged, told atomic.Int64
	var all sync.WaitGroup
	if !s.receivers.plain.TryAcquire(maxPlainBytes) {
		t.Fatal("there is no room at the start")
	}
	release := sync.OnceFunc(func() { s.receivers.plain.Release(maxPlainBytes) })
	at := time.Now()
	for sender := range senders {
		all.Go(func() {
			body := flood(sender, series, samples, at.UnixMilli())
			for {
				status, after, err := sendWrite(t.Context(), web.URL, body)
				if err != nil {
					t.Error(err)
					return
				}
				if status == http.StatusNoContent {
					acknowledged.Add(series * samples)
					return
				}
				seconds, err := strconv.Atoi(after)
				if status != http.StatusTooManyRequests || err != nil || seconds < 1 {
					t.Errorf("%d, Retry-After %q", status, after)
					return
				}
				told.Add(1)
				release()
				time.Sleep(time.Duration(seconds) * time.Second)
			}
		})
	}
	all.Wait()
	if told.Load() == 0 {
		t.Error("nobody was told to come again")
	}
	got := ask(t, s, `sum(count_over_time(flood[1m]))`, at.Add(2*time.Second))["{}"]
	if got != float64(acknowledged.Load()) || got != senders*series*samples {
		t.Errorf("%v samples are there, %d were acknowledged; %d requests were refused", got, acknowledged.Load(), told.Load())
	}
	if n := testutil.ToFloat64(s.receivers.refused.WithLabelValues("overload")); n != float64(told.Load()) {
		t.Errorf("%v are counted of %d", n, told.Load())
	}
}

// flood is a request of a sender that has waited: so many samples, a millisecond apart, of each series.
func flood(sender, series, samples int, at int64) []byte {
	var r prompb.WriteRequest
	for i := range series {
		one := prompb.TimeSeries{Labels: []prompb.Label{
			{Name: "__name__", Value: "flood"},
			{Name: "job", Value: "sender-" + strconv.Itoa(sender)},
			{Name: "n", Value: strconv.Itoa(i)},
		}}
		for n := range samples {
			one.Samples = append(one.Samples, prompb.Sample{Timestamp: at + int64(n), Value: 1})
		}
		r.Timeseries = append(r.Timeseries, one)
	}
	in, _ := r.Marshal() // fails for no such request
	return snappy.Encode(nil, in)
}

func sendWrite(ctx context.Context, base string, body []byte) (status int, after string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/prometheus/api/v1/write", bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	req.Header.Set("Content-Encoding", "snappy")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = res.Body.Close() }()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, res.Header.Get("Retry-After"), err
}

func BenchmarkWeigh(b *testing.B) {
	var in []byte
	for i := range 2000 {
		series := field(2, make([]byte, 16))
		for range 10 {
			series = append(series, field(1, append(field(1, []byte("label_name")), field(2, fmt.Appendf(nil, "value of some length %d", i))...))...)
		}
		in = append(in, field(1, series)...)
	}
	encoded := block{encoded: snappy.Encode(nil, in), plain: int64(len(in))}
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		weight, _, _ := encoded.weigh()
		b.ReportMetric(float64(weight)/float64(4*len(in)), "weight/4len")
	}
}
