package gateway

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/wire"
)

// rawEvents are the bodies of a call as they were, with some of their headers. Body is that of the request without its coding.
func (c *call) rawEvents(body []byte, missing, limit int) []telemetry.SpanEvent {
	begin := c.start.UnixNano()
	request := telemetry.SpanEvent{Time: begin, Name: telemetry.EventRequest, Attributes: slices.Clip(c.sent)}
	if len(body) > 0 {
		request.Attributes = append(request.Attributes, telemetry.Attr{Key: telemetry.AttrRequestBody, Value: rawText(body, limit, missing)})
	}
	response := telemetry.SpanEvent{Time: begin + int64(c.duration), Name: telemetry.EventResponse, Attributes: slices.Clip(c.returned)}
	if c.status > 0 {
		response.Attributes = append(response.Attributes, telemetry.Attr{Key: attrStatus, Value: strconv.Itoa(c.status)})
	}
	if len(c.answer) > 0 {
		response.Attributes = append(response.Attributes, telemetry.Attr{Key: telemetry.AttrResponseBody, Value: c.rawAnswer(limit)})
	}
	return []telemetry.SpanEvent{request, response}
}

// rawText is a body as text of at most limit bytes and a mark. missing is how much of its end was not kept before.
func rawText(body []byte, limit, missing int) string {
	if missing > 0 {
		body = wholeRunes(body)
	}
	if utf8.Valid(body) {
		return wire.BoundBody(body, limit, missing)
	}
	if t := bytes.TrimLeft(body, " \t\r\n"); len(t) == 0 || !strings.ContainsRune(`{["`, rune(t[0])) && !isStream(t) {
		return fmt.Sprintf("…[binary, %d bytes]", len(body)+missing)
	}
	return wire.BoundBody(bytes.ToValidUTF8(body, []byte("\uFFFD")), limit, missing)
}

func isStream(b []byte) bool {
	return bytes.HasPrefix(b, []byte("data:")) || bytes.HasPrefix(b, []byte("event:"))
}

// wholeRunes drops what a cut left of a character.
func wholeRunes(b []byte) []byte {
	for i := 1; i <= min(len(b), utf8.UTFMax-1); i++ {
		if at := len(b) - i; utf8.RuneStart(b[at]) {
			if !utf8.FullRune(b[at:]) {
				return b[:at]
			}
			break
		}
	}
	return b
}

// rawAnswer is what the provider returned. Of a long stream the first and the last events are kept, since the last say how
// it ended and what it used.
func (c *call) rawAnswer(limit int) string {
	head, gone := c.answer, c.answerMissing()
	if !c.streamed || c.answerCoding != "" || gone == 0 && len(head) <= limit || !isStream(head) {
		return rawText(head, limit, gone)
	}
	tail := c.answerEnd
	if gone -= len(tail); gone < 0 || len(tail) == 0 {
		tail, gone = nil, c.answerMissing()
		if gone == 0 {
			at := len(head) - min(limit/4, len(head)/2)
			head, tail = head[:at], head[at:]
		}
	}
	last := tail[max(0, len(tail)-limit/4):]
	last = last[eventBorder(last, bytes.Index):]
	to := 0
	if first := head[:min(len(head), limit-len(last))]; len(first) > 0 {
		to = eventBorder(first, bytes.LastIndex)
	}
	if to == 0 {
		return rawText(c.answer, limit, c.answerMissing())
	}
	gone += len(head) - to + len(tail) - len(last)
	return rawText(head[:to], limit, 0) + fmt.Sprintf(": …[cut %d bytes]\n\n", gone) + rawText(last, limit, 0)
}

// eventBorder finds an empty line with index, and returns where it ends; 0 where there is none.
func eventBorder(b []byte, index func(b, sep []byte) int) int {
	for _, border := range []string{"\n\n", "\r\n\r\n"} {
		if i := index(b, []byte(border)); i >= 0 {
			return i + len(border)
		}
	}
	return 0
}

// Headers that are kept with raw bodies, in canonical form; a name that ends with a dash stands for all that begin so. None
// holds a secret or says who somebody is.
var (
	keptOfRequest = []string{
		"Accept", "Anthropic-Beta", "Anthropic-Version", "Content-Encoding", "Content-Type", "Openai-Beta", "X-Goog-Api-Client", "X-Stainless-",
	}
	keptOfResponse = []string{
		"Anthropic-Ratelimit-", "Apim-Request-Id", "Cf-Ray", "Content-Encoding", "Content-Type", "Openai-Model", "Openai-Processing-Ms",
		"Openai-Version", "Ratelimit-", "Request-Id", "Retry-After", "Retry-After-Ms", "Server-Timing", "X-Envoy-Upstream-Service-Time",
		"X-Gemini-Service-Tier", "X-Goog-Request-Id", "X-Model-", "X-Ms-Region", "X-Ratelimit-", "X-Request-Id", "X-Should-Retry",
	}
)

// Bounds of the headers that are kept.
const (
	maxKeptHeaders = 48
	maxHeaderValue = 256
)

// keptHeaders are attributes of the headers that are on a list, sorted by name.
func keptHeaders(prefix string, h http.Header, list []string) telemetry.Attrs {
	var attrs telemetry.Attrs
	for name, values := range h {
		if len(attrs) == maxKeptHeaders {
			break
		}
		if isCredential(name) || !slices.ContainsFunc(list, func(on string) bool {
			return on == name || strings.HasSuffix(on, "-") && strings.HasPrefix(name, on)
		}) {
			continue
		}
		attrs = append(attrs, telemetry.Attr{
			Key: prefix + cleanText(strings.ToLower(name), maxID), Value: cleanText(strings.Join(values, ", "), maxHeaderValue),
		})
	}
	slices.SortFunc(attrs, func(a, b telemetry.Attr) int { return strings.Compare(a.Key, b.Key) })
	return attrs
}
