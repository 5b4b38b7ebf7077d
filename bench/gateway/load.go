package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// load is a way to call a subject.
type load struct {
	connections int
	rate        int // requests per second over all connections; 0: as fast as answers come
	stream      bool
	model       string
	promptBytes int
}

// result of a measurement.
type result struct {
	requests  int
	failures  int
	cut       int // streams that did not come to their end
	events    int
	latencies []time.Duration
	cpu       time.Duration
	rss       int64
	cause     error
}

func (r *result) quantile(q float64) time.Duration {
	if len(r.latencies) == 0 {
		return 0
	}
	return r.latencies[int(float64(len(r.latencies)-1)*q)]
}

func (l load) request(s *subject) []byte {
	body := `{"messages":[{"role":"system","content":"You are terse."},{"role":"user","content":"` +
		strings.Repeat("lorem ipsum dolor sit amet ", l.promptBytes/27+1)[:l.promptBytes] + `"}],"model":"` + l.model + `","temperature":0.2,"max_tokens":256`
	if l.stream {
		body += `,"stream":true,"stream_options":{"include_usage":true}`
	}
	body += "}"
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nAccept: application/json\r\n"+
		"User-Agent: OpenAI/Python 1.70.0\r\nX-Stainless-Lang: python\r\nContent-Length: %d\r\n\r\n%s", s.path, s.addr, s.key, len(body), body)
}

// measure calls a subject for a while and takes the CPU its process used meanwhile.
func (l load) measure(ctx context.Context, s *subject, warmup, duration time.Duration) (*result, error) {
	begin := time.Now().Add(warmup)
	end := begin.Add(duration)
	ctx, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	request := l.request(s)
	results := make([]result, l.connections)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() {
			c := caller{addr: s.addr, request: request, stream: l.stream}
			defer c.close()
			l.loop(ctx, &c, i, begin, &results[i])
		})
	}
	sleepUntil(ctx, begin)
	before, err := usageOf(s.pid)
	sleepUntil(ctx, end)
	after, err2 := usageOf(s.pid)
	wg.Wait()
	if err = errors.Join(err, err2); err != nil {
		return nil, err
	}
	sum := result{cpu: after.cpu - before.cpu, rss: after.rss}
	for i := range results {
		r := &results[i]
		sum.requests += r.requests
		sum.failures += r.failures
		sum.cut += r.cut
		sum.events += r.events
		sum.latencies = append(sum.latencies, r.latencies...)
		if r.cause != nil {
			sum.cause = r.cause
		}
	}
	slices.Sort(sum.latencies)
	if sum.requests == 0 {
		return nil, fmt.Errorf("measure %s: no request succeeded: %w", s.name, sum.cause)
	}
	return &sum, nil
}

func sleepUntil(ctx context.Context, t time.Time) {
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (l load) loop(ctx context.Context, c *caller, index int, begin time.Time, r *result) {
	var interval time.Duration
	next := time.Now()
	if l.rate > 0 {
		interval = time.Duration(l.connections) * time.Second / time.Duration(l.rate)
		next = next.Add(interval * time.Duration(index) / time.Duration(l.connections))
	}
	for ctx.Err() == nil {
		if interval > 0 {
			sleepUntil(ctx, next)
			next = next.Add(interval)
			if ctx.Err() != nil {
				return
			}
		}
		start := time.Now()
		events, err := c.call()
		took := time.Since(start)
		switch {
		case start.Before(begin):
		case err != nil:
			r.failures++
			r.cause = err
			if errors.Is(err, errCut) {
				r.cut++
			}
		case ctx.Err() == nil:
			r.requests++
			r.events += events
			r.latencies = append(r.latencies, took)
		}
	}
}

// complete calls a subject n times and counts the streams that were cut short.
func (l load) complete(ctx context.Context, s *subject, n int) (*result, error) {
	request := l.request(s)
	var started, cut, failed, done atomic.Int64
	var wg sync.WaitGroup
	for range l.connections {
		wg.Go(func() {
			c := caller{addr: s.addr, request: request, stream: true}
			defer c.close()
			for ctx.Err() == nil && started.Add(1) <= int64(n) {
				switch _, err := c.call(); {
				case errors.Is(err, errCut):
					cut.Add(1)
				case err != nil:
					failed.Add(1)
				default:
					done.Add(1)
				}
			}
		})
	}
	wg.Wait()
	u, err := usageOf(s.pid)
	return &result{requests: int(done.Load()), cut: int(cut.Load()), failures: int(failed.Load()), rss: u.rss}, err
}

// caller is one connection.
type caller struct {
	addr    string
	request []byte
	stream  bool
	conn    net.Conn
	in      *bufio.Reader
	buf     []byte
	tail    []byte
}

var errCut = errors.New("the stream was cut short")

func (c *caller) close() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

// call sends the request and reads the answer to its end. A stream must end with [DONE] and hold all its events.
func (c *caller) call() (events int, err error) {
	if c.conn == nil {
		if c.conn, err = net.DialTimeout("tcp", c.addr, 5*time.Second); err != nil { //nolint:noctx // a context for each connection would be measured too
			c.conn = nil
			return 0, err
		}
		c.in = bufio.NewReaderSize(c.conn, 64<<10)
		c.buf = make([]byte, 64<<10)
	}
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	_ = c.conn.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err = c.conn.Write(c.request); err != nil {
		return 0, err
	}
	status, length, err := c.header()
	if err != nil {
		return 0, err
	}
	c.tail = c.tail[:0]
	if length >= 0 {
		_, err = io.CopyN(io.Discard, c.in, int64(length))
	} else if events, err = c.chunks(); err == nil && c.stream {
		if !bytes.HasSuffix(c.tail, []byte("data: [DONE]\n\n")) {
			err = errCut
		}
	}
	if err != nil && c.stream {
		err = errors.Join(errCut, err)
	}
	if err == nil && status != 200 {
		err = fmt.Errorf("status %d", status)
	}
	return events, err
}

// header reads up to the empty line; length is -1 for chunks.
func (c *caller) header() (status, length int, err error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return 0, 0, err
	}
	if len(line) < 12 {
		return 0, 0, errors.New("no status line")
	}
	status, _ = strconv.Atoi(string(line[9:12]))
	for {
		line, err = c.in.ReadSlice('\n')
		if err != nil {
			return status, 0, err
		}
		if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
			return status, length, nil
		}
		k, v, _ := bytes.Cut(line, []byte(":"))
		switch {
		case bytes.EqualFold(k, []byte("content-length")):
			length, _ = strconv.Atoi(string(bytes.TrimSpace(v)))
		case bytes.EqualFold(k, []byte("transfer-encoding")):
			length = -1
		}
	}
}

func (c *caller) chunks() (events int, err error) {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return events, err
		}
		size, err := strconv.ParseInt(string(bytes.TrimRight(line, "\r\n")), 16, 64)
		if err != nil {
			return events, fmt.Errorf("chunk size: %w", err)
		}
		for left := size; left > 0; {
			n, err := c.in.Read(c.buf[:min(left, int64(len(c.buf)))])
			if err != nil {
				return events, err
			}
			events += bytes.Count(c.buf[:n], []byte("data:"))
			c.tail = append(c.tail, c.buf[:n]...)
			if extra := len(c.tail) - 64; extra > 0 {
				c.tail = append(c.tail[:0], c.tail[extra:]...)
			}
			left -= int64(n)
		}
		if _, err = c.in.ReadSlice('\n'); err != nil {
			return events, err
		}
		if size == 0 {
			return events, nil
		}
	}
}
