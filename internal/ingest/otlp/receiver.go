// Package otlp receives traces, logs and metrics in the OpenTelemetry protocol: over gRPC and over HTTP, as protobuf and as
// JSON. It makes raw records of traces and logs, and hands metrics on as they are; what attributes mean is read later, see pipeline/dialect.
package otlp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zeebo/xxh3"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/telltale-dev/telltale/internal/ingest/body"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Sink takes batches in. Nil means that the batch is durable, and only then the client is told so.
type Sink interface {
	Ingest(ctx context.Context, b *telemetry.Batch) error
}

// Options of a receiver. Sink is needed; zero values are the defaults.
type Options struct {
	Sink    Sink
	Metrics MetricsSink // none: metrics are refused, and the client is told so
	Limits  body.Limits // of one request, over HTTP and over gRPC
	// MaxInFlight bounds what requests under way hold in memory, in bytes. What comes beyond is told to come again.
	// 0 is 256 MiB.
	MaxInFlight int64
	// MaxValue is the longest attribute value or log body in bytes; longer ones are cut, visibly. 0 is 1 MiB.
	MaxValue int
	Logger   *slog.Logger
	Now      func() time.Time
}

const (
	defaultMaxInFlight = 256 << 20
	defaultMaxValue    = 1 << 20
)

// Receiver decodes export requests. Its methods may be called by any number of goroutines.
type Receiver struct {
	opts     Options
	inFlight atomic.Int64
	decoders sync.Pool // *decoder, for their lists and buffers
}

// New checks the options and makes a receiver.
func New(o Options) (*Receiver, error) {
	if o.Sink == nil {
		return nil, errors.New("otlp: a sink is needed")
	}
	if o.Limits.Encoded <= 0 {
		o.Limits.Encoded = body.DefaultEncoded
	}
	if o.Limits.Decoded <= 0 {
		o.Limits.Decoded = body.DefaultDecoded
	}
	if o.MaxInFlight <= 0 {
		o.MaxInFlight = defaultMaxInFlight
	}
	if o.MaxValue <= 0 {
		o.MaxValue = defaultMaxValue
	}
	if o.Limits.Budget == nil {
		o.Limits.Budget = body.NewBudget(o.MaxInFlight)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Receiver{opts: o}, nil
}

// signal is what an export request carries.
type signal uint8

const (
	traces signal = iota
	logs
	metrics
)

// form is how an export request and its answer are written.
type form uint8

const (
	formProto form = iota
	formJSON
)

// answer is what the client is told of a request that was taken: how many of its records were not, and why.
type answer struct {
	rejected int64
	reason   string
}

// export takes one request, from its bytes to its answer. It changes payload.
func (r *Receiver) export(ctx context.Context, s signal, enc form, payload []byte) (answer, error) {
	if enc == formJSON {
		return r.exportJSON(ctx, s, payload)
	}
	return r.exportProto(ctx, s, string(payload))
}

// exportProto takes a request in protobuf.
func (r *Receiver) exportProto(ctx context.Context, s signal, message string) (answer, error) {
	reserved := r.reservation()
	defer reserved.release()
	return r.exportReserved(ctx, s, message, reserved)
}

// exportReserved takes a request in protobuf, of which the records become pieces. Whose the reservation is releases it.
func (r *Receiver) exportReserved(ctx context.Context, s signal, message string, reserved *reservation) (answer, error) {
	if s == metrics {
		return r.takeMetrics(ctx, message, reserved)
	}
	return r.take(ctx, s, message, 0, reserved)
}

// exportJSON takes a request in JSON: it is rewritten in protobuf, so that both become records in one way.
func (r *Receiver) exportJSON(ctx context.Context, s signal, payload []byte) (answer, error) {
	n, err := measureJSON(payload, memoryFactor*r.opts.Limits.Decoded)
	if err != nil {
		return answer{}, err
	}
	release, err := r.reserve(n)
	defer release()
	if err != nil {
		return answer{}, err
	}
	var hash uint64
	if s == logs {
		hash = max(xxh3.Hash(payload), 1)
	}
	message, err := r.rewrite(s, payload)
	if err != nil {
		return answer{}, err
	}
	if s == metrics {
		return r.exportProto(ctx, s, message)
	}
	reserved := r.reservation()
	defer reserved.release()
	return r.take(ctx, s, message, hash, reserved)
}

// take brings the records of a message to the sink. Hash is the one of the request; 0 is that of the message.
func (r *Receiver) take(ctx context.Context, s signal, message string, hash uint64, reserved *reservation) (answer, error) {
	d, _ := r.decoders.Get().(*decoder)
	if d == nil {
		d = new(decoder)
	}
	defer func() {
		d.recycle()
		r.decoders.Put(d)
	}()
	d.begin(s, r, reserved)
	if d.batch = hash; s == logs && hash == 0 {
		d.batch = max(xxh3.HashString(message), 1)
	}
	if err := d.export(message); err != nil {
		return answer{}, err
	}
	b := &telemetry.Batch{Spans: d.outSpans, Logs: d.outLogs, Counts: d.counts()}
	if b.Len() > 0 || len(b.Counts) > 0 {
		if err := r.opts.Sink.Ingest(ctx, b); err != nil {
			return answer{}, r.refused(ctx, err)
		}
	}
	return d.answer(), nil
}

// request is what the three kinds of export request of pdata have in common.
type request interface {
	UnmarshalJSON([]byte) error
	MarshalProto() ([]byte, error)
}

// rewrite makes protobuf of JSON. The decoder is others', and its input is hostile: what it cannot cope with is the
// request's fault, not the end of the process.
func (r *Receiver) rewrite(s signal, payload []byte) (message string, err error) {
	defer func() {
		if p := recover(); p != nil {
			r.opts.Logger.Error("decoder panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = malformed(errors.New("it cannot be decoded"))
		}
	}()
	var req request
	switch s {
	case logs:
		req = plogotlp.NewExportRequest()
	case metrics:
		req = pmetricotlp.NewExportRequest()
	default:
		req = ptraceotlp.NewExportRequest()
	}
	if err := req.UnmarshalJSON(payload); err != nil {
		return "", malformed(err)
	}
	b, err := req.MarshalProto()
	if err != nil {
		return "", malformed(err)
	}
	return string(b), nil
}
