package apikey

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/internal/scope"
)

// refused is how a refusal is told.
type refused struct {
	reason    error
	status    int
	kind      string // of error, as OpenAI and Anthropic name them
	code      string
	challenge string // the error in WWW-Authenticate, RFC 6750
	attempt   bool   // somebody tried a key
}

var unavailable = refused{status: http.StatusServiceUnavailable, kind: "api_error", code: "key_check_unavailable"}

var refusals = [...]refused{
	{ErrMissing, http.StatusUnauthorized, "authentication_error", "missing_api_key", "", false},
	{ErrMalformed, http.StatusUnauthorized, "authentication_error", "invalid_api_key", "invalid_token", true},
	{ErrUnknown, http.StatusUnauthorized, "authentication_error", "invalid_api_key", "invalid_token", true},
	{ErrAmbiguous, http.StatusBadRequest, "invalid_request_error", "ambiguous_api_key", "", true},
	{ErrRevoked, http.StatusForbidden, "permission_error", "revoked_api_key", "", true},
	{ErrExpired, http.StatusForbidden, "permission_error", "expired_api_key", "", true},
	{ErrScope, http.StatusForbidden, "permission_error", "insufficient_scope", "insufficient_scope", false},
}

func refusalOf(err error) refused {
	for _, r := range refusals {
		if errors.Is(err, r.reason) {
			return r
		}
	}
	return unavailable
}

// messages are what the client reads. An unknown key and a text that is none are told alike.
func (r refused) message(scopes []string) string {
	switch r.code {
	case "missing_api_key":
		return "no API key given; send it as Authorization: Bearer or x-api-key"
	case "invalid_api_key":
		return "the API key is not known"
	case "ambiguous_api_key":
		return "more than one API key given; send one"
	case "revoked_api_key":
		return "the API key is revoked"
	case "expired_api_key":
		return "the API key is expired"
	case "insufficient_scope":
		return "the API key lacks a scope; needed: " + strings.Join(scopes, " ")
	}
	return "API keys cannot be checked at the moment; try again"
}

// refuse answers instead of the handler. What a store says goes to the log only.
func (k *Keys) refuse(w http.ResponseWriter, r *http.Request, scopes []string, err error) {
	how := refusalOf(err)
	h := w.Header()
	switch {
	case how.status == http.StatusUnauthorized || how.challenge != "":
		h.Set("WWW-Authenticate", challenge(k.options.Realm, how.challenge, scopes))
	case how.status == http.StatusServiceUnavailable:
		h.Set("Retry-After", "1")
		if r.Context().Err() == nil {
			core.From(r.Context()).Logger.ErrorContext(r.Context(), "API key cannot be checked", slog.Any("error", err))
		}
	}
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	var answer body
	answer.Error.Message, answer.Error.Type, answer.Error.Code = how.message(scopes), how.kind, how.code
	if s := scope.From(r.Context()); s != nil {
		answer.Error.RequestID = s.Identity().RequestID
	}
	text, _ := json.Marshal(answer) // four strings always marshal
	h.Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(how.status)
	_, _ = w.Write(text) // a client that has gone does not need to know why
}

// body is what a client reads, in the form that SDKs of model providers know.
type body struct {
	Error struct {
		Message   string `json:"message"`
		Type      string `json:"type"`
		Code      string `json:"code"`
		RequestID string `json:"request_id,omitempty"`
	} `json:"error"`
}

// challenge is the value of WWW-Authenticate, RFC 6750.
func challenge(realm, problem string, scopes []string) string {
	text := "Bearer realm=" + quoted(realm)
	if problem != "" {
		text += ", error=" + quoted(problem)
	}
	if problem == "insufficient_scope" {
		text += ", scope=" + quoted(strings.Join(scopes, " "))
	}
	return text
}

// quoted returns a quoted-string of RFC 9110, without what cannot be in one.
func quoted(s string) string {
	return `"` + strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, s) + `"`
}
