package guide

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/openai/openai-go/v3"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/health"
	"github.com/telltale-dev/telltale/observe/llm"
)

type passage struct {
	ID, Text string
	Score    float64
}

func chat(client openai.Client) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := observe.WithUser(r.Context(), "user-123", "acme") // once it is known who asks

		completion, err := client.Chat.Completions.New(ctx, openai.ChatCompletionNewParams{
			Model:    "gpt-4o-mini",
			Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Why is the sky blue?")},
		})
		if err != nil {
			observe.Error(ctx, err, "room", r.PathValue("room"))
			http.Error(w, "try again, and name "+observe.RequestID(ctx), http.StatusBadGateway)
			return
		}
		_, _ = io.WriteString(w, completion.Choices[0].Message.Content)
	})
}

func research(ctx context.Context, question string, ask func(context.Context, string) (string, error)) (answer string, err error) {
	ctx, session := llm.Session(ctx, "conversation-7", llm.Limits{Cost: 0.50, Calls: 40, Depth: 6, RepeatedTool: 3})
	defer session.End()

	ctx, run := llm.Agent(ctx, "researcher")
	defer run.End(&err)

	found, err := look(ctx, question)
	if err != nil {
		return "", err
	}
	answer, err = ask(ctx, question+"\n"+found)

	var over *llm.LimitError
	if errors.As(err, &over) {
		return "This became too expensive.", nil // over.Limit says which
	}
	return answer, err
}

func look(ctx context.Context, question string) (result string, err error) {
	ctx, tool := llm.Tool(ctx, llm.ToolCall{Name: "look_up", Arguments: map[string]string{"question": question}})
	defer tool.End(&err)
	if err := tool.Err(); err != nil {
		return "", err // the session is over one of its limits
	}

	near, err := search(ctx, question)
	if err != nil {
		return "", err
	}
	for _, p := range near {
		result += p.Text + "\n"
	}
	tool.Result(result)
	return result, nil
}

func search(ctx context.Context, question string) (near []passage, err error) {
	ctx, retrieval := llm.Retrieval(ctx, "handbook", question)
	defer retrieval.End(&err)

	near, err = nearest(ctx, question)
	for _, p := range near {
		retrieval.Found(llm.Document{ID: p.ID, Score: p.Score})
	}
	return near, err
}

func nearest(ctx context.Context, _ string) ([]passage, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return []passage{{ID: "sky", Text: "Air scatters blue light more than red.", Score: 0.83}}, nil
}

type verdict struct{ Status string }

func judge(ctx context.Context, model, id, text string, cached bool) {
	llm.CacheHit(ctx, cached)
	var v verdict
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		llm.ValidationFailed(ctx, model, err)
	}
	if strings.Contains(text, "poison") {
		llm.SafetyFlag(ctx, model, "violence")
	}
	llm.Score(ctx, llm.Evaluation{Name: "user_feedback", Value: 1, Label: "thumbs_up", Model: model, ResponseID: id})
}

type job struct {
	Carrier map[string]string // goes with the job, whatever the queue is
}

func enqueue(ctx context.Context) job {
	j := job{Carrier: map[string]string{}}
	observe.Inject(ctx, j.Carrier)
	return j
}

func work(ctx context.Context, tel *observe.Telemetry, j job) {
	ctx = observe.Extract(ctx, j.Carrier)
	ctx, span := tel.Tracer().Start(ctx, "work job", trace.WithSpanKind(trace.SpanKindConsumer))
	defer span.End()

	tel.Logger().InfoContext(ctx, "working") // with request id, user and trace of who asked
}

func own(ctx context.Context, tel *observe.Telemetry, ping func(context.Context) error) error {
	orders := tel.Metrics().Counter("orders_total", "Orders placed.", "plan")
	for _, plan := range []string{"free", "pro"} {
		orders.With(plan) // there with 0 before the first order
	}
	orders.Add(ctx, 1, "pro")

	return tel.Health().Add(health.Check{Name: "database", Run: ping})
}
