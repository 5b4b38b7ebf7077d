package gateway

import (
	"net/http"
	"strings"
)

// Names of headers, in canonical form, as they key http.Header.
const (
	hdrTelltaleKey       = "X-Telltale-Key"
	hdrRequestID         = "X-Request-Id"
	hdrOwnRequestID      = "X-Telltale-Request-Id"
	hdrProviderRequestID = "X-Telltale-Provider-Request-Id"
	ownPrefix            = "X-Telltale-"
)

// staysHere reports whether a header of the client is not for the provider: because it is about this connection, because
// the gateway writes its own, or because it tells who the client is and where it came from.
func staysHere(name string) bool {
	switch name {
	case "Connection", "Proxy-Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Http2-Settings",
		"Proxy-Authenticate", "Proxy-Authorization", "Expect",
		"Accept-Encoding", "Content-Length", "Host", "Traceparent", "Tracestate", "Cookie",
		"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Server",
		"X-Forwarded-Prefix", "X-Real-Ip", "X-Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "X-Original-Forwarded-For":
		return true
	}
	return strings.HasPrefix(name, ownPrefix)
}

// isCredential reports whether a header carries a key in one of the APIs.
func isCredential(name string) bool {
	switch name {
	case "Authorization", "X-Api-Key", "X-Goog-Api-Key", "Api-Key":
		return true
	}
	return false
}

// identity asks for an answer that is not compressed.
var (
	identity    = []string{"identity"}
	noUserAgent = []string{""} // keeps net/http from naming itself
)

// upstreamHeader is what of the client's header goes to the provider. Values are shared, not copied.
func upstreamHeader(in http.Header, keyed bool) http.Header {
	out := make(http.Header, len(in))
	for k, v := range in {
		if staysHere(k) || keyed && isCredential(k) {
			continue
		}
		out[k] = v
	}
	dropNamed(out, in["Connection"])
	if c := in["Cookie"]; c != nil {
		if c = foreignCookies(c); c != nil {
			out["Cookie"] = c
		}
	}
	out["Accept-Encoding"] = identity
	if out["User-Agent"] == nil {
		out["User-Agent"] = noUserAgent
	}
	return out
}

// dropNamed removes the headers that Connection names: they are for the next hop only.
func dropNamed(h http.Header, connection []string) {
	for _, v := range connection {
		for name := range strings.SplitSeq(v, ",") {
			if name = strings.TrimSpace(name); name != "" {
				delete(h, http.CanonicalHeaderKey(name))
			}
		}
	}
}

// foreignCookies leaves out the cookies of this server's own web pages.
func foreignCookies(values []string) []string {
	var out []string
	for _, v := range values {
		if !strings.Contains(strings.ToLower(v), "telltale") {
			out = append(out, v)
			continue
		}
		var kept []string
		for c := range strings.SplitSeq(v, ";") {
			if c = strings.TrimSpace(c); c != "" && !strings.HasPrefix(strings.ToLower(c), "telltale") {
				kept = append(kept, c)
			}
		}
		if kept != nil {
			out = append(out, strings.Join(kept, "; "))
		}
	}
	return out
}

// copyAnswerHeader gives the provider's header to the client, but for what is about the provider's connection.
func copyAnswerHeader(dst, src http.Header) {
	for k, v := range src {
		switch k {
		case "Connection", "Proxy-Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
			"Proxy-Authenticate", "Proxy-Authorization":
			continue
		}
		dst[k] = v
	}
	dropNamed(dst, src["Connection"])
	if dst["Content-Type"] == nil {
		dst["Content-Type"] = nil // keeps net/http from guessing one
	}
}

// first returns the first value of the first of these headers that has one.
func first(h http.Header, names ...string) string {
	for _, n := range names {
		if v := h[n]; len(v) > 0 && v[0] != "" {
			return v[0]
		}
	}
	return ""
}

// wantsUpgrade reports whether the client asks for a WebSocket. Other protocols (h2c) may be declined in silence.
func wantsUpgrade(h http.Header) bool {
	for _, v := range h["Upgrade"] {
		if strings.Contains(strings.ToLower(v), "websocket") {
			return true
		}
	}
	return false
}
