package llm_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/telltale-dev/telltale/observe/llm"
)

// request does a piece of work as one request of a conversation does, and returns why it was refused.
func request(tel *telemetry, id string, limits llm.Limits, work func(context.Context) error) error {
	ctx, cancel := context.WithCancel(tel.in(context.Background()))
	defer cancel() // as net/http does
	ctx, session := llm.Session(ctx, id, limits)
	defer session.End()
	return work(ctx)
}

// oneCall costs 0.000114 USD.
func oneCall(ctx context.Context) error {
	_, call := llm.Start(ctx, llm.Call{Provider: "openai", Model: "gpt-4o-mini"})
	defer call.End(llm.Result{Usage: llm.Usage{Input: 1200, CacheRead: 1152, Output: 34}})
	return call.Err()
}

func sameTool(ctx context.Context) error {
	_, tool := llm.Tool(ctx, llm.ToolCall{Name: "search", Arguments: `{"q":"rome"}`})
	defer tool.End(nil)
	return tool.Err()
}

func TestAConversationHasOneBudgetForAllItsRequests(t *testing.T) {
	for _, tt := range []struct {
		name    string
		limits  llm.Limits
		work    func(context.Context) error
		allowed int // requests
		limit   llm.Limit
	}{
		{"calls", llm.Limits{Calls: 3}, oneCall, 3, llm.LimitCalls},
		{"cost", llm.Limits{Cost: 0.0002}, oneCall, 2, llm.LimitCost},
		{"repeated tool", llm.Limits{RepeatedTool: 2}, sameTool, 2, llm.LimitRepeatedTool},
		{"each request by itself", llm.Limits{Calls: 1, Cost: 0.0001, RepeatedTool: 1, PerRun: true}, func(ctx context.Context) error {
			return errors.Join(oneCall(ctx), sameTool(ctx))
		}, 9, ""},
		{"depth is of the place", llm.Limits{Depth: 1}, func(ctx context.Context) error {
			_, run := llm.Agent(ctx, "a")
			defer run.End(nil)
			return run.Err()
		}, 9, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tel := newTelemetry(t)
			allowed := 0
			var err error
			for ; allowed < 9 && err == nil; allowed++ {
				err = request(tel, "conversation", tt.limits, tt.work)
			}
			if err != nil {
				allowed--
			}
			var over *llm.LimitError
			if allowed != tt.allowed || (tt.limit != "") != errors.As(err, &over) || over != nil && over.Limit != tt.limit {
				t.Errorf("%d requests, then %v; want %d, then %q", allowed, err, tt.allowed, tt.limit)
			}
			if err := request(tel, "another", tt.limits, tt.work); err != nil {
				t.Errorf("another conversation: %v", err)
			}
			if n := tel.series(t, "conversations_active")[""]; n != 0 {
				t.Errorf("%v conversations are active", n)
			}
		})
	}
}

// The same arguments are the same however a model writes them.
func TestRepeatedToolKnowsJSON(t *testing.T) {
	for _, tt := range []struct {
		name      string
		arguments [3]any
		refused   bool
	}{
		{"order of keys", [3]any{`{"a":1,"b":{"c":2,"d":[3]}}`, `{"b":{"d":[3],"c":2},"a":1}`, ` { "b" : {"d": [3], "c": 2}, "a": 1 }`}, true},
		{"values", [3]any{map[string]int{"a": 1, "b": 2}, `{"b":2,"a":1}`, `{"a":1,"b":2}`}, true},
		{"other numbers", [3]any{`{"n":9007199254740993}`, `{"n":9007199254740992}`, `{"n":9007199254740994}`}, false},
		{"order of a list", [3]any{`[1,2,3]`, `[2,1,3]`, `[3,2,1]`}, false},
		{"two values", [3]any{`{"a":1}{"b":1}`, `{"a":1}{"b":2}`, `{"a":1}`}, false},
		{"no JSON", [3]any{`{a b}`, `{b a}`, `{b  a}`}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, session := llm.Session(newTelemetry(t).in(t.Context()), "s", llm.Limits{RepeatedTool: 2})
			defer session.End()
			for _, arguments := range tt.arguments {
				_, tool := llm.Tool(ctx, llm.ToolCall{Name: "search", Arguments: arguments})
				tool.End(nil)
			}
			if got := session.Err() != nil; got != tt.refused {
				t.Errorf("refused: %t", got)
			}
		})
	}
}

func TestMoreIsAllowedByAHigherLimit(t *testing.T) {
	tel := newTelemetry(t)
	for i, tt := range []struct {
		calls int
		over  bool
	}{{1, false}, {1, true}, {2, false}, {2, true}, {0, false}, {3, true}, {5, false}} {
		err := request(tel, "c", llm.Limits{Calls: tt.calls}, oneCall)
		if (err != nil) != tt.over {
			t.Errorf("request %d, %d calls allowed: %v", i+1, tt.calls, err)
		}
	}
}

func TestWhichConversationsAreOne(t *testing.T) {
	long := strings.Repeat("x", 400)
	for _, tt := range []struct {
		name, first, second string
		one                 bool
	}{
		{"the same id", "a", "a", true},
		{"the same long id", long, long, true},
		{"long ids with one beginning", long + "1", long + "2", false},
		{"no id", "", "", false},
		{"addresses that look the same once they are redacted", "ada@example.com", "bob@example.com", false},
	} {
		tel := newTelemetry(t)
		first := request(tel, tt.first, llm.Limits{Calls: 1}, oneCall)
		second := request(tel, tt.second, llm.Limits{Calls: 1}, oneCall)
		if first != nil || (second != nil) != tt.one {
			t.Errorf("%s: %v, %v", tt.name, first, second)
		}
	}
}

func TestAnOldConversationIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tel := newTelemetry(t)
		limits := llm.Limits{Calls: 1}
		if err := request(tel, "c", limits, oneCall); err != nil {
			t.Fatal(err)
		}
		time.Sleep(23 * time.Hour)
		if err := request(tel, "c", limits, oneCall); err == nil {
			t.Error("it has a new budget the next day")
		}
		time.Sleep(25 * time.Hour)
		if err := request(tel, "c", limits, oneCall); err != nil {
			t.Errorf("a day later: %v", err)
		}
		err := request(tel, "slow", limits, func(ctx context.Context) error {
			if err := oneCall(ctx); err != nil {
				t.Error(err)
			}
			time.Sleep(48 * time.Hour)
			_ = request(tel, "other", limits, oneCall)
			return request(tel, "slow", limits, oneCall)
		})
		if err == nil {
			t.Error("one that is open was forgotten")
		}
	})
}

func TestConversationsThatAreRememberedAreBounded(t *testing.T) {
	tel := newTelemetry(t)
	limits := llm.Limits{Calls: 1}
	_ = request(tel, "early", limits, oneCall)
	open, session := llm.Session(tel.in(t.Context()), "open", limits)
	defer session.End()
	if err := oneCall(open); err != nil {
		t.Fatal(err)
	}
	for i := range 10_001 {
		_, other := llm.Session(tel.in(context.Background()), fmt.Sprint(i), llm.Limits{})
		other.End()
	}
	if err := request(tel, "early", limits, oneCall); err != nil {
		t.Errorf("10,001 conversations later it is remembered: %v", err)
	}
	if err := request(tel, "open", limits, oneCall); err == nil {
		t.Error("one that is open was forgotten")
	}
}

func TestAConversationInsideItselfCountsOnce(t *testing.T) {
	tel := newTelemetry(t)
	limits := llm.Limits{Calls: 2, Cost: 1, RepeatedTool: 2}
	ctx, outer := llm.Session(tel.in(t.Context()), "c", limits)
	defer outer.End()
	middle, between := llm.Session(ctx, "between", llm.Limits{})
	defer between.End()
	inner, again := llm.Session(middle, "c", limits)
	defer again.End()
	for i := range 2 {
		if err := errors.Join(oneCall(inner), sameTool(inner)); err != nil {
			t.Errorf("round %d: %v", i+1, err)
		}
	}
	if outer.Calls() != 2 || between.Calls() != 2 || outer.Cost() != 2*114_000_000 || between.Cost() != outer.Cost() {
		t.Errorf("%d and %d calls, %v and %v", outer.Calls(), between.Calls(), outer.Cost(), between.Cost())
	}
	if oneCall(inner) == nil || outer.Calls() != 2 || between.Calls() != 2 {
		t.Errorf("after the limit: %d and %d calls", outer.Calls(), between.Calls())
	}
	if n := tel.series(t, "conversations_active")[""]; n != 2 {
		t.Errorf("%v conversations are active", n)
	}
}

func TestConcurrentRequestsShareTheLimitExactly(t *testing.T) {
	tel := newTelemetry(t)
	var made atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 20 {
				if request(tel, "c", llm.Limits{Calls: 100}, oneCall) == nil {
					made.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if n := made.Load(); n != 100 {
		t.Errorf("%d calls were made", n)
	}
	if n := tel.series(t, "conversations_active")[""]; n != 0 {
		t.Errorf("%v conversations are active", n)
	}
}

// A context that never ends says nothing, so a session that nobody ends is over when nobody can use it any more.
func TestASessionThatNobodyEndsLeavesTheGauge(t *testing.T) {
	tel := newTelemetry(t)
	active := func() float64 { return tel.series(t, "conversations_active")[""] }
	func() {
		ctx, _ := llm.Session(tel.in(context.Background()), "forgotten", llm.Limits{})
		runtime.GC()
		if err := oneCall(ctx); err != nil || active() != 1 {
			t.Errorf("in use: %v active, %v", active(), err)
		}
	}()
	for end := time.Now().Add(time.Minute); active() != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%v conversations are active", active())
		}
		runtime.GC()
	}
}

func TestAnAgentThatNobodyEndsLeavesTheGauge(t *testing.T) {
	tel := newTelemetry(t)
	active := func() float64 { return tel.series(t, "agent_sessions_active")[""] }
	func() {
		ctx, _ := llm.Agent(tel.in(context.Background()), "forgotten")
		runtime.GC()
		if err := oneCall(ctx); err != nil || active() != 1 {
			t.Errorf("in use: %v active, %v", active(), err)
		}
	}()
	for end := time.Now().Add(time.Minute); active() != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%v agents are active", active())
		}
		runtime.GC()
	}
}

func TestFamiliesWithKnownLabelsAreThereFromTheStart(t *testing.T) {
	tel := newTelemetry(t)
	llm.NewTransport(nil, llm.TransportOptions{Core: tel.core})
	for family, want := range map[string]int{
		"rag_retrieval_score": 1, "llm_cache_requests_total": 2, "telltale_llm_limit_exceeded_total": 4,
		"agent_sessions_active": 1, "conversations_active": 1,
		"rag_retrieval_score_avg": 0, // there is no mean of nothing
	} {
		series := tel.series(t, family)
		if len(series) != want {
			t.Errorf("%s: %v, want %d", family, series, want)
		}
		for labels, n := range series {
			if n != 0 {
				t.Errorf("%s of %q is %v", family, labels, n)
			}
		}
	}
}
