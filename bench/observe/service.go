package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/logging"
)

// serviceArgument makes this program the service whose backend is down, a process of its own: its memory is its own too.
const serviceArgument = "-service"

// service answers requests with a span and a log line each besides those of the request, until it is told to stop. It prints
// where it listens.
func service(args []string) (err error) {
	if len(args) != 1 {
		return errors.New("-service wants the address of the backend")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	tel, err := observe.Start(ctx, observe.Config{
		Service: "bench", Endpoint: args[0], Log: logging.Options{Writer: io.Discard, Format: logging.FormatJSON},
	})
	if err != nil {
		return err
	}
	defer func() { // what is left need not arrive
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = tel.Shutdown(ctx)
	}()
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", tel.MetricsHandler())
	mux.HandleFunc("GET "+route, func(w http.ResponseWriter, r *http.Request) {
		ctx, span := tel.Tracer().Start(observe.WithUser(r.Context(), user, org), "look it up")
		twelve(ctx, tel.Logger())
		span.End()
		answer(w, r)
	})
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is closed by hand
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	srv := &http.Server{Handler: tel.Handler(mux), ReadHeaderTimeout: time.Minute}
	go func() {
		<-ctx.Done()
		srv.Close()
	}()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
