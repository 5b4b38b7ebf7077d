package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// ContentPolicy says what is kept of prompts, answers, tool arguments and tool results.
type ContentPolicy string

// Content policies.
const (
	ContentOff      ContentPolicy = "off"      // nothing
	ContentHash     ContentPolicy = "hash"     // a SHA-256, to find the same text again
	ContentRedacted ContentPolicy = "redacted" // without secrets and personal data; the default
	ContentFull     ContentPolicy = "full"     // without secrets
)

// ParseContentPolicy reads a policy; the empty text is ContentRedacted.
func ParseContentPolicy(s string) (ContentPolicy, error) {
	switch p := ContentPolicy(s); p {
	case "":
		return ContentRedacted, nil
	case ContentOff, ContentHash, ContentRedacted, ContentFull:
		return p, nil
	}
	return "", fmt.Errorf("content policy %q: want off, hash, redacted or full", s)
}

// contentOf lists the columns the policy is about.
func contentOf(g *telemetry.GenAI) [5]*string {
	return [...]*string{&g.InputMessages, &g.OutputMessages, &g.SystemInstructions, &g.ToolArguments, &g.ToolResult}
}

// hashPrefix marks a text that stands for another.
const hashPrefix = "sha256:"

func hashContent(s string) string {
	if s == "" || strings.HasPrefix(s, hashPrefix) {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return hashPrefix + hex.EncodeToString(sum[:])
}

// clean applies the content policy and takes secrets and personal data out of everything that will be kept. Canonical ids
// are left alone: a trace id is no phone number, and a user id may be an e-mail address by the owner's choice.
func (p *Pipeline) clean(b *telemetry.Batch) {
	n := 0
	var done *telemetry.Attr // records of one export share their resource: once is enough
	resource := func(attrs telemetry.Attrs, e *telemetry.Event) {
		if len(attrs) > 0 && done != &attrs[0] {
			done = &attrs[0]
			n += p.redactAttrs(attrs, e)
		}
	}
	for i := range b.Spans {
		s := &b.Spans[i]
		n += p.cleanEvent(&s.Event)
		resource(s.Resource, &s.Event)
		n += p.redactInto(&s.StatusMessage)
		for j := range s.Events {
			n += p.redactAttrs(s.Events[j].Attributes, &s.Event)
		}
		for j := range s.Links {
			n += p.redactAttrs(s.Links[j].Attributes, &s.Event)
		}
		if s.GenAI != nil {
			n += p.cleanContent(s.GenAI)
		}
	}
	for i := range b.Logs {
		n += p.cleanEvent(&b.Logs[i].Event)
		resource(b.Logs[i].Resource, &b.Logs[i].Event)
	}
	if n > 0 {
		p.metrics.redactions.Add(float64(n))
	}
}

func (p *Pipeline) cleanContent(g *telemetry.GenAI) int {
	n := 0
	for _, text := range contentOf(g) {
		if *text == "" {
			continue
		}
		switch p.opts.Content {
		case ContentOff:
			*text = ""
		case ContentHash:
			*text = hashContent(*text)
		case ContentFull:
			if p.secrets != nil {
				var k int
				*text, k = p.secrets.String(*text)
				n += k
			}
		default:
			n += p.redactInto(text)
		}
	}
	return n
}

func (p *Pipeline) cleanEvent(e *telemetry.Event) int {
	n := p.redactInto(&e.Body) + p.redactInto(&e.Name) + p.redactInto(&e.HTTPPath)
	return n + p.redactAttrs(e.Attributes, e)
}

func (p *Pipeline) redactInto(s *string) int {
	if p.opts.Redactor == nil || *s == "" {
		return 0
	}
	var n int
	*s, n = p.opts.Redactor.String(*s)
	return n
}

func (p *Pipeline) redactAttrs(attrs telemetry.Attrs, e *telemetry.Event) int {
	if p.opts.Redactor == nil {
		return 0
	}
	n := 0
	for i := range attrs {
		a := &attrs[i]
		if a.Value == "" || isCanonicalID(a.Value, e) {
			continue
		}
		var k int
		a.Value, k = p.opts.Redactor.Field(a.Key, a.Value)
		n += k
	}
	return n
}

// isCanonicalID reports whether a value is one of the event's ids once more, in the attribute it came by.
func isCanonicalID(v string, e *telemetry.Event) bool {
	return v == e.UserID || v == e.SessionID || v == e.RequestID || v == e.TenantID || v == e.KeyID
}
