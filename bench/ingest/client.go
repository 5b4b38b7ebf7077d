package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
)

const exportMethod = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"

// load is what clients send.
type load struct {
	address string
	clients int
	batch   int // spans in a request
	prompt  int // bytes
	ready   int // requests each client has prepared
	rate    int // spans per second over all clients; 0: as fast as they are acknowledged
}

// sent is what became of it.
type sent struct {
	spans      atomic.Int64 // acknowledged
	overloaded atomic.Int64 // requests told to come again
	bytes      atomic.Int64
}

// exporter is one client with its own connection, which waits for the answer to each request as SDKs do.
type exporter struct {
	conn    *grpc.ClientConn
	batches []*batch
	rand    *rand.Rand
}

func (l *load) connect(number int) (*exporter, error) {
	r := rand.New(rand.NewPCG(uint64(number), uint64(time.Now().UnixNano())))
	text := newProse(r)
	e := &exporter{rand: r}
	for range l.ready {
		b, err := newBatch(r, text, l.batch, l.prompt)
		if err != nil {
			return nil, err
		}
		e.batches = append(e.batches, b)
	}
	conn, err := grpc.NewClient(l.address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(bytesCodec{})))
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", l.address, err)
	}
	e.conn = conn
	return e, nil
}

// run sends until ctx ends. The counts in s may be read meanwhile.
func (l *load) run(ctx context.Context, exporters []*exporter, s *sent) error {
	var wg sync.WaitGroup
	errs := make([]error, len(exporters))
	for i, e := range exporters {
		wg.Go(func() { errs[i] = l.send(ctx, e, s) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (l *load) send(ctx context.Context, e *exporter, s *sent) error {
	var every time.Duration
	if l.rate > 0 {
		every = time.Duration(float64(time.Second) * float64(l.batch*l.clients) / float64(l.rate))
	}
	next := time.Now().Add(time.Duration(e.rand.Int64N(int64(every) + 1)))
	for n := 0; ctx.Err() == nil; n++ {
		if every > 0 {
			select {
			case <-time.After(time.Until(next)):
			case <-ctx.Done():
				return nil
			}
			next = next.Add(every)
		}
		b := e.batches[n%len(e.batches)]
		b.renew(e.rand, time.Now())
		for {
			err := e.conn.Invoke(ctx, exportMethod, b.payload, new([]byte))
			if status.Code(err) == codes.ResourceExhausted {
				s.overloaded.Add(1)
				time.Sleep(50 * time.Millisecond)
				continue
			}
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				return fmt.Errorf("export: %w", err)
			}
			break
		}
		s.spans.Add(int64(len(b.spans)))
		s.bytes.Add(int64(len(b.payload)))
	}
	return nil
}

// bytesCodec sends what is marshalled already.
type bytesCodec struct{}

var _ encoding.CodecV2 = bytesCodec{}

func (bytesCodec) Name() string { return "proto" }

func (bytesCodec) Marshal(v any) (mem.BufferSlice, error) {
	b, ok := v.([]byte)
	if !ok {
		return nil, fmt.Errorf("cannot send a %T", v)
	}
	return mem.BufferSlice{mem.SliceBuffer(b)}, nil
}

func (bytesCodec) Unmarshal(data mem.BufferSlice, v any) error {
	if b, ok := v.(*[]byte); ok {
		*b = data.Materialize()
	}
	return nil
}
