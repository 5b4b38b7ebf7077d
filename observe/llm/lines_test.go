package llm_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/observe/llm"
	"github.com/telltale-dev/telltale/observe/observetest/llmmock"
)

// inside runs work in a tool of an agent that another agent calls.
func inside(ctx context.Context, work func(ctx context.Context) error) (err error) {
	ctx, outer := llm.Agent(ctx, "coordinator")
	defer outer.End(&err)
	return func() (err error) {
		ctx, inner := llm.Agent(ctx, "worker")
		defer inner.End(&err)
		stepCtx, step := llm.Step(ctx, "search")
		defer step.End(&err)
		if err := work(stepCtx); err != nil {
			return fmt.Errorf("search: %w", err)
		}
		return nil
	}()
}

// said lists the lines of a log by level and message.
func (tel *telemetry) said(t *testing.T) (list []string) {
	for _, line := range tel.log.all(t) {
		list = append(list, line["level"].(string)+" "+line["msg"].(string))
	}
	return list
}

func TestOneCauseIsOneError(t *testing.T) {
	broken := errors.New("no such city")
	for _, tt := range []struct {
		name   string
		limits llm.Limits
		work   func(ctx context.Context) error
		want   []string
	}{
		{"tool", llm.Limits{}, func(ctx context.Context) (err error) {
			_, tool := llm.Tool(ctx, llm.ToolCall{Name: "weather"})
			defer tool.End(&err)
			return broken
		}, []string{"ERROR tool call", "WARN agent run", "WARN agent run"}},
		{"step", llm.Limits{}, func(context.Context) error { return broken }, []string{"ERROR agent run", "WARN agent run"}},
		{"call", llm.Limits{}, func(ctx context.Context) error {
			_, call := llm.Start(ctx, llm.Call{Model: "m"})
			call.End(llm.Result{Err: broken})
			return broken
		}, []string{"ERROR model call", "WARN agent run", "WARN agent run"}},
		{"another error", llm.Limits{}, func(ctx context.Context) error {
			_, tool := llm.Tool(ctx, llm.ToolCall{Name: "weather"})
			err := errors.New("handled")
			tool.End(&err)
			return broken
		}, []string{"ERROR tool call", "ERROR agent run", "WARN agent run"}},
		{"limit", llm.Limits{Calls: 1}, func(ctx context.Context) error {
			_, call := llm.Start(ctx, llm.Call{Model: "m"})
			call.End(llm.Result{})
			_, call = llm.Start(ctx, llm.Call{Model: "m"})
			_, again := llm.Start(ctx, llm.Call{Model: "m"})
			return errors.Join(call.Err(), again.Err())
		}, []string{"INFO model call", "ERROR limit exceeded", "WARN agent run", "WARN agent run"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tel := newTelemetry(t)
			ctx, session := llm.Session(tel.in(t.Context()), "s", tt.limits)
			defer session.End()
			if err := inside(ctx, tt.work); err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(tt.want, tel.said(t)); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWorkIsLoggedAsWhatItIs(t *testing.T) {
	tel := newTelemetry(t)
	if err := work(tel.in(t.Context()), nil); err != nil {
		t.Fatal(err)
	}
	want := []string{"INFO retrieval", "INFO tool call", "INFO model call", "INFO agent run"}
	if diff := cmp.Diff(want, tel.said(t)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestRefusedCallsDoNotCount(t *testing.T) {
	ctx, outer := llm.Session(newTelemetry(t).in(t.Context()), "outer", llm.Limits{Calls: 2})
	defer outer.End()
	ctx, inner := llm.Session(ctx, "inner", llm.Limits{})
	defer inner.End()
	for range 4 {
		_, call := llm.Start(ctx, llm.Call{Model: "m"})
		call.Close()
	}
	if outer.Calls() != 2 || inner.Calls() != 2 {
		t.Errorf("%d calls, of the inner session %d", outer.Calls(), inner.Calls())
	}
}

func TestNoScoreWithoutARetrieval(t *testing.T) {
	tel := newTelemetry(t)
	_, call := llm.Start(tel.in(t.Context()), llm.Call{Model: "m"})
	call.End(llm.Result{})
	if got := tel.series(t, "rag_retrieval_score_avg"); len(got) > 0 {
		t.Errorf("a mean of nothing: %v", got)
	}
}

func TestLongModelName(t *testing.T) {
	tel := newTelemetry(t)
	url, _ := mock(t, llmmock.Options{})
	body := `{"model":"` + strings.Repeat("m", 100_000) + `","messages":[{"role":"user","content":"hi"}]}`
	read(tel.in(t.Context()), t, client(t, llm.TransportOptions{}), url+"/v1/chat/completions", body)
	span := tel.one(t)
	if n := len(span.Name()); n > 110 {
		t.Errorf("the name of the span has %d bytes", n)
	}
	for k, v := range attributes(span) {
		if len(v) > 1024 {
			t.Errorf("%s has %d bytes", k, len(v))
		}
	}
}

func TestZerosAreNotLogged(t *testing.T) {
	tel := newTelemetry(t)
	url, _ := mock(t, llmmock.Options{})
	read(tel.in(t.Context()), t, client(t, llm.TransportOptions{}), url+"/v1/chat/completions",
		`{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}]}`)
	for _, key := range []string{"cached_tokens", "reasoning_tokens"} {
		if v, ok := tel.log.all(t)[0][key]; ok {
			t.Errorf("%s is %v", key, v)
		}
	}
}

// TestResultWhileTheToolIsLeft is for the race detector: the context has ended, and the tool still says what it found.
func TestResultWhileTheToolIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tel := newTelemetry(t)
		ctx, cancel := context.WithCancel(tel.in(t.Context()))
		_, tool := llm.Tool(ctx, llm.ToolCall{Name: "slow"})
		cancel()
		for range 8 {
			time.Sleep(time.Second)
			tool.Result("value")
		}
		synctest.Wait()
		if a := attributes(tel.byName(t, "execute_tool slow")); a["gen_ai.tool.call.result"] != "value" {
			t.Errorf("the tool: %v", a)
		}
	})
}
