package alerting

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/alertmanager/config"
	"go.yaml.in/yaml/v3"

	"github.com/telltale-dev/telltale/internal/ownfile"
)

// maxConfig, in MB, is far more than a routing tree needs.
const maxConfig = 8

// poll is how often the files are looked at.
const poll = 5 * time.Second

// plan is a configuration that was read.
type plan struct {
	config *config.Config
	mask   *mask
	stamp  string // of the files it came from
}

// tells reports whether anybody is told of anything.
func (p *plan) tells() bool { return len(p.told()) > 0 }

// told are the receivers that tell somebody. A receiver may be a name alone, for what nobody wants to hear of.
func (p *plan) told() map[string]bool {
	names := map[string]bool{}
	for i := range p.config.Receivers {
		if r := &p.config.Receivers[i]; hasIntegration(r) {
			names[r.Name] = true
		}
	}
	return names
}

// read reads the file, or writes down what Simple says.
func (m *Alertmanager) read() (*plan, error) {
	if m.opts.File == "" {
		text, err := m.opts.Simple.yaml()
		if err != nil {
			return nil, err
		}
		hidden := newMask(text)
		c, err := config.Load(text)
		if err != nil {
			return nil, fmt.Errorf("alerting: %s", hidden.text(err.Error()))
		}
		return &plan{config: c, mask: hidden}, nil
	}
	stamp := m.stamp(nil)
	text, err := ownfile.Read(m.opts.File, maxConfig)
	if err != nil {
		return nil, fmt.Errorf("alerting: %w", err)
	}
	hidden := newMask(string(text))
	c, err := config.LoadFile(m.opts.File)
	if err != nil {
		return nil, errors.New(hidden.text(place(m.opts.File, string(text), err)))
	}
	if len(c.EventRecorder.FileOutputs)+len(c.EventRecorder.WebhookOutputs)+len(c.EventRecorder.KafkaOutputs) > 0 || c.TracingConfig.Endpoint != "" {
		m.log.Warn("event_recorder and tracing of the alertmanager.yml have no meaning here", "file", m.opts.File)
	}
	if len(c.Templates) > 0 {
		stamp = m.stamp(c.Templates)
	}
	return &plan{config: c, mask: hidden, stamp: stamp}, nil
}

// stamp changes when the file or a template does.
func (m *Alertmanager) stamp(templates []string) string {
	return ownfile.Stamp(append([]string{m.opts.File}, templates...)...)
}

// watch reloads when a file changes, until ctx ends.
func (m *Alertmanager) watch(ctx context.Context) {
	if m.opts.File == "" {
		return
	}
	tick := time.NewTicker(poll)
	defer tick.Stop()
	tried := m.running.Load().plan.stamp
	for {
		asked := false
		select {
		case <-ctx.Done():
			return
		case <-m.asked:
			asked = true
		case <-tick.C:
		}
		now := m.stamp(m.running.Load().plan.config.Templates)
		if now == tried && !asked {
			continue
		}
		tried = now
		if _, err := os.Stat(m.opts.File); errors.Is(err, os.ErrNotExist) && !asked {
			continue // being replaced
		}
		if m.Reload() == nil {
			tried = m.running.Load().plan.stamp
		}
	}
}

// ReloadSoon has the files read again, as Reload does, without waiting for it.
func (m *Alertmanager) ReloadSoon() {
	select {
	case m.asked <- struct{}{}:
	default: // one is to come
	}
}

// Reload reads the files again. Where they are wrong the old configuration stays in force; Status keeps the error.
func (m *Alertmanager) Reload() error {
	if m.opts.File == "" || !m.ready.Load() {
		return nil
	}
	p, err := m.read()
	if err == nil {
		err = m.apply(p)
	}
	m.mu.Lock()
	if err == nil || m.failure == nil {
		m.since = time.Now()
	}
	m.failure = err
	m.mu.Unlock()
	if err != nil {
		m.log.Warn("the configuration of alerting is wrong, the old one stays in force", "error", err)
		return err
	}
	m.log.Info("the configuration of alerting was read again", "file", m.opts.File)
	return nil
}

var (
	lineInError   = regexp.MustCompile(`(?:yaml: )?line (\d+): `)
	quotedInError = regexp.MustCompile(`"([^"]+)"|\x60([^\x60]+)\x60`)
)

// place puts file and line before an error of the configuration. Where Alertmanager does not say the line, it is the one of
// the value that the error quotes.
func place(file, text string, err error) string {
	message := strings.TrimPrefix(err.Error(), "yaml: unmarshal errors:\n  ")
	if at := lineInError.FindStringSubmatchIndex(message); at != nil {
		line := message[at[2]:at[3]]
		return file + ":" + line + ": " + strings.ReplaceAll(message[:at[0]]+message[at[1]:], "\n  ", "; ")
	}
	var document yaml.Node
	if yaml.Unmarshal([]byte(text), &document) == nil {
		for _, quoted := range quotedInError.FindAllStringSubmatch(message, -1) {
			if n := lastScalar(&document, quoted[1]+quoted[2]); n != nil {
				return file + ":" + strconv.Itoa(n.Line) + ":" + strconv.Itoa(n.Column) + ": " + message
			}
		}
	}
	return file + ": " + message
}

// lastScalar is the last value of a document that reads so: a name is defined before it is defined again.
func lastScalar(n *yaml.Node, value string) *yaml.Node {
	if n.Kind == yaml.ScalarNode && n.Value == value {
		return n
	}
	for i := len(n.Content) - 1; i >= 0; i-- {
		if found := lastScalar(n.Content[i], value); found != nil {
			return found
		}
	}
	return nil
}
