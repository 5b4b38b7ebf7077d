package otlpgrpc_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/gzip" // registers the compressor
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/telltale-dev/telltale/observe/otlp"
	"github.com/telltale-dev/telltale/observe/otlpgrpc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bytesCodec lets the server see the bytes of a request.
type bytesCodec struct{}

func (bytesCodec) Name() string                  { return "proto" }
func (bytesCodec) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }
func (bytesCodec) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = append([]byte(nil), data...)
	return nil
}

var _ encoding.Codec = bytesCodec{}

// backend answers every call, and remembers the last.
type backend struct {
	answer func(ctx context.Context) ([]byte, error)

	mu      sync.Mutex
	method  string
	request []byte
	header  metadata.MD
}

func (b *backend) handle(_ any, stream grpc.ServerStream) error {
	var request []byte
	if err := stream.RecvMsg(&request); err != nil {
		return err
	}
	b.mu.Lock()
	b.method, _ = grpc.MethodFromServerStream(stream)
	b.request = request
	b.header, _ = metadata.FromIncomingContext(stream.Context())
	b.mu.Unlock()
	var response []byte
	if b.answer != nil {
		var err error
		if response, err = b.answer(stream.Context()); err != nil {
			return err
		}
	}
	return stream.SendMsg(&response)
}

// listen starts the backend, and returns its address.
func (b *backend) listen(t *testing.T, options ...grpc.ServerOption) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	options = append(options, grpc.ForceServerCodec(bytesCodec{}), grpc.UnknownServiceHandler(b.handle))
	server := grpc.NewServer(options...)
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(l) })
	t.Cleanup(func() { server.Stop(); serving.Wait() })
	return l.Addr().String()
}

func dial(t *testing.T, o otlpgrpc.Options) otlp.Sender {
	t.Helper()
	s, err := otlpgrpc.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestRequests(t *testing.T) {
	var b backend
	address := b.listen(t)
	for _, compression := range []otlp.Compression{"", otlp.Uncompressed} {
		s := dial(t, otlpgrpc.Options{
			Endpoint: "http://" + address, Compression: compression, UserAgent: "chat-api/2", Headers: map[string]string{"Authorization": "Bearer x"},
		})
		for signal, service := range map[otlp.Signal]string{
			otlp.Traces: "trace.v1.TraceService", otlp.Logs: "logs.v1.LogsService", otlp.Metrics: "metrics.v1.MetricsService",
		} {
			request := strings.Repeat("request", 1000)
			if err := s.Send(t.Context(), signal, []byte(request)); err != nil {
				t.Fatal(err)
			}
			if want := "/opentelemetry.proto.collector." + service + "/Export"; b.method != want || string(b.request) != request {
				t.Errorf("%s: %d bytes to %s", signal, len(b.request), b.method)
			}
		}
		if got := b.header.Get("authorization"); len(got) != 1 || got[0] != "Bearer x" {
			t.Errorf("authorization is %q", got)
		}
		if got := b.header.Get("user-agent"); len(got) != 1 || !strings.HasPrefix(got[0], "chat-api/2 telltale-observe") {
			t.Errorf("user agent is %q", got)
		}
	}
}

func partial(rejected uint64, message string) []byte {
	inner := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), rejected)
	inner = protowire.AppendString(protowire.AppendTag(inner, 2, protowire.BytesType), message)
	return protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), inner)
}

