package gateway

import (
	"bytes"

	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/wire"
)

// scanContent bounds how much of a request body is looked through for messages.
const scanContent = 4 * mib

// fillContent puts prompt and answer into the record of the call. It runs in the recorder, off the call's way.
func (b *recordBuilder) fillContent(g *telemetry.GenAI, c *call) {
	if b.noContent || len(c.body) == 0 && len(c.answer) == 0 {
		return
	}
	api := c.route.API
	body, missing := c.body, 0
	if c.requestCoding != "" {
		body = nil
		_ = c.g.decoding.aside(c.requestCoding, c.body, c.g.limits.MaxBody, func(plain []byte) { // it was unpacked before
			body = bytes.Clone(plain[:min(len(plain), scanContent)])
		})
	}
	if len(body) > scanContent {
		missing = len(body) - scanContent
		body = body[:scanContent]
	}
	in, system := wire.InputMessages(api, body)
	out := wire.OutputMessages(api, c.answer, c.streamed)
	g.InputMessages = wire.Bound(in, b.contentMax, missing)
	g.SystemInstructions = wire.Bound(system, b.contentMax, 0)
	outMissing := 0
	if c.answerCut {
		outMissing = int(c.responseBytes) - len(c.answer)
	}
	g.OutputMessages = wire.Bound(out, b.contentMax, outMissing)
}
