package observe_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/llm"
	"github.com/telltale-dev/telltale/observe/logging"
	"github.com/telltale-dev/telltale/observe/otlp"
	"github.com/telltale-dev/telltale/observe/redact"
)

// wireBytes keeps the bytes of what is sent.
type wireBytes struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *wireBytes) Send(_ context.Context, _ otlp.Signal, request []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.b.Write(request)
	return nil
}

func (w *wireBytes) Close() error { return nil }

// privateSpan makes a span of the service's own with secrets wherever one has room.
func privateSpan(ctx context.Context, t trace.Tracer) {
	link := trace.Link{
		SpanContext: trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}}),
		Attributes:  []attribute.KeyValue{attribute.String("client_secret", "hunter2link")},
	}
	_, s := t.Start(ctx, "get sk-proj-1a2B3c4D5e6F7g8H9i0J1k2L", trace.WithLinks(link))
	s.SetAttributes(
		attribute.String("password", "hunter2text"), attribute.String("note", "ada@example.com"),
		attribute.StringSlice("l", []string{"ghp_0123456789abcdefghijABCDEFGHIJ012345", "kept"}),
		attribute.StringSlice("http.request.header.authorization", []string{"hunter2header"}),
		attribute.Int64("card", 4111111111111111), attribute.Int("otp", 471108),
		attribute.Float64("f", 5500005555555559), attribute.Int64Slice("cards", []int64{378282246310005}),
		attribute.Map("credentials", attribute.Slice("list", attribute.StringValue("hunter2map"))),
		attribute.ByteSlice("bytes", []byte("password=hunter2bytes")),
		attribute.String("eve@example.com", "x"),
	)
	s.AddEvent("ask bob@example.com", trace.WithAttributes(attribute.String("api_key", "hunter2event")))
	s.RecordError(errors.New("dial postgres://u:hunter2url@db/x"))
	s.SetStatus(codes.Error, "token=hunter2status1")
	s.End()
}

var private = []string{
	"sk-proj-", "hunter2", "@example.com", "ghp_", "4111111111111111", "471108", "5500005555555559", "378282246310005",
}

// What the service puts on spans by itself leaves as clean as what the library puts there.
func TestSpansOfOthersLeaveClean(t *testing.T) {
	var sent wireBytes
	o := begin(t, func(c *observe.Config) { c.Sender, c.Exporter = &sent, observe.ExporterOTLP })
	privateSpan(o.Context(t.Context()), o.Tracer())
	privateSpan(o.Context(t.Context()), o.TracerProvider().Tracer("another"))
	if err := o.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, secret := range private {
		if strings.Contains(sent.b.String(), secret) {
			t.Errorf("%s was sent", secret)
		}
	}
	for _, want := range []string{"get [redacted:api_key]", "kept", "exception.message"} {
		if !strings.Contains(sent.b.String(), want) {
			t.Errorf("%s was not sent", want)
		}
	}
	got := attrs(o.spans.Ended()[0]) // processors of the service get the same
	want := map[string]string{       //nolint:gosec // names, and markers
		"password": "[redacted:secret]", "note": "[redacted:email]", "l": `["[redacted:api_key]","kept"]`,
		"http.request.header.authorization": `["[redacted:secret]"]`, "card": "[redacted:card]", "otp": "[redacted:secret]",
		"f": "[redacted:card]", "cards": "[redacted:card]", "credentials": `{"list":["[redacted:secret]"]}`,
		"bytes": got["bytes"], "[redacted:email]": "x",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestConsoleShowsNothingPrivate(t *testing.T) {
	var out buffer
	o := begin(t, func(c *observe.Config) { c.Exporter, c.Log = observe.ExporterConsole, logging.Options{Writer: &out} })
	privateSpan(o.Context(t.Context()), o.Tracer())
	if err := o.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "get [redacted:api_key]") {
		t.Error(out.String())
	}
	for _, secret := range private {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%s is in\n%s", secret, &out)
		}
	}
}

// Ids are no phone numbers and no cards; keys they are not either.
func TestIdsOnSpansStay(t *testing.T) {
	o := begin(t)
	_, s := o.Tracer().Start(o.Context(t.Context()), "job")
	s.SetAttributes(
		attribute.String("session.id", "4111111111111111"), attribute.String("gen_ai.conversation.id", "+4915112345678"),
		attribute.String("user.id", "sk-proj-1a2B3c4D5e6F7g8H9i0J1k2L"), attribute.Int("gen_ai.usage.input_tokens", 123456),
		attribute.Int("server.port", 54321), attribute.Int64("timeUnixNano", 1732174262123456789),
	)
	s.End()
	want := map[string]string{
		"session.id": "4111111111111111", "gen_ai.conversation.id": "+4915112345678", "user.id": "[redacted:api_key]",
		"gen_ai.usage.input_tokens": "123456", "server.port": "54321", "timeUnixNano": "1732174262123456789",
	}
	if diff := cmp.Diff(want, attrs(o.spans.Ended()[0])); diff != "" {
		t.Error(diff)
	}
}

// Content that is kept in full keeps what is personal on the span too, and no secret; other attributes do not.
func TestContentInFullStaysFull(t *testing.T) {
	o := begin(t, func(c *observe.Config) {
		c.Content, c.Redact = observe.ContentFull, redact.Options{}
	})
	ctx := o.Context(t.Context())
	const prompt = "ask ada@example.com, key sk-proj-1a2B3c4D5e6F7g8H9i0J1k2L"
	_, call := llm.Start(ctx, llm.Call{Provider: "p", Model: "m", Messages: []llm.Message{{Content: prompt}}})
	call.End(llm.Result{})
	_, s := o.Tracer().Start(ctx, "by hand")
	s.SetAttributes(attribute.String("gen_ai.input.messages", prompt), attribute.String("note", prompt))
	s.End()
	got := attrs(o.spans.Ended()[0])["gen_ai.input.messages"]
	if !strings.Contains(got, "ask ada@example.com, key [redacted:api_key]") {
		t.Error(got)
	}
	want := map[string]string{
		"gen_ai.input.messages": "ask ada@example.com, key [redacted:api_key]", "note": "ask [redacted:email], key [redacted:api_key]",
	}
	if diff := cmp.Diff(want, attrs(o.spans.Ended()[1])); diff != "" {
		t.Error(diff)
	}
}
