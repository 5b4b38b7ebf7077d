package metrics

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/prompb"
)

// childEnv is the folder of the TSDB of a process that is there to be killed.
const childEnv = "TELLTALE_TEST_METRICS_CHILD"

// child writes until it is killed, and says a line for each request that was acknowledged.
func child(dir string) {
	s, err := New(Options{Dir: dir, Registry: prometheus.NewRegistry(), External: &url.URL{Scheme: "http", Host: "localhost"}, Interval: time.Hour})
	if err == nil {
		err = s.Start(context.Background())
	}
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	from := time.Now().UnixMilli()
	for i := 0; ; i++ {
		// Each has a series of its own beside the one that grows: a record of series, too, must be there.
		answer := writeV1(s, from+int64(i), float64(i), "grows", fmt.Sprint("once_", i))
		if answer.Code != http.StatusNoContent {
			fmt.Println("error", answer.Code, answer.Body)
			os.Exit(1)
		}
		fmt.Println(i)
	}
}

// writeV1 sends a sample of each name by remote write.
func writeV1(s *Server, at int64, v float64, names ...string) *httptest.ResponseRecorder {
	var r prompb.WriteRequest
	for _, name := range names {
		r.Timeseries = append(r.Timeseries, prompb.TimeSeries{
			Labels:  []prompb.Label{{Name: "__name__", Value: name}, {Name: "job", Value: "writer"}},
			Samples: []prompb.Sample{{Timestamp: at, Value: v}},
		})
	}
	in, err := r.Marshal()
	if err != nil {
		panic(err)
	}
	return post(s, "/prometheus/api/v1/write", snappy.Encode(nil, in))
}

func post(s *Server, path string, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, path, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/x-protobuf")
	r.Header.Set("Content-Encoding", "snappy")
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

func TestKilledProcessLosesNothingAcknowledged(t *testing.T) {
	for _, n := range []int{1, 57, 800} {
		dir := t.TempDir()
		cmd := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // this test itself
		cmd.Env = append(os.Environ(), childEnv+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		acked := -1
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			i, err := strconv.Atoi(lines.Text())
			if err != nil {
				t.Fatal(lines.Text())
			}
			if acked = i; i == n {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait() // killed
		s := start(t, func(o *Options) { o.Dir = dir })
		count := func(expr string) float64 {
			got, err := s.Query(t.Context(), expr, time.Now().Add(time.Minute))
			if err != nil || len(got.Series) != 1 {
				t.Fatalf("%s: %+v, %v", expr, got, err)
			}
			return got.Series[0].Points[0].V
		}
		series, samples := count(`count({__name__=~"once_.+"})`), count("count_over_time(grows[1h])")
		if want := float64(acked + 1); series < want || samples < want || samples > want+1 {
			t.Errorf("acknowledged %v: %v series and %v samples after kill -9", want, series, samples)
		}
		if r := s.Status(t.Context()).Storage.Repairs; len(r) > 0 {
			t.Errorf("a killed process left damage: %v", r)
		}
	}
}

// BenchmarkSync is what a sync of the log's disk for each acknowledgement would cost, against a write without: ADR 13.
func BenchmarkSync(b *testing.B) {
	for _, sync := range []bool{false, true} {
		b.Run(fmt.Sprint("sync=", sync), func(b *testing.B) {
			f, err := os.Create(b.TempDir() + "/log")
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			page := make([]byte, 8<<10) // some thousand samples
			for b.Loop() {
				if _, err := f.Write(page); err != nil {
					b.Fatal(err)
				}
				if sync {
					if err := f.Sync(); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
