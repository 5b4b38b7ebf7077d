package wire

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// Attach is shown the blobs of messages: media type and base64 text, as they stand between the quotes of the body. What it
// returns is put into the part as its "attachment", for who keeps the bytes beside the messages; nothing where it is empty.
type Attach func(mime, base64 []byte) (id string)

// InputMessages returns the messages of a request and its system instructions in the JSON of the OpenTelemetry GenAI
// conventions: [{"role":"user","parts":[{"type":"text","content":"…"}]}], and for system [{"type":"text","content":"…"}].
// Either is empty where there is none. Binary parts are replaced by their media type and size. The result is of the order
// of body in size, so bound body. Of broken JSON it returns what comes before the break.
func InputMessages(api API, body []byte) (messages, system string) {
	return InputMessagesWith(api, body, nil)
}

// InputMessagesWith is InputMessages for who keeps attachments.
func InputMessagesWith(api API, body []byte, attach Attach) (messages, system string) {
	c := newConversation()
	defer c.free()
	c.attach = attach
	switch api {
	case OpenAIChat:
		c.chat(get(body, "messages"))
	case OpenAICompletions:
		c.texts("user", get(body, "prompt"))
	case OpenAIEmbeddings:
		c.texts("user", get(body, "input"))
	case OpenAIResponses:
		c.instructions(get(body, "instructions"))
		c.items(get(body, "input"))
	case AnthropicMessages, AnthropicCountTokens:
		c.instructions(get(body, "system"))
		c.anthropic(get(body, "messages"))
	case GeminiGenerate, GeminiStream, GeminiCountTokens, GeminiEmbed:
		c.gemini(api, body)
	}
	messages = c.String()
	if len(c.system) > 0 {
		c.json = appendParts(c.json[:0], c.system, attach)
		system = string(c.json)
	}
	return messages, system
}

// OutputMessages returns the messages of an answer in the same form, with their finish_reason: from a whole body, or,
// where streamed, from a transcript of the stream, which may be cut short.
func OutputMessages(api API, body []byte, streamed bool) string {
	return OutputMessagesWith(api, body, streamed, nil)
}

// OutputMessagesWith is OutputMessages for who keeps attachments.
func OutputMessagesWith(api API, body []byte, streamed bool, attach Attach) string {
	if api == GeminiStream {
		streamed = true
	}
	body = bytes.TrimPrefix(body, []byte(byteMark))
	if i := skipSpace(body, 0); streamed && i < len(body) && body[i] == '{' {
		streamed = false
	}
	c := newConversation()
	defer c.free()
	c.attach = attach
	switch api {
	case OpenAIChat, OpenAICompletions:
		if streamed {
			return chatTranscript(body)
		}
		c.choices(get(body, "choices"))
	case OpenAIResponses:
		if streamed {
			return responsesTranscript(body)
		}
		c.response(body)
	case AnthropicMessages:
		if streamed {
			return messagesTranscript(body)
		}
		c.add("assistant", blocks(get(body, "content")), finishOf(get(body, "stop_reason")))
	case GeminiGenerate, GeminiStream:
		if streamed {
			return geminiTranscript(body, attach)
		}
		c.candidates(body)
	}
	return c.String()
}

// conversation is a list of messages as it grows, in JSON.
type conversation struct {
	json   []byte
	system []part
	attach Attach // may be nil
}

// conversations holds memory, no state.
var conversations = sync.Pool{New: func() any { return &conversation{json: make([]byte, 0, 4<<10)} }}

// Bounds of the memory that is kept of a conversation.
const (
	maxJSON  = 256 << 10
	maxParts = 32
)

func newConversation() *conversation { return conversations.Get().(*conversation) }

// free gives the memory back. Nothing that it refers to is kept.
func (c *conversation) free() {
	if cap(c.json) > maxJSON || cap(c.system) > maxParts {
		return
	}
	clear(c.system)
	c.json, c.system, c.attach = c.json[:0], c.system[:0], nil
	conversations.Put(c)
}

// maxMessages bounds the messages of one conversation, and the parts of a message.
const maxMessages = 10_000

func (c *conversation) String() string {
	if len(c.json) == 0 {
		return ""
	}
	c.json = append(c.json, ']')
	return string(c.json)
}

// add appends a message; one without parts and finish reason is left out.
func (c *conversation) add(role string, parts []part, finish string) {
	if len(parts) == 0 && finish == "" {
		return
	}
	sep := byte(',')
	if len(c.json) == 0 {
		sep = '['
	}
	c.json = append(c.json, sep)
	c.json = append(c.json, `{"role":`...)
	c.json = appendQuoted(c.json, []byte(role))
	c.json = append(c.json, `,"parts":`...)
	c.json = appendParts(c.json, parts, c.attach)
	if finish != "" {
		c.json = append(c.json, `,"finish_reason":`...)
		c.json = appendQuoted(c.json, []byte(finish))
	}
	c.json = append(c.json, '}')
}

// instructions takes the system text: a string or a list of text parts.
func (c *conversation) instructions(v []byte) {
	c.system = appendContent(c.system, v)
}

// texts takes a string or a list of strings, a message each.
func (c *conversation) texts(role string, v []byte) {
	if s := inside(v); s != nil {
		c.add(role, []part{{kind: partText, text: s}}, "")
		return
	}
	n := 0
	for e := entriesOf(v); e.next() && n < maxMessages; n++ {
		if s := inside(e.value); s != nil {
			c.add(role, []part{{kind: partText, text: s}}, "")
		}
	}
}

