package llm_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/llm"
	"github.com/telltale-dev/telltale/observe/logging"
	"github.com/telltale-dev/telltale/observe/observetest"
)

// service starts the telemetry of an example: nothing leaves the process.
func service() *observe.Telemetry {
	tel, err := observe.Start(context.Background(), observe.Config{
		Exporter: observe.ExporterNone, NoGlobal: true, Log: logging.Options{Writer: io.Discard},
	})
	if err != nil {
		panic(err)
	}
	return tel
}

// showCounts prints the counters of a family.
func showCounts(tel *observe.Telemetry, family string) {
	families, err := tel.Metrics().Gather()
	if err != nil {
		fmt.Println(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() != family {
				continue
			}
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			fmt.Println(strings.Join(labels, " "), m.GetCounter().GetValue())
		}
	}
}

func ExampleSession() {
	client := &http.Client{Transport: llm.Transport(provider)}
	ctx, session := llm.Session(context.Background(), "conversation-1", llm.Limits{Cost: 0.0002, Calls: 40})
	defer session.End()
	for session.Err() == nil {
		_ = ask(ctx, client)
	}
	fmt.Println(session.Err())
	fmt.Println(session.Calls(), "calls,", session.Cost(), "USD")
	// Output:
	// session conversation-1 is over its limit of 0.0002 USD
	// 2 calls, 0.0002472 USD
}

// An agent that calls itself comes to an end.
func ExampleLimits() {
	ctx, session := llm.Session(context.Background(), "conversation-4", llm.Limits{Depth: 3})
	defer session.End()
	var research func(ctx context.Context) error
	research = func(ctx context.Context) (err error) {
		ctx, run := llm.Agent(ctx, "researcher")
		defer run.End(&err)
		if err := run.Err(); err != nil {
			return err
		}
		return research(ctx)
	}
	fmt.Println(research(ctx))
	// Output: session conversation-4 is over its limit of 3 agents, steps and tools inside each other
}

// What to tell a user depends on which limit it was.
func ExampleLimit() {
	ctx, session := llm.Session(context.Background(), "conversation-5", llm.Limits{Cost: 5, Calls: 1})
	defer session.End()
	client := &http.Client{Transport: llm.Transport(provider)}
	_ = ask(ctx, client)
	var over *llm.LimitError
	if !errors.As(ask(ctx, client), &over) {
		return
	}
	switch over.Limit {
	case llm.LimitCost:
		fmt.Println("the budget is spent")
	case llm.LimitCalls, llm.LimitDepth:
		fmt.Println("this takes more steps than allowed:", over.Allowed)
	case llm.LimitRepeatedTool:
		fmt.Println("going in circles with", over.Tool)
	}
	// Output: this takes more steps than allowed: 1
}

func ExampleStep() {
	tel := service()
	defer func() { _ = tel.Shutdown(context.Background()) }()
	write := func(ctx context.Context) (err error) {
		_, step := llm.Step(ctx, "write")
		defer step.End(&err)
		return errors.New("no paper")
	}
	ctx, run := llm.Agent(tel.Context(context.Background()), "researcher")
	err := write(ctx)
	run.End(&err)
	showCounts(tel, "agent_steps_total")
	// Output: agent=researcher status=failure 1
}

func ExampleTool() {
	ctx, session := llm.Session(context.Background(), "conversation-6", llm.Limits{RepeatedTool: 2})
	defer session.End()
	weather := func(ctx context.Context, id, arguments string) (forecast string, err error) {
		_, tool := llm.Tool(ctx, llm.ToolCall{Name: "weather", ID: id, Arguments: arguments})
		defer tool.End(&err)
		if err := tool.Err(); err != nil {
			return "", err
		}
		tool.Result("clear")
		return "clear", nil
	}
	for _, id := range []string{"call_1", "call_2", "call_3"} { // a model that goes in circles
		fmt.Println(weather(ctx, id, `{"city":"Rome"}`))
	}
	// Output:
	// clear <nil>
	// clear <nil>
	//  session conversation-6 is over its limit of 2 calls of tool weather with the same arguments
}

func ExampleRetrieval() {
	find := func(ctx context.Context, question string) (ids []string, err error) {
		_, search := llm.Retrieval(ctx, "manuals", question)
		defer search.End(&err)
		for _, d := range []llm.Document{{ID: "m17", Score: 0.83}, {ID: "m4", Score: 0.41}} { // from an index
			search.Found(d)
			ids = append(ids, d.ID)
		}
		return ids, nil
	}
	fmt.Println(find(context.Background(), "How is the filter changed?"))
	// Output: [m17 m4] <nil>
}

func ExampleRun_Span() {
	rec := observetest.New(&testing.T{})
	_, run := llm.Agent(rec.Context(context.Background()), "researcher")
	run.Span().SetAttributes(attribute.Int("sources", 12)) // what the conventions have no name for
	run.End(nil)
	fmt.Print(rec.Tree("sources"))
	// Output: invoke_agent researcher (internal) sources=12
}

func ExampleCacheHit() {
	tel := service()
	defer func() { _ = tel.Shutdown(context.Background()) }()
	ctx := tel.Context(context.Background())
	answers := map[string]string{"Hi!": "Hello."}
	for _, question := range []string{"Hi!", "Why?", "Hi!"} {
		_, hit := answers[question]
		llm.CacheHit(ctx, hit)
	}
	showCounts(tel, "llm_cache_requests_total")
	// Output:
	// result=hit 2
	// result=miss 1
}

func ExampleValidationFailed() {
	tel := service()
	defer func() { _ = tel.Shutdown(context.Background()) }()
	ctx := tel.Context(context.Background())
	if answer := "Rome"; !strings.HasPrefix(answer, "{") {
		llm.ValidationFailed(ctx, "gpt-4o-mini", errors.New("no JSON"))
	}
	showCounts(tel, "llm_validation_failures_total")
	// Output: model=gpt-4o-mini 1
}

func ExampleSafetyFlag() {
	tel := service()
	defer func() { _ = tel.Shutdown(context.Background()) }()
	ctx := tel.Context(context.Background())
	llm.SafetyFlag(ctx, "gpt-4o-mini", "prompt_injection")
	showCounts(tel, "llm_safety_flags_total")
	// Output: category=prompt_injection model=gpt-4o-mini 1
}
