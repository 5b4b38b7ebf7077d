package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/internal/api"
)

func runStatus(ctx context.Context, env *environment, args []string) error {
	f := newFlags(env, "status", "", "Show how the server is, and the books: what was received, kept and lost, by reason. They add up, or it says so.\nThe exit code is 1 when the server has a problem or the books do not balance.",
		example{"this machine's server", "telltale status"},
		example{"another one, for a program", "telltale status --server https://telltale.example --json"})
	connect := serverFlags(f)
	asJSON := f.Bool("json", false, "one JSON object")
	operands, err := f.parse(args)
	if err != nil {
		return err
	}
	if err := f.none(operands); err != nil {
		return err
	}
	c, err := connect()
	if err != nil {
		return err
	}
	var s api.StatusReport
	if err := c.get(ctx, "/api/v1/status", nil, &s); err != nil {
		return err
	}
	if *asJSON {
		err = writeJSON(env.stdout, s)
	} else {
		err = writeStatus(env, c.base.String(), &s)
	}
	switch {
	case err != nil:
		return err
	case s.Books.Imbalance != 0:
		return fmt.Errorf("the books do not balance: %s are not accounted for", plural(abs(s.Books.Imbalance), "record"))
	case !s.Ready:
		return fmt.Errorf("the server at %s is not ready", c.base)
	case len(s.Problems) > 0:
		return fmt.Errorf("the server at %s has a problem: %s", c.base, s.Problems[0])
	}
	return nil
}

func abs(n int64) int64 { return max(n, -n) }

func writeStatus(env *environment, server string, s *api.StatusReport) error {
	style, now := env.style(), env.now()
	var b strings.Builder
	state := "ready"
	if !s.Ready {
		state = style.paint(red, "not ready")
	}
	fmt.Fprintf(&b, "%s  %s, version %s, up %s (since %s %s)\n", style.paint(bold, visible(server)), state, visible(s.Version),
		showDuration(int64(s.Now.Sub(s.Started))), s.Started.In(now.Location()).Format("2006-01-02 15:04:05"), zone(now))
	for _, p := range s.Problems {
		b.WriteString(style.paint(red, "  ✗ "+visible(p)) + "\n")
	}
	if _, err := io.WriteString(env.stdout, b.String()+"\n"); err != nil {
		return err
	}
	if err := writeBooks(env, style, &s.Books); err != nil {
		return err
	}
	if err := writeStore(env, style, s); err != nil {
		return err
	}
	if err := writeMetrics(env, style, s.Metrics); err != nil {
		return err
	}
	if len(s.Queues) == 0 {
		return nil
	}
	t := newTable(style, "queue", ">waiting", ">capacity", ">refused since start")
	for _, q := range s.Queues {
		t.add("", q.Name, showCount(q.Length), showCount(q.Capacity), showCount(q.Refused))
	}
	return writeBelow(env, t)
}

// writeBelow writes a table with an empty line before it.
func writeBelow(env *environment, t *table) error {
	if _, err := io.WriteString(env.stdout, "\n"); err != nil {
		return err
	}
	return t.write(env.stdout)
}

// writeBooks shows the two sums and, below each outcome, its reasons.
func writeBooks(env *environment, style style, books *api.Books) error {
	t := newTable(style, "books", ">records", "")
	line := func(depth int, name string, n int64, note string) {
		colour := ""
		if n > 0 && (name == "dropped" || name == "quarantined" || name == "not accounted for") {
			colour = red
		}
		t.add(colour, strings.Repeat("  ", depth)+name, showCount(n), firstOf(note, blank))
	}
	reasons := func(depth int, outcome string) {
		for _, e := range books.Entries {
			if e.Outcome == outcome && (e.Reason != "" || outcome != "accepted") {
				line(depth, firstOf(e.Reason, "no reason given"), e.Count, e.Signal)
			}
		}
	}
	line(0, "received", books.Received, "= accepted + duplicate + rejected + dropped")
	line(1, "accepted", books.Accepted, "= stored + sampled + expired + quarantined")
	line(2, "stored", books.Stored, fmt.Sprintf("%s, %s", plural(books.StoredSpans, "span"), plural(books.StoredLogs, "log")))
	for _, o := range []struct {
		depth int
		name  string
		n     int64
		note  string
	}{
		{2, "sampled", books.Sampled, "removed by sampling"},
		{2, "expired", books.Expired, "removed by retention"},
		{2, "quarantined", books.Quarantined, "in damaged files that were set aside"},
		{1, "duplicate", books.Duplicate, "known already"},
		{1, "rejected", books.Rejected, "refused, and the sender told why"},
		{1, "dropped", books.Dropped, "lost by us"},
	} {
		line(o.depth, o.name, o.n, o.note)
		reasons(o.depth+1, o.name)
	}
	if books.Imbalance != 0 {
		line(0, "not accounted for", books.Imbalance, "this is a defect; please report it")
	}
	return t.write(env.stdout)
}

func writeStore(env *environment, style style, s *api.StatusReport) error {
	now := env.now()
	t := newTable(style, "store", "")
	fact := func(name, value string) {
		if value != "" {
			t.add("", name, value)
		}
	}
	st := &s.Store
	fact("back-end", strings.TrimSuffix(st.Backend+", "+st.State, ", "))
	if st.Bytes > 0 || st.WALBytes > 0 {
		fact("on disk", fmt.Sprintf("%s in %s, and %s of write-ahead log", showBytes(st.Bytes), plural(int64(st.Parts), "part"), showBytes(st.WALBytes)))
	}
	if st.FreeBytes > 0 {
		fact("free", showBytes(st.FreeBytes))
	}
	if st.HotRows > 0 {
		fact("hot", fmt.Sprintf("%s in memory (%s)", plural(st.HotRows, "row"), showBytes(st.HotBytes)))
	}
	if st.Oldest != nil {
		fact("oldest", showTime(*st.Oldest, now)+" "+zone(now))
	}
	if st.RecoveryNS > 0 {
		fact("recovery", fmt.Sprintf("took %s, %s from the log", showDuration(st.RecoveryNS), plural(st.Recovered, "row")))
	}
	for _, w := range st.Work {
		fact(w.Name, workText(&w, s.Now))
	}
	for _, q := range st.Quarantined {
		t.add(red, "quarantined", q.File+": "+q.Reason)
	}
	if len(t.rows) == 0 {
		return nil
	}
	return writeBelow(env, t)
}

// workText says how far long work is.
func workText(w *api.WorkStatus, now time.Time) string {
	var parts []string
	switch {
	case w.Total > 0:
		parts = append(parts, fmt.Sprintf("%s of %s %s", showCount(w.Done), showCount(w.Total), w.Unit))
	case w.Done > 0:
		parts = append(parts, showCount(w.Done)+" "+w.Unit)
	}
	if !w.Since.IsZero() {
		parts = append(parts, "for "+showDuration(max(0, int64(now.Sub(w.Since)))))
	}
	return strings.Join(parts, ", ")
}
