// Command ingest measures OTLP over gRPC end to end: the real binary takes model calls with prompts from a few clients,
// and a batch counts when it is acknowledged, which is when it is durable. It reports spans per CPU-second of the server,
// its memory, and what calls through its gateway suffer meanwhile. It needs Linux.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/telltale-dev/telltale/bench/server"
)

type options struct {
	binary   string
	dir      string
	env      string
	load     load
	warmup   time.Duration
	duration time.Duration
	steady   int
	calls    int
	probes   int
	profile  string
	heap     string
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "serve" && os.Getenv(profileEnv) != "" {
		if err := serveProfiled(context.Background(), os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "ingest:", err)
			os.Exit(1)
		}
		return
	}
	var o options
	flag.StringVar(&o.binary, "binary", "../bin/telltale", "server")
	flag.StringVar(&o.dir, "dir", "", "folder in which the data folder is made and removed again; default: that of temporary files")
	flag.StringVar(&o.env, "env", "", "more environment of the server, comma separated, such as GOMEMLIMIT=1GiB")
	flag.IntVar(&o.load.clients, "clients", 4, "clients, each of which waits for the answer to a batch before it sends the next")
	flag.IntVar(&o.load.batch, "batch", 256, "spans a batch")
	flag.IntVar(&o.load.prompt, "prompt", 2048, "bytes of prompt in a span")
	flag.IntVar(&o.load.ready, "ready", 12, "batches each client has prepared; ids, times and a word of the prompt are new each time they are sent")
	flag.DurationVar(&o.warmup, "warmup", 3*time.Second, "before each measurement")
	flag.DurationVar(&o.duration, "duration", 10*time.Second, "of each measurement")
	flag.IntVar(&o.steady, "steady", 10_000, "spans per second of the second measurement, which does not take all there is of the machine; 0 leaves it out")
	flag.IntVar(&o.calls, "calls", 100, "calls per second through the gateway; 0 leaves them out")
	flag.IntVar(&o.probes, "connections", 8, "connections they use")
	flag.StringVar(&o.profile, "profile", "", "write a CPU profile of a server in this program instead of the real one to this file")
	flag.StringVar(&o.heap, "heap", "", "with -profile: write a profile of its heap at its largest to this file")
	flag.Parse()
	signal.Ignore(syscall.SIGPIPE) // `| head` must not leave servers behind
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, &o); err != nil {
		fmt.Fprintln(os.Stderr, "ingest:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o *options) (err error) {
	dir, err := os.MkdirTemp(o.dir, "telltale-ingest-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	mock, url, err := startMock(ctx, o.binary)
	if err != nil {
		return err
	}
	defer func() {
		_ = mock.Process.Signal(syscall.SIGTERM)
		_ = mock.Wait()
	}()
	env := []string{"TELLTALE_PROVIDERS_OPENAI_BASE_URL=" + url}
	if o.env != "" {
		env = append(env, strings.Split(o.env, ",")...)
	}
	binary := o.binary
	if o.profile != "" {
		if binary, err = os.Executable(); err != nil {
			return err
		}
		env = append(env, profileEnv+"="+o.profile, heapProfileEnv+"="+o.heap)
	}
	s, err := server.Start(ctx, server.Options{Binary: binary, Data: dir, Env: env, Log: os.Stderr})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	return measureAll(ctx, o, s)
}

// startMock runs the mock provider.
func startMock(ctx context.Context, binary string) (*exec.Cmd, string, error) {
	cmd := exec.CommandContext(ctx, binary, "mock", "--listen", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", fmt.Errorf("start mock: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, "", fmt.Errorf("start mock: %w", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, "", fmt.Errorf("start mock: it did not say where it listens: %w", err)
	}
	return cmd, line[strings.Index(line, "http://") : len(line)-1], nil
}

// phase is one measurement.
type phase struct {
	name       string
	spans      int64
	overloaded int64
	wall       time.Duration
	cpu        time.Duration
	peak       int64
	calls      []time.Duration
}

func measureAll(ctx context.Context, o *options, s *server.Process) error {
	o.load.address = s.GRPC
	exporters := make([]*exporter, o.load.clients)
	for i := range exporters {
		e, err := o.load.connect(i)
		if err != nil {
			return err
		}
		defer func() { _ = e.conn.Close() }()
		exporters[i] = e
	}
	quiet, err := measure(ctx, o, s, nil, nil, "no ingest")
	if err != nil {
		return err
	}
	phases := []*phase{quiet}
	if o.steady > 0 {
		steady := o.load
		steady.rate = o.steady
		p, err := measure(ctx, o, s, &steady, exporters, fmt.Sprintf("%d spans/s", o.steady))
		if err != nil {
			return err
		}
		phases = append(phases, p)
	}
	full, err := measure(ctx, o, s, &o.load, exporters, "all it takes")
	if err != nil {
		return err
	}
	report(append(phases, full))
	return checkBooks(ctx, s)
}

// measure runs the gateway's calls, and a load if there is one, and takes what the server used after the warm-up.
func measure(ctx context.Context, o *options, s *server.Process, l *load, exporters []*exporter, name string) (*phase, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var count sent
	loaded := make(chan error, 1)
	if l != nil {
		go func() { loaded <- l.run(ctx, exporters, &count) }()
	} else {
		loaded <- nil
	}
	time.Sleep(o.warmup)
	p := &phase{name: name}
	probed := make(chan error, 1)
	go func() {
		var err error
		if o.calls > 0 {
			during, stop := context.WithTimeout(ctx, o.duration)
			defer stop()
			pr := probe{url: "http://" + s.HTTP + "/openai/v1/chat/completions", connections: o.probes, rate: o.calls}
			p.calls, err = pr.run(during)
		}
		probed <- err
	}()
	before, err := s.Usage()
	if err != nil {
		return nil, err
	}
	spans, began := count.spans.Load(), time.Now()
	time.Sleep(o.duration)
	after, err := s.Usage()
	p.spans, p.wall = count.spans.Load()-spans, time.Since(began)
	err = errors.Join(err, <-probed)
	cancel()
	err = errors.Join(err, <-loaded)
	p.cpu, p.peak, p.overloaded = after.CPU-before.CPU, after.Peak, count.overloaded.Load()
	return p, err
}

func report(phases []*phase) {
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	defer func() { _ = w.Flush() }()
	fmt.Fprintln(w, "ingest\tspans/s\tspans per CPU-second\tcores\tpeak RSS MB\tgateway p50 ms\tp99 ms\tp99 ratio\ttold to come again")
	base := quantile(phases[0].calls, .99)
	for _, p := range phases {
		perCPU := "–"
		if p.spans > 0 {
			perCPU = fmt.Sprintf("%.0f", float64(p.spans)/p.cpu.Seconds())
		}
		p99 := quantile(p.calls, .99)
		fmt.Fprintf(w, "%s\t%.0f\t%s\t%.2f\t%d\t%.2f\t%.2f\t%.2f\t%d\n", p.name, float64(p.spans)/p.wall.Seconds(), perCPU, p.cpu.Seconds()/p.wall.Seconds(),
			p.peak>>20, quantile(p.calls, .5).Seconds()*1e3, p99.Seconds()*1e3, p99.Seconds()/base.Seconds(), p.overloaded)
	}
}

// checkBooks asks the server whether its books balance, and prints what it stored.
func checkBooks(ctx context.Context, s *server.Process) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.HTTP+"/api/v1/status", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	var st struct{ Books json.RawMessage }
	if err := json.NewDecoder(res.Body).Decode(&st); err != nil {
		return fmt.Errorf("read status: %w", err)
	}
	fmt.Printf("books: %s\n", st.Books)
	return nil
}
