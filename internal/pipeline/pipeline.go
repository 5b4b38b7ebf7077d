// Package pipeline is what happens to every span and log, in order, whatever door it came in by: its dialect is read into
// canonical columns, content is treated by policy, secrets are taken out, what is known already is set aside, calls are
// priced, the batch is made durable, and only then shown to who watches.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/telltale-dev/telltale/internal/pipeline/dialect"
	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/price"
	"github.com/telltale-dev/telltale/observe/redact"
)

// Options of a pipeline. Writer, Prices and Redactor are needed.
type Options struct {
	Writer telemetry.Writer
	// Recall tells what was stored lately, so that a record sent again after a restart is known; nil starts with no memory.
	Recall   telemetry.Reader
	Prices   func() *price.Book // asked for each batch, so that a new price file counts at once
	Redactor *redact.Redactor   // nil redacts nothing
	Content  ContentPolicy
	// MaxInFlight bounds the bytes of batches not yet durable; what comes beyond is told to come again. 0 is 128 MiB.
	MaxInFlight int64
	// Remember is how many spans are known again when they come twice, at most. 0 is two million, in about 70 MB when all are remembered.
	Remember int
	Registry prometheus.Registerer
	Logger   *slog.Logger
	Now      func() time.Time
}

// Pipeline takes batches in. Its methods may be called by any number of goroutines.
type Pipeline struct {
	opts     Options
	secrets  *redact.Redactor // for ContentFull
	once     *once
	metrics  *metrics
	tail     tail
	inFlight atomic.Int64
	refused  atomic.Int64
}

const (
	defaultMaxInFlight = 128 << 20
	defaultRemember    = 2_000_000
	recallWindow       = time.Hour
)

// New checks the options and makes a pipeline.
func New(o Options) (*Pipeline, error) {
	if o.Writer == nil || o.Prices == nil {
		return nil, errors.New("pipeline: a writer and a price book are needed")
	}
	if o.MaxInFlight <= 0 {
		o.MaxInFlight = defaultMaxInFlight
	}
	if o.Remember <= 0 {
		o.Remember = defaultRemember
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	m, err := newMetrics(o.Registry)
	if err != nil {
		return nil, fmt.Errorf("pipeline: register metrics: %w", err)
	}
	p := &Pipeline{opts: o, once: newOnce(o.Remember), metrics: m}
	if o.Redactor != nil {
		p.secrets = o.Redactor.SecretsOnly()
	}
	missed := prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "telltale_tail_missed_batches_total", Help: "Batches that live tails missed because they were read too slowly.",
	}, func() float64 { return float64(p.tail.missed.Load()) })
	if err := o.Registry.Register(missed); err != nil {
		return nil, fmt.Errorf("pipeline: register metrics: %w", err)
	}
	return p, nil
}

// Start reads what was stored in the last hour, so that nothing sent again is counted again. The store must be ready.
func (p *Pipeline) Start(ctx context.Context) error {
	if p.opts.Recall == nil {
		return nil
	}
	began, n := p.opts.Now(), 0
	for id, err := range p.opts.Recall.Recent(ctx, began.Add(-recallWindow).UnixNano()) {
		if err != nil {
			return fmt.Errorf("recall recent records: %w", err)
		}
		p.once.recall(id)
		if n++; n >= p.opts.Remember/2 {
			break
		}
	}
	p.opts.Logger.Debug("recalled recent records", "records", n, "took", p.opts.Now().Sub(began))
	return nil
}

// Stop ends the live tails. Batches under way are finished by who sent them.
func (p *Pipeline) Stop(context.Context) error {
	p.tail.close()
	return nil
}

// Ingest takes a batch through all steps; nil means that it is durable. It changes the batch and keeps no reference to it.
//
// Errors: telemetry.ErrOverloaded when too much is under way, and those of the writer. After an error nothing of the
// batch is kept or counted, so that it can be sent again.
func (p *Pipeline) Ingest(ctx context.Context, b *telemetry.Batch) error {
	size := batchBytes(b)
	if under := p.inFlight.Add(size); under > p.opts.MaxInFlight && size < under {
		p.inFlight.Add(-size)
		p.refused.Add(1)
		p.metrics.overloaded.Inc()
		return fmt.Errorf("%d MB wait to be written: %w", p.opts.MaxInFlight>>20, telemetry.ErrOverloaded)
	}
	defer p.inFlight.Add(-size)

	origins := readDialects(b)
	p.clean(b)

	flight, err := p.once.admit(ctx, b, origins)
	if err != nil {
		return err
	}
	defer flight.fail() // also of a panic: who brings a record again would wait for ever
	p.price(b)
	if err := flight.wait(ctx); err != nil {
		return err
	}
	if err := p.opts.Writer.Write(ctx, b); err != nil {
		return fmt.Errorf("write batch: %w", err)
	}
	flight.land()
	p.tail.publish(b)
	return nil
}

