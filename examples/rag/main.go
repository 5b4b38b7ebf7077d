// Rag answers questions from a handbook: it looks up passages, lets a model write from them, streams the answer, and checks
// that what the answer cites is there.
//
//	go run ./rag -simulate 50
package main

import (
	"context"
	"flag"
	"net/http"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/telltale-dev/telltale/examples/internal/provider"
	"github.com/telltale-dev/telltale/examples/internal/service"
	"github.com/telltale-dev/telltale/observe"
)

func main() { service.Main("rag", run) }

// options are the flags.
type options struct {
	listen, models, model, embeddings string
	simulate                          int
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("rag", flag.ContinueOnError)
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8102", "address of the service; port 0 takes any free one")
	flags.StringVar(&o.models, "llm", "mock", provider.Usage)
	flags.StringVar(&o.model, "model", "gpt-4o-mini", "model that answers")
	flags.StringVar(&o.embeddings, "embeddings", "text-embedding-3-small", "model of the embeddings")
	flags.IntVar(&o.simulate, "simulate", 0, "ask that many questions as simulated users; -1 asks until it is stopped")
	return o, flags.Parse(args)
}

func run(ctx context.Context, args []string) (err error) {
	o, err := parse(args)
	if err != nil {
		return err
	}

	// Telemetry first, so that it ends last. No backend has to be there.
	tel, err := observe.Start(ctx, observe.Config{Service: "rag", Environment: "development"})
	if err != nil {
		return err
	}
	defer service.Flush(tel)

	models, err := provider.Open(o.models, provider.OpenAI(), standIn)
	if err != nil {
		return err
	}
	defer models.Close()
	service.Say("models", models.Where)
	client := openai.NewClient(option.WithBaseURL(models.BaseURL), option.WithAPIKey(models.Key), option.WithHTTPClient(tel.HTTPClient()))

	index, err := newIndex(ctx, client, o.embeddings, handbook())
	if err != nil {
		return err
	}
	asked := &answers{client: client, model: o.model, index: index, cache: newCache(256, 10*time.Minute)}

	mux := http.NewServeMux()
	mux.Handle("POST /v1/ask", identified(http.HandlerFunc(asked.ask)))
	mux.Handle("POST /v1/feedback", identified(http.HandlerFunc(asked.feedback)))
	return service.Serve(ctx, tel, o.listen, mux, func(ctx context.Context, url string) error {
		return simulate(ctx, url, o.simulate)
	})
}

// identified takes the word of the proxy that authenticates users. From there on every log line and span of the request says
// whose it is, those of the request itself too.
func identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := observe.WithUser(r.Context(), r.Header.Get("X-User-Id"), r.Header.Get("X-Tenant-Id"))
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
