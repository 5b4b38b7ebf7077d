// Iot takes readings of sensors, answers at once, and has a model look at each in the background.
//
//	go run ./iot -simulate 100
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/telltale-dev/telltale/examples/internal/provider"
	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/apikey"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "iot:", err)
		os.Exit(1)
	}
}

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
	flags.StringVar(&o.model, "model", "gpt-4o-mini", "model that analyses")
	flags.IntVar(&o.workers, "workers", 2, "analyses at once")
	flags.IntVar(&o.queue, "queue", 64, "readings that may wait; more are refused with 503")
	flags.IntVar(&o.simulate, "simulate", 0, "send that many readings of ten simulated sensors; -1 sends until it is stopped")
	return o, flags.Parse(args)
}

func run(ctx context.Context, args []string) (err error) {
	o, err := parse(args)
	if err != nil {
		return err
	}

	// Telemetry first: what follows is observed from its start, and to its end. No backend has to be there.
	tel, err := observe.Start(ctx, observe.Config{Service: "iot", Environment: "development"})
	if err != nil {
		return err
	}
	defer within(5*time.Second, &err, tel.Shutdown)

	models, err := provider.Open(o.models, provider.OpenAI(), standIn)
	if err != nil {
		return err
	}
	defer models.Close()
	fmt.Fprintln(os.Stderr, "models:   ", models.Where)
	client := openai.NewClient(option.WithBaseURL(models.BaseURL), option.WithAPIKey(models.Key), option.WithHTTPClient(tel.HTTPClient()))

	queue := newQueue(tel, o.queue, o.workers, newAnalyst(tel, client, o.model).analyse)
	defer within(20*time.Second, &err, queue.drain)

	// A service that lasts keeps its keys in a file or a database: see package sqlite, or implement apikey.Store.
	keys := apikey.New(&apikey.MemoryStore{}, apikey.Options{Realm: "iot"})
	defer within(time.Second, &err, keys.Close)
	secret, _, err := keys.Create(ctx, apikey.Grant{Name: "sensors", User: "fleet-7", Tenant: "acme"})
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "API key:  ", secret.Reveal(), "(shown once)")

	mux := http.NewServeMux()
	mux.Handle("POST /v1/readings", keys.Require()(takeReading(queue)))
	mux.Handle("GET /metrics", tel.MetricsHandler())
	mux.Handle("GET /healthz", tel.Health().Live())
	mux.Handle("GET /readyz", tel.Health().Ready())
	return serve(ctx, tel, o.listen, mux, func(ctx context.Context, url string) error {
		return simulate(ctx, url, secret.Reveal(), o.simulate)
	})
}

// serve serves until ctx ends, lets requests that are under way finish, and runs traffic meanwhile.
func serve(ctx context.Context, tel *observe.Telemetry, address string, mux *http.ServeMux, traffic func(context.Context, string) error) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	url := "http://" + listener.Addr().String()
	fmt.Fprintln(os.Stderr, "listening:", url)
	server := &http.Server{Handler: tel.Handler(mux), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second}
	failed := make(chan error, 2)
	go func() { failed <- server.Serve(listener) }()
	go func() {
		if err := traffic(ctx, url); err != nil && ctx.Err() == nil {
			failed <- fmt.Errorf("simulate: %w", err)
		}
	}()
	select {
	case err = <-failed:
	case <-ctx.Done():
		err = nil
	}
	tel.Health().Drain()
	within(10*time.Second, &err, server.Shutdown)
	return err
}

// within gives the end of something its own time, since the context that began it is over by then.
func within(limit time.Duration, err *error, end func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	*err = errors.Join(*err, end(ctx))
}
