// Package gen makes the events the store is measured with: three days of traces of an AI service, spans and logs by turns,
// with about 0.9 kB and 15 attributes each. What it makes depends on the number of events alone.
package gen

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Begin and End are the times between which events lie.
var (
	End   = time.Unix(1795000000/3600*3600, 0).UTC()
	Begin = End.Add(-72 * time.Hour)
)

// Needle is a word that about one text in 50,000 has.
const Needle = "zyxquorvex"

var (
	models    = []string{"gpt-4o", "gpt-4o-mini", "claude-sonnet-4", "claude-haiku", "gemini-2.5-pro", "gemini-flash", "llama-3-70b", "mistral-large", "o3", "qwen-72b", "text-embedding-3", "deepseek-v3"}
	providers = []string{"openai", "openai", "anthropic", "anthropic", "gcp.gemini", "gcp.gemini", "vllm", "mistral_ai", "openai", "vllm", "openai", "deepseek"}
	services  = []string{"gateway", "chat-api", "rag", "retriever", "embedder", "agent", "billing", "auth", "guardrails", "eval", "tools", "worker"}
	names     = []string{"POST /v1/chat", "chat gpt", "retrieve", "embed", "tool.call", "db.query", "cache.get", "http GET", "rerank", "guard.check", "llm.stream", "queue.publish"}
	regions   = []string{"us-east-1", "us-west-2", "eu-west-1", "ap-south-1"}
	envs      = []string{"prod", "prod", "prod", "staging"}
	languages = []string{"python", "nodejs", "go"}
	statuses  = []string{"200", "200", "200", "200", "429", "500"}
)

// trace that is going on.
type trace struct {
	number  int
	id      telemetry.TraceID
	request string
	user    string
	session string
	model   int
	left    int
	last    telemetry.SpanID
	service int
}

// Gen makes events in about the order of their times. It belongs to one goroutine.
type Gen struct {
	r      *rand.Rand
	words  *words
	done   int
	total  int
	traces []*trace
	next   int
}

// New makes a source of total events.
func New(total int) *Gen {
	g := &Gen{r: rand.New(rand.NewPCG(1, 2)), words: newWords(), total: total}
	for range 200 {
		g.traces = append(g.traces, g.newTrace())
	}
	return g
}

func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb
	return x ^ (x >> 31)
}

// TraceID is the id of the trace of a number.
func TraceID(n int) (id telemetry.TraceID) {
	binary.BigEndian.PutUint64(id[:], mix(uint64(n)))
	binary.BigEndian.PutUint64(id[8:], mix(uint64(n)^0xabcdef))
	return id
}

// RequestID is the request id of the trace of a number.
func RequestID(n int) string { return "req-" + hex16(mix(uint64(n)^0x5555)) }

func hex16(x uint64) string {
	s := strconv.FormatUint(x, 16)
	return "0000000000000000"[len(s):] + s
}

func (g *Gen) newTrace() *trace {
	n := g.next
	g.next++
	user := int(math.Pow(g.r.Float64(), 3) * 50000)
	return &trace{
		number: n, id: TraceID(n), request: RequestID(n), user: "user-" + strconv.Itoa(user),
		model: int(math.Pow(g.r.Float64(), 2) * 12), left: 4 + g.r.IntN(33), service: g.r.IntN(12),
		session: "sess-" + hex16(mix(uint64(user)<<20 + uint64(n/5000)))[8:],
	}
}

func (g *Gen) spanID() (id telemetry.SpanID) {
	binary.LittleEndian.PutUint64(id[:], g.r.Uint64())
	return id
}

// Batch returns the next n events, fewer at the end.
func (g *Gen) Batch(n int) *telemetry.Batch {
	b := &telemetry.Batch{}
	for range n {
		if g.done >= g.total {
			break
		}
		g.event(b)
	}
	return b
}

func (g *Gen) event(b *telemetry.Batch) {
	slot := g.r.IntN(len(g.traces))
	t := g.traces[slot]
	span := float64(End.Sub(Begin)) * float64(g.done) / float64(g.total)
	e := telemetry.Event{
		Time: Begin.UnixNano() + int64(span) + int64(g.r.IntN(1e9)), TraceID: t.id, RequestID: t.request, UserID: t.user,
		Service: services[(t.service+g.r.IntN(4))%12],
	}
	g.done++
	kind := g.r.IntN(12)
	e.Name = names[kind]
	if g.r.IntN(2) == 0 {
		b.Logs = append(b.Logs, g.log(t, e))
	} else {
		b.Spans = append(b.Spans, g.span(t, e, kind))
	}
	if t.left--; t.left <= 0 {
		g.traces[slot] = g.newTrace()
	}
}

