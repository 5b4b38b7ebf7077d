//go:build e2e

// Package e2e starts the real binary and does to it what happens in the world: crashes, restarts, full disks, rude clients.
package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/telltale-dev/telltale/test/harness"
)

const kills = 50

// batch is an export request that a client sends until it is acknowledged, as SDKs do.
type batch struct {
	path, contentType string
	body              []byte
	ids               []string
}

// ledger is what the clients know: every record that was acknowledged, and what is still to be sent.
type ledger struct {
	mu    sync.Mutex
	acked map[string]bool
	open  []batch // sent, but the answer never came: sent again after the restart
	calls int     // through the gateway, that the client saw to their end
}

// kill -9 under load, 50 times: every acknowledged record is there once, whether or not it was sent twice, and the books
// balance.
func TestKill9(t *testing.T) {
	data := t.TempDir()
	mock := harness.StartMock(t)
	l := &ledger{acked: map[string]bool{}}
	seq := 0
	for i := range kills {
		p := harness.Start(t, harness.Options{Data: data, Env: harness.ProvidersAt(mock)})
		ctx, cancel := context.WithCancel(t.Context())
		var clients sync.WaitGroup
		for c := range 4 {
			first := seq + c*1_000_000
			clients.Go(func() { l.load(ctx, p.HTTP, first, c) })
		}
		seq += 4_000_000
		time.Sleep(time.Duration(30+rand.IntN(250)) * time.Millisecond)
		p.Kill()
		cancel()
		clients.Wait()
		if t.Failed() {
			t.Fatalf("in round %d", i)
		}
	}
	p := harness.Start(t, harness.Options{Data: data, Env: harness.ProvidersAt(mock)})
	for _, b := range l.open {
		if !l.send(t.Context(), p.HTTP, b) {
			t.Fatalf("a batch that was cut off is refused when it comes again")
		}
	}
	checkOnce(t, p, l.acked)
	checkBooks(t, p)
	if len(l.acked) < kills {
		t.Fatalf("only %d records were acknowledged in %d rounds: this tested nothing", len(l.acked), kills)
	}
	t.Logf("%d records acknowledged over %d kills, %d batches sent again, %d calls", len(l.acked), kills, len(l.open), l.calls)
}

// load sends batches and calls until the server dies.
func (l *ledger) load(ctx context.Context, server string, first, client int) {
	for n := 0; ctx.Err() == nil; n++ {
		var ok bool
		switch client {
		case 0, 1:
			b := spanBatch(first + n*20)
			ok = l.send(ctx, server, b)
		case 2:
			b := logBatch(first + n*20)
			ok = l.send(ctx, server, b)
		default:
			ok = l.call(ctx, server)
		}
		if !ok {
			return
		}
	}
}

// send posts a batch; one that got no answer stays open.
func (l *ledger) send(ctx context.Context, server string, b batch) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server+b.path, bytes.NewReader(b.body))
	if err != nil {
		return false
	}
	req.Header.Set("Content-Type", b.contentType)
	resp, err := http.DefaultClient.Do(req)
	if err == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil || resp.StatusCode != http.StatusOK {
		l.open = append(l.open, b)
		return false
	}
	for _, id := range b.ids {
		l.acked[id] = true
	}
	return true
}

func (l *ledger) call(ctx context.Context, server string) bool {
	body := `{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}]}`
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server+"/openai/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		return false
	}
	req.Header.Set("Authorization", "Bearer sk-x")
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	return err == nil
}

// spanBatch makes 20 spans whose names are their ids in the ledger.
func spanBatch(first int) batch {
	b := batch{path: "/v1/traces", contentType: "application/x-protobuf"}
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "kill-test")
	spans := rs.ScopeSpans().AppendEmpty().Spans()
	for i := range 20 {
		id := fmt.Sprintf("span-%d", first+i)
		s := spans.AppendEmpty()
		var trace pcommon.TraceID
		var span pcommon.SpanID
		copy(trace[:], fmt.Sprintf("%016d", first))
		copy(span[:], fmt.Sprintf("%08d", (first+i)%100_000_000))
		s.SetTraceID(trace)
		s.SetSpanID(span)
		s.SetName(id)
		now := time.Now()
		s.SetStartTimestamp(pcommon.NewTimestampFromTime(now.Add(-time.Millisecond)))
		s.SetEndTimestamp(pcommon.NewTimestampFromTime(now))
		b.ids = append(b.ids, id)
	}
	b.body, _ = ptraceotlp.NewExportRequestFromTraces(td).MarshalProto()
	return b
}

func logBatch(first int) batch {
	b := batch{path: "/api/v1/logs?service=kill-test", contentType: "application/x-ndjson"}
	for i := range 20 {
		id := fmt.Sprintf("log-%d", first+i)
		line, _ := json.Marshal(map[string]any{"time": time.Now().Format(time.RFC3339Nano), "level": "info", "msg": "m", "logger": id})
		b.body = append(append(b.body, line...), '\n')
		b.ids = append(b.ids, id)
	}
	return b
}

// checkOnce reads everything back, page by page.
func checkOnce(t *testing.T, p *harness.Process, acked map[string]bool) {
	t.Helper()
	seen := map[string]int{}
	for _, path := range []string{"/api/v1/spans", "/api/v1/logs"} {
		cursor := ""
		for {
			type named struct {
				Name string `json:"name"`
			}
			var page struct {
				Spans []named `json:"spans"`
				Logs  []named `json:"logs"`
				Next  string  `json:"next_cursor"`
			}
			q := url.Values{"q": {"service:kill-test"}, "limit": {"1000"}}
			if cursor != "" {
				q.Set("cursor", cursor)
			}
			p.Get(t, path, q, &page)
			for _, it := range append(page.Spans, page.Logs...) {
				seen[it.Name]++
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
	}
	lost, twice := 0, 0
	for id := range acked {
		if seen[id] == 0 {
			lost++
		}
	}
	for _, n := range seen {
		if n > 1 {
			twice++
		}
	}
	if lost > 0 || twice > 0 {
		t.Errorf("of %d acknowledged records %d are lost; %d of %d are there more than once", len(acked), lost, twice, len(seen))
	}
}

// books is the part of /api/v1/status that must add up.
type books struct {
	Books struct {
		Received, Accepted, Duplicate, Rejected, Dropped, Stored, Sampled, Expired, Quarantined, Imbalance int64
	}
}

func checkBooks(t *testing.T, p *harness.Process) books {
	t.Helper()
	var b books
	p.Get(t, "/api/v1/status", nil, &b)
	k := b.Books
	if k.Imbalance != 0 || k.Received != k.Accepted+k.Duplicate+k.Rejected+k.Dropped || k.Accepted != k.Stored+k.Sampled+k.Expired+k.Quarantined {
		t.Errorf("the books do not add up: %+v", k)
	}
	if k.Received == 0 {
		t.Error("the books are empty")
	}
	return b
}
