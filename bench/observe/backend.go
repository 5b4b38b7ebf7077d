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

var exported = regexp.MustCompile(`(?m)^telltale_export_(records_total|queue_records)\{(?:outcome="(\w+)",)?signal="(\w+)"\} (\S+)$`)

// counts are what the service says of its export, by signal and outcome; "queued" is one of them.
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
		signal, outcome := m[3], m[2]
		if m[1] == "queue_records" {
			outcome = "queued"
		}
		if counts[signal] == nil {
			counts[signal] = map[string]int{}
		}
		n, err := strconv.ParseFloat(m[4], 64)
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

// books waits until nothing is queued, and compares what was made with what became of it.
func (p *process) books(ctx context.Context, requests int) error {
	var counts map[string]map[string]int
	for deadline := time.Now().Add(recoverWithin); ; {
		var err error
		if counts, err = p.counts(ctx); err != nil {
			return err
		}
		spans := counts["traces"]
		if spans["sent"]+spans["dropped"]+spans["failed"]+spans["rejected"] == 2*requests && counts["logs"]["queued"] == 0 {
			break
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("of %d spans the service knows what became of %v", 2*requests, spans)
		}
		time.Sleep(watchEvery)
	}
	fmt.Printf("\nWhat became of the spans and log lines of %d requests, two of each for a request:\n\n", requests)
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tsent\tdropped\tfailed\trejected\tunaccounted\t")
	for _, signal := range []string{"traces", "logs"} {
		c := counts[signal]
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t\n", signal, c["sent"], c["dropped"], c["failed"], c["rejected"],
			max(0, 2*requests-c["sent"]-c["dropped"]-c["failed"]-c["rejected"]))
	}
	return w.Flush()
}
