package observe

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/telltale-dev/telltale/observe/otlp"
)

// signals are the signals as the variables of the environment name them.
var signals = [...]string{otlp.Traces: "TRACES", otlp.Logs: "LOGS", otlp.Metrics: "METRICS"}

// newSender returns what brings requests to the backend.
func newSender(c *Config, e *environment) (otlp.Sender, error) {
	var backends [len(signals)]backend
	same := true
	for i, signal := range signals {
		b := e.backend(signal)
		if c.Endpoint != "" {
			b.endpoint, b.url = c.Endpoint, ""
		}
		if c.Headers != nil {
			b.headers = c.Headers
		}
		backends[i] = b
		same = same && b.sameConnection(&backends[0])
	}
	if e.err != nil {
		return nil, e.err
	}
	if same {
		s, err := backends[0].sender(backends[otlp.Traces].url, backends[otlp.Logs].url, backends[otlp.Metrics].url)
		if err != nil {
			return nil, err
		}
		return limited{s, backends[0].timeout}, nil
	}
	var each bySignal
	for i := range backends {
		s, err := backends[i].sender(backends[i].url, backends[i].url, backends[i].url)
		if err != nil {
			return nil, errors.Join(err, each.Close())
		}
		each[i] = limited{s, backends[i].timeout}
	}
	return each, nil
}

// sameConnection reports whether two signals differ in their URL alone.
func (b *backend) sameConnection(o *backend) bool {
	return b.endpoint == o.endpoint && maps.Equal(b.headers, o.headers) && b.compression == o.compression &&
		b.timeout == o.timeout && b.ca == o.ca && b.cert == o.cert && b.private == o.private
}

func (b *backend) sender(traces, logs, metrics string) (otlp.Sender, error) {
	return otlp.NewHTTPSender(otlp.HTTPOptions{
		Endpoint: b.endpoint, TracesURL: traces, LogsURL: logs, MetricsURL: metrics,
		Headers: b.headers, Compression: b.compression, CAFile: b.ca, CertFile: b.cert, KeyFile: b.private,
	})
}

// bySignal sends each signal in its own way.
type bySignal [len(signals)]otlp.Sender

// Send implements otlp.Sender.
func (s bySignal) Send(ctx context.Context, signal otlp.Signal, request []byte) error {
	return s[signal].Send(ctx, signal, request)
}

// Close implements otlp.Sender.
func (s bySignal) Close() error {
	var errs []error
	for _, each := range s {
		if each != nil {
			errs = append(errs, each.Close())
		}
	}
	return errors.Join(errs...)
}

// limited gives each attempt a time limit.
type limited struct {
	otlp.Sender
	limit time.Duration
}

// Send implements otlp.Sender.
func (s limited) Send(ctx context.Context, signal otlp.Signal, request []byte) error {
	if s.limit <= 0 {
		return s.Sender.Send(ctx, signal, request)
	}
	limited, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	return s.Sender.Send(limited, signal, request)
}
