package gateway

import (
	"bytes"

	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/wire"
)

// scanContent bounds how much of a request body is looked through for messages.
const scanContent = 4 * mib

// fillContent puts prompt and answer into the record of the call. It runs in the recorder, off the call's way.
func (b *recordBuilder) fillContent(s *telemetry.Span, c *call) {
	if b.noContent || len(c.body) == 0 && len(c.answer) == 0 {
		return
	}
	api, g := c.route.API, s.GenAI
	body, missing := c.plainBody()
	scanned := body[:min(len(body), scanContent)]
	var found *pictures
	var attach wire.Attach
	if image := []byte("image"); bytes.Contains(scanned, image) || bytes.Contains(c.answer, image) {
		found = new(pictures)
		attach = found.attach
	}
	in, system := wire.InputMessagesWith(api, scanned, attach)
	out := wire.OutputMessagesWith(api, c.answer, c.streamed, attach)
	g.InputMessages = wire.Bound(in, b.contentMax, missing+len(body)-len(scanned))
	g.SystemInstructions = wire.Bound(system, b.contentMax, 0)
	g.OutputMessages = wire.Bound(out, b.contentMax, c.answerMissing())
	if b.raw {
		s.Events = append(s.Events, c.rawEvents(body, missing, b.contentMax)...)
	}
	if found != nil {
		s.Events = append(s.Events, found.events(s.Time, b.contentMax)...)
	}
}

// plainBody is the request body without its coding, and how many bytes of it are missing at its end.
func (c *call) plainBody() (body []byte, missing int) {
	if c.requestCoding == "" {
		return c.body, 0
	}
	size, err := c.g.decoding.measure(c.requestCoding, c.body, c.g.limits.MaxBody, func(plain []byte) { // it was unpacked before
		body = bytes.Clone(plain)
	})
	if err != nil {
		return nil, 0
	}
	return body, int(size) - len(body)
}

// answerMissing is how many bytes of the answer are not in its head.
func (c *call) answerMissing() int {
	if !c.answerCut {
		return 0
	}
	return max(0, int(c.responseBytes)-len(c.answer))
}
