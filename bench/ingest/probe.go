package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// probe calls a model through the gateway at a steady rate over a few connections, and notes how long each call took.
type probe struct {
	url         string
	connections int
	rate        int // calls per second over all connections
}

const callBody = `{"model":"gpt-4o-mini","messages":[{"role":"system","content":"You are terse."},{"role":"user","content":"Say hello to whoever reads this."}],"max_tokens":64}`

// run calls until ctx ends and returns the times in order. A call that was due while the one before ran is counted from
// when it was due, so that a stall is not hidden by the calls it kept from being made.
func (p *probe) run(ctx context.Context) ([]time.Duration, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: p.connections, DisableCompression: true}}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	every := time.Second * time.Duration(p.connections) / time.Duration(p.rate)
	begin := time.Now()
	var wg sync.WaitGroup
	for i := range p.connections {
		wg.Go(func() {
			for next := begin.Add(every * time.Duration(i) / time.Duration(p.connections)); ctx.Err() == nil; next = next.Add(every) {
				time.Sleep(time.Until(next))
				err := p.call(ctx, client)
				took := time.Since(next)
				if ctx.Err() != nil {
					return
				}
				mu.Lock()
				all, failed = append(all, took), errors.Join(failed, err)
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	slices.Sort(all)
	return all, failed
}

func (p *probe) call(ctx context.Context, client *http.Client) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader([]byte(callBody)))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer sk-none")
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the gateway answered %d", res.StatusCode)
	}
	return nil
}

func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(float64(len(sorted)-1)*q)]
}
