package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"sync/atomic"
	"text/tabwriter"
	"time"
)

// backend takes OTLP and throws it away, while it is up.
type backend struct {
	how     string
	address string
	http    *http.Server
	ended   chan error
	hangs   atomic.Bool
}

// newBackend starts a backend that is up.
func newBackend(how string) (*backend, error) {
	if how != "refuse" && how != "hang" {
		return nil, fmt.Errorf("-how is %q; it can be refuse or hang", how)
	}
	b := &backend{how: how, address: "127.0.0.1:0"}
	return b, b.listen()
}

func (b *backend) url() string { return "http://" + b.address }

func (b *backend) listen() error {
	l, err := net.Listen("tcp", b.address) //nolint:noctx // it is closed by hand
	if err != nil {
		return err
	}
	b.address = l.Addr().String() // the next time too
	b.http = &http.Server{Handler: b, ReadHeaderTimeout: time.Minute}
	b.ended = make(chan error, 1)
	go func(s *http.Server, ended chan<- error) { ended <- s.Serve(l) }(b.http, b.ended)
	return nil
}

// ServeHTTP implements http.Handler.
func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	if b.hangs.Load() {
		<-r.Context().Done()
		return
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// set takes the backend up or down. Down, it refuses connections or never answers.
func (b *backend) set(up bool) error {
	if b.how == "hang" {
		b.hangs.Store(!up)
		return nil
	}
	switch {
	case up && b.http == nil:
		return b.listen()
	case !up:
		b.close()
	}
	return nil
}

func (b *backend) close() {
	if b.http != nil {
		b.http.Close()
		<-b.ended
		b.http = nil
	}
}

var exported = regexp.MustCompile(`(?m)^telltale_export_records_total\{outcome="(\w+)",signal="(\w+)"\} (\S+)$`)

// counts are what the service says of its export, by signal and outcome.
func (p *process) counts(ctx context.Context) (map[string]map[string]int, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	counts := map[string]map[string]int{}
	for _, m := range exported.FindAllStringSubmatch(string(text), -1) {
		outcome, signal := m[1], m[2]
		if counts[signal] == nil {
			counts[signal] = map[string]int{}
		}
		n, err := strconv.ParseFloat(m[3], 64)
		if err != nil {
			return nil, err
		}
		counts[signal][outcome] += int(n)
	}
	if len(counts) == 0 {
		return nil, errors.New("the service tells nothing of its export")
	}
	return counts, nil
}

// ended are the records of which the service says what became of them.
func ended(c map[string]int) int { return c["sent"] + c["dropped"] + c["failed"] + c["rejected"] }

// books waits until the service says of every record what became of it; none may be missing.
func (p *process) books(ctx context.Context, requests int) error {
	var counts map[string]map[string]int
	for deadline := time.Now().Add(recoverWithin); ; time.Sleep(watchEvery) {
		var err error
		if counts, err = p.counts(ctx); err != nil {
			return err
		}
		// The exporter's own warnings are log lines too.
		if ended(counts["traces"]) == 2*requests && ended(counts["logs"]) >= 2*requests {
			break
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("of %d spans and as many log lines the service knows what became of %v", 2*requests, counts)
		}
	}
	fmt.Printf("\nWhat became of the spans and log lines of %d requests, two of each for a request:\n\n", requests)
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tsent\tdropped\tfailed\trejected\t")
	for _, signal := range []string{"traces", "logs"} {
		c := counts[signal]
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t\n", signal, c["sent"], c["dropped"], c["failed"], c["rejected"])
	}
	return w.Flush()
}
