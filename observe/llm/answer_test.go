package llm

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/metric"
	"github.com/telltale-dev/telltale/observe/redact"
	"github.com/telltale-dev/telltale/observe/wire"
)

// nothing is the record of a call that nobody looks at.
var nothing = sync.OnceValue(func() record {
	all, err := redact.New(redact.Options{})
	if err != nil {
		panic(err)
	}
	return record{
		core: &core.Core{Logger: slog.New(slog.DiscardHandler), Metrics: metric.NewRegistry(metric.Options{}), Redact: all},
		ctx:  context.Background(), span: trace.SpanFromContext(context.Background()),
	}
})

// filtered is what the caller reads of a stream that comes in pieces.
func filtered(pieces []string) string {
	a := &answer{exchange: &exchange{record: nothing()}, streamed: true, filtered: true, eyes: pool.Get().(*eyes)}
	a.exchange.API = wire.OpenAIChat
	a.eyes.reset(wire.OpenAIChat)
	var got strings.Builder
	for i, p := range pieces {
		if i == len(pieces)-1 {
			a.end = io.EOF
		}
		n := a.see([]byte(p))
		got.WriteString(p[:n])
		got.Write(a.pending)
		a.pending = nil
	}
	return got.String()
}

// FuzzFiltered compares what passes, most of it unseen by the filter, with what the filter says of the whole.
func FuzzFiltered(f *testing.F) {
	const begin, end = "data: {\"id\":\"1\",\"choices\":[{\"delta\":{\"content\":\"", "\"}}]}\n\n"
	const usage = "data: {\"id\":\"1\",\"choices\":[],\"usage\":{\"prompt_tokens\":3}}\n\n"
	f.Add(begin+"a"+end+begin+"b\\\""+end+begin+"c"+end+usage+"data: [DONE]\n\n", uint8(0))
	f.Add(begin+"a"+end+usage+begin+usage+end+": x\n\n"+usage+"data: [DONE]\r\n\r\n"+usage, uint8(70))
	f.Add("event: x\n"+usage+begin+"a"+end+"\n"+usage, uint8(3))
	f.Fuzz(func(t *testing.T, stream string, size uint8) {
		var pieces []string
		for rest := stream; rest != ""; {
			n := int(size)
			if n == 0 { // an event each, as providers send them
				n = max(1, strings.Index(rest, "\n\n")+2)
			}
			n = min(n, len(rest))
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		if pieces == nil {
			return
		}
		var whole wire.UsageFilter
		want := string(whole.Flush(whole.Filter(nil, []byte(stream))))
		if diff := cmp.Diff(want, filtered(pieces)); diff != "" {
			t.Errorf("%q in %d pieces (-want +got):\n%s", stream, len(pieces), diff)
		}
	})
}

// Who closes an answer while another goroutine reads it gets neither a race nor bytes of another answer.
func TestCloseWhileReading(t *testing.T) {
	a := &answer{exchange: &exchange{}, streamed: true, filtered: true}
	if n := a.see([]byte("data: 1\n\n")); n != 0 || a.end == nil {
		t.Errorf("%d bytes pass behind Close, error %v", n, a.end)
	}
	if n, err := a.Read(make([]byte, 10)); n != 0 || err == nil {
		t.Errorf("Read behind Close gives %d bytes and %v", n, err)
	}
}
