package jsonlines

import "strings"

// role is what a field of a line is for.
type role uint8

const (
	roleAttribute role = iota
	roleTime
	roleLevel
	roleMessage
	roleLogger
	roleEventName
	roleTrace
	roleSpan
	roleParent // W3C traceparent: trace and span
	roleRequest
	roleUser
	roleTenant
	roleSession
	roleService
	roleEnvironment
	roleErrorType
	roleErrorMessage
	roleStack
	roleError // one of the three above, told by its value
	roleInline
	roleName // logger of python-json-logger, pino and bunyan, else an attribute
	numRoles
)

// known is what a field name says.
type known struct {
	role  role
	rank  uint8 // of several fields for one role the lowest is taken, the others stay attributes
	scale scale // of levels

	decimal bool // of ids: decimal as Datadog writes them, else hexadecimal
}

// fieldNames are listed by role in the order in which they are preferred. Names are compared without case and without
// what separates their words: request_id, requestId and request.id are one.
var fieldNames = indexNames(map[role][]string{
	roleTime: {
		"@timestamp", "timestamp", "time", "ts", "@t", "asctime", "datetime", "instant", "time_millis", "written_at",
		"log_timestamp", "event_time", "created", "date", "time_unix_nano", "observed_timestamp",
	},
	roleLevel: {
		"severity", "level", "levelname", "lvl", "log_level", "@l", "severity_text", "severity_number", "levelno", "level_number",
	},
	roleMessage: {
		"message", "msg", "event", "@m", "@message", "text_payload", "short_message", "@mt", "log", "body", "text",
	},
	roleLogger:       {"logger", "logger_name", "log.logger", "channel"},
	roleEventName:    {"event.name"},
	roleTrace:        {"trace_id", "otelTraceID", "trace.id", "dd.trace_id", "logging.googleapis.com/trace", "trace", "@tr", "x_b3_traceid"},
	roleSpan:         {"span_id", "otelSpanID", "dd.span_id", "logging.googleapis.com/spanId", "@sp", "x_b3_spanid"},
	roleParent:       {"traceparent"},
	roleRequest:      {"request_id", "x_request_id", "req_id", "http.request.id", "correlation_id"},
	roleUser:         {"user_id", "user", "enduser.id", "usr.id"},
	roleTenant:       {"tenant_id", "tenant", "organization_id", "org_id"},
	roleSession:      {"session_id", "session", "conversation_id", "gen_ai.conversation.id"},
	roleService:      {"service.name", "service", "dd.service", "application", "app", "app_name"},
	roleEnvironment:  {"deployment.environment.name", "deployment.environment", "service.environment", "environment", "env", "dd.env"},
	roleErrorType:    {"exception.type", "error.type", "exception.class", "error.kind", "exc_type", "error_type", "err.type", "err.name", "error.name"},
	roleErrorMessage: {"exception.message", "error.message", "err.message", "exc_value", "error_message"},
	roleStack: {
		"exception.stacktrace", "error.stack_trace", "stack_trace", "stacktrace", "error.stack", "err.stack", "stack", "exc_text", "traceback",
	},
	roleError:  {"exception", "exc_info", "error", "err", "@x", "thrown"},
	roleInline: {"json_payload", "context_map", "mdc", "extra", "fields"},
	roleName:   {"name"},
})

func indexNames(lists map[role][]string) map[string]known {
	t := map[string]known{}
	for r, names := range lists {
		for i, name := range names {
			t[plainName(name)] = known{role: r, rank: uint8(i), scale: scaleOf(name), decimal: strings.HasPrefix(name, "dd.")}
		}
	}
	return t
}

func scaleOf(name string) scale {
	switch name {
	case "severity_number":
		return scaleOTel
	case "levelno", "level_number":
		return scalePython
	}
	return scaleGuess
}

// maxFieldName is longer than any known name.
const maxFieldName = 40

// lookupField says what a field is for.
func lookupField(name string) known {
	if len(name) > maxFieldName {
		return known{}
	}
	var buf [maxFieldName]byte
	return fieldNames[string(appendPlain(buf[:0], name))]
}

func plainName(name string) string { return string(appendPlain(nil, name)) }

// appendPlain appends a name in lower case without separators. A leading @ stays: Serilog's @l is not l.
func appendPlain(dst []byte, name string) []byte {
	for i := range len(name) {
		switch c := name[i]; {
		case c == '_', c == '.', c == '-', c == ' ':
		case 'A' <= c && c <= 'Z':
			dst = append(dst, c|0x20)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// firstLine and lastLine cut a text.
func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strings.TrimSpace(line)
}

func lastLine(s string) string {
	s = strings.TrimRight(s, "\r\n ")
	return strings.TrimSpace(s[strings.LastIndexByte(s, '\n')+1:])
}
