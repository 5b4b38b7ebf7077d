package dialect

import (
	"encoding/base64"
	"slices"
	"strconv"

	"github.com/zeebo/xxh3"

	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/wire"
)

// picture is one that a message holds: its base64, and what its part is told by.
type picture struct{ id, base64 string }

// maxPictures bounds the bytes of the pictures of a span that are kept.
const maxPictures = 1 << 20

// attach notes a picture, if it may be kept, and returns its id.
func (c *conversation) attach(mime, text string) string {
	const longest = telemetry.MaxAttachment*4/3 + 8<<10 // line breaks included
	if text == "" || len(text) > longest || !telemetry.IsPictureType(mime) {
		return ""
	}
	if mime, _ := wire.Picture([]byte(text[:min(len(text), 24)])); mime == "" { // the beginning of one tells
		return ""
	}
	id := strconv.FormatUint(xxh3.HashString(text), 16)
	c.pictures = append(c.pictures, picture{id, text})
	return id
}

// keepPictures makes events of the pictures of what was said, the newest where there are too many.
func keepPictures(s *telemetry.Span, said ...*conversation) {
	var events []telemetry.SpanEvent
	seen, room := map[string]bool{}, maxPictures
	for _, c := range slices.Backward(said) {
		for _, pic := range slices.Backward(c.pictures) {
			if seen[pic.id] || len(events) == telemetry.MaxAttachments {
				continue
			}
			seen[pic.id] = true
			mime, plain := wire.Picture([]byte(pic.base64))
			if mime == "" || len(plain) > telemetry.MaxAttachment || len(plain) > room {
				continue
			}
			room -= len(plain)
			events = append(events, telemetry.SpanEvent{Time: s.Time, Name: telemetry.EventAttachment, Attributes: telemetry.Attrs{
				{Key: telemetry.AttrAttachmentID, Value: pic.id},
				{Key: telemetry.AttrAttachmentType, Value: mime},
				{Key: telemetry.AttrAttachmentContent, Value: base64.StdEncoding.EncodeToString(plain)},
			}})
		}
	}
	slices.Reverse(events)
	s.Events = append(s.Events, events...)
}
