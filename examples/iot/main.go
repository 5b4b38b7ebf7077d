// Iot takes readings of sensors, answers at once, and has a model judge each in the background.
//
//	go run ./iot -simulate 100
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
	"github.com/telltale-dev/telltale/observe/apikey"
)

func main() { service.Main("iot", run) }

// options are the flags.
type options struct {
	listen, models, model string
	workers, queue        int
	simulate              int
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("iot", flag.ContinueOnError)
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8101", "address of the service; port 0 takes any free one")
	flags.StringVar(&o.models, "llm", "mock", provider.Usage)
	flags.StringVar(&o.model, "model", "gpt-4o-mini", "model that judges")
	flags.IntVar(&o.workers, "workers", 2, "readings that are judged at once")
	flags.IntVar(&o.queue, "queue", 64, "readings that may wait; more are refused with 503")
	flags.IntVar(&o.simulate, "simulate", 0, "send that many readings of ten simulated sensors; -1 sends until it is stopped")
	return o, flags.Parse(args)
}

func run(ctx context.Context, args []string) (err error) {
	o, err := parse(args)
	if err != nil {
		return err
	}

	// Telemetry first, so that it ends last. No backend has to be there.
	tel, err := observe.Start(ctx, observe.Config{Service: "iot", Environment: "development"})
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

	queue := newQueue(tel, o.queue, o.workers, newAnalyst(tel, client, o.model).analyse)
	defer service.Within(20*time.Second, &err, queue.drain)

	// A service that lasts keeps its keys in a file, see package observe/sqlite, or in its own database.
	keys := apikey.New(&apikey.MemoryStore{}, apikey.Options{Realm: "iot"})
	defer service.Within(time.Second, &err, keys.Close)
	secret, _, err := keys.Create(ctx, apikey.Grant{Name: "sensors", User: "fleet-7", Tenant: "acme"})
	if err != nil {
		return err
	}
	service.Say("API key", secret.Reveal()+" (shown once)")

	mux := http.NewServeMux()
	mux.Handle("POST /v1/readings", keys.Require()(takeReading(queue)))
	return service.Serve(ctx, tel, o.listen, mux, func(ctx context.Context, url string) error {
		return simulate(ctx, url, secret.Reveal(), o.simulate)
	})
}
