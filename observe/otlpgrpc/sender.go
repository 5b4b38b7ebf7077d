package otlpgrpc

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/telltale-dev/telltale/observe/otlp"
)

// DefaultEndpoint is where a collector, or Telltale, listens on the same machine.
const DefaultEndpoint = "http://127.0.0.1:4317"

// Options of a Sender. The zero value sends to DefaultEndpoint.
type Options struct {
	// Endpoint is the backend: host:port, or a URL whose scheme says whether TLS is used, http or https. Empty means
	// DefaultEndpoint.
	Endpoint string

	// Insecure sends without TLS where Endpoint has no scheme.
	Insecure bool

	// TLS is the configuration of connections; nil means the system's roots. otlp.LoadTLS makes one of files.
	TLS *tls.Config

	// Headers go with each request as metadata, such as an API key.
	Headers map[string]string

	// Compression of requests. The zero value is otlp.Gzip.
	Compression otlp.Compression

	// UserAgent is put before otlp.DefaultUserAgent.
	UserAgent string
}

// maxResponse bounds a response, in bytes.
const maxResponse = 64 << 10

// methods of the three services, by signal.
var methods = [...]string{
	otlp.Traces:  "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
	otlp.Logs:    "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
	otlp.Metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
}

type sender struct {
	conn     *grpc.ClientConn
	metadata metadata.MD
	options  []grpc.CallOption
	plain    bool // not compressed
}

// New returns a Sender for otlp.Options. It connects with the first request, and again whenever the connection is lost. The
// error says which option is not usable; an unreachable backend is none.
func New(o Options) (otlp.Sender, error) {
	target, secure, err := parse(&o)
	if err != nil {
		return nil, err
	}
	s := &sender{metadata: metadata.MD{}, options: []grpc.CallOption{
		grpc.ForceCodecV2(raw{}), grpc.MaxCallRecvMsgSize(maxResponse),
	}}
	switch o.Compression {
	case "", otlp.Gzip:
		s.options = append(s.options, grpc.UseCompressor(gzip.Name))
	case otlp.Uncompressed:
		s.plain = true
	default:
		return nil, fmt.Errorf("compression %q is neither gzip nor none", o.Compression)
	}
	for name, value := range o.Headers {
		if name == "" || strings.HasPrefix(strings.ToLower(name), "grpc-") || strings.ContainsFunc(name, notHeader) {
			return nil, fmt.Errorf("header %q is not well-formed", name)
		}
		s.metadata.Set(name, value)
	}
	transport := insecure.NewCredentials()
	if secure {
		config := o.TLS.Clone()
		if config == nil {
			config = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		transport = credentials.NewTLS(config)
	}
	s.conn, err = grpc.NewClient(target,
		grpc.WithTransportCredentials(transport),
		grpc.WithUserAgent(strings.TrimSpace(o.UserAgent+" "+otlp.DefaultUserAgent)),
		grpc.WithDisableServiceConfig(),
	)
	if err != nil {
		return nil, fmt.Errorf("endpoint is not usable: %w", err)
	}
	return s, nil
}

// parse returns where to connect, and whether by TLS.
func parse(o *Options) (target string, secure bool, err error) {
	endpoint := o.Endpoint
	if endpoint == "" {
		endpoint = DefaultEndpoint
	}
	if !strings.Contains(endpoint, "://") {
		return endpoint, !o.Insecure, nil
	}
	u, err := url.Parse(endpoint)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return "", false, errors.New("endpoint is neither host:port nor a URL with http or https")
	case u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "":
		return "", false, errors.New("endpoint has more than a scheme, a host and a port")
	}
	return u.Host, u.Scheme == "https", nil
}

// notHeader reports whether a character does not belong in the name of metadata.
func notHeader(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.", r)
}

// Send implements otlp.Sender.
func (s *sender) Send(ctx context.Context, signal otlp.Signal, request []byte) error {
	if int(signal) >= len(methods) {
		return fmt.Errorf("%s has no service", signal)
	}
	if s.plain { // else gRPC could read on after it has returned
		request = bytes.Clone(request)
	}
	var response []byte
	ctx = metadata.NewOutgoingContext(ctx, s.metadata)
	if err := s.conn.Invoke(ctx, methods[signal], &request, &response, s.options...); err != nil {
		return outcome(err)
	}
	return otlp.PartialSuccess(response)
}

// Close implements otlp.Sender.
func (s *sender) Close() error { return s.conn.Close() }

// outcome is the error that a status stands for, as the protocol says.
func outcome(err error) error {
	said := status.Convert(err)
	after, asked := retryAfter(said)
	failure := fmt.Errorf("backend answers %s: %s", said.Code(), bounded(said.Message()))
	switch said.Code() {
	case codes.Canceled, codes.DeadlineExceeded, codes.Aborted, codes.OutOfRange, codes.Unavailable, codes.DataLoss:
		return &otlp.Retry{After: after, Err: failure}
	case codes.ResourceExhausted:
		if asked { // else the quota does not come back
			return &otlp.Retry{After: after, Err: failure}
		}
	}
	return failure
}

// retryAfter is how long the backend asks to wait, and whether it does.
func retryAfter(s *status.Status) (time.Duration, bool) {
	for _, detail := range s.Details() {
		if info, ok := detail.(*errdetails.RetryInfo); ok {
			return max(0, info.GetRetryDelay().AsDuration()), true
		}
	}
	return 0, false
}

// maxMessage bounds what is kept of a backend's words, in bytes.
const maxMessage = 300

func bounded(s string) string {
	if len(s) > maxMessage {
		s = s[:maxMessage]
	}
	return strings.ToValidUTF8(s, "")
}
