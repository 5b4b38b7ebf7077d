// Command gateway measures the gateway against a tuned httputil.ReverseProxy that checks the same header, both in front of
// the same mock, as ratios in one run. Every part is a process of its own; CPU comes from /proc, so it needs Linux.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// options of a run.
type options struct {
	rounds      int
	duration    time.Duration
	warmup      time.Duration
	connections int
	rate        int
	promptBytes int
	paced       int
	pace        time.Duration
	streams     int
	flat        time.Duration
	content     string
	only        string
	gateway     string
	profile     string
	durable     bool
	tuned       string
}

func main() {
	if len(os.Args) > 2 && os.Args[1] == roleFlag {
		if err := serveRole(os.Args[2], os.Args[3:]); err != nil {
			_, _ = fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	var o options
	flag.IntVar(&o.rounds, "rounds", 3, "rounds; each measures every subject once, medians are reported")
	flag.DurationVar(&o.duration, "duration", 4*time.Second, "of one measurement")
	flag.DurationVar(&o.warmup, "warmup", time.Second, "before each measurement")
	flag.IntVar(&o.connections, "connections", 32, "connections of the closed loop")
	flag.IntVar(&o.rate, "rate", 1000, "requests per second when latency is measured")
	flag.IntVar(&o.promptBytes, "prompt", 512, "bytes of prompt")
	flag.IntVar(&o.paced, "paced", 64, "paced streams at once")
	flag.DurationVar(&o.pace, "pace", 10*time.Millisecond, "between two events of a paced stream")
	flag.IntVar(&o.streams, "streams", 0, "streams to check for completeness, 100000 for the whole test (0: skip)")
	flag.DurationVar(&o.flat, "flat", 0, "load under which memory is watched, 10m for the whole test (0: skip)")
	flag.StringVar(&o.content, "content", "off", "content policy of the gateway: off, hash, redacted, full")
	flag.StringVar(&o.only, "only", "", "measure one thing: cpu, latency, sse")
	flag.StringVar(&o.gateway, "url", "", "measure a gateway that runs already, as host:port/path prefix of an openai provider in front of the mock, with -pid")
	flag.StringVar(&o.profile, "profile", "", "write a CPU profile of the gateway to this file")
	flag.BoolVar(&o.durable, "durable", false, "measure the whole server, with its store in a temporary folder, instead of the gateway with records in memory")
	flag.StringVar(&o.tuned, "tuned", "gateway", "who runs with the server's settings of Go's runtime: gateway, as it is shipped, all or none")
	pid := flag.Int("pid", 0, "process of -url")
	mockAddr := flag.String("mock", "", "address for the mock, where -url must point at it")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, *pid, *mockAddr); err != nil {
		slog.Error("the benchmark did not finish", "error", err)
		os.Exit(1)
	}
}
