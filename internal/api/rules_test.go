package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/api/apitest"
)

// event is a server-sent event.
type event struct{ name, data string }

func readEvents(t *testing.T, body string) []event {
	t.Helper()
	var out []event
	for block := range strings.SplitSeq(strings.TrimSuffix(body, "\n\n"), "\n\n") {
		name, data, ok := strings.Cut(strings.TrimPrefix(block, "event: "), "\ndata: ")
		if !ok || strings.Contains(data, "\n") {
			t.Fatalf("no event: %q", block)
		}
		out = append(out, event{name, data})
	}
	return out
}

func replay(t *testing.T, h http.Handler, query, text string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/rules/replay"+query, strings.NewReader(text)))
	return w
}

func TestRules(t *testing.T) {
	h := newAPI(t, apitest.Sample(), nil)
	var list api.RuleList
	get(t, h, "/api/v1/rules", http.StatusOK, &list)
	if len(list.Groups) != 2 || list.Groups[0].Rules[0].State != "firing" || list.Groups[1].Rules[0].Error != "found duplicate series" || !strings.Contains(list.Error, "mine.yml:5:19") {
		t.Errorf("%+v", list)
	}
	var slos api.ObjectiveList
	get(t, h, "/api/v1/slos", http.StatusOK, &slos)
	if len(slos.Objectives) != 2 || *slos.Objectives[0].Remaining != 0.42 || slos.Objectives[1].Remaining != nil {
		t.Errorf("%+v", slos)
	}
	var check api.RuleCheck
	send(t, h, http.MethodPost, "/api/v1/rules/check", "groups: []", http.StatusOK, &check)
	if !check.OK || check.Alerts != 1 {
		t.Errorf("%+v", check)
	}
	check = api.RuleCheck{}
	send(t, h, http.MethodPost, "/api/v1/rules/check", "a wrong one", http.StatusOK, &check)
	want := api.RuleCheck{Problems: []api.RuleProblem{{Line: 1, Column: 3, Group: "g", Rule: "A", Message: "this is wrong", Hint: "that is right"}}}
	if diff := cmp.Diff(want, check); diff != "" {
		t.Error(diff)
	}
}

func TestReplay(t *testing.T) {
	h := newAPI(t, apitest.Sample(), nil)
	d := readDocument(t, h)
	w := replay(t, h, "?from=-1h&step=1m", "groups: []")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/event-stream; charset=utf-8" {
		t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	events := readEvents(t, w.Body.String())
	// The second progress comes within half a second, and is not told.
	if len(events) != 2 || events[0] != (event{"progress", `{"done":1,"total":2,"rule":"A"}`}) || events[1].name != "replay" {
		t.Fatalf("%q", events)
	}
	for name, data := range map[string]string{"ReplayProgress": events[0].data, "RuleReplay": events[1].data} {
		var body any
		if err := json.Unmarshal([]byte(data), &body); err != nil {
			t.Fatal(err)
		}
		d.check(t, name, schema{Ref: "#/components/schemas/" + name}, body)
	}
	var r api.RuleReplay
	if err := json.Unmarshal([]byte(events[1].data), &r); err != nil {
		t.Fatal(err)
	}
	if !r.From.Equal(apitest.Now.Add(-time.Hour)) || !r.To.Equal(apitest.Now) || r.StepNS != 60e9 || len(r.Alerts) != 2 || r.Alerts[0].Periods[1].Firing != nil {
		t.Errorf("%+v", r)
	}
	// What is found out after the first progress can be told as an event alone.
	events = readEvents(t, replay(t, h, "?from=-1h&name=mine.yml", "late").Body.String())
	want := event{"failed", `{"error":{"code":"bad_rules","message":"mine.yml:5:11: found duplicate series"}}`}
	if len(events) != 2 || events[1] != want {
		t.Errorf("%q", events)
	}
}

func TestReplayRefusals(t *testing.T) {
	h := newAPI(t, apitest.Sample(), nil)
	for _, c := range []struct {
		query, text string
		status      int
		code        string
	}{
		{"?from=-1h", "wrong", http.StatusBadRequest, "bad_rules"},
		{"?from=-1h", "expensive", http.StatusUnprocessableEntity, "too_expensive"},
		{"?from=-1h", "busy", http.StatusTooManyRequests, "too_many_queries"},
		{"", "", http.StatusBadRequest, "bad_parameter"},
		{"?from=-1h&to=-2h", "", http.StatusBadRequest, "bad_parameter"},
		{"?from=-1h&step=often", "", http.StatusBadRequest, "bad_parameter"},
		{"?from=-1h&step=-1m", "", http.StatusBadRequest, "bad_parameter"},
		{"?form=-1h", "", http.StatusBadRequest, "bad_parameter"},
		{"?from=-1h", strings.Repeat("x", 5<<20), http.StatusRequestEntityTooLarge, "too_large"},
	} {
		w := replay(t, h, c.query, c.text)
		var f api.Failure
		if err := json.Unmarshal(w.Body.Bytes(), &f); err != nil || w.Code != c.status || f.Error.Code != c.code || f.Error.Message == "" {
			t.Errorf("%s %.20s: %d %s", c.query, c.text, w.Code, w.Body)
		}
		if got := w.Header().Get("Content-Type"); got != "application/json; charset=utf-8" {
			t.Errorf("%s: type %s", c.query, got)
		}
	}
	none := newAPI(t, apitest.Sample(), func(c *api.Config) { c.Rules = nil })
	get(t, none, "/api/v1/rules", http.StatusNotImplemented, nil)
	if w := replay(t, none, "?from=-1h", ""); w.Code != http.StatusNotImplemented {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A client that leaves ends its replay, and so does a server that stops, which says so.
func TestReplayEnds(t *testing.T) {
	for _, stops := range []bool{false, true} {
		source := &apitest.Rules{Began: make(chan struct{}, 1), Left: make(chan struct{}, 1)}
		a := newAPI(t, apitest.Sample(), func(c *api.Config) { c.Rules = source })
		server := httptest.NewServer(a)
		ctx, leave := context.WithCancel(t.Context())
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/api/v1/rules/replay?from=-1h", strings.NewReader("slow"))
		if err != nil {
			t.Fatal(err)
		}
		response, err := server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		<-source.Began
		lines := bufio.NewScanner(response.Body)
		if !lines.Scan() || lines.Text() != "event: progress" {
			t.Errorf("first line %q", lines.Text())
		}
		if stops {
			a.StopTails()
		} else {
			leave()
		}
		select {
		case <-source.Left:
		case <-time.After(time.Minute):
			t.Fatal("the replay goes on")
		}
		rest := ""
		for lines.Scan() {
			rest += lines.Text() + "\n"
		}
		if stopping := strings.Contains(rest, "event: failed") && strings.Contains(rest, `"stopping"`); stopping != stops {
			t.Errorf("stopped %t: %s", stops, rest)
		}
		_ = response.Body.Close()
		leave()
		server.Close()
	}
}
