package dialect

import (
	"net/url"
	"strings"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// common are the canonical fields that any span or log may have, whoever sent it.
type common uint8

const (
	notCommon common = iota
	requestID
	userID
	tenantID
	sessionID
	keyID
	httpMethod
	httpPath
	httpStatus
	errorType
	numCommon
)

// commonKey tells which field an attribute is a source of, and its rank: the lowest rank that is not empty wins. Every
// attribute of every record passes here, so it is one switch.
func commonKey(key string) (common, uint8) {
	switch key {
	case "http.request.method":
		return httpMethod, 1
	case "http.method":
		return httpMethod, 2
	case "http.route":
		return httpPath, 1
	case "url.path":
		return httpPath, 2
	case "http.target":
		return httpPath, 3
	case "url.full":
		return httpPath, 4
	case "http.url":
		return httpPath, 5
	case "http.response.status_code":
		return httpStatus, 1
	case "http.status_code":
		return httpStatus, 2
	case "error.type":
		return errorType, 1
	case "exception.type": // of logs
		return errorType, 2

	case "request.id":
		return requestID, 1
	case "request_id":
		return requestID, 2
	case "http.request.header.x-request-id":
		return requestID, 3
	case "http.request.header.x_request_id":
		return requestID, 4
	case "http.request_id":
		return requestID, 5
	case "requestId":
		return requestID, 6
	case "x-request-id":
		return requestID, 7
	case "http.response.header.x-request-id":
		return requestID, 8

	case "tenant.id":
		return tenantID, 1
	case "tenant_id":
		return tenantID, 2
	case "tenantId":
		return tenantID, 3
	case "organization.id":
		return tenantID, 4

	case "key.id":
		return keyID, 1
	case "key_id":
		return keyID, 2
	}
	return identityKey(key)
}

// identityKey is commonKey for who the user was and in which conversation.
func identityKey(key string) (common, uint8) {
	switch key {
	case "gen_ai.conversation.id":
		return sessionID, 1
	case "session.id":
		return sessionID, 2
	case "langfuse.session.id":
		return sessionID, 3
	case "traceloop.association.properties.session_id":
		return sessionID, 4
	case "traceloop.association.properties.thread_id":
		return sessionID, 5
	case "ai.telemetry.metadata.sessionId":
		return sessionID, 6
	case "langsmith.trace.session_id":
		return sessionID, 7
	case "langsmith.metadata.session_id":
		return sessionID, 8
	case "langsmith.metadata.thread_id":
		return sessionID, 9
	case "langsmith.metadata.conversation_id":
		return sessionID, 10
	case "conversation.id":
		return sessionID, 11
	case "session_id":
		return sessionID, 12
	case "conversation_id":
		return sessionID, 13
	case "sessionId":
		return sessionID, 14

	case "user.id":
		return userID, 1
	case "enduser.id":
		return userID, 2
	case "langfuse.user.id":
		return userID, 3
	case "traceloop.association.properties.user_id":
		return userID, 4
	case "ai.telemetry.metadata.userId":
		return userID, 5
	case "langsmith.metadata.user_id":
		return userID, 6
	case "gen_ai.user":
		return userID, 7
	case "llm.user":
		return userID, 8
	case "user_id":
		return userID, 9
	case "userId":
		return userID, 10
	case "user.account_id": // Codex
		return userID, 11
	}
	return notCommon, 0
}

// genAIPrefixes begin the names of attributes that only instrumentation of models and agents uses.
var genAIPrefixes = [...]string{
	"gen_ai.", "llm.", "ai.", "langfuse.", "traceloop.", "openinference.", "langsmith.", "litellm.", "anthropic.",
	"pydantic_ai.", "codex.", "embedding.", "reranker.", "mcp.method.name", "operation.cost",
}

// isGenAIKey reports whether key begins with one of genAIPrefixes.
func isGenAIKey(key string) bool {
	if len(key) < 4 {
		return false
	}
	switch key[0] {
	case 'g', 'l', 'a', 't', 'o', 'p', 'c', 'e', 'r', 'm':
	default:
		return false
	}
	for _, p := range genAIPrefixes {
		if p[0] == key[0] && strings.HasPrefix(key, p) {
			return true
		}
	}
	return false
}

// readCommon fills the fields every record may have, in one pass over its attributes, and reports whether any attribute
// is of GenAI.
func readCommon(e *telemetry.Event) (genAI bool) {
	var ranks [numCommon]uint8
	var found [numCommon]string
	for i := range e.Attributes {
		a := &e.Attributes[i]
		genAI = genAI || isGenAIKey(a.Key)
		f, rank := commonKey(a.Key)
		if f == notCommon || a.Value == "" || ranks[f] != 0 && ranks[f] <= rank {
			continue
		}
		v := clean(a.Value)
		if v == "" || f == requestID && !telemetry.ValidRequestID(v) {
			continue
		}
		ranks[f], found[f] = rank, v
	}
	fill(&e.RequestID, found[requestID])
	fill(&e.UserID, found[userID])
	fill(&e.TenantID, found[tenantID])
	fill(&e.SessionID, found[sessionID])
	fill(&e.KeyID, found[keyID])
	fill(&e.HTTPMethod, strings.ToUpper(found[httpMethod]))
	fill(&e.ErrorType, found[errorType])
	if e.HTTPPath == "" {
		e.HTTPPath = pathOf(found[httpPath], ranks[httpPath])
	}
	if n := tokens(found[httpStatus]); n.Value >= 100 && n.Value < 1000 && !e.HTTPStatus.Known {
		e.HTTPStatus = n
	}
	return genAI
}

// fill keeps what is known already.
func fill(to *string, v string) {
	if *to == "" {
		*to = v
	}
}

// pathOf takes query and host away; rank says which attribute it was.
func pathOf(s string, rank uint8) string {
	if rank >= 4 { // a whole URL
		u, err := url.Parse(s)
		if err != nil {
			return ""
		}
		return u.Path
	}
	if i := strings.IndexAny(s, "?#"); i >= 0 && rank > 1 {
		s = s[:i]
	}
	return s
}

// clean undoes the ways in which clients wrap a text: quotes of JSON, a list of one, null.
func clean(s string) string {
	if len(s) < 2 {
		return s
	}
	switch s[0] {
	case '"':
		if v, ok := parse(s); ok && v.kind == jsonString {
			return unquote(v.raw)
		}
	case '[':
		if v, ok := parse(s); ok {
			if len(v.list) == 0 {
				return ""
			}
			if v.list[0].kind == jsonString {
				return unquote(v.list[0].raw)
			}
		}
	case 'n', 'N', 'u':
		if s == "null" || s == "None" || s == "undefined" {
			return ""
		}
	}
	return s
}
