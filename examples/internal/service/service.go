// Package service is how the examples serve, and how they stop: no request and no telemetry is lost to a SIGTERM.
package service

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/telltale-dev/telltale/observe"
)

// Main runs a program until it ends or gets SIGINT or SIGTERM, which end the context that run is given.
func Main(name string, run func(ctx context.Context, args []string) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1)
	}
}

// Say tells who started the program something that is no log line: an address, a key that is shown once.
func Say(what, text string) { fmt.Fprintf(os.Stderr, "%-10s %s\n", what+":", text) }

// Traffic is what a simulator sends to a service.
type Traffic func(ctx context.Context, url string) error

// Serve serves until ctx ends or something fails, then lets requests that are under way finish. Meanwhile it runs the
// simulated traffic, whose end is not the end of the service.
func Serve(ctx context.Context, tel *observe.Telemetry, address string, mux *http.ServeMux, traffic Traffic) error {
	mux.Handle("GET /metrics", tel.MetricsHandler())
	mux.Handle("GET /healthz", tel.Health().Live())
	mux.Handle("GET /readyz", tel.Health().Ready())

	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	url := "http://" + listener.Addr().String()
	Say("listening", url)
	server := &http.Server{Handler: tel.Handler(mux), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second}
	failed, served, simulated := make(chan error, 2), make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer close(served)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	}()
	go func() {
		defer close(simulated)
		if err := traffic(ctx, url); err != nil && ctx.Err() == nil {
			failed <- fmt.Errorf("simulate: %w", err)
		}
	}()
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	cancel()
	tel.Health().Drain() // load balancers look elsewhere from now on
	Within(10*time.Second, &err, server.Shutdown)
	<-served
	<-simulated
	return err
}

// Within gives the end of something its own time, since the context it has lived in is over by then. It is for a defer.
func Within(limit time.Duration, err *error, end func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	*err = errors.Join(*err, end(ctx))
}

// Flush ends the telemetry. What a backend that is gone has not taken is lost, and that is no failure of the service.
func Flush(tel *observe.Telemetry) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := tel.Shutdown(ctx); err != nil {
		Say("telemetry", "not all of it was delivered: "+err.Error())
	}
}

// Answer answers with JSON.
func Answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that is gone needs no answer
}

// maxBody is how long the body of a request may be, in bytes.
const maxBody = 16 << 10

// Read reads the body of a request into v, and answers with status 400 where that cannot be, or check refuses it.
func Read(w http.ResponseWriter, r *http.Request, v any, check func() error) bool {
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(v)
	if err == nil {
		err = check()
	}
	if err != nil {
		Answer(w, http.StatusBadRequest, map[string]string{"error": err.Error(), "request_id": observe.RequestID(r.Context())})
	}
	return err == nil
}
