package gateway

import (
	"encoding/base64"
	"slices"
	"strconv"

	"github.com/zeebo/xxh3"

	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/wire"
)

// pictures of one call, in the order in which they stand in it.
type pictures struct{ list []picture }

type picture struct {
	id     string
	base64 []byte // as it stands in the body
}

// attach notes a picture that may be kept and names it; see wire.Attach.
func (p *pictures) attach(mime, text []byte) string {
	const longest = telemetry.MaxAttachment*4/3 + 8<<10 // line breaks and escapes included
	if len(text) == 0 || len(text) > longest || !telemetry.IsPictureType(string(mime)) {
		return ""
	}
	if mime, _ := wire.Picture(text[:min(len(text), 24)]); mime == "" { // the beginning of one tells
		return ""
	}
	id := strconv.FormatUint(xxh3.Hash(text), 16)
	p.list = append(p.list, picture{id, text})
	return id
}

// events are the newest pictures, each once, of at most room bytes in all.
func (p *pictures) events(at int64, room int) (events []telemetry.SpanEvent) {
	seen := map[string]bool{}
	for _, pic := range slices.Backward(p.list) {
		if len(events) == telemetry.MaxAttachments {
			break
		}
		if seen[pic.id] {
			continue
		}
		seen[pic.id] = true
		mime, plain := wire.Picture(pic.base64)
		if mime == "" || len(plain) > telemetry.MaxAttachment || len(plain) > room {
			continue
		}
		room -= len(plain)
		events = append(events, telemetry.SpanEvent{Time: at, Name: telemetry.EventAttachment, Attributes: telemetry.Attrs{
			{Key: telemetry.AttrAttachmentID, Value: pic.id},
			{Key: telemetry.AttrAttachmentType, Value: mime},
			{Key: telemetry.AttrAttachmentContent, Value: base64.StdEncoding.EncodeToString(plain)},
		}})
	}
	slices.Reverse(events)
	return events
}
