package wire

import (
	"bytes"
	"net/http"
	"strconv"
	"sync"
)

// ScanResponse reads the facts of a whole, not streamed, answer. A status of 400 and above makes Response.Error non-nil
// even where the body says nothing.
func ScanResponse(api API, status int, body []byte) Response {
	r := responseReaders.Get().(*responseReader)
	defer responseReaders.Put(r)
	r.start(api, false)
	r.walker.feed(bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF")))
	resp := r.response()
	if status >= http.StatusBadRequest {
		if resp.Error == nil {
			resp.Error = &Error{Code: r.code, Message: r.message}
		}
		if resp.Error.Type == "" {
			resp.Error.Type = first(errorType(api.Kind(), status), strconv.Itoa(status))
		}
	}
	return resp
}

var responseReaders = sync.Pool{New: func() any { return new(responseReader) }}

// responseReader collects the facts of an answer, whole or event by event.
type responseReader struct {
	walker walker
	api    API
	stream bool
	id     string
	model  string
	known  string // the model of the answer before, which is mostly that of the next
	tier   string
	speed  string
	region string
	used   tokens

	event   string // type of the event, or of the body
	before  string // the event before it
	touched bool   // a fact other than a choice was said
	choices []choice
	choice  choice // that is being read
	inside  bool   // choice is being read
	n       int    // choices read of this array

	status     string // of an OpenAI response
	incomplete string // why it is
	called     bool   // it calls a function
	blocked    string // why Gemini refused the prompt

	failed  bool
	err     Error
	code    string // at the root of an event or body of type error
	message string
	final   bool // the event that ends the stream was seen
}

// choice is one of several answers.
type choice struct {
	index  int64
	finish string
	known  bool
}

// maxChoices is what OpenAI allows for n.
const maxChoices = 128

func (r *responseReader) start(api API, stream bool) {
	if api > GeminiOther {
		api = Unknown
	}
	s := responseSchemas[api]
	if stream && streamSchemas[api] != nil {
		s = streamSchemas[api]
	}
	*r = responseReader{
		walker: walker{schema: s, sink: r, buf: r.walker.buf[:0]}, api: api, stream: stream, choices: r.choices[:0],
		known: first(r.model, r.known),
	}
	r.walker.reset()
}

func (r *responseReader) value(f field, k kind, b []byte) {
	if k == isNull && r.stream {
		if f == respFinish {
			r.choice.known = false
		}
		return // a chunk which does not know leaves what others said
	}
	if f < respChoices || f > respFinish {
		r.touched = true
	}
	if f >= firstTokens && f < pastTokens {
		r.used.value(f, k, b, r.stream)
		return
	}
	switch f {
	case respID:
		set(&r.id, k, b)
	case respModel:
		if r.model == "" && k == text && string(b) == r.known {
			r.model = r.known
		}
		set(&r.model, k, b)
	case respTier:
		set(&r.tier, k, b)
	case respSpeed:
		set(&r.speed, k, b)
	case respRegion:
		set(&r.region, k, b)
	case respStatus:
		set(&r.status, k, b)
	case respIncomplete:
		set(&r.incomplete, k, b)
	case respBlocked:
		set(&r.blocked, k, b)
		r.final = r.final || r.blocked != ""
	case respType:
		if k == text && string(b) == r.before {
			r.event = r.before
		}
		set(&r.event, k, b)
		r.final = r.final || ends(r.event)
	default:
		r.choiceValue(f, k, b)
	}
}

// ends reports whether an event of that type is the last of a stream.
func ends(event string) bool {
	switch event {
	case "message_stop", "response.completed", "response.incomplete", "response.failed":
		return true
	}
	return false
}

func (r *responseReader) choiceValue(f field, k kind, b []byte) {
	switch f {
	case respOutput:
		r.called = false
	case respOutputType:
		switch string(b) {
		case "function_call", "custom_tool_call", "local_shell_call", "shell_call", "apply_patch_call", "computer_call":
			r.called = true
		}
	case respChoices:
		if r.n = 0; !r.stream {
			r.choices = r.choices[:0]
		}
	case respChoice:
		r.choice, r.inside = choice{index: int64(r.n)}, k == object
		r.n++
	case respIndex:
		if i, err := strconv.ParseInt(string(b), 10, 64); err == nil && k == number {
			r.choice.index = i
		}
	case respFinish:
		r.choice.known = k == text
		if k == text && string(b) != r.choice.finish {
			r.choice.finish = factText(b)
		}
	case respStop: // of the one answer there is
		r.choice, r.inside = choice{known: k == text}, false
		if k == text {
			r.choice.finish = factText(b)
		}
		r.endChoice()
	default:
		r.errorValue(f, k, b)
	}
}

func (r *responseReader) errorValue(f field, k kind, b []byte) {
	switch f {
	case respError:
		r.err, r.failed = Error{}, k == text || k == object
		if k == text {
			r.err.Message = factText(b)
		}
	case respErrType:
		set(&r.err.Type, k, b)
	case respErrCode:
		set(&r.err.Code, k, b)
		if k == number {
			r.err.Code = factText(b)
		}
	case respErrMessage:
		set(&r.err.Message, k, b)
	case respRootCode:
		set(&r.code, k, b)
		if k == number {
			r.code = factText(b)
		}
	case respRootMessage:
		set(&r.message, k, b)
	}
}

// set keeps a text, without another allocation where it is the same as before.
func set(s *string, k kind, b []byte) {
	switch {
	case k != text:
		*s = ""
	case string(b) != *s:
		*s = factText(b)
	}
}

func (r *responseReader) end(f field) {
	switch f {
	case respChoice:
		r.inside = false
		r.endChoice()
	case respError, respChoices:
	default:
		r.used.end(f)
	}
}

func (r *responseReader) endChoice() {
	r.choices = r.choice.addTo(r.choices)
	if r.choice.known && r.api.Kind() == Gemini {
		r.final = true
	}
}

func (c choice) addTo(list []choice) []choice {
	if !c.known {
		return list
	}
	for i := range list {
		if list[i].index == c.index {
			list[i] = c
			return list
		}
	}
	if len(list) == maxChoices {
		return list
	}
	return append(list, c)
}

// endEvent closes what belongs to one event of a stream.
func (r *responseReader) endEvent() {
	r.err, r.failed = r.failure()
	if r.event != "" {
		r.before = r.event
	}
	r.event, r.code, r.message = "", "", ""
	if r.inside {
		r.inside = false
		r.endChoice()
	}
	r.walker.reset()
}
