package otlp

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// Signal is one of the kinds of telemetry.
type Signal uint8

// Signals, each of which has its own queue, its own requests and its own counts.
const (
	Traces Signal = iota
	Logs
	Metrics

	numSignals = 3
)

// String returns traces, logs or metrics.
func (s Signal) String() string {
	switch s {
	case Traces:
		return "traces"
	case Logs:
		return "logs"
	case Metrics:
		return "metrics"
	}
	return "signal " + strconv.Itoa(int(s))
}

// Sender brings requests to a backend. It may be used by several goroutines at once, one for each signal.
type Sender interface {
	// Send delivers one request, the protobuf of an ExportTraceServiceRequest, ExportLogsServiceRequest or
	// ExportMetricsServiceRequest. It tries once, keeps nothing of request, and returns soon after ctx is done.
	//
	// An error that is (by errors.As) a *Retry may pass if the same request is sent again; a *Partial says that the
	// request arrived and a part of it was refused; any other error is final.
	Send(ctx context.Context, s Signal, request []byte) error

	// Close frees connections. No Send follows.
	Close() error
}

// Retry is the error of a Sender for a request that may be taken later.
type Retry struct {
	After time.Duration // how long the backend asks to wait; 0 if it does not say
	Err   error
}

// Error describes what went wrong.
func (r *Retry) Error() string { return r.Err.Error() }

// Unwrap returns what went wrong.
func (r *Retry) Unwrap() error { return r.Err }

// Partial is the error of a Sender for a request that the backend took without some of its records. With none rejected
// it is a warning.
type Partial struct {
	Rejected int64 // spans, log records or data points
	Message  string
}

// Error says how many records were rejected, and why.
func (p *Partial) Error() string {
	if p.Rejected == 0 {
		return "backend warns: " + p.Message
	}
	return fmt.Sprintf("backend rejected %d records: %s", p.Rejected, p.Message)
}
