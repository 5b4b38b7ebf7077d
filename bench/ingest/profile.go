package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/metrics"
	"runtime/pprof"
	"syscall"
	"time"

	"github.com/telltale-dev/telltale/internal/app"
	"github.com/telltale-dev/telltale/internal/config"
)

// Environment of this program when it stands for the server, so that it can be profiled: the real one has no port for it.
const (
	profileEnv     = "BENCH_CPU_PROFILE"
	heapProfileEnv = "BENCH_HEAP_PROFILE"
)

// serveProfiled runs the server as `telltale serve` does, writes a profile of the time until SIGTERM, and one of
// the heap at its largest.
func serveProfiled(ctx context.Context, args []string) error {
	c, _, err := config.Load("", os.Environ())
	if err != nil {
		return err
	}
	keys := map[string]string{"--data": "data", "--listen": "listen", "--otlp-grpc": "otlp.grpc", "--otlp-http": "otlp.http"}
	for i := 0; i+1 < len(args); i += 2 {
		if key, ok := keys[args[i]]; ok {
			if err := c.Set(key, args[i+1], args[i]); err != nil {
				return err
			}
		}
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	a, err := app.New(c, app.Options{Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)), Version: "profiled"})
	if err != nil {
		return err
	}
	app.TuneRuntime(os.Getenv, nil)
	if err := a.Start(ctx); err != nil {
		return err
	}
	at := a.Addresses()
	fmt.Printf("API http://%s\nOTLP gRPC %s\nTry:\n", at.HTTP, at.GRPC)
	f, err := os.Create(os.Getenv(profileEnv))
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	watched := make(chan error, 1)
	go func() { watched <- watchHeap(ctx, os.Getenv(heapProfileEnv)) }()
	<-ctx.Done()
	pprof.StopCPUProfile()
	err = errors.Join(f.Close(), <-watched)
	drain, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return errors.Join(err, a.Stop(drain))
}

// watchHeap writes a profile of the heap each time it has clearly grown beyond what it was, so that the last one shows it at
// its largest.
func watchHeap(ctx context.Context, name string) error {
	if name == "" {
		return nil
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	for most := uint64(0); ctx.Err() == nil; time.Sleep(100 * time.Millisecond) {
		metrics.Read(live)
		n := live[0].Value.Uint64()
		if n <= most+most/20 {
			continue
		}
		most = n
		if err := writeHeap(name); err != nil {
			return err
		}
	}
	return nil
}

func writeHeap(name string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup("heap").WriteTo(f, 0), f.Close())
}
