// Package spanclean takes secrets and personal data out of spans before anything gets them that may show or send them:
// also out of those that the service and other libraries make with the same tracer provider.
package spanclean

import (
	"strings"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/redact"
)

// Cleaner cleans spans by the rules of one telemetry. Any number of goroutines use it.
type Cleaner struct {
	core *core.Core
	keys [keySlots]atomic.Pointer[key] // a place is taken once and never again
}

// New returns a Cleaner.
func New(c *core.Core) *Cleaner { return &Cleaner{core: c} }

// Span returns s without what must not be shown: s itself where there is nothing, as in nearly all.
func (c *Cleaner) Span(s sdktrace.ReadOnlySpan) sdktrace.ReadOnlySpan {
	name, status := s.Name(), s.Status()
	shown, why := c.text(name), c.text(status.Description)
	attrs, inAttrs := c.attributes(s.Attributes())
	events, inEvents := c.eventsOf(s.Events())
	links, inLinks := c.linksOf(s.Links())
	if !inAttrs && !inEvents && !inLinks && shown == name && why == status.Description {
		return s
	}
	status.Description = why
	return &cleaned{ReadOnlySpan: s, name: shown, attrs: attrs, events: events, links: links, status: status}
}

// cleaned is a span with other texts.
type cleaned struct {
	sdktrace.ReadOnlySpan
	name   string
	attrs  []attribute.KeyValue
	events []sdktrace.Event
	links  []sdktrace.Link
	status sdktrace.Status
}

func (s *cleaned) Name() string                     { return s.name }
func (s *cleaned) Attributes() []attribute.KeyValue { return s.attrs }
func (s *cleaned) Events() []sdktrace.Event         { return s.events }
func (s *cleaned) Links() []sdktrace.Link           { return s.links }
func (s *cleaned) Status() sdktrace.Status          { return s.status }

func (c *Cleaner) text(s string) string { return c.core.Known.String(s) }

func (c *Cleaner) eventsOf(events []sdktrace.Event) (_ []sdktrace.Event, changed bool) {
	for i := range events {
		name := c.text(events[i].Name)
		attrs, found := c.attributes(events[i].Attributes)
		if !found && name == events[i].Name {
			continue
		}
		if !changed {
			events, changed = append([]sdktrace.Event(nil), events...), true
		}
		events[i].Name, events[i].Attributes = name, attrs
	}
	return events, changed
}

func (c *Cleaner) linksOf(links []sdktrace.Link) (_ []sdktrace.Link, changed bool) {
	for i := range links {
		attrs, found := c.attributes(links[i].Attributes)
		if !found {
			continue
		}
		if !changed {
			links, changed = append([]sdktrace.Link(nil), links...), true
		}
		links[i].Attributes = attrs
	}
	return links, changed
}

// attributes returns the same list where nothing has to be hidden, else a copy.
func (c *Cleaner) attributes(attrs []attribute.KeyValue) (_ []attribute.KeyValue, changed bool) {
	for i := range attrs {
		k := c.key(attrs[i].Key)
		value, found := c.value(k, &attrs[i].Value)
		if !found && k.shown == attrs[i].Key {
			continue
		}
		if !changed {
			attrs, changed = append([]attribute.KeyValue(nil), attrs...), true
		}
		attrs[i] = attribute.KeyValue{Key: k.shown, Value: value}
	}
	return attrs, changed
}

// kind says how the value of an attribute is looked at.
type kind uint8

const (
	plain   kind = iota
	id           // by which things are told apart: it loses secrets of known shapes alone
	content      // of prompts and answers: the policy for these says what stays
)

// key is what is known of the name of an attribute.
type key struct {
	name  string
	shown attribute.Key // as it may be shown
	hash  core.TextKey
	kind  kind
	tells bool // what stands under it is a secret whatever it looks like
}

// Bounds of the names that are remembered: nearly all are constants of programs.
const (
	keySlots     = 1024
	keyProbes    = 4
	maxKeyLength = 128
)

// slotOf returns the first place where a name may be.
func slotOf(name string) uint {
	n := len(name)
	h := uint(n)
	if n > 0 {
		h = h*31 + uint(name[n/2])
		h = h*31 + uint(name[n/4])
		h = h*31 + uint(name[n-1])
		h = h*31 + uint(name[n*3/4])
	}
	return h ^ h>>10
}

// probe is a value that any name which tells of a secret would have removed, and that is none by itself.
const probe = "qz7718-4493vt"

func (c *Cleaner) key(name attribute.Key) *key {
	slot := slotOf(string(name))
	for i := range uint(keyProbes) {
		k := c.keys[(slot+i)%keySlots].Load()
		if k == nil {
			break
		}
		if k.name == string(name) {
			return k
		}
	}
	return c.newKey(strings.Clone(string(name)), slot)
}

func (c *Cleaner) newKey(name string, slot uint) *key {
	k := &key{name: name, shown: attribute.Key(c.text(name)), kind: kindOf(name), hash: c.core.Known.Key(name)}
	_, found := c.core.Redact.Field(name, probe)
	k.tells = found > 0 && k.kind != id
	for i := uint(0); i < keyProbes && len(name) <= maxKeyLength; i++ {
		place := &c.keys[(slot+i)%keySlots]
		if place.Load() == nil && place.CompareAndSwap(nil, k) {
			break
		}
	}
	return k
}

// kindOf knows names of the conventions and of this library.
func kindOf(name string) kind {
	switch name {
	case "request.id", "user.id", "tenant.id", "session.id", "key.id",
		"gen_ai.conversation.id", "gen_ai.response.id", "gen_ai.tool.call.id", "gen_ai.agent.id",
		"telltale.provider.request_id", "telltale.price.version", "service.instance.id":
		return id
	case "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.tool.definitions",
		"gen_ai.tool.call.arguments", "gen_ai.tool.call.result", "gen_ai.retrieval.query.text", "gen_ai.retrieval.documents",
		"gen_ai.evaluation.explanation":
		return content
	}
	return plain
}

// redactor returns what looks at values that are not of plain text.
func (c *Cleaner) redactor(k *key) *redact.Redactor {
	if k.kind == id || k.kind == content && c.core.Content == core.ContentFull {
		return c.core.Secrets
	}
	return c.core.Redact
}