// Queue tells how many bytes wait to be durable, how many may, and how many batches were refused for it.
func (p *Pipeline) Queue() (length, capacity, refused int64) {
	return p.inFlight.Load(), p.opts.MaxInFlight, p.refused.Load()
}

// Tail returns what becomes durable from now on, until ctx ends or the pipeline stops. A reader that is too slow misses
// batches; telltale_tail_missed_batches_total counts them.
func (p *Pipeline) Tail(ctx context.Context) <-chan telemetry.Batch { return p.tail.subscribe(ctx) }

// readDialects fills the canonical columns and adds the spans that logs stand for: calls only a log reports, and messages
// of a span that came by logs. It tells where every span comes from.
func readDialects(b *telemetry.Batch) []origin {
	origins := fingerprintSpans(b.Spans)
	var reader dialect.Reader
	for i := range b.Spans {
		s := &b.Spans[i]
		if s.GenAI == nil { // the gateway knows its calls already
			reader.Span(s)
			if s.GenAI != nil {
				s.Attributes = s.Attributes.Delete(telemetry.AttrService) // the gateway's to say
			}
		}
		if s.GenAI != nil {
			s.Attributes = s.Attributes.Delete(fromLogKey) // ours to say
		}
	}
	var derived []telemetry.Span
	for i := range b.Logs {
		if i > 0 && b.Logs[i].Batch != b.Logs[i-1].Batch {
			origins = addDerived(b, origins, derived, b.Logs[i-1].Batch)
			derived = nil
		}
		call := dialect.Log(&b.Logs[i])
		if call == nil {
			continue
		}
		if !call.Repeat {
			call.Attributes = call.Attributes.Set(fromLogKey, "true")
		}
		derived = append(derived, *call)
	}
	if len(derived) > 0 {
		origins = addDerived(b, origins, derived, b.Logs[len(b.Logs)-1].Batch)
	}
	return origins
}

func addDerived(b *telemetry.Batch, origins []origin, derived []telemetry.Span, batch uint64) []origin {
	derived = mergeRepeats(derived)
	b.Spans = append(b.Spans, derived...)
	for range derived {
		origins = append(origins, origin{fromLog: true, batch: batch})
	}
	return origins
}

// mergeRepeats puts the messages that came one by one for a span together. It halves the list, since each merge copies
// what was merged before: one by one, a request of many small messages would take hours.
func mergeRepeats(derived []telemetry.Span) []telemetry.Span {
	const few = 8
	if len(derived) <= few {
		return dialect.MergeRepeats(derived)
	}
	half := len(derived) / 2
	left, right := mergeRepeats(derived[:half:half]), mergeRepeats(derived[half:])
	return dialect.MergeRepeats(append(left, right...))
}

// batchBytes is about what a batch holds in memory.
func batchBytes(b *telemetry.Batch) int64 {
	n := int64(64 * len(b.Counts))
	for i := range b.Spans {
		s := &b.Spans[i]
		n += 512 + eventBytes(&s.Event) + int64(len(s.StatusMessage))
		for _, e := range s.Events {
			n += 64 + int64(len(e.Name)) + attrsBytes(e.Attributes)
		}
		for _, l := range s.Links {
			n += 64 + attrsBytes(l.Attributes)
		}
		if g := s.GenAI; g != nil {
			n += 512
			for _, text := range contentOf(g) {
				n += int64(len(*text))
			}
		}
	}
	for i := range b.Logs {
		n += 384 + eventBytes(&b.Logs[i].Event)
	}
	return n
}

// eventBytes leaves out most of the resource, which records of one export share.
func eventBytes(e *telemetry.Event) int64 {
	return int64(len(e.Body)+len(e.Name)) + attrsBytes(e.Attributes) + 16*int64(len(e.Resource))
}

func attrsBytes(attrs telemetry.Attrs) int64 {
	n := int64(0)
	for i := range attrs {
		n += 32 + int64(len(attrs[i].Key)+len(attrs[i].Value))
	}
	return n
}
