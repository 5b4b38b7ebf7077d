package pipeline

import (
	"strconv"

	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/redact"
)

// cleaner takes secrets and personal data out of one batch.
type cleaner struct {
	*Pipeline
	n        int
	resource *telemetry.Attr             // records of one export share their resource: once is enough
	labels   [4]struct{ in, out string } // likewise service, environment and scope
}

// clean applies the content policy and takes secrets and personal data out of everything that will be kept.
//
// Canonical ids, and names of models, services and scopes, lose secrets of known shapes only: a trace id is no phone
// number, and a user id may be an e-mail address by the owner's choice; but it is no place for an API key.
func (p *Pipeline) clean(b *telemetry.Batch) {
	c := cleaner{Pipeline: p}
	for i := range b.Spans {
		s := &b.Spans[i]
		c.event(&s.Event)
		c.text(&s.StatusMessage)
		c.spanEvents(s)
		for j := range s.Links {
			c.attrs(s.Links[j].Attributes, &s.Event)
		}
		if s.GenAI != nil {
			c.genAI(s.GenAI)
		}
	}
	for i := range b.Logs {
		p.cleanLogContent(&b.Logs[i])
		c.event(&b.Logs[i].Event)
	}
	if c.n > 0 {
		p.metrics.redactions.Add(float64(c.n))
	}
}

func (c *cleaner) event(e *telemetry.Event) {
	for _, id := range [...]*string{&e.UserID, &e.TenantID, &e.SessionID, &e.KeyID} {
		c.id(id)
	}
	request := e.RequestID
	if c.id(&e.RequestID); e.RequestID != request {
		e.RequestID = "" // what stands in its place is not well-formed
	}
	if len(e.HTTPMethod) > maxMethod {
		e.HTTPMethod = "" // it is none, and case, by which keys are known, is lost in it
	}
	for i, label := range [...]*string{&e.Service, &e.Environment, &e.Scope.Name, &e.Scope.Version} {
		if *label != "" && *label == c.labels[i].in {
			*label = c.labels[i].out
			continue
		}
		c.labels[i].in = *label
		c.id(label)
		c.labels[i].out = *label
	}
	c.text(&e.Body)
	c.text(&e.Name)
	c.text(&e.HTTPPath)
	c.text(&e.ErrorType)
	c.attrs(e.Attributes, e)
	if len(e.Resource) > 0 && c.resource != &e.Resource[0] {
		c.resource = &e.Resource[0]
		c.attrs(e.Resource, e)
	}
}

func (c *cleaner) genAI(g *telemetry.GenAI) {
	for _, id := range [...]*string{
		&g.Provider, &g.RequestModel, &g.ResponseModel, &g.ResponseID, &g.ToolCallID, &g.PromptVersion, &g.ServiceTier, &g.Region, &g.FinishReasons,
	} {
		c.id(id)
	}
	for _, name := range [...]*string{&g.Agent, &g.Workflow, &g.Tool, &g.PromptName} {
		c.text(name)
	}
	for _, content := range contentOf(g) {
		var n int
		*content, n = c.applyPolicy(*content)
		c.n += n
	}
}

// text is a text that may hold anything.
func (c *cleaner) text(s *string) { c.redact(c.opts.Redactor, s) }

// shortestSecret is less than the length of any secret that is known by its shape.
const shortestSecret = 12

// maxMethod is more than the longest registered method of HTTP (VERSION-CONTROL, UPDATEREDIRECTREF).
const maxMethod = 20

// id is a text by which things are told apart.
func (c *cleaner) id(s *string) {
	if len(*s) >= shortestSecret {
		c.redact(c.secrets, s)
	}
}

func (c *cleaner) redact(r *redact.Redactor, s *string) {
	if r == nil || *s == "" {
		return
	}
	var n int
	*s, n = r.String(*s)
	c.n += n
}

func (c *cleaner) attrs(attrs telemetry.Attrs, e *telemetry.Event) {
	if c.opts.Redactor == nil {
		return
	}
	for i := range attrs {
		a := &attrs[i]
		if a.Value != "" && !isCanonicalID(a.Value, e) {
			var n int
			a.Value, n = c.opts.Redactor.Field(a.Key, a.Value)
			c.n += n
		}
		if mayHold(a.Key) {
			c.key(attrs, i)
		}
	}
}

// key redacts the name of an attribute. Names stay unique.
func (c *cleaner) key(attrs telemetry.Attrs, i int) {
	clean, n := c.opts.Redactor.String(attrs[i].Key)
	if n == 0 {
		return
	}
	c.n += n
	if _, taken := attrs.Get(clean); taken {
		clean += "." + strconv.Itoa(i)
	}
	attrs[i].Key = clean
}

// mayHold reports whether the name of an attribute may hold what must be redacted: nearly all are dotted words.
func mayHold(key string) bool {
	const longWord = 16
	word := 0
	for i := range len(key) {
		switch b := key[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9':
			if word++; word >= longWord {
				return true
			}
		case b == '.', b == '_', b == '-', b == '/':
			word = 0
		default:
			return true
		}
	}
	return false
}

// isCanonicalID reports whether a value is one of the event's ids once more, in the attribute it came by.
func isCanonicalID(v string, e *telemetry.Event) bool {
	return v == e.UserID || v == e.SessionID || v == e.RequestID || v == e.TenantID || v == e.KeyID
}
