package gateway

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/telltale-dev/telltale/observe/wire"
)

// token is the hash of AuthToken, so that comparing takes the same time whatever is presented, its length included.
type token [sha256.Size]byte

func (t *token) is(presented string) bool {
	if len(presented) > 7 && strings.EqualFold(presented[:7], "bearer ") {
		presented = strings.TrimLeft(presented[7:], " ")
	}
	sum := sha256.Sum256([]byte(presented))
	return subtle.ConstantTimeCompare(sum[:], t[:]) == 1
}

// among reports whether one of the places for a provider's key holds the token.
func (t *token) among(h http.Header, queryKey string) bool {
	found := queryKey != "" && t.is(queryKey)
	for _, name := range [...]string{"Authorization", "X-Api-Key", "X-Goog-Api-Key", "Api-Key"} {
		for _, v := range h[name] {
			found = t.is(v) || found
		}
	}
	return found
}

// authorize decides whether the client may call the provider. queryKey is the value of ?key=.
func (g *Gateway) authorize(p *provider, h http.Header, queryKey string) *fault {
	if g.token == nil {
		return nil
	}
	own := h[hdrTelltaleKey]
	inKey := g.token.among(h, queryKey)
	if !p.keyed && inKey {
		// It would go to the provider.
		return &fault{
			status: http.StatusUnauthorized, errType: errAuth,
			message: "the Telltale token stands where the key of " + p.name + " belongs; send it in X-Telltale-Key",
		}
	}
	if len(own) == 1 && g.token.is(own[0]) || len(own) == 0 && p.keyed && inKey {
		return nil
	}
	message := "a Telltale token is needed: send it in X-Telltale-Key"
	if p.keyed {
		message += ", or in place of the key of " + p.name
	}
	if len(own) > 0 {
		message = "the token in X-Telltale-Key is not valid"
	} else if p.keyed && (first(h, "Authorization", "X-Api-Key", "X-Goog-Api-Key", "Api-Key") != "" || queryKey != "") {
		message = "the Telltale token is not valid"
	}
	return &fault{status: http.StatusUnauthorized, errType: errAuth, message: message}
}

// bearerSince is the version of Anthropic's API from which keys come as bearer tokens.
const bearerSince = "2026-10-21"

// setKey puts the provider's key into the header in the way of its API, and, where there are two, in the client's.
func (p *provider) setKey(out, in http.Header) {
	byBearer := in["Authorization"] != nil
	if p.kind == wire.Anthropic && first(in, "Anthropic-Version") < bearerSince {
		byBearer = false
	}
	switch {
	case !p.keyed:
	case p.azure:
		out["Api-Key"] = p.rawKey
	case p.kind == wire.Anthropic && !byBearer:
		out["X-Api-Key"] = p.rawKey
	case p.kind == wire.Gemini && !byBearer:
		out["X-Goog-Api-Key"] = p.rawKey
	default:
		out["Authorization"] = p.bearer
	}
}
