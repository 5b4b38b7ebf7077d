package derive

import (
	"hash/crc32"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// mixed makes a batch with something of every kind.
func mixed(r *rand.Rand) *telemetry.Batch {
	models := []string{"gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5"}
	b := &telemetry.Batch{}
	for range 1 + r.IntN(5) {
		b.Spans = append(b.Spans, chat(func(s *telemetry.Span) {
			s.GenAI.RequestModel, s.Duration = models[r.IntN(3)], r.Int64N(60e9)
			s.GenAI.Cost = telemetry.Known(r.Int64N(1e12))
			s.GenAI.Agent = []string{"", "planner"}[r.IntN(2)]
		}), genAI(telemetry.OpRetrieval, nil, attrDocuments, `[{"score":0.3},{"score":0.7}]`),
			span(func(s *telemetry.Span) {
				s.Kind, s.HTTPMethod, s.HTTPStatus = telemetry.KindServer, "GET", telemetry.Known(200+r.Int64N(300))
				s.Events = []telemetry.SpanEvent{event(eventSafety, attrCategory, "violence")}
			}, attrRoute, "/a", attrCacheResult, "hit"))
	}
	for range r.IntN(3) {
		b.Spans = append(b.Spans, throughGateway(r.Uint64N(60)))
	}
	if n := r.Uint64N(60); r.IntN(3) == 0 {
		b.Spans = append(b.Spans, caller(n)...)
	}
	return b
}

// A life of batches, writes of the file and crashes comes to what it comes to without any of them.
func TestCrashesNeitherLoseNorRepeat(t *testing.T) {
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 1))
		log := make([]*telemetry.Batch, 300)
		for i := range log {
			log[i] = mixed(r)
		}
		straight := newCounter(t, nil)
		for i, b := range log {
			straight.Follow(uint64(i+1), b)
		}
		c := newCounter(t, nil)
		for next := 0; next < len(log); {
			for range r.IntN(40) {
				if next == len(log) {
					break
				}
				c.Follow(uint64(next+1), log[next])
				next++
				if r.IntN(10) == 0 {
					if err := c.Save(); err != nil {
						t.Fatal(err)
					}
				}
			}
			// A new process, which the log tells from some batch on that it must tell again, or from one before.
			again, err := New(c.opts)
			if err != nil {
				t.Fatal(err)
			}
			if err := again.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			from := again.Kept()
			for seq := from - min(from, r.Uint64N(5)); seq < uint64(next); seq++ {
				again.Follow(seq+1, log[seq])
			}
			again.CaughtUp(uint64(next))
			t.Cleanup(func() { again.cancel(); again.work.Wait() })
			c = again
		}
		if diff := cmp.Diff(shown(t, straight), shown(t, c)); diff != "" {
			t.Fatalf("seed %d:\n%s", seed, diff)
		}
	}
}

// A file that is damaged is set aside. The counters begin anew with what comes after the log: what the log holds may have
// been counted.
func TestDamagedFile(t *testing.T) {
	c := newCounter(t, nil)
	for seq := range uint64(3) {
		c.Follow(seq+1, mixed(rand.New(rand.NewPCG(seq, 1))))
	}
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(c.opts.File)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(c.opts.File, b, 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := New(c.opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Stop(t.Context()) }()
	again.Follow(2, mixed(rand.New(rand.NewPCG(1, 1))))
	again.CaughtUp(3)
	if got := shown(t, again); len(got) != 0 {
		t.Errorf("counted: %v", got)
	}
	call := spans(chat(nil))
	again.Follow(4, &call)
	if got := shown(t, again); got[`llm_calls_total{endpoint="other",job="shop",model="gpt-4o-mini",provider="openai",status="success"}`] != 1 {
		t.Errorf("after that: %v", got)
	}
	if aside, err := os.ReadFile(c.opts.File + ".damaged"); err != nil || len(aside) != len(b) {
		t.Errorf("set aside: %d bytes, %v", len(aside), err)
	}
}

// A file that cannot be read otherwise is not taken for none.
func TestUnreadableFile(t *testing.T) {
	c, err := New(Options{File: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "derived metrics") {
		t.Errorf("got %v", err)
	}
}

// Where the file cannot be written, the log is not let go, and it is told.
func TestFileThatCannotBeWritten(t *testing.T) {
	c := newCounter(t, nil)
	if err := os.RemoveAll(c.opts.File); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(c.opts.File+"/in-the-way", 0o700); err != nil {
		t.Fatal(err)
	}
	b := spans(chat(nil))
	c.Follow(1, &b)
	if err := c.Save(); err == nil || c.Kept() != 0 || c.Status().Problem == "" {
		t.Errorf("%v, kept %d, status %+v", err, c.Kept(), c.Status())
	}
	if err := os.RemoveAll(c.opts.File); err != nil {
		t.Fatal(err)
	}
	if err := c.Save(); err != nil || c.Kept() != 1 || c.Status().Problem != "" {
		t.Errorf("%v, kept %d, status %+v", err, c.Kept(), c.Status())
	}
}

// The file is written by itself.
func TestFileIsWritten(t *testing.T) {
	c := newCounter(t, func(o *Options) { o.Every = time.Millisecond })
	b := spans(chat(nil))
	c.Follow(1, &b)
	for c.Kept() != 1 {
		time.Sleep(time.Millisecond)
	}
	if st := c.Status(); st.Seq != 1 || st.Kept != 1 || st.Written.IsZero() {
		t.Errorf("%+v", st)
	}
}

// A log that ends before what was counted, as after a backup was restored, goes on being counted.
func TestLogBehindTheFile(t *testing.T) {
	c := newCounter(t, nil)
	b := spans(chat(nil))
	for seq := range uint64(5) {
		c.Follow(seq+1, &b)
	}
	if err := c.Save(); err != nil {
		t.Fatal(err)
	}
	c = startCounter(t, c.opts, 3)
	c.Follow(4, &b)
	if got := shown(t, c)[`llm_calls_total{endpoint="other",job="shop",model="gpt-4o-mini",provider="openai",status="success"}`]; got != 6 {
		t.Errorf("%v calls", got)
	}
}

// Whatever a file says, it is read or refused, and what was read is written as it was.
func FuzzDecode(f *testing.F) {
	c, err := New(Options{File: "unused"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(c.encode(nil)[len(fileMagic):])
	for seq := range uint64(4) {
		c.Follow(seq+1, mixed(rand.New(rand.NewPCG(seq, 1))))
	}
	c.SetOwned("llm_calls_total", "shop", true)
	f.Add(c.encode(nil)[len(fileMagic):])
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) < 4 {
			return
		}
		b := append([]byte(fileMagic), body[:len(body)-4]...)
		e := encoder{buf: b}
		sum := crc32.Checksum(b, castagnoli)
		e.buf = append(e.buf, byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24))
		c, err := New(Options{File: "unused"})
		if err != nil {
			t.Fatal(err)
		}
		if c.decode(e.buf) != nil {
			return
		}
		first := c.encode(nil)
		again, _ := New(Options{File: "unused"})
		if err := again.decode(first); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if second := again.encode(nil); string(first) != string(second) {
			t.Errorf("%q was written again as %q", first, second)
		}
		c.Series(func(*Series) {})
	})
}
