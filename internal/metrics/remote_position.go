package metrics

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"time"
)

// Margins of a position: samples are not committed in the order of their timestamps, and the shards of a queue that always has
// some waiting are not equally far.
const (
	idleMargin = 30 * time.Second
	busyMargin = 5 * time.Minute
)

// queueCounts is what Prometheus' queue of one system counts.
type queueCounts struct {
	pending  float64 // samples, histograms and exemplars
	enqueued float64 // highest timestamp, s
	sent     float64 // the same, of the last request that was finished
	bytes    float64 // of all those
}

// counts are those of all queues that run, by name.
func (q *queueRegistry) counts() map[string]queueCounts {
	families, _ := q.Gather() // what could be gathered counts
	out := map[string]queueCounts{}
	for _, f := range families {
		for _, metric := range f.GetMetric() {
			name := ""
			for _, l := range metric.GetLabel() {
				if l.GetName() == "remote_name" {
					name = l.GetValue()
				}
			}
			c, v := out[name], metric.GetGauge().GetValue()+metric.GetCounter().GetValue()
			switch f.GetName() {
			case "prometheus_remote_storage_samples_pending", "prometheus_remote_storage_histograms_pending",
				"prometheus_remote_storage_exemplars_pending":
				c.pending += v
			case "prometheus_remote_storage_queue_highest_timestamp_seconds":
				c.enqueued = v
			case "prometheus_remote_storage_queue_highest_sent_timestamp_seconds":
				c.sent = v
			case "prometheus_remote_storage_bytes_total":
				c.bytes = v
			default:
				continue
			}
			out[name] = c
		}
	}
	return out
}

// look advances the positions of those whose queue runs, and takes an outage that is too long for the log to the backfill.
func (o *outlets) look(now time.Time) {
	counts := o.queues.counts()
	o.mu.Lock()
	defer o.mu.Unlock()
	taken := false
	for name, x := range o.all {
		c, there := counts[name]
		if x.stage == behind || !there {
			continue
		}
		to, moved := acknowledged(x.counts, c, now)
		if c.bytes != x.counts.bytes || c.pending == 0 {
			x.progress = now
		}
		x.counts = c
		if moved && x.stage == live { // until the late ones are sent, nothing is known of them
			o.positions[name] = max(o.positions[name], to)
		}
		if x.stage == live && now.Sub(x.progress) > longOutage {
			x.stage, x.counts, taken = behind, queueCounts{}, true
			o.log.Warn("a system does not take samples for long, they are sent from the blocks when it does", "remote", name)
		}
	}
	if taken {
		if err := o.restart(); err != nil {
			o.log.Error("remote write was not changed", "error", err)
		}
		o.poke()
	}
}

// acknowledged tells up to when all samples of a queue were acknowledged, given what it counted before and now. Timestamps in
// the future, of a sender whose clock is wrong, do not count as more than the present.
func acknowledged(before, c queueCounts, now time.Time) (int64, bool) {
	capped := func(seconds float64) int64 { return min(int64(seconds)*1000, now.UnixMilli()) }
	switch {
	case c.pending == 0 && c.enqueued > before.enqueued:
		return capped(c.enqueued) - idleMargin.Milliseconds(), true
	case c.pending > 0 && c.bytes > before.bytes && c.sent > 0:
		return capped(c.sent) - busyMargin.Milliseconds(), true
	default:
		return 0, false
	}
}

// acknowledgedUntil is the position of one system in the file.
type acknowledgedUntil struct {
	Name  string    `json:"name"`
	Until time.Time `json:"acknowledged_until"`
}

// maxRemotesFile is far beyond what any configuration takes.
const maxRemotesFile = 1 << 20

// load reads the positions. Without them a queue begins with the present.
func (o *outlets) load() error {
	text, err := os.ReadFile(o.file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read how far remote write came: %w", err)
	}
	var list []acknowledgedUntil
	if len(text) > maxRemotesFile {
		err = errors.New("too large")
	} else {
		err = json.Unmarshal(text, &list)
	}
	if err != nil {
		o.log.Warn("the file of how far remote write came is broken and set aside", "file", o.file, "error", err)
		return os.Rename(o.file, o.file+".broken")
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range list {
		o.positions[p.Name] = p.Until.UnixMilli()
	}
	o.saved = maps.Clone(o.positions)
	return nil
}

// save writes the positions where one changed. Those of systems that left the configuration are kept as long as the samples:
// one that comes back gets what it missed.
func (o *outlets) save() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for name, at := range o.positions {
		if o.all[name] == nil && time.Since(time.UnixMilli(at)) > o.maxAge {
			delete(o.positions, name)
		}
	}
	if maps.Equal(o.positions, o.saved) {
		return
	}
	list := []acknowledgedUntil{}
	for name, at := range o.positions {
		list = append(list, acknowledgedUntil{name, time.UnixMilli(at).UTC()})
	}
	text, err := json.Marshal(list)
	if err == nil {
		err = replaceFile(o.file, text)
	}
	if err != nil {
		o.log.Warn("how far remote write came was not saved", "error", err)
		return
	}
	o.saved = maps.Clone(o.positions)
}
