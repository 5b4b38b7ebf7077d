package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/internal/api"
)

// tailStream reads server-sent events.
type tailStream struct {
	body io.ReadCloser
	scan *bufio.Scanner
	idle *time.Timer // closes the connection when nothing came for too long
}

// maxEvent bounds one line of a tail; idleTail is several heartbeats.
const (
	maxEvent = 8 << 20
	idleTail = time.Minute
)

func (c *client) tail(ctx context.Context, params url.Values) (*tailStream, error) {
	response, err := c.do(ctx, "/api/v1/tail", compact(params)) //nolint:bodyclose // close does
	if err != nil {
		return nil, err
	}
	t := &tailStream{body: response.Body, scan: bufio.NewScanner(response.Body)}
	t.scan.Buffer(nil, maxEvent)
	t.idle = time.AfterFunc(idleTail, t.close)
	return t, nil
}

func (t *tailStream) close() {
	if t.idle != nil {
		t.idle.Stop()
	}
	_ = t.body.Close()
}

// next returns the next event; the error io.EOF means that the server has ended the tail.
func (t *tailStream) next() (name, data string, err error) {
	for t.scan.Scan() {
		t.idle.Reset(idleTail)
		line := t.scan.Text()
		switch {
		case strings.HasPrefix(line, "event: "):
			name = line[len("event: "):]
		case strings.HasPrefix(line, "data: "):
			data = line[len("data: "):]
		case line == "" && name != "":
			return name, data, nil
		}
	}
	if err := t.scan.Err(); err != nil {
		return "", "", fmt.Errorf("read the live tail: %w", err)
	}
	return "", "", io.EOF
}

// event shows an event of a tail.
func (w *logWriter) event(name, data string) error {
	switch name {
	case "log":
		var l api.Log
		if err := json.Unmarshal([]byte(data), &l); err != nil {
			return fmt.Errorf("read the live tail: %w", err)
		}
		return w.once(&l)
	case "dropped":
		var d api.Dropped
		if err := json.Unmarshal([]byte(data), &d); err == nil {
			w.env.say("%s came too fast to show and are left out; they are stored.\n", plural(d.Dropped, "log"))
		}
	}
	return nil
}

// overlap is how long a log may take from its writing to the tail, so that it can come twice: fetched, and by the tail.
const overlap = 10 * time.Second

// once shows a log unless it was shown already: fetched, and then sent by the tail.
func (w *logWriter) once(l *api.Log) error {
	if w.seen == nil {
		w.seen = map[string]struct{}{}
	}
	key := l.Time.Format(time.RFC3339Nano) + l.TraceID + l.SpanID + l.Body
	if _, shown := w.seen[key]; shown {
		return nil
	}
	if l.Time.After(w.last) {
		w.last = l.Time
	}
	w.seen[key] = struct{}{}
	if len(w.seen) > 10_000 {
		w.forget()
	}
	return w.log(l)
}

// forget drops what is too old to come again.
func (w *logWriter) forget() {
	edge := w.last.Add(-overlap).Format(time.RFC3339Nano)
	for key := range w.seen {
		if key < edge {
			delete(w.seen, key)
		}
	}
	if len(w.seen) > 100_000 {
		clear(w.seen)
	}
}
