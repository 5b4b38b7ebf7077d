package pipeline

import (
	"encoding/base64"

	"github.com/telltale-dev/telltale/internal/pipeline/rawbody"
	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/redact"
	"github.com/telltale-dev/telltale/observe/wire"
)

// spanEvents cleans the events of a span. Those that hold content go where the policy keeps none.
func (c *cleaner) spanEvents(s *telemetry.Span) {
	kept := s.Events[:0]
	attachments := 0
	for i := range s.Events {
		e := &s.Events[i]
		switch e.Name {
		case telemetry.EventRequest, telemetry.EventResponse:
			if c.opts.Content == ContentOff {
				continue
			}
			c.captured(e, &s.Event)
		case telemetry.EventAttachment:
			if attachments++; attachments > telemetry.MaxAttachments || !c.attachment(e) {
				continue
			}
		default:
			c.text(&e.Name)
			c.attrs(e.Attributes, &s.Event)
		}
		kept = append(kept, *e)
	}
	clear(s.Events[len(kept):])
	s.Events = kept
}

// captured cleans a request or an answer that is kept as it was.
func (c *cleaner) captured(e *telemetry.SpanEvent, of *telemetry.Event) {
	body, answer := telemetry.AttrRequestBody, false
	if e.Name == telemetry.EventResponse {
		body, answer = telemetry.AttrResponseBody, true
	}
	at := -1
	for i := range e.Attributes {
		if e.Attributes[i].Key == body {
			at = i
		}
	}
	if at < 0 {
		c.attrs(e.Attributes, of)
		return
	}
	text, n := c.applyPolicyBy(e.Attributes[at].Value, func(r *redact.Redactor, text string) (string, int) {
		return rawbody.Redact(r, text, answer)
	})
	c.n += n
	e.Attributes[at].Value = ""
	c.attrs(e.Attributes, of)
	e.Attributes[at].Value = text
}

// attachment makes sure that what is passed over by the detectors is a picture, and nothing else: they would find digits in
// its base64, and nobody would see it any more. It reports whether it may be kept.
func (c *cleaner) attachment(e *telemetry.SpanEvent) bool {
	if c.opts.Content == ContentOff || c.opts.Content == ContentHash {
		return false
	}
	id, text := e.Attributes.Value(telemetry.AttrAttachmentID), e.Attributes.Value(telemetry.AttrAttachmentContent)
	if len(text) > base64.StdEncoding.EncodedLen(telemetry.MaxAttachment) || !isAttachmentID(id) {
		return false
	}
	mime, plain := wire.Picture([]byte(text))
	if mime == "" {
		return false
	}
	e.Attributes = telemetry.Attrs{
		{Key: telemetry.AttrAttachmentID, Value: id},
		{Key: telemetry.AttrAttachmentType, Value: mime},
		{Key: telemetry.AttrAttachmentContent, Value: base64.StdEncoding.EncodeToString(plain)},
	}
	return true
}

// isAttachmentID knows ids as the gateway and the dialects make them: up to 16 hex digits.
func isAttachmentID(id string) bool {
	for i := range len(id) {
		if c := id[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return id != "" && len(id) <= 16
}
