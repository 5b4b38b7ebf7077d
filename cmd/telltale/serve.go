package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/telltale-dev/telltale/internal/app"
	"github.com/telltale-dev/telltale/internal/config"
)

func runServe(ctx context.Context, env *environment, args []string) error {
	f := newFlags(env, "serve", "", "Start the server: gateway, OTLP and JSON-lines ingest, event store and API. It needs no configuration.",
		example{"everything on its usual port", "telltale serve"},
		example{"on free ports, the data elsewhere", "telltale serve --listen 127.0.0.1:0 --otlp-grpc 127.0.0.1:0 --otlp-http 127.0.0.1:0 --data /var/lib/telltale"},
		example{"with a configuration file", "telltale serve --config telltale.yml"})
	load := configFlags(f)
	operands, err := f.parse(args)
	if err != nil {
		return err
	}
	if err := f.none(operands); err != nil {
		return err
	}
	c, warnings, err := load()
	if err != nil {
		return err
	}
	log := newLogger(env.stderr, c.Log)
	for _, w := range warnings {
		log.Warn("something in the configuration means nothing", "warning", w)
	}
	a, err := app.New(c, app.Options{Logger: log, Version: version})
	if err != nil {
		return err
	}
	return serve(ctx, env, a, c, log, nil)
}

// serve runs an app until a signal: the first drains what is under way, the second ends at once. started is called when
// the server listens, and stopped before the app is.
func serve(ctx context.Context, env *environment, a *app.App, c *config.Config, log *slog.Logger, started func(context.Context) (stopped func(), err error)) error {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	defer signal.Stop(signals)
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)

	app.TuneRuntime(env.getenv, a.Taken)
	stopped, next := func() {}, a.TryNext
	err := a.Start(ctx)
	if err == nil && started != nil {
		var stop func()
		if stop, err = started(ctx); err == nil {
			stopped, next = stop, func() string { return "telltale top model" + a.ServerFlag() }
		}
	}
	if err == nil {
		announce(env.stdout, a, c, next())
		err = wait(ctx, a, c, log, signals, hangup)
	}
	stopErr := drain(ctx, a, c, log, signals, stopped)
	if err != nil {
		return err // the error that ended it is the one to tell
	}
	if stopErr != nil {
		return fmt.Errorf("stop: %w", stopErr)
	}
	return nil
}

// wait returns when the server is to stop, with the error of a part that ended by itself.
func wait(ctx context.Context, a *app.App, c *config.Config, log *slog.Logger, signals, hangup <-chan os.Signal) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-a.Failed():
			return err
		case <-hangup:
			a.Reload()
		case s := <-signals:
			log.Info("stopping; a second signal ends at once", "signal", s.String(), "drains_at_most", c.Shutdown.String())
			return nil
		}
	}
}

// echo is how soon after the first a signal is the same one: timeout(1), shells and supervisors signal the process and its
// group.
const echo = 500 * time.Millisecond

// drain stops the app within the time the configuration gives. A signal meanwhile ends the process.
func drain(ctx context.Context, a *app.App, c *config.Config, log *slog.Logger, signals <-chan os.Signal, stopped func()) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.Shutdown)
	defer cancel()
	began := time.Now()
	go func() {
		for {
			select {
			case <-signals:
				if time.Since(began) < echo {
					continue
				}
				log.Warn("ended by a second signal")
				os.Exit(exitFailed)
			case <-ctx.Done():
				return
			}
		}
	}()
	stopped()
	return a.Stop(ctx)
}

// announce prints where things are and the one line to try next.
func announce(w io.Writer, a *app.App, c *config.Config, next string) {
	at := a.Addresses()
	var b strings.Builder
	fmt.Fprintf(&b, "telltale %s is listening\n", version)
	row := func(what, where string) { fmt.Fprintf(&b, "  %-12s %s\n", what, where) }
	row("UI", "http://"+at.HTTP)
	row("API", "http://"+at.HTTP)
	for _, name := range a.Providers() {
		row(name, "http://"+at.HTTP+"/"+name)
	}
	if at.GRPC != "" {
		row("OTLP gRPC", at.GRPC)
	}
	if at.OTLP != "" {
		row("OTLP HTTP", "http://"+at.OTLP)
	}
	row("data", c.Data)
	fmt.Fprintf(&b, "\nTry:  %s\n", next)
	_, _ = io.WriteString(w, b.String())
}

// newLogger writes text to a terminal and JSON elsewhere, unless told.
func newLogger(w io.Writer, c config.Log) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo
	}
	o := &slog.HandlerOptions{Level: level}
	file, isFile := w.(*os.File)
	if c.Format == "text" || c.Format == "auto" && isFile && term.IsTerminal(int(file.Fd())) {
		return slog.New(slog.NewTextHandler(w, o))
	}
	return slog.New(slog.NewJSONHandler(w, o))
}