func TestOutcomes(t *testing.T) {
	throttled := func(code codes.Code) error {
		s, err := status.New(code, "later").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(2 * time.Second)})
		if err != nil {
			t.Fatal(err)
		}
		return s.Err()
	}
	for _, test := range []struct {
		name     string
		response []byte
		err      error
		want     string
		retry    bool
		after    time.Duration
		rejected int64
	}{
		{name: "taken"},
		{name: "partial", response: partial(3, "too old"), want: "backend rejected 3 records: too old", rejected: 3},
		{name: "bad", err: status.Error(codes.InvalidArgument, "no"), want: "backend answers InvalidArgument: no"},
		{name: "no key", err: status.Error(codes.Unauthenticated, "key unknown"), want: "backend answers Unauthenticated: key unknown"},
		{name: "broken", err: status.Error(codes.Internal, "oops"), want: "backend answers Internal: oops"},
		{name: "unavailable", err: status.Error(codes.Unavailable, "x"), want: "backend answers Unavailable: x", retry: true},
		{name: "aborted", err: status.Error(codes.Aborted, "x"), want: "backend answers Aborted: x", retry: true},
		{name: "data loss", err: status.Error(codes.DataLoss, "x"), want: "backend answers DataLoss: x", retry: true},
		{name: "asked to wait", err: throttled(codes.Unavailable), want: "backend answers Unavailable: later", retry: true, after: 2 * time.Second},
		{name: "quota for good", err: status.Error(codes.ResourceExhausted, "x"), want: "backend answers ResourceExhausted: x"},
		{name: "quota for now", err: throttled(codes.ResourceExhausted), want: "backend answers ResourceExhausted: later", retry: true, after: 2 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := backend{answer: func(context.Context) ([]byte, error) { return test.response, test.err }}
			s := dial(t, otlpgrpc.Options{Endpoint: b.listen(t), Insecure: true})
			err := s.Send(t.Context(), otlp.Traces, []byte("x"))
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("error %q, want %q", got, test.want)
			}
			var retry *otlp.Retry
			if errors.As(err, &retry) != test.retry || test.retry && retry.After != test.after {
				t.Errorf("retry is %+v", retry)
			}
			var p *otlp.Partial
			if errors.As(err, &p) != (test.rejected > 0) || p != nil && p.Rejected != test.rejected {
				t.Errorf("partial is %+v", p)
			}
		})
	}
}

func TestAHangingBackendEndsWithTheContext(t *testing.T) {
	b := backend{answer: func(ctx context.Context) ([]byte, error) { <-ctx.Done(); return nil, ctx.Err() }}
	s := dial(t, otlpgrpc.Options{Endpoint: b.listen(t), Insecure: true})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	err := s.Send(ctx, otlp.Traces, []byte("x"))
	var retry *otlp.Retry
	if !errors.As(err, &retry) || time.Since(start) > 10*time.Second {
		t.Errorf("after %v: %v", time.Since(start), err)
	}
}

func TestNobodyListens(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	err = dial(t, otlpgrpc.Options{Endpoint: l.Addr().String(), Insecure: true}).Send(t.Context(), otlp.Traces, nil)
	var retry *otlp.Retry
	if !errors.As(err, &retry) {
		t.Errorf("error is %v", err)
	}
}

func TestTLS(t *testing.T) {
	pair := httptest.NewUnstartedServer(nil)
	pair.StartTLS() // for its certificate
	defer pair.Close()
	var b backend
	address := b.listen(t, grpc.Creds(credentials.NewServerTLSFromCert(&pair.TLS.Certificates[0])))
	roots := x509.NewCertPool()
	roots.AddCert(pair.Certificate())
	trusting := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	if err := dial(t, otlpgrpc.Options{Endpoint: "https://" + address, TLS: trusting}).Send(t.Context(), otlp.Logs, []byte("x")); err != nil {
		t.Error(err)
	}
	if err := dial(t, otlpgrpc.Options{Endpoint: address}).Send(t.Context(), otlp.Logs, []byte("x")); err == nil {
		t.Error("a server nobody vouches for is trusted")
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	for name, o := range map[string]otlpgrpc.Options{
		"endpoint has more than a scheme, a host and a port":         {Endpoint: "http://user@host:4317"},
		"endpoint is neither host:port nor a URL with http or https": {Endpoint: "ftp://host"},
		`header "a b" is not well-formed`:                            {Headers: map[string]string{"a b": "c"}},
		`compression "zip" is neither gzip nor none`:                 {Compression: "zip"},
	} {
		s, err := otlpgrpc.New(o)
		if err == nil {
			_ = s.Close()
		}
		if err == nil || err.Error() != name {
			t.Errorf("error %v, want %s", err, name)
		}
	}
}
