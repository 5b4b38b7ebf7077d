package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/telltale-dev/telltale/internal/app"
	"github.com/telltale-dev/telltale/internal/demo"
	"github.com/telltale-dev/telltale/observe/observetest/llmmock"
)

// maxRate is about what one machine can simulate.
const maxRate = 1000

func runDemo(ctx context.Context, env *environment, args []string) error {
	f := newFlags(env, "demo", "", "Start the server with a mock provider and the simulated traffic of three services, so that there is something to look at without any key. It keeps its data in a folder of its own, which it removes at the end unless --data names one.",
		example{"have a look", "telltale demo"},
		example{"more traffic, on free ports", "telltale demo --rate 50 --listen 127.0.0.1:0 --otlp-grpc 127.0.0.1:0 --otlp-http 127.0.0.1:0"})
	load := configFlags(f)
	rate := f.Float64("rate", 4, "simulated requests a second")
	seed := f.Uint64("seed", uint64(time.Now().UnixNano()), "for the same traffic again")
	operands, err := f.parse(args)
	if err != nil {
		return err
	}
	if err := f.none(operands); err != nil {
		return err
	}
	if !(*rate > 0 && *rate <= maxRate) { // which NaN is not
		return f.usage("--rate must be more than 0 and at most %d", maxRate)
	}
	c, warnings, err := load()
	if err != nil {
		return err
	}
	log := newLogger(env.stderr, c.Log)
	for _, w := range warnings {
		log.Warn("something in the configuration means nothing", "warning", w)
	}
	if f.Lookup("data").Value.String() == "" {
		if c.Data, err = os.MkdirTemp("", "telltale-demo-"); err != nil {
			return fmt.Errorf("make a folder for the data: %w", err)
		}
		defer os.RemoveAll(c.Data) //nolint:errcheck // a temporary folder
	}
	c.Gateway.Raw = true // there is little of it, and it is what one wants to see
	if c.Alerting.SLOs == "" {
		c.Alerting.SLOs = filepath.Join(c.Data, "demo-slos.yml")
		if err := errors.Join(os.MkdirAll(c.Data, 0o750), os.WriteFile(c.Alerting.SLOs, demo.SLOs, 0o600)); err != nil {
			return fmt.Errorf("write the objectives of the demo: %w", err)
		}
	}
	mock, err := startMock(ctx, "127.0.0.1:0", llmmock.Options{FirstToken: 60 * time.Millisecond, Between: 8 * time.Millisecond})
	if err != nil {
		return err
	}
	defer mock.stop() //nolint:errcheck // it keeps nothing
	for name, p := range c.Providers {
		p.BaseURL = mock.url
		c.Providers[name] = p
	}
	a, err := app.New(c, app.Options{Logger: log, Version: version})
	if err != nil {
		return err
	}
	return serve(ctx, env, a, c, log, func(ctx context.Context) (func(), error) {
		ctx, cancel := context.WithCancel(ctx)
		var traffic sync.WaitGroup
		traffic.Go(func() {
			demo.Run(ctx, demo.Options{
				Server: "http://" + a.Addresses().HTTP, Provider: mock.url, Token: c.Auth.Token.Reveal(), Rate: *rate, Burst: 60, Seed: *seed, Logger: log,
			})
		})
		return func() {
			cancel()
			traffic.Wait()
		}, nil
	})
}
