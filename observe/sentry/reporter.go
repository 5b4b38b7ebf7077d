package sentry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/getsentry/sentry-go"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/redact"
)

// Options say where errors go. The zero value takes the DSN from the environment.
type Options struct {
	// DSN says where to, https://KEY@HOST/PROJECT. Empty means SENTRY_DSN; if that is empty too, nothing is sent.
	DSN string

	// Release of all events. Empty means SERVICE@VERSION of the telemetry, and SENTRY_RELEASE if it knows no version.
	Release string

	// SampleRate is the share of errors that is sent, above 0 and up to 1; 0 means all.
	SampleRate float64

	// Tags of all events.
	Tags map[string]string

	// Redactor removes secrets and personal data from all texts. Nil means one with default options.
	Redactor *redact.Redactor

	// Transport sends the requests. Nil means http.DefaultTransport.
	Transport http.RoundTripper
}

// Reporter implements observe.ErrorReporter. Make one with New; the Shutdown of the telemetry it is given to ends it too.
type Reporter struct {
	client  *sentry.Client
	cut     context.CancelFunc // of requests
	options Options
	closing sync.Once
	sent    atomic.Bool   // all that was reported
	ended   chan struct{} // closed when the SDK has
}

var _ observe.ErrorReporter = (*Reporter)(nil)

// New returns a Reporter. It fails on a DSN or an option that cannot work, and reaches for no network.
func New(o Options) (*Reporter, error) {
	if o.SampleRate < 0 || o.SampleRate > 1 {
		return nil, fmt.Errorf("sentry: SampleRate %v is not from 0 to 1", o.SampleRate)
	}
	if o.Redactor == nil {
		all, err := redact.New(redact.Options{})
		if err != nil {
			return nil, fmt.Errorf("sentry: %w", err)
		}
		o.Redactor = all
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	ctx, cut := context.WithCancel(context.Background())
	client, err := sentry.NewClient(sentry.ClientOptions{
		Dsn: o.DSN, SampleRate: o.SampleRate, HTTPTransport: cutTransport{o.Transport, ctx}, Integrations: integrations,
		Release: cmp.Or(os.Getenv("SENTRY_RELEASE"), noRelease), BeforeSend: withoutRelease,
	})
	if err != nil {
		cut()
		text, _ := o.Redactor.String(err.Error()) // it may hold the DSN
		return nil, errors.New("sentry: " + text)
	}
	return &Reporter{client: client, cut: cut, options: o, ended: make(chan struct{})}, nil
}

// noRelease keeps Sentry's SDK from asking git, in the directory that the service runs in, for a release of its own.
const noRelease = "none"

func withoutRelease(e *sentry.Event, _ *sentry.EventHint) *sentry.Event {
	if e.Release == noRelease {
		e.Release = ""
	}
	return e
}

// integrations keeps what says where the program runs, and leaves out what reads source files, lists modules on every event
// or takes tags from the environment.
func integrations(all []sentry.Integration) []sentry.Integration {
	return slices.DeleteFunc(all, func(i sentry.Integration) bool { return i.Name() != "Environment" })
}

// Report implements observe.ErrorReporter. It puts the event into a bounded queue and does not wait.
func (r *Reporter) Report(_ context.Context, e observe.ErrorEvent) {
	r.client.CaptureEvent(r.event(&e), nil, nil)
}

// flushTimeout is how long Shutdown waits where its context has no limit.
const flushTimeout = 5 * time.Second

// Shutdown sends what waits, within the time of ctx and at most 5 seconds, and ends the Reporter. It says so if not
// everything could be sent. What Sentry's SDK still does when the time is up is cut off, and ends by itself soon after;
// calling Shutdown again waits for that, within its ctx, and does nothing more.
func (r *Reporter) Shutdown(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	r.closing.Do(func() {
		end, _ := ctx.Deadline()
		flush, stop := context.WithTimeout(ctx, time.Until(end)*9/10) // the rest of the time is for the end of the SDK
		go func() {
			defer close(r.ended)
			defer stop()
			r.sent.Store(!r.client.IsEnabled() || r.client.FlushWithContext(flush))
			r.cut()
			r.client.Close()
		}()
	})
	select {
	case <-r.ended:
	case <-ctx.Done():
	}
	if !r.sent.Load() {
		return errors.New("sentry: not all errors were sent in time")
	}
	return nil
}
