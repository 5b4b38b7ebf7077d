// Package otlp receives traces and logs in the OpenTelemetry protocol: over gRPC and over HTTP, as protobuf and as JSON.
// It makes raw records of them; what attributes mean is read later, see pipeline/dialect.
package otlp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
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
	Sink   Sink
	Limits body.Limits // of one request, over HTTP and over gRPC
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

// metricsNotKept is the answer to every metric.
const metricsNotKept = "metrics are not kept yet; traces and logs are"

// export takes one request, from its bytes to its answer. It changes payload.
func (r *Receiver) export(ctx context.Context, s signal, enc form, payload []byte) (answer, error) {
	m, err := r.measure(s, enc, payload)
	if err != nil {
		return answer{}, err
	}
	release, err := r.reserve(m.bytes)
	if err != nil {
		return answer{}, err
	}
	defer release()
	if s == metrics {
		return r.refuseMetrics(enc, payload, m)
	}
	b, c, err := r.decode(s, enc, payload)
	if err != nil {
		return answer{}, err
	}
	if b.Len() > 0 || len(b.Counts) > 0 {
		if err := r.opts.Sink.Ingest(ctx, b); err != nil {
			return answer{}, r.refused(ctx, err)
		}
	}
	return c.answer(), nil
}

// measure finds out what a request will cost before anything is built of it, and blanks ids the decoder would choke on.
func (r *Receiver) measure(s signal, enc form, payload []byte) (measure, error) {
	limit := memoryFactor * r.opts.Limits.Decoded
	if enc == formJSON {
		return measureJSON(payload, limit)
	}
	return measureProto(payload, schemas[s], limit)
}

// memoryFactor is how many times the size limit of a request its records may take in memory. Records of the usual size
// take two to three times their bytes; requests made of empty ones take hundreds.
const memoryFactor = 8

// reserve keeps the memory of requests under way within limits. A request that is alone is always let in.
func (r *Receiver) reserve(n int64) (release func(), err error) {
	if now := r.inFlight.Add(n); now > r.opts.MaxInFlight && now > n {
		r.inFlight.Add(-n)
		return nil, overloaded(fmt.Errorf("%d MiB of requests are under way", r.opts.MaxInFlight>>20))
	}
	return func() { r.inFlight.Add(-n) }, nil
}

// decode makes records of a request. The decoders below are others', and their input is hostile: what they cannot cope
// with is the request's fault, not the end of the process.
func (r *Receiver) decode(s signal, enc form, payload []byte) (_ *telemetry.Batch, _ *converter, err error) {
	defer func() {
		if p := recover(); p != nil {
			r.opts.Logger.Error("decoder panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = malformed(errors.New("it cannot be decoded"))
		}
	}()
	c := &converter{now: r.opts.Now().UnixNano(), maxValue: r.opts.MaxValue}
	if s == logs {
		c.batch = max(xxh3.Hash(payload), 1)
		req := plogotlp.NewExportRequest()
		if err := unmarshal(req, enc, payload); err != nil {
			return nil, nil, err
		}
		c.logs(req.Logs())
	} else {
		req := ptraceotlp.NewExportRequest()
		if err := unmarshal(req, enc, payload); err != nil {
			return nil, nil, err
		}
		c.traces(req.Traces())
	}
	return &telemetry.Batch{Spans: c.outSpans, Logs: c.outLogs, Counts: c.counts()}, c, nil
}

func (r *Receiver) refuseMetrics(enc form, payload []byte, m measure) (answer, error) {
	points := m.points
	if enc == formJSON {
		req := pmetricotlp.NewExportRequest()
		if err := unmarshal(req, enc, payload); err != nil {
			return answer{}, err
		}
		points = int64(req.Metrics().DataPointCount())
	}
	return answer{rejected: points, reason: metricsNotKept}, nil
}

// request is what the three kinds of export request of pdata have in common.
type request interface {
	UnmarshalProto([]byte) error
	UnmarshalJSON([]byte) error
}

func unmarshal(req request, enc form, payload []byte) error {
	if len(payload) == 0 && enc == formProto { // a request without records
		return nil
	}
	var err error
	if enc == formJSON {
		err = req.UnmarshalJSON(payload)
	} else {
		err = req.UnmarshalProto(payload)
	}
	if err != nil {
		return malformed(err)
	}
	return nil
}
