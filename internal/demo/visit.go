package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// visit is one request to one service, with the spans and log lines it leaves.
type visit struct {
	*world
	service               *service
	gauges                *gauges
	random                *rand.Rand
	user, session, tenant string
	request               string
	trace                 pcommon.TraceID
	spans                 []*work
	lines                 []map[string]any
}

// work is a span while it is open.
type work struct {
	id, parent pcommon.SpanID
	name       string
	kind       ptrace.SpanKind
	begin, end time.Time
	attrs      map[string]any
	events     []happening
	err        error
}

// happening is an event of a span.
type happening struct {
	at    time.Time
	name  string
	attrs map[string]any
}

func (w *work) happened(name string, attrs map[string]any) {
	w.events = append(w.events, happening{time.Now(), name, attrs})
}

// run handles the request as the service would, and then sends what it left.
func (v *visit) run(ctx context.Context) error {
	putRandom(v.random, v.trace[:])
	v.request = fmt.Sprintf("req-%016x", v.random.Uint64())
	root := v.open(nil, "POST "+v.service.route, ptrace.SpanKindServer, map[string]any{
		"http.request.method": "POST", "http.route": v.service.route, "url.path": v.service.route,
		"http.request.body.size": 200 + v.random.IntN(2000), "http.response.body.size": 400 + v.random.IntN(8000),
	})
	defer v.gauges.enter(v.session)()
	v.log("info", "request received", nil)
	err := v.signIn()
	if err == nil {
		err = v.service.handle(v, ctx)
	}
	code := http.StatusOK
	switch {
	case errors.Is(err, errSignIn):
		code = http.StatusUnauthorized
		v.log("warn", "sign-in refused", nil)
	case err != nil:
		code = http.StatusInternalServerError
		v.log("error", "request failed: "+err.Error(), map[string]any{"error": err.Error()})
	}
	root.attrs["http.response.status_code"] = code
	if code == http.StatusUnauthorized {
		err = nil // the client's mistake is none of the server's span
	}
	v.close(root, err)
	v.log("info", "request served", map[string]any{"status": code, "duration_ms": root.end.Sub(root.begin).Milliseconds(), "path": v.service.route, "method": "POST"})
	if err := v.sendSpans(ctx); err != nil {
		return err
	}
	return v.sendLines(ctx)
}

func putRandom(r *rand.Rand, b []byte) {
	for i := range b {
		b[i] = byte(r.Uint32())
	}
}

func (v *visit) open(parent *work, name string, kind ptrace.SpanKind, attrs map[string]any) *work {
	w := &work{name: name, kind: kind, begin: time.Now(), attrs: attrs}
	putRandom(v.random, w.id[:])
	if parent != nil {
		w.parent = parent.id
	}
	v.spans = append(v.spans, w)
	return w
}

func (v *visit) close(w *work, err error) { w.end, w.err = time.Now(), err }

// errSignIn refuses who cannot say who they are.
var errSignIn = errors.New("who are you?")

// signIn happens now and then, and mostly works.
func (v *visit) signIn() error {
	if v.random.Float64() > 0.15 {
		return nil
	}
	if v.random.Float64() < 0.1 {
		v.gauges.logins.With("failure").Inc()
		return errSignIn
	}
	v.gauges.logins.With("success").Inc()
	return nil
}

// root is the span of the request itself.
func (v *visit) root() *work { return v.spans[0] }

// pause passes time as work does: about d, sometimes much more.
func (v *visit) pause(ctx context.Context, d time.Duration) {
	d = time.Duration(float64(d) * (0.5 + v.random.ExpFloat64()))
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func (v *visit) log(level, message string, fields map[string]any) {
	line := map[string]any{
		"time": time.Now().UTC().Format(time.RFC3339Nano), "level": level, "msg": message, "logger": v.service.name + ".http", "service": v.service.name,
		"trace_id": v.trace.String(), "span_id": v.spans[len(v.spans)-1].id.String(), "request_id": v.request, "user_id": v.user, "session_id": v.session,
	}
	for k, f := range fields {
		line[k] = f
	}
	v.lines = append(v.lines, line)
}

// sendSpans exports the spans as an OpenTelemetry SDK does.
func (v *visit) sendSpans(ctx context.Context) error {
	traces := ptrace.NewTraces()
	rs := traces.ResourceSpans().AppendEmpty()
	res := rs.Resource().Attributes()
	res.PutStr("service.name", v.service.name)
	res.PutStr("deployment.environment.name", "demo")
	res.PutStr("telemetry.sdk.language", "go")
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName(v.service.name)
	for _, w := range v.spans {
		s := ss.Spans().AppendEmpty()
		s.SetTraceID(v.trace)
		s.SetSpanID(w.id)
		s.SetParentSpanID(w.parent)
		s.SetName(w.name)
		s.SetKind(w.kind)
		s.SetStartTimestamp(pcommon.NewTimestampFromTime(w.begin))
		s.SetEndTimestamp(pcommon.NewTimestampFromTime(w.end))
		if err := s.Attributes().FromRaw(w.attrs); err != nil {
			return fmt.Errorf("attributes of %s: %w", w.name, err)
		}
		for _, h := range w.events {
			e := s.Events().AppendEmpty()
			e.SetName(h.name)
			e.SetTimestamp(pcommon.NewTimestampFromTime(h.at))
			if err := e.Attributes().FromRaw(h.attrs); err != nil {
				return fmt.Errorf("attributes of %s: %w", h.name, err)
			}
		}
		for k, id := range map[string]string{"key.id": "key_" + v.service.name, "user.id": v.user, "session.id": v.session, "tenant.id": v.tenant, "request.id": v.request} {
			s.Attributes().PutStr(k, id)
		}
		if w.err != nil {
			s.Status().SetCode(ptrace.StatusCodeError)
			s.Status().SetMessage(w.err.Error())
		}
	}
	body, err := ptraceotlp.NewExportRequestFromTraces(traces).MarshalProto()
	if err != nil {
		return fmt.Errorf("encode spans: %w", err)
	}
	return v.post(ctx, "/v1/traces", "application/x-protobuf", body)
}

func (v *visit) sendLines(ctx context.Context) error {
	var b bytes.Buffer
	for _, line := range v.lines {
		if err := json.NewEncoder(&b).Encode(line); err != nil {
			return fmt.Errorf("encode log lines: %w", err)
		}
	}
	return v.post(ctx, "/api/v1/logs", "application/x-ndjson", b.Bytes())
}

func (v *visit) post(ctx context.Context, path, contentType string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.options.Server+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("post %s: %w", path, err)
	}
	req.Header.Set("Content-Type", contentType)
	if v.options.Token != "" {
		req.Header.Set("Authorization", "Bearer "+v.options.Token)
	}
	resp, err := v.client.Do(req)
	if err != nil {
		return fmt.Errorf("post %s: %w", path, err)
	}
	defer resp.Body.Close() //nolint:errcheck // nothing was written to it
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("post %s: %s %w", path, resp.Status, err)
	}
	return nil
}
