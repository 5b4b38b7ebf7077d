package otlp

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/telltale-dev/telltale/internal/ingest/body"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// startServer serves a receiver and returns a connection to it.
func startServer(t *testing.T, r *Receiver, opts ...grpc.ServerOption) *grpc.ClientConn {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := r.NewServer(l, opts...)
	if err = server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		for range 2 {
			if err := server.Stop(ctx); err != nil {
				t.Error(err)
			}
		}
	})
	return conn
}

func TestSpansOverGRPC(t *testing.T) {
	for _, how := range []string{"", "gzip", "zstd"} {
		t.Run(how, func(t *testing.T) {
			s := &sink{}
			client := ptraceotlp.NewGRPCClient(startServer(t, newReceiver(t, s, body.Limits{})))
			var opts []grpc.CallOption
			if how != "" {
				opts = append(opts, grpc.UseCompressor(how))
			}
			td := makeTraces(3)
			if _, err := client.Export(t.Context(), ptraceotlp.NewExportRequestFromTraces(td), opts...); err != nil {
				t.Fatal(err)
			}
			checkSpans(t, s.spans())
			td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).SetStartTimestamp(1)
			resp, err := client.Export(t.Context(), ptraceotlp.NewExportRequestFromTraces(td), opts...)
			if err != nil || resp.PartialSuccess().RejectedSpans() != 1 || resp.PartialSuccess().ErrorMessage() == "" {
				t.Errorf("with a bad span: %d rejected, %v", resp.PartialSuccess().RejectedSpans(), err)
			}
			if _, err := client.Export(t.Context(), ptraceotlp.NewExportRequest(), opts...); err != nil {
				t.Errorf("an empty request: %v", err)
			}
		})
	}
}

func TestLogsAndMetricsOverGRPC(t *testing.T) {
	s := &sink{}
	conn := startServer(t, newReceiver(t, s, body.Limits{}))
	ld := plog.NewLogs()
	ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty().Body().SetStr("hello")
	if _, err := plogotlp.NewGRPCClient(conn).Export(t.Context(), plogotlp.NewExportRequestFromLogs(ld)); err != nil {
		t.Fatal(err)
	}
	if got := s.logs(); len(got) != 1 || got[0].Body != "hello" || got[0].Batch == 0 {
		t.Errorf("logs: %+v", got)
	}
	md := pmetric.NewMetrics()
	md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty().SetEmptyGauge().DataPoints().AppendEmpty()
	resp, err := pmetricotlp.NewGRPCClient(conn).Export(t.Context(), pmetricotlp.NewExportRequestFromMetrics(md))
	if err != nil || resp.PartialSuccess().RejectedDataPoints() != 1 {
		t.Errorf("metrics: %d rejected, %v", resp.PartialSuccess().RejectedDataPoints(), err)
	}
}

func TestRefusalsOverGRPC(t *testing.T) {
	tests := []struct {
		err   error
		code  codes.Code
		retry bool
	}{
		{fmt.Errorf("queue: %w", telemetry.ErrOverloaded), codes.ResourceExhausted, true},
		{telemetry.ErrRecovering, codes.Unavailable, true},
		{telemetry.ErrStopped, codes.Unavailable, true},
	}
	for _, tt := range tests {
		client := ptraceotlp.NewGRPCClient(startServer(t, newReceiver(t, &sink{err: tt.err}, body.Limits{})))
		_, err := client.Export(t.Context(), ptraceotlp.NewExportRequestFromTraces(makeTraces(1)))
		checkStatus(t, err, tt.code, tt.retry)
	}

	conn := startServer(t, newReceiver(t, &sink{}, body.Limits{Encoded: 1 << 20, Decoded: 1 << 20}))
	client := ptraceotlp.NewGRPCClient(conn)
	big := makeTraces(1)
	big.ResourceSpans().At(0).Resource().Attributes().PutStr("x", string(make([]byte, 2<<20)))
	for _, opts := range [][]grpc.CallOption{nil, {grpc.UseCompressor("gzip")}, {grpc.UseCompressor("zstd")}} {
		_, err := client.Export(t.Context(), ptraceotlp.NewExportRequestFromTraces(big), opts...)
		checkStatus(t, err, codes.ResourceExhausted, false)
	}
	method := "/" + serviceNames[traces] + "/Export"
	raw := frame{out: []byte("hello")}
	err := conn.Invoke(t.Context(), method, &raw, &frame{}, grpc.ForceCodecV2(frameCodec{rawName{}}))
	checkStatus(t, err, codes.InvalidArgument, false)
}

