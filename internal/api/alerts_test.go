package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/api/apitest"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// ask sends a body and returns the status and the answer.
func ask(t *testing.T, h http.Handler, method, target, body string) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// A server without alerting says so.
func TestNoAlerting(t *testing.T) {
	a := newAPI(t, apitest.Sample(), func(c *api.Config) { c.Alerts = nil })
	for target, method := range map[string]string{
		"/api/v1/alerts": http.MethodGet, "/api/v1/alerts/receivers": http.MethodGet, "/api/v1/alerts/test": http.MethodPost,
	} {
		code, body := ask(t, a, method, target, "{}")
		if code != http.StatusNotImplemented || !strings.Contains(body, `"unsupported"`) || !strings.Contains(body, "no alerting") {
			t.Errorf("%s: %d %s", target, code, body)
		}
	}
}

// failingAlerts fails as it is told.
type failingAlerts struct{ err error }

func (f failingAlerts) TestAlert(context.Context, map[string]string) (api.AlertTest, error) {
	return api.AlertTest{}, f.err
}

func (f failingAlerts) Alerts(context.Context) (api.AlertList, error) { return api.AlertList{}, f.err }

func (f failingAlerts) AlertReceivers(context.Context) (api.AlertReceivers, error) {
	return api.AlertReceivers{}, f.err
}

// What a test alert cannot be, and what a server cannot do now, has a status and a reason; an error within is not shown.
func TestAlertMistakes(t *testing.T) {
	for _, c := range []struct {
		body   string
		alerts api.AlertSource
		code   int
		want   string
	}{
		{body: `{"labels":{"service":"!"}}`, alerts: apitest.Alerts{}, code: http.StatusBadRequest, want: "invalid label set"},
		{body: `{"labels":{"service":7}}`, alerts: apitest.Alerts{}, code: http.StatusBadRequest, want: "labels"},
		{body: `{"label":{}}`, alerts: apitest.Alerts{}, code: http.StatusBadRequest, want: "label"},
		{body: `{`, alerts: apitest.Alerts{}, code: http.StatusBadRequest, want: "error"},
		{body: ``, alerts: apitest.Alerts{}, code: http.StatusBadRequest, want: "error"},
		{body: `{}`, alerts: failingAlerts{err: telemetry.ErrRecovering}, code: http.StatusServiceUnavailable, want: "error"},
		{body: `{}`, alerts: failingAlerts{err: telemetry.ErrUnsupported}, code: http.StatusNotImplemented, want: "unsupported"},
		{body: `{}`, alerts: failingAlerts{err: errors.New("password hunter2")}, code: http.StatusInternalServerError, want: "error"},
	} {
		a := newAPI(t, apitest.Sample(), func(config *api.Config) { config.Alerts = c.alerts })
		code, body := ask(t, a, http.MethodPost, "/api/v1/alerts/test", c.body)
		if code != c.code || !strings.Contains(body, c.want) || strings.Contains(body, "hunter2") {
			t.Errorf("%q: %d %s", c.body, code, body)
		}
	}
	a := newAPI(t, apitest.Sample(), func(c *api.Config) { c.Alerts = failingAlerts{err: fmt.Errorf("read: %w", telemetry.ErrRecovering)} })
	if code, _ := ask(t, a, http.MethodGet, "/api/v1/alerts", ""); code != http.StatusServiceUnavailable {
		t.Errorf("%d", code)
	}
}

func TestAlerts(t *testing.T) {
	a := newAPI(t, apitest.Sample(), nil)
	var list api.AlertList
	get(t, a, "/api/v1/alerts", http.StatusOK, &list)
	want, err := apitest.Alerts{}.Alerts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Error(diff)
	}
	for target, method := range map[string]string{"/api/v1/alerts": http.MethodPost, "/api/v1/alerts/test": http.MethodGet} {
		if code, body := ask(t, a, method, target, "{}"); code != http.StatusMethodNotAllowed {
			t.Errorf("%s %s: %d %s", method, target, code, body)
		}
	}
}
