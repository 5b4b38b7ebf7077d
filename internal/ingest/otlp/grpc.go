package otlp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
)

// Server serves OTLP over gRPC.
type Server struct {
	grpc     *grpc.Server
	listener net.Listener
	start    sync.Once
	stop     sync.Once
	done     chan error // the end of Serve
	started  bool
	mu       sync.Mutex
}

const (
	maxStreams  = 128 // requests at a time on one connection
	maxIdle     = 15 * time.Minute
	pingAllowed = 10 * time.Second // the shortest time between a client's keepalive pings
)

// NewServer makes a gRPC server on a listener, which it closes at its end. Interceptors, credentials and the like come
// as options.
func (r *Receiver) NewServer(l net.Listener, opts ...grpc.ServerOption) *Server {
	opts = append([]grpc.ServerOption{
		grpc.ForceServerCodecV2(frameCodec{encoding.GetCodecV2("proto")}),
		grpc.MaxRecvMsgSize(int(r.opts.Limits.Decoded)),
		grpc.MaxConcurrentStreams(maxStreams),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionIdle: maxIdle}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: pingAllowed, PermitWithoutStream: true}),
	}, opts...)
	s := &Server{grpc: grpc.NewServer(opts...), listener: l, done: make(chan error, 1)}
	for i, name := range serviceNames {
		s.grpc.RegisterService(r.service(name, signal(i)), r)
	}
	return s
}

// Start begins to serve. What ends it before Stop is returned by Stop.
func (s *Server) Start(context.Context) error {
	s.start.Do(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.started = true
		go func() { s.done <- s.grpc.Serve(s.listener) }()
	})
	return nil
}

// Stop lets the requests under way finish, at most until ctx ends.
func (s *Server) Stop(ctx context.Context) error {
	var err error
	s.stop.Do(func() { err = s.shut(ctx) })
	return err
}

func (s *Server) shut(ctx context.Context) error {
	s.start.Do(func() {}) // a server that was stopped does not start
	s.mu.Lock()
	started := s.started
	s.mu.Unlock()
	drained := make(chan struct{})
	go func() {
		s.grpc.GracefulStop()
		close(drained)
	}()
	select {
	case <-drained:
	case <-ctx.Done():
		s.grpc.Stop()
		<-drained
	}
	if !started {
		if err := s.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("close OTLP listener: %w", err)
		}
		return nil
	}
	if err := <-s.done; err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		return fmt.Errorf("serve OTLP over gRPC: %w", err)
	}
	return nil
}

// serviceNames by signal.
var serviceNames = [...]string{
	traces:  "opentelemetry.proto.collector.trace.v1.TraceService",
	logs:    "opentelemetry.proto.collector.logs.v1.LogsService",
	metrics: "opentelemetry.proto.collector.metrics.v1.MetricsService",
}

// service describes a service of the protocol. Requests are taken as bytes, see decoder.
func (r *Receiver) service(name string, s signal) *grpc.ServiceDesc {
	method := "/" + name + "/Export"
	return &grpc.ServiceDesc{
		ServiceName: name,
		HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{
			MethodName: "Export",
			Handler: func(_ any, ctx context.Context, dec func(any) error, between grpc.UnaryServerInterceptor) (any, error) {
				in := &frame{reserved: r.reservation()}
				defer in.reserved.release()
				if err := dec(in); err != nil {
					return nil, err
				}
				handle := func(ctx context.Context, _ any) (any, error) { return r.call(ctx, s, in) }
				if between == nil {
					return handle(ctx, in)
				}
				return between(ctx, in, &grpc.UnaryServerInfo{Server: r, FullMethod: method}, handle)
			},
		}},
	}
}

// call answers one request. As in net/http, a panic behind it costs the request, not the process.
func (r *Receiver) call(ctx context.Context, s signal, in *frame) (out any, err error) {
	defer func() {
		if p := recover(); p != nil {
			r.opts.Logger.Error("export panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			out, err = nil, status.Error(codes.Internal, "internal error")
		}
	}()
	a, err := answer{}, in.err
	if err == nil {
		a, err = r.exportReserved(ctx, s, in.in, in.reserved)
	}
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		return nil, refused.status().Err()
	case err != nil:
		r.opts.Logger.Error("export not answered", "error", err)
		return nil, status.Error(codes.Internal, "internal error")
	}
	b, err := a.encode(s, formProto)
	if err != nil {
		return nil, status.Error(codes.Internal, "internal error")
	}
	return &frame{out: b}, nil
}

// frame is a message as bytes. A received one is text, since the records made of it are pieces of it.
type frame struct {
	in       string
	reserved *reservation // of the server, for what is received
	err      error        // why it was not received
	out      []byte
}

// frameCodec passes frames through and leaves other messages, those of health checks and reflection, to next.
type frameCodec struct{ next encoding.CodecV2 }

func (c frameCodec) Name() string { return c.next.Name() }

func (c frameCodec) Marshal(v any) (mem.BufferSlice, error) {
	if f, ok := v.(*frame); ok {
		return mem.BufferSlice{mem.SliceBuffer(f.out)}, nil
	}
	return c.next.Marshal(v)
}

func (c frameCodec) Unmarshal(data mem.BufferSlice, v any) error {
	f, ok := v.(*frame)
	if !ok {
		return c.next.Unmarshal(data, v)
	}
	if f.reserved != nil {
		if f.err = f.reserved.take(int64(data.Len())); f.err != nil {
			return nil // the handler answers
		}
	}
	var message strings.Builder
	message.Grow(data.Len())
	for _, piece := range data {
		_, _ = message.Write(piece.ReadOnlyData()) // never fails
	}
	f.in = message.String()
	return nil
}