func (g *Gen) log(t *trace, e telemetry.Event) telemetry.Log {
	e.SpanID = t.last
	if e.SpanID.IsZero() {
		e.SpanID = g.spanID()
	}
	severity := telemetry.SeverityInfo
	switch q := g.r.IntN(100); {
	case q < 3:
		severity = telemetry.SeverityError
	case q < 10:
		severity = telemetry.SeverityWarn
	case q < 30:
		severity = telemetry.SeverityDebug
	}
	e.Body = g.words.text(g.r)
	e.Attributes = g.attributes(t, e.Service)
	return telemetry.Log{Event: e, Severity: severity}
}

func (g *Gen) span(t *trace, e telemetry.Event, kind int) telemetry.Span {
	e.SpanID = g.spanID()
	s := telemetry.Span{
		ParentID: t.last, Kind: []telemetry.Kind{telemetry.KindInternal, telemetry.KindClient, telemetry.KindServer}[g.r.IntN(3)],
		Duration: int64(math.Exp(g.r.NormFloat64()*1.2 + 18.5)), // median about 108 ms
	}
	t.last = e.SpanID
	if g.r.IntN(100) < 2 {
		s.Status = telemetry.StatusError
	}
	if kind == 0 || kind == 1 || kind == 8 || kind == 10 {
		s.GenAI = g.call(t)
	}
	e.Attributes = g.attributes(t, e.Service)
	s.Event = e
	return s
}

func (g *Gen) call(t *trace) *telemetry.GenAI {
	in, out := int64(math.Exp(g.r.NormFloat64()+6.5)), int64(math.Exp(g.r.NormFloat64()+5.5))
	return &telemetry.GenAI{
		Operation: telemetry.OpChat, Provider: providers[t.model], RequestModel: models[t.model], Counts: true,
		Usage:         telemetry.Usage{Input: telemetry.Known(in), Output: telemetry.Known(out)},
		Cost:          telemetry.Known((in*25 + out*100) * int64(1+t.model) * 10_000),
		InputMessages: `[{"role":"user","parts":[{"type":"text","content":"` + g.words.text(g.r) + `"}]}]`,
	}
}

func (g *Gen) attributes(t *trace, service string) telemetry.Attrs {
	r := g.r
	a := make(telemetry.Attrs, 0, 20)
	add := func(k, v string) { a = append(a, telemetry.Attr{Key: k, Value: v}) }
	add("deployment.environment", envs[r.IntN(4)])
	add("cloud.region", regions[r.IntN(4)])
	add("k8s.pod.name", service+"-7d9f8b"+strconv.Itoa(r.IntN(40)))
	add("service.version", "1."+strconv.Itoa(g.done*30/g.total)+".0")
	add("session.id", t.session)
	add("app.feature", "feature-"+strconv.Itoa(t.number%37))
	add("telemetry.sdk.language", languages[r.IntN(3)])
	add("thread.id", strconv.Itoa(r.IntN(64)))
	add("http.request.method", "POST")
	add("http.response.status_code", statuses[r.IntN(6)])
	for j := range r.IntN(11) {
		g.optional(j, t, add)
	}
	return a
}

// optional adds an attribute that only some events have.
func (g *Gen) optional(j int, t *trace, add func(k, v string)) {
	r := g.r
	switch j {
	case 0:
		add("gen_ai.operation.name", "chat")
	case 1:
		add("gen_ai.request.temperature", strconv.FormatFloat(float64(r.IntN(20))/10, 'f', 1, 64))
	case 2:
		add("gen_ai.response.id", "chatcmpl-"+g.spanID().String())
	case 3:
		add("gen_ai.request.max_tokens", strconv.Itoa(256<<r.IntN(5)))
	case 4:
		add("client.address", "10."+strconv.Itoa(r.IntN(8))+"."+strconv.Itoa(r.IntN(256))+"."+strconv.Itoa(r.IntN(256)))
	case 5:
		add("api_key.hash", strconv.Itoa(r.IntN(500)))
	case 6:
		add("tenant.id", "tenant-"+strconv.Itoa(t.number%120))
	case 7:
		add("prompt.template.id", "tmpl-"+strconv.Itoa(r.IntN(60)))
	case 8:
		add("cache.hit", "true")
	case 9:
		add("custom."+strconv.Itoa(r.IntN(200)), g.spanID().String())
	}
}
