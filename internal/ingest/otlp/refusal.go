package otlp

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/telltale-dev/telltale/internal/ingest/body"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// refusal is why a whole request was not taken, for either transport. Reason is safe to send back; err is for the log.
type refusal struct {
	http   int
	grpc   codes.Code
	reason string
	retry  time.Duration // after which the client may send the request again; 0 where that would not help
	err    error
}

func (e *refusal) Error() string { return e.reason }
func (e *refusal) Unwrap() error { return e.err }

// status is the refusal as google.rpc.Status, which both transports send.
func (e *refusal) status() *status.Status {
	st := status.New(e.grpc, e.reason)
	if e.retry > 0 {
		if with, err := st.WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(e.retry)}); err == nil {
			return with
		}
	}
	return st
}

// Times after which a client is asked to try again.
const (
	retryOverloaded  = time.Second
	retryUnavailable = 5 * time.Second
)

// maxReason bounds what is sent back of a decoder's words: they may quote the request.
const maxReason = 256

func malformed(err error) *refusal {
	return &refusal{http: http.StatusBadRequest, grpc: codes.InvalidArgument, reason: "malformed request: " + printable(err.Error()), err: err}
}

func tooLarge(reason string) *refusal {
	return &refusal{http: http.StatusRequestEntityTooLarge, grpc: codes.ResourceExhausted, reason: reason}
}

func overloaded(err error) *refusal {
	return &refusal{
		http: http.StatusTooManyRequests, grpc: codes.ResourceExhausted,
		reason: "too much is under way, try again soon", retry: retryOverloaded, err: err,
	}
}

func unavailable(reason string, err error) *refusal {
	return &refusal{http: http.StatusServiceUnavailable, grpc: codes.Unavailable, reason: reason, retry: retryUnavailable, err: err}
}

// bodyRefusal says why a body could not be read.
func bodyRefusal(err error) *refusal {
	var e *body.Error
	if !errors.As(err, &e) {
		return malformed(errors.New("the body cannot be read"))
	}
	if e.Status == http.StatusTooManyRequests {
		return overloaded(err)
	}
	return &refusal{http: e.Status, grpc: codes.InvalidArgument, reason: e.Reason, err: err}
}

// refused says why the sink did not take a batch. Whatever it was, the batch was good: the client shall keep it.
func (r *Receiver) refused(ctx context.Context, err error) *refusal {
	switch {
	case errors.Is(err, telemetry.ErrOverloaded):
		return overloaded(err)
	case errors.Is(err, telemetry.ErrRecovering):
		return unavailable("the store is recovering, try again soon", err)
	case errors.Is(err, telemetry.ErrStopped):
		return unavailable("the server is stopping", err)
	case errors.Is(err, telemetry.ErrReadOnly):
		return unavailable("the store cannot write now", err)
	case ctx.Err() != nil:
		return unavailable("the request ended before it was written", err)
	}
	r.opts.Logger.Error("batch not written", "error", err)
	return unavailable("the batch could not be written", err)
}

// printable makes text from a decoder safe to send and to show.
func printable(s string) string {
	if len(s) > maxReason {
		s = s[:maxReason]
	}
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c == utf8.RuneError || c >= 0x80 && c < 0xa0 {
			return ' '
		}
		return c
	}, s)
}
