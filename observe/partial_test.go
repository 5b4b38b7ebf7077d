package observe_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/observe"
)

// field is a field of protobuf that holds bytes.
func field(number byte, value string) string {
	return string([]byte{number<<3 | 2, byte(len(value))}) + value
}

// A backend may say something about what it took: that is a notice, told once for each signal, and nothing is lost or wrong.
func TestNoticeOfABackendThatTookAll(t *testing.T) {
	for _, test := range []struct {
		name, partial string
		told          bool
	}{
		{"a word and nothing rejected", field(2, "deprecated attribute http.url"), true},
		{"nothing to say", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/x-protobuf")
				_, _ = w.Write([]byte(field(1, test.partial)))
			}))
			defer s.Close()
			t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "5")
			o := begin(t, func(c *observe.Config) {
				c.Exporter, c.Endpoint, c.SpanProcessors = observe.ExporterOTLP, s.URL, nil
			})
			for range 3 {
				_, span := o.Tracer().Start(t.Context(), "work")
				span.End()
				slog.New(o.Logger().Handler()).Info("work")
				time.Sleep(30 * time.Millisecond) // an export each
			}
			notices := func() []line { return o.lines(t, "the backend took all telemetry and warns") }
			for end := time.Now().Add(time.Minute); test.told && len(notices()) < 2 && time.Now().Before(end); {
				time.Sleep(5 * time.Millisecond)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if err := o.Shutdown(ctx); err != nil {
				t.Errorf("shutdown: %v", err)
			}
			told := map[any]int{}
			for _, l := range notices() {
				told[l["error"]]++
				if l["level"] != "INFO" {
					t.Errorf("notice %v", l)
				}
			}
			want := map[any]int{}
			if test.told {
				for _, signal := range []string{"traces", "logs"} {
					want["export "+signal+": backend warns: deprecated attribute http.url"] = 1
				}
			}
			if diff := cmp.Diff(want, told); diff != "" {
				t.Errorf("notices: %s", diff)
			}
			for _, l := range o.lines(t, "") {
				if l["level"] != "INFO" || l["msg"] == "the backend did not take all telemetry" {
					t.Errorf("line %v", l)
				}
			}
			for counts := range strings.Lines(o.metrics(t, "telltale_export_records_total")) {
				if sent := strings.Contains(counts, `outcome="sent"`); !sent && !strings.HasSuffix(counts, " 0\n") {
					t.Errorf("counted %s", counts)
				}
			}
		})
	}
}
