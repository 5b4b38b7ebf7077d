package observe

import (
	"context"
	"errors"
	"maps"
	"strings"
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
			b.headers, b.own = c.Headers, true
		}
		backends[i] = b
		same = same && b.sameConnection(&backends[0])
	}
	if same {
		s, err := backends[0].sender(e, backends[otlp.Traces].url, backends[otlp.Logs].url, backends[otlp.Metrics].url)
		if err != nil {
			return nil, err
		}
		return limited{s, backends[0].timeout}, nil
	}
	var each bySignal
	for i := range backends {
		s, err := backends[i].sender(e, backends[i].url, backends[i].url, backends[i].url)
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

// sender makes a sender. Files and headers that come from the environment and cannot be used are left out.
func (b *backend) sender(e *environment, traces, logs, metrics string) (otlp.Sender, error) {
	s, err := b.httpSender(traces, logs, metrics)
	if err != nil && b.ca+b.cert+b.private != "" {
		bare := *b
		bare.ca, bare.cert, bare.private = "", "", ""
		if other, again := bare.httpSender(traces, logs, metrics); again == nil {
			files := strings.Join([]string{b.ca, b.cert, b.private}, " ")
			e.refuse(variable{"OTEL_EXPORTER_OTLP_*CERTIFICATE, _CLIENT_KEY", strings.TrimSpace(files)}, "want files in PEM: "+err.Error())
			return other, nil
		}
	}
	if err != nil && !b.own && len(b.headers) > 0 {
		bare := *b
		bare.headers, bare.own = nil, true
		if other, again := bare.sender(e, traces, logs, metrics); again == nil {
			e.refuse(variable{"OTEL_EXPORTER_OTLP_*HEADERS", "…"}, "want headers as HTTP allows them")
			return other, nil
		}
	}
	return s, err
}

func (b *backend) httpSender(traces, logs, metrics string) (otlp.Sender, error) {
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
