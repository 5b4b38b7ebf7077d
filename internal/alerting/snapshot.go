package alerting

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/common/model"
)

// The file of active alerts: a line that says how many, then a line of JSON for each.

// snapshotHead is the first line.
type snapshotHead struct {
	Format string `json:"format"`
	Alerts int    `json:"alerts"`
}

const snapshotFormat = "telltale alerts 1"

// savedAlert is one of the other lines.
type savedAlert struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations,omitempty"`
	StartsAt    time.Time         `json:"starts_at"`
	EndsAt      time.Time         `json:"ends_at"`
	UpdatedAt   time.Time         `json:"updated_at"`
	Generator   string            `json:"generator,omitempty"`
	Timeout     bool              `json:"timeout,omitempty"`
}

func encodeAlertList(w io.Writer, list []*alert.Alert) error {
	enc := json.NewEncoder(w)
	if err := enc.Encode(snapshotHead{snapshotFormat, len(list)}); err != nil {
		return err
	}
	for _, a := range list {
		if err := enc.Encode(savedAlert{
			textMap(a.Labels), textMap(a.Annotations), a.StartsAt, a.EndsAt, a.UpdatedAt, a.GeneratorURL, a.Timeout,
		}); err != nil {
			return err
		}
	}
	return nil
}

func decodeAlertList(content []byte) ([]*alert.Alert, error) {
	lines := bufio.NewReader(bytes.NewReader(content))
	var head snapshotHead
	if err := decodeLine(lines, &head); err != nil {
		return nil, err
	}
	if head.Format != snapshotFormat || head.Alerts < 0 {
		return nil, fmt.Errorf("its format is %q, not %q", head.Format, snapshotFormat)
	}
	var list []*alert.Alert
	for range head.Alerts {
		var s savedAlert
		if err := decodeLine(lines, &s); err != nil {
			return nil, err
		}
		a := &alert.Alert{UpdatedAt: s.UpdatedAt, Timeout: s.Timeout}
		a.Labels, a.Annotations = labelSet(s.Labels), labelSet(s.Annotations)
		a.StartsAt, a.EndsAt, a.GeneratorURL = s.StartsAt, s.EndsAt, s.Generator
		if err := a.Validate(); err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	if _, err := lines.ReadByte(); !errors.Is(err, io.EOF) {
		return nil, errors.New("it goes on after its end")
	}
	return list, nil
}

func decodeLine(lines *bufio.Reader, v any) error {
	line, err := lines.ReadBytes('\n')
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(line, v)
}

// settling is for how long a resolved alert counts as one whose group has not seen it yet.
const settling = 10 * time.Second

// encodeAlerts writes the alerts that a later process must know: those that fire, and resolved ones that were not told.
func (m *Alertmanager) encodeAlerts(w io.Writer) error {
	version := m.book.version()
	now := time.Now()
	var list []*alert.Alert
	listed := map[model.Fingerprint]bool{}
	all := m.alerts.GetPending()
	for next := range all.Next() {
		a := next.Data
		if !a.ResolvedAt(now) || now.Sub(a.UpdatedAt) < settling {
			list = append(list, a)
			listed[a.Fingerprint()] = true
		}
	}
	all.Close()
	if g := m.running.Load(); g != nil {
		for id, a := range g.undelivered() {
			if !listed[id] {
				list = append(list, a)
			}
		}
	}
	err := encodeAlertList(w, list)
	if err == nil {
		m.book.savedUpTo(version)
	}
	return err
}

// loadAlerts puts the alerts of the process before. Those that fired go on to fire for Grace: who says so may need as long
// to start, and must not make them resolve and fire again.
func (m *Alertmanager) loadAlerts(ctx context.Context, path string) error {
	var list []*alert.Alert
	if err := m.restore(path, func(content []byte) (err error) {
		list, err = decodeAlertList(content)
		return err
	}); err != nil {
		return err
	}
	now := time.Now()
	for _, a := range list {
		if graced := now.Add(m.opts.Grace); a.EndsAt.After(a.UpdatedAt) && a.EndsAt.Before(graced) {
			a.EndsAt, a.Timeout = graced, true
		}
	}
	return m.alerts.Put(ctx, list...)
}

func textMap(set model.LabelSet) map[string]string {
	m := make(map[string]string, len(set))
	for name, value := range set {
		m[string(name)] = string(value)
	}
	return m
}