// rawName lends the frames of a test client their name on the wire.
type rawName struct{ frameCodec }

func (rawName) Name() string { return "proto" }

func checkStatus(t *testing.T, err error, code codes.Code, retry bool) {
	t.Helper()
	st := status.Convert(err)
	if st.Code() != code {
		t.Errorf("got %v, want %v", err, code)
	}
	told := false
	for _, d := range st.Details() {
		if info, ok := d.(*errdetails.RetryInfo); ok && info.GetRetryDelay().AsDuration() > 0 {
			told = true
		}
	}
	if told != retry {
		t.Errorf("%v: asks to send again: %v, want %v", err, told, retry)
	}
}

type panickingSink struct{}

func (panickingSink) Ingest(context.Context, *telemetry.Batch) error {
	panic("a mistake behind the receiver")
}

func TestPanicCostsTheRequestOnly(t *testing.T) {
	r, err := New(Options{Sink: panickingSink{}})
	if err != nil {
		t.Fatal(err)
	}
	client := ptraceotlp.NewGRPCClient(startServer(t, r))
	for range 2 {
		_, err := client.Export(t.Context(), ptraceotlp.NewExportRequestFromTraces(makeTraces(1)))
		checkStatus(t, err, codes.Internal, false)
	}
	if n := r.inFlight.Load(); n != 0 {
		t.Errorf("%d bytes are still reserved", n)
	}
}

func TestInterceptorGuardsEveryService(t *testing.T) {
	s := &sink{}
	deny := func(context.Context, any, *grpc.UnaryServerInfo, grpc.UnaryHandler) (any, error) {
		return nil, status.Error(codes.Unauthenticated, "token needed")
	}
	conn := startServer(t, newReceiver(t, s, body.Limits{}), grpc.ChainUnaryInterceptor(deny))
	_, err := ptraceotlp.NewGRPCClient(conn).Export(t.Context(), ptraceotlp.NewExportRequestFromTraces(makeTraces(1)))
	checkStatus(t, err, codes.Unauthenticated, false)
	_, err = plogotlp.NewGRPCClient(conn).Export(t.Context(), plogotlp.NewExportRequest())
	checkStatus(t, err, codes.Unauthenticated, false)
	if len(s.batches) != 0 {
		t.Error("a request without a token reached the sink")
	}
}

func TestStopBeforeStart(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := newReceiver(t, &sink{}, body.Limits{}).NewServer(l)
	if err := server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String()); err == nil {
		_ = c.Close()
		t.Error("the port is still open")
	}
}

// A message that would not fit beside what is under way is refused before it is copied.
func TestOverloadOverGRPC(t *testing.T) {
	s := &sink{}
	r, err := New(Options{Sink: s, MaxInFlight: 1000})
	if err != nil {
		t.Fatal(err)
	}
	client := ptraceotlp.NewGRPCClient(startServer(t, r))
	release, err := r.reserve(990)
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Export(t.Context(), ptraceotlp.NewExportRequestFromTraces(makeTraces(1)))
	checkStatus(t, err, codes.ResourceExhausted, true)
	release()
	if _, err := client.Export(t.Context(), ptraceotlp.NewExportRequestFromTraces(makeTraces(1))); err != nil {
		t.Error(err)
	}
	if n := r.inFlight.Load(); n != 0 {
		t.Errorf("%d bytes are still reserved", n)
	}
}
