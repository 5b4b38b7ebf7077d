package observe_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/observe"
)

func TestContextBindsATelemetry(t *testing.T) {
	one, two := begin(t), begin(t)
	ctx := one.Context(t.Context())
	observe.Error(ctx, errors.ErrUnsupported)
	if len(one.lines(t, "error")) != 1 {
		t.Errorf("the first telemetry has logged:\n%s", one.log)
	}

	ada := observe.WithUser(ctx, "ada", "")
	bob := observe.WithUser(ctx, "bob", "")
	one.Logger().InfoContext(ada, "of ada")
	one.Logger().InfoContext(bob, "of bob")
	one.Logger().InfoContext(ctx, "of nobody")
	for message, user := range map[string]any{"of ada": "ada", "of bob": "bob", "of nobody": nil} {
		if l := one.lines(t, message); l[0]["user_id"] != user {
			t.Errorf("%s: user %v", message, l[0]["user_id"])
		}
	}

	other := two.Context(ada)
	observe.Error(other, errors.ErrUnsupported)
	if l := two.lines(t, "error"); len(l) != 1 || l[0]["user_id"] != "ada" {
		t.Errorf("the second telemetry has logged:\n%s", two.log)
	}
	if two.Context(other) != other {
		t.Error("a context of the telemetry gets another")
	}
}

// closable is a reporter that has to be shut down.
type closable struct {
	reporter
	err    error
	closed int
}

func (c *closable) Shutdown(context.Context) error {
	c.closed++
	return c.err
}

func TestShutdownEndsReporters(t *testing.T) {
	own := &closable{err: errors.New("not all was sent")}
	tel, err := observe.Start(t.Context(), observe.Config{
		Exporter: observe.ExporterNone, NoGlobal: true, Errors: []observe.ErrorReporter{brokenReporter{}, own},
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := tel.Shutdown(t.Context()); !errors.Is(err, own.err) {
			t.Errorf("shutdown: %v", err)
		}
	}
	if own.closed != 1 {
		t.Errorf("shut down %d times", own.closed)
	}
}

func TestPanicOfAJobIsReported(t *testing.T) {
	var reports reporter
	o := begin(t, func(c *observe.Config) { c.Errors = []observe.ErrorReporter{&reports} })
	cause := errors.New("no such tool")
	job := func(ctx context.Context) {
		defer func() { observe.Panic(ctx, recover(), "job", 7) }()
		o.Logger().InfoContext(ctx, "beginning")
		panic(fmt.Errorf("run: %w", cause))
	}
	ctx := observe.Extract(o.Context(t.Context()), map[string]string{"request_id": "req-1"})
	ctx, span := o.Tracer().Start(ctx, "job")
	job(ctx)
	span.End()
	observe.Panic(ctx, nil)

	if len(reports) != 1 {
		t.Fatalf("%d reports", len(reports))
	}
	e := reports[0]
	var p *observe.PanicError
	if !e.Panic || e.RequestID != "req-1" || e.Type != "*fmt.wrapError" || !errors.As(e.Err, &p) || !errors.Is(e.Err, cause) {
		t.Errorf("report %+v", e)
	}
	if len(e.Breadcrumbs) != 1 || e.Breadcrumbs[0].Message != "beginning" {
		t.Errorf("breadcrumbs %v", e.Breadcrumbs)
	}
	l := o.lines(t, "panic")
	if len(l) != 1 || l[0]["job"] != 7.0 || l[0]["error"] != "panic: run: no such tool" {
		t.Fatalf("line %v", l)
	}
	if stack := fmt.Sprint(l[0]["stack"]); !strings.Contains(strings.SplitN(stack, "\n", 2)[0], "TestPanicOfAJobIsReported") {
		t.Errorf("stack does not begin where the panic did:\n%s", stack)
	}
	if s := o.spans.Ended()[0]; len(s.Events()) != 1 || s.Status().Code.String() != "Error" {
		t.Errorf("span: %v %v", s.Events(), s.Status())
	}
}
