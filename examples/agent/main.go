// Agent takes tasks, puts them into a queue, and lets three agents with tools work on each: one trace from the request to the
// last tool. A task that runs in circles is stopped by the limits of its session.
//
//	go run ./agent -simulate 10
package main

import (
	"context"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/anthropics/anthropic-sdk-go/v2"
	"github.com/anthropics/anthropic-sdk-go/v2/option"

	"github.com/telltale-dev/telltale/examples/internal/provider"
	"github.com/telltale-dev/telltale/examples/internal/service"
	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/apikey"
	"github.com/telltale-dev/telltale/observe/sqlite"
)

func main() { service.Main("agent", run) }

// options are the flags.
type options struct {
	listen, models, model string
	data, postgres        string
	workers, simulate     int
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("agent", flag.ContinueOnError)
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8103", "address of the service; port 0 takes any free one")
	flags.StringVar(&o.models, "llm", "mock", provider.Usage)
	flags.StringVar(&o.model, "model", "claude-sonnet-4-5", "model of the agents")
	flags.StringVar(&o.data, "data", "", "folder of keys, audit log and jobs; empty is one that goes when the service ends")
	flags.StringVar(&o.postgres, "postgres", "", "URL of a PostgreSQL database for the jobs, in place of SQLite")
	flags.IntVar(&o.workers, "workers", 4, "tasks that are worked on at once")
	flags.IntVar(&o.simulate, "simulate", 0, "send that many tasks, one in five of which loops; -1 sends until it is stopped")
	return o, flags.Parse(args)
}

func run(ctx context.Context, args []string) (err error) {
	o, err := parse(args)
	if err != nil {
		return err
	}
	if o.data == "" {
		if o.data, err = os.MkdirTemp("", "agent"); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(o.data) }()
	}

	// Telemetry first, so that it ends last. No backend has to be there.
	tel, err := observe.Start(ctx, observe.Config{Service: "agent", Environment: "development"})
	if err != nil {
		return err
	}
	defer service.Flush(tel)

	models, err := provider.Open(o.models, provider.Anthropic(), standIn)
	if err != nil {
		return err
	}
	defer models.Close()
	service.Say("models", models.Where)
	client := anthropic.NewClient(option.WithBaseURL(models.BaseURL), option.WithAPIKey(models.Key), option.WithHTTPClient(tel.HTTPClient()))

	access, err := sqlite.Open(ctx, filepath.Join(o.data, "access.db"), sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = access.Close() }()
	keys := apikey.New(access.Keys(), apikey.Options{Realm: "agent"})
	defer service.Within(time.Second, &err, keys.Close)
	secret, _, err := keys.Create(ctx, apikey.Grant{Name: "first", User: "ada", Tenant: "acme"})
	if err != nil {
		return err
	}
	service.Say("API key", secret.Reveal()+" (shown once)")

	jobs, err := openJobs(ctx, o, tel, &team{client: client, model: anthropic.Model(o.model), tools: tools()})
	if err != nil {
		return err
	}
	defer service.Within(20*time.Second, &err, jobs.Close)

	api := &api{queue: jobs.queue, audit: access.Audit()}
	mux := http.NewServeMux()
	mux.Handle("POST /v1/tasks", keys.Require()(http.HandlerFunc(api.create)))
	mux.Handle("GET /v1/tasks/{id}", keys.Require()(http.HandlerFunc(api.show)))
	return service.Serve(ctx, tel, o.listen, mux, func(ctx context.Context, url string) error {
		return simulate(ctx, url, secret.Reveal(), o.simulate)
	})
}
