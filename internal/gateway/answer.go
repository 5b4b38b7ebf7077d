package gateway

import (
	"bytes"
	"strconv"

	"github.com/telltale-dev/telltale/observe/wire"
)

// How usage is known, in the attribute telltale.usage. Without it, it is what the provider said at its end.
const (
	usageEstimated = "estimated" // some of it counted here, from text
	usagePartial   = "partial"   // the provider's, but not the last word
)

// maxAside bounds what is decoded of an answer that the provider compressed all the same.
const maxAside = 4 * mib

// readAnswer takes the facts from what was kept of the answer, after its last byte.
func (c *call) readAnswer(s *scratch) {
	head, whole := s.head, len(s.tail) == 0
	if c.answerCoding != "" {
		head = nil
		// A bomb from a provider is its client's business: it passes, and is not looked into.
		_ = c.g.decoding.aside(c.answerCoding, s.head, maxAside, func(plain []byte) { head = bytes.Clone(plain) })
	}
	switch api := c.route.API; {
	case c.streamed:
		if c.answerCoding != "" {
			_, _ = s.stream.Write(head)
		}
		c.response = s.stream.Response()
		if e := s.stream.Err(); e != nil {
			c.response.Error = e
		}
	case api.Operation() != "" || c.status >= 400:
		c.response = wire.ScanResponse(apiForErrors(api, c.kind), c.status, head)
		if !whole && c.answerCoding == "" {
			c.addTail(s.tail)
		}
	}
	if c.response.Error != nil || c.status >= 400 {
		c.providerFailed()
	}
	c.settleUsage(s, head)
	if c.left.Load() {
		c.clientGone()
	}
	c.keepAnswer(head, s.tail)
}

// apiForErrors lets errors on unknown paths be read in the way of the kind.
func apiForErrors(api wire.API, k wire.Kind) wire.API {
	if api != wire.Unknown {
		return api
	}
	switch k {
	case wire.Anthropic:
		return wire.AnthropicOther
	case wire.Gemini:
		return wire.GeminiOther
	}
	return wire.OpenAIOther
}

// addTail reads the end of an answer too long to keep: usage is put last, and embeddings name the model there.
func (c *call) addTail(tail []byte) {
	if r := c.scanFrom(tail, `"usage`); r.Usage.Known() {
		c.response.Usage = r.Usage
	}
	if c.response.Model == "" {
		c.response.Model = c.scanFrom(tail, `"model"`).Model
	}
}

// scanFrom reads the facts of what follows the last of a key, as if it were an answer of its own.
func (c *call) scanFrom(tail []byte, key string) wire.Response {
	i := bytes.LastIndex(tail, []byte(key))
	if i < 0 {
		return wire.Response{}
	}
	return wire.ScanResponse(c.route.API, c.status, append([]byte{'{'}, tail[i:]...))
}

func (c *call) providerFailed() {
	c.failed = true
	if c.errType != "" {
		return
	}
	if e := c.response.Error; e != nil {
		c.errType, c.errMessage = e.Type, e.Message
		if c.errType == "" {
			c.errType = e.Code
		}
	}
	if c.errType == "" {
		c.errType = strconv.Itoa(c.status)
	}
}

// clientGone marks a call whose client did not wait for the end. It is not a failure of the call: the client saw what it
// wanted, or gave up; error_type tells.
func (c *call) clientGone() {
	if c.errType == "" {
		c.errType = errClientLeft
		c.errMessage = "the client left before the end of the answer"
	}
}

// settled reports whether the last word on usage was seen.
func (c *call) settled(s *scratch) bool {
	if s.stream.Finished() || s.stream.Err() != nil {
		return true
	}
	if !c.splices() {
		return false
	}
	r := s.stream.Response()
	return r.Usage.Output.Known && len(r.FinishReasons) > 0
}

// settleUsage estimates what the provider would have said, had the stream come to its end.
func (c *call) settleUsage(s *scratch, head []byte) {
	if !c.streamed || c.route.API.Operation() == "" || c.settled(s) && c.response.Usage.Output.Known {
		return
	}
	u := &c.response.Usage
	if c.kind == wire.Gemini && u.Output.Known {
		c.usage = usagePartial
		return
	}
	text := wire.TextBytes(wire.OutputMessages(c.route.API, head, true))
	if s.total > int64(len(s.head)) && len(s.head) > 0 {
		text = int(int64(text) * s.total / int64(len(s.head)))
	}
	if text == 0 && !u.Input.Known {
		return // nothing was generated, as far as can be seen
	}
	c.usage = usageEstimated
	if est := tokensOf(text); !u.Output.Known || u.Output.Value < est {
		u.Output = wire.Count{Value: est, Known: true}
	}
	if !u.Input.Known && c.requestCoding == "" {
		in, system := wire.InputMessages(c.route.API, c.body[:min(len(c.body), maxAside)])
		u.Input = wire.Count{Value: tokensOf(wire.TextBytes(in) + wire.TextBytes(system)), Known: true}
	}
}

// bytesPerToken is what English prose takes on average with the tokenizers in use.
const bytesPerToken = 4

func tokensOf(text int) int64 { return int64((text + bytesPerToken - 1) / bytesPerToken) }

// keepAnswer copies what content needs, since the scratch is used again.
func (c *call) keepAnswer(head, tail []byte) {
	if c.g.noContent || c.route.API.Operation() == "" || len(head) == 0 {
		return
	}
	c.answer = bytes.Clone(head)
	c.answerCut = len(tail) > 0
	if c.g.raw && c.streamed && c.answerCoding == "" {
		c.answerEnd = bytes.Clone(tail)
	}
}