// part of a message. Texts are as they stand between the quotes of the source, escapes and all, and may be put together.
type part struct {
	kind     partKind
	text     []byte // content; arguments or response where they are a string that may hold JSON; base64 of a blob
	value    []byte // arguments or response where they are JSON
	inner    []part // response where it is parts
	id, name []byte
	mime     []byte
	modality string
	size     int // bytes of a blob
	key      int // the provider's index, while a stream is put together
}

type partKind uint8

const (
	partText partKind = iota
	partReasoning
	partCall
	partResponse
	partBlob
	partURI
	partFile
)

func appendParts(b []byte, parts []part, attach Attach) []byte {
	b = append(b, '[')
	for i := range parts {
		if i > 0 {
			b = append(b, ',')
		}
		b = parts[i].append(b, attach)
	}
	return append(b, ']')
}

func (p *part) append(b []byte, attach Attach) []byte {
	switch p.kind {
	case partReasoning:
		b = append(b, `{"type":"reasoning","content":`...)
		b = appendRaw(b, p.text)
	case partCall:
		b = append(b, `{"type":"tool_call"`...)
		b = appendMember(b, "id", p.id)
		b = appendMember(b, "name", p.name)
		b = append(b, `,"arguments":`...)
		b = p.appendValue(b)
	case partResponse:
		b = append(b, `{"type":"tool_call_response"`...)
		b = appendMember(b, "id", p.id)
		b = appendMember(b, "name", p.name)
		b = append(b, `,"response":`...)
		if p.inner != nil {
			b = appendParts(b, p.inner, attach)
		} else {
			b = p.appendValue(b)
		}
	case partBlob:
		b = append(b, `{"type":"blob"`...)
		b = appendMember(b, "modality", []byte(p.modality))
		b = appendMember(b, "mime_type", p.mime)
		b = append(b, `,"size":`...)
		b = strconv.AppendInt(b, int64(p.size), 10)
		if attach != nil {
			b = appendMember(b, "attachment", []byte(attach(p.mime, p.text)))
		}
	case partURI:
		b = append(b, `{"type":"uri"`...)
		b = appendMember(b, "modality", []byte(p.modality))
		b = appendMember(b, "mime_type", p.mime)
		b = append(b, `,"uri":`...)
		b = appendRaw(b, p.text)
	case partFile:
		b = append(b, `{"type":"file"`...)
		b = appendMember(b, "modality", []byte(p.modality))
		b = append(b, `,"file_id":`...)
		b = appendRaw(b, p.id)
	default:
		b = append(b, `{"type":"text","content":`...)
		b = appendRaw(b, p.text)
	}
	return append(b, '}')
}

func appendMember(b []byte, key string, raw []byte) []byte {
	if len(raw) == 0 {
		return b
	}
	b = append(b, ',', '"')
	b = append(b, key...)
	b = append(b, '"', ':')
	return appendRaw(b, raw)
}

// appendValue appends arguments or a response: JSON as JSON, whether it came as such or inside a string.
func (p *part) appendValue(b []byte) []byte {
	v := p.value
	if v == nil {
		v = bytes.TrimSpace(unescape(p.text))
		if len(v) == 0 || v[0] != '{' && v[0] != '[' || !json.Valid(v) {
			return appendRaw(b, p.text)
		}
	}
	if json.Valid(v) && utf8.Valid(v) {
		return append(b, v...)
	}
	return appendQuoted(b, v)
}

// appendRaw appends what stood between the quotes of a string as a string again, mended where it is not valid.
func appendRaw(b, raw []byte) []byte {
	if !validRaw(raw) {
		return appendQuoted(b, unescape(raw))
	}
	b = append(b, '"')
	b = append(b, raw...)
	return append(b, '"')
}

func validRaw(raw []byte) bool {
	plain := plainText(raw)
	for i := plain; i < len(raw); i++ {
		switch c := raw[i]; {
		case c > '\\':
		case c < ' ' || c == '"':
			return false
		case c == '\\':
			i++
			if i == len(raw) {
				return false
			}
			if raw[i] == 'u' {
				if _, ok := codeUnit(raw[i-1:]); !ok {
					return false
				}
			} else if strings.IndexByte(`"\/bfnrt`, raw[i]) < 0 {
				return false
			}
		}
	}
	return utf8.Valid(raw[plain:])
}

// plainText is how many bytes of s, in whole words, are ASCII that stands in a string as it is.
func plainText(s []byte) int {
	const low, high = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(s); i += 8 {
		w := binary.LittleEndian.Uint64(s[i:])
		quote, slash := w^('"'*low), w^('\\'*low)
		if (w|(w-' '*low)|(quote-low)|(slash-low))&high != 0 { // borrows only find more
			break
		}
	}
	return i
}

// finishOf normalises a finish reason value; empty if it is no string.
func finishOf(v []byte) string {
	if inside(v) == nil {
		return ""
	}
	return FinishReason(factText([]byte(str(v))))
}

// media makes the part of an image, a sound or a file given by its URL, which may be a data URL.
func media(modality string, url []byte) part {
	head, data, ok := bytes.Cut(url, []byte(","))
	if mime, isData := bytes.CutPrefix(head, []byte("data:")); isData && ok {
		mime, _, _ = bytes.Cut(mime, []byte(";"))
		return blob(modality, mime, data)
	}
	return part{kind: partURI, modality: modality, text: url}
}

// blob makes a part of base64 text, of which the size is kept, and what Attach makes of it.
func blob(modality string, mime, base64 []byte) part {
	size := len(base64) * 3 / 4
	size -= len(base64) - len(bytes.TrimRight(base64, "="))
	if family, _, _ := bytes.Cut(mime, []byte("/")); modality == "" {
		switch string(family) {
		case "image", "audio", "video":
			modality = string(family)
		}
	}
	return part{kind: partBlob, modality: modality, mime: mime, text: base64, size: max(size, 0)}
}
