package main

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// batch is an export request of one client, marshalled once: before it is sent again its ids and times are overwritten, so
// that no two spans ever sent are the same, and making them costs next to nothing.
type batch struct {
	payload []byte
	spans   []places
}

// places are where the parts of a span lie that differ each time.
type places struct{ trace, span, parent, begin, end, response, ticket int }

// Stand-ins, unique for each span, by which the places are found.
type marks struct {
	trace      [16]byte
	span       [8]byte
	parent     [8]byte
	begin, end uint64
	response   string // letters of the response id
	ticket     string // a word of the prompt
}

const idLetters = 24

func newMarks(r *rand.Rand) marks {
	var m marks
	for _, b := range [][]byte{m.trace[:], m.span[:], m.parent[:]} {
		fill(b, r)
	}
	m.begin, m.end = r.Uint64(), r.Uint64()
	m.response, m.ticket = letters(r), letters(r)
	return m
}

func fill(b []byte, r *rand.Rand) {
	for i := 0; i < len(b); i += 8 {
		binary.LittleEndian.PutUint64(b[i:], r.Uint64())
	}
}

// putLetters writes what looks like an id and is never a number.
func putLetters(b []byte, r *rand.Rand) {
	for i := 0; i < len(b); {
		for x := r.Uint64(); x > 0xff && i < len(b); x >>= 5 {
			b[i] = "abcdefghijklmnopqrstuvwxyzABCDEF"[x&31]
			i++
		}
	}
}

func letters(r *rand.Rand) string {
	b := make([]byte, idLetters)
	putLetters(b, r)
	return string(b)
}

// newBatch makes a request of n model calls with prompts of so many bytes.
func newBatch(r *rand.Rand, text *prose, n, promptBytes int) (*batch, error) {
	traces := ptrace.NewTraces()
	rs := traces.ResourceSpans().AppendEmpty()
	for _, kv := range [][2]string{
		{"service.name", "support-bot"},
		{"service.version", "2.14.0"},
		{"deployment.environment.name", "production"},
		{"host.name", "ip-10-3-17-42"},
		{"telemetry.sdk.language", "python"},
		{"telemetry.sdk.name", "opentelemetry"},
		{"telemetry.sdk.version", "1.38.0"},
	} {
		rs.Resource().Attributes().PutStr(kv[0], kv[1])
	}
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName("opentelemetry.instrumentation.openai_v2")
	ss.Scope().SetVersion("2.3b0")
	all := make([]marks, n)
	for i := range all {
		all[i] = newMarks(r)
		fillSpan(ss.Spans().AppendEmpty(), &all[i], r, text, promptBytes)
	}
	payload, err := ptraceotlp.NewExportRequestFromTraces(traces).MarshalProto()
	if err != nil {
		return nil, fmt.Errorf("marshal batch: %w", err)
	}
	b := &batch{payload: payload}
	at := 0
	for i := range all {
		p, err := all[i].find(payload, at)
		if err != nil {
			return nil, err
		}
		at = p.trace
		b.spans = append(b.spans, p)
	}
	return b, nil
}

var models = [][2]string{
	{"gpt-4o", "gpt-4o-2024-08-06"}, {"gpt-4o-mini", "gpt-4o-mini-2024-07-18"}, {"gpt-4.1", "gpt-4.1-2025-04-14"}, {"o3-mini", "o3-mini-2025-01-31"},
}

// fillSpan writes a model call as OpenTelemetry's instrumentation of OpenAI's SDK sends it.
func fillSpan(s ptrace.Span, m *marks, r *rand.Rand, text *prose, promptBytes int) {
	model := models[r.IntN(len(models))]
	s.SetTraceID(m.trace)
	s.SetSpanID(m.span)
	s.SetParentSpanID(m.parent)
	s.SetName("chat " + model[0])
	s.SetKind(ptrace.SpanKindClient)
	a := s.Attributes()
	a.PutStr("gen_ai.operation.name", "chat")
	a.PutStr("gen_ai.provider.name", "openai")
	a.PutStr("gen_ai.request.model", model[0])
	a.PutDouble("gen_ai.request.temperature", float64(r.IntN(11))/10)
	a.PutInt("gen_ai.request.max_tokens", int64(256<<r.IntN(4)))
	a.PutStr("server.address", "api.openai.com")
	a.PutInt("server.port", 443)
	user := r.IntN(5000)
	a.PutStr("user.id", "user-"+strconv.Itoa(user))
	a.PutStr("gen_ai.conversation.id", "conversation-"+strconv.Itoa(user*7+r.IntN(3)))
	a.PutStr("app.feature", "feature-"+strconv.Itoa(r.IntN(40)))
	a.PutStr("gen_ai.response.model", model[1])
	a.PutStr("gen_ai.response.id", "chatcmpl-"+m.response)
	a.PutEmptySlice("gen_ai.response.finish_reasons").AppendEmpty().SetStr("stop")
	a.PutInt("gen_ai.usage.input_tokens", int64(400+r.IntN(300)))
	a.PutInt("gen_ai.usage.output_tokens", int64(20+r.IntN(400)))
	a.PutInt("gen_ai.usage.cache_read.input_tokens", int64(r.IntN(2)*256))
	prompt := text.write(r, promptBytes-len(m.ticket)-len(" Ticket ."))
	a.PutStr("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"`+prompt+` Ticket `+m.ticket+`."}]}]`)
	s.SetStartTimestamp(timestamp(m.begin))
	s.SetEndTimestamp(timestamp(m.end))
}

func (m *marks) find(payload []byte, from int) (places, error) {
	missing := false
	at := func(mark []byte) int {
		i := bytes.Index(payload[from:], mark)
		missing = missing || i < 0
		return from + i
	}
	p := places{
		trace: at(m.trace[:]), span: at(m.span[:]), parent: at(m.parent[:]),
		begin: at(binary.LittleEndian.AppendUint64(nil, m.begin)), end: at(binary.LittleEndian.AppendUint64(nil, m.end)),
		response: at([]byte(m.response)), ticket: at([]byte(m.ticket)),
	}
	if missing {
		return p, fmt.Errorf("span %s is not whole in its request", hex.EncodeToString(m.span[:]))
	}
	return p, nil
}

// renew makes all spans new ones, that have just ended.
func (b *batch) renew(r *rand.Rand, now time.Time) {
	for i := range b.spans {
		p := &b.spans[i]
		fill(b.payload[p.trace:p.trace+16], r)
		fill(b.payload[p.span:p.span+8], r)
		fill(b.payload[p.parent:p.parent+8], r)
		end := now.UnixNano() - int64(r.IntN(int(5*time.Second)))
		binary.LittleEndian.PutUint64(b.payload[p.end:], uint64(end))
		binary.LittleEndian.PutUint64(b.payload[p.begin:], uint64(end-int64(200*time.Millisecond)-int64(r.IntN(int(8*time.Second)))))
		putLetters(b.payload[p.response:p.response+idLetters], r)
		putLetters(b.payload[p.ticket:p.ticket+idLetters], r)
	}
}
