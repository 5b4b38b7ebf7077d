// Package health answers whether a process is up and whether what it depends on is within reach.
//
//	checks := health.New()
//	checks.Add(health.Check{Name: "database", Run: db.PingContext})
//	mux.Handle("GET /healthz", checks.Live())
//	mux.Handle("GET /readyz", checks.Ready())
//
// Checks run when they are asked for, at the same time, each at most once at a time and no more often than its MaxAge:
// however often an orchestrator or a stranger asks, a dependency sees little of it.
package health

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Defaults of a Check.
const (
	DefaultTimeout = 2 * time.Second
	DefaultMaxAge  = 5 * time.Second
)

// Check is how one dependency is examined.
type Check struct {
	// Name of the dependency, such as "database". Names are unique.
	Name string

	// Run returns nil if the dependency is within reach. It should return when ctx is done; a check that does not is
	// reported as out of time, and is not begun again before it has returned.
	Run func(ctx context.Context) error

	Timeout time.Duration // zero means DefaultTimeout
	MaxAge  time.Duration // how long a result holds; zero means DefaultMaxAge, less than zero not at all

	// Optional is a dependency without which the service still does its work, though less of it: a failure makes it
	// degraded, not unready.
	Optional bool

	// ShowError puts the text of errors into the answer. Without it the answer says only that the check failed: such
	// texts name hosts and users.
	ShowError bool
}

// Status of a check, and of all.
type Status string

// Statuses.
const (
	OK       Status = "ok"
	Failed   Status = "failed"   // of a check
	Timeout  Status = "timeout"  // of a check that took too long
	Degraded Status = "degraded" // of all: an optional check did not pass
	Unready  Status = "unready"  // of all: a check that is not optional did not pass, or the service is draining
)

// Result is what came of a check.
type Result struct {
	Name     string
	Status   Status
	Optional bool
	Err      error // why it did not pass
	Time     time.Time
	Duration time.Duration
}

// Report is what came of all checks.
type Report struct {
	Status   Status
	Draining bool
	Checks   []Result // by name
}

// Checks are the checks of a service. Make them with New; they may be used by any number of goroutines.
type Checks struct {
	mu       sync.Mutex
	checks   []*check // by name
	closed   bool
	active   int // checks under way
	draining atomic.Bool

	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// New returns no checks: a service without any is ready.
func New() *Checks {
	c := &Checks{}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

// Add adds a check. The error says what is wrong with it.
func (c *Checks) Add(k Check) error {
	switch {
	case k.Name == "":
		return fmt.Errorf("health: a check has no name")
	case k.Run == nil:
		return fmt.Errorf("health: check %s has no Run", k.Name)
	}
	if k.Timeout <= 0 {
		k.Timeout = DefaultTimeout
	}
	if k.MaxAge == 0 {
		k.MaxAge = DefaultMaxAge
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	at, found := slices.BinarySearchFunc(c.checks, k.Name, func(o *check, name string) int {
		return strings.Compare(o.Name, name)
	})
	if found {
		return fmt.Errorf("health: there is a check %s already", k.Name)
	}
	c.checks = slices.Insert(c.checks, at, &check{Check: k})
	return nil
}

// Drain makes the service unready from now on, whatever the checks say, so that no new requests are sent to it. Call it when
// the service begins to stop.
func (c *Checks) Drain() { c.draining.Store(true) }

// Run returns the results of all checks: those that are young enough, and new ones of the others. It takes as long as the
// slowest of them and no longer than ctx.
func (c *Checks) Run(ctx context.Context) Report {
	c.mu.Lock()
	checks := slices.Clone(c.checks)
	c.mu.Unlock()
	now := time.Now()
	for _, k := range checks {
		c.begin(k, now)
	}
	r := Report{Status: OK, Draining: c.draining.Load(), Checks: make([]Result, 0, len(checks))}
	if r.Draining {
		r.Status = Unready
	}
	for _, k := range checks {
		result := k.result(ctx, now)
		r.Checks = append(r.Checks, result)
		switch {
		case result.Status == OK:
		case !result.Optional:
			r.Status = Unready
		case r.Status == OK:
			r.Status = Degraded
		}
	}
	return r
}

// Close ends running checks and waits for them within the time of ctx. Checks that are asked for later do not pass.
func (c *Checks) Close(ctx context.Context) error {
	c.mu.Lock()
	c.closed = true
	idle := c.active == 0
	c.mu.Unlock()
	c.cancel()
	if idle {
		c.running.Wait()
		return nil
	}
	gone := make(chan struct{})
	go func() {
		c.running.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("health: a check does not end: %w", ctx.Err())
	}
}
