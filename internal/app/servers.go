package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"google.golang.org/grpc"

	"github.com/telltale-dev/telltale/internal/config"
	"github.com/telltale-dev/telltale/internal/ingest/jsonlines"
	"github.com/telltale-dev/telltale/internal/ui"
)

const (
	headerTimeout = 10 * time.Second // for a client to send its header
	idleTimeout   = 2 * time.Minute  // of a connection between requests
	ingestTimeout = time.Minute      // for a client to send an export request
	maxHeader     = 1 << 20          // the gateway refuses smaller ones itself, in the shape of its API
)

// listeners are the open ports; nil where switched off.
type listeners struct{ web, otlp, grpc net.Listener }

func (a *App) listen(ctx context.Context) (l listeners, err error) {
	defer func() {
		if err != nil {
			for _, open := range []net.Listener{l.web, l.otlp, l.grpc} {
				if open != nil {
					_ = open.Close() // nothing was accepted yet
				}
			}
		}
	}()
	if l.web, err = a.listenTCP(ctx, "listen", a.config.Listen); err != nil {
		return l, err
	}
	a.at.HTTP = l.web.Addr().String()
	if at := a.config.OTLP.HTTP; at != config.Off {
		if l.otlp, err = a.listenTCP(ctx, "otlp.http", at); err != nil {
			return l, err
		}
		a.at.OTLP = l.otlp.Addr().String()
	}
	if at := a.config.OTLP.GRPC; at != config.Off {
		if l.grpc, err = a.listenTCP(ctx, "otlp.grpc", at); err != nil {
			return l, err
		}
		a.at.GRPC = l.grpc.Addr().String()
	}
	return l, nil
}

func (a *App) buildServers() error {
	guard := &guard{token: a.config.Auth.Token.Reveal()}
	receive := guard.needToken(timely(ingestTimeout, a.otlp.Handler()))
	lines := jsonlines.NewHandler(a.gate, jsonlines.Options{RefuseText: true}, a.ingestLimits(), a.log)

	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	ready := serveReady([]check{{"store", a.health}, {"metrics", a.metrics.Health}})
	mux.HandleFunc("GET /readyz", ready)
	mux.HandleFunc("GET /ready", ready)
	mux.Handle("GET /metrics", guard.needToken(a.metrics.Exposition()))
	for _, path := range []string{"/v1/traces", "/v1/logs", "/v1/metrics", "/api/public/otel/v1/traces"} {
		mux.Handle(path, receive)
	}
	mux.Handle("POST /api/v1/logs", guard.needToken(timely(ingestTimeout, lines)))
	mux.Handle("/api/v1/", guard.needToken(a.api))
	mux.Handle("/alertmanager/", guard.needToken(a.alerts.handler()))
	mux.Handle("/prometheus/", guard.needToken(a.metrics.Handler()))
	pages, err := ui.New()
	if err != nil {
		return err
	}
	for _, pattern := range ui.Patterns() {
		mux.Handle(pattern, guard.needToken(http.HandlerFunc(pages.ServePage)))
	}
	mux.Handle("GET "+ui.Prefix, guard.needToken(http.HandlerFunc(pages.ServeFile)))

	root := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.gateway.Handles(r) { // before the mux, which would redirect paths with "//" and ".."
			a.gateway.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
	a.web = &http.Server{
		Handler: guard.sameSite(root), ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	a.otlpWeb = &http.Server{
		Handler: guard.sameSite(receive), ReadHeaderTimeout: headerTimeout, ReadTimeout: ingestTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	return nil
}

// serve accepts on all ports. A server that ends by itself is told by Failed.
func (a *App) serve(l listeners) {
	run := func(name string, serve func() error) {
		a.background.Go(func() {
			if err := serve(); err != nil && !errors.Is(err, http.ErrServerClosed) {
				a.failed <- fmt.Errorf("%s: %w", name, err)
			}
		})
	}
	run("listen", func() error { return a.web.Serve(l.web) })
	if l.otlp != nil {
		run("otlp.http", func() error { return a.otlpWeb.Serve(l.otlp) })
	}
	if l.grpc != nil {
		a.grpc = a.otlp.NewServer(l.grpc, grpc.InTapHandle(grpcToken(a.config.Auth.Token.Reveal())))
		_ = a.grpc.Start(context.Background()) // never fails; what ends it comes with Stop
	}
}

// stopServers takes no new connections and waits for running requests; what runs when ctx ends is cut.
func (a *App) stopServers(ctx context.Context) error {
	var wg sync.WaitGroup
	var grpcErr error
	if a.grpc != nil {
		wg.Go(func() { grpcErr = a.grpc.Stop(ctx) })
	}
	for _, s := range []*http.Server{a.web, a.otlpWeb} {
		wg.Go(func() {
			if err := s.Shutdown(ctx); err != nil {
				_ = s.Close() // the time is over
			}
		})
	}
	wg.Wait()
	return grpcErr
}
