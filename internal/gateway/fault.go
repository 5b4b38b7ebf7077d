package gateway

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/telltale-dev/telltale/observe/wire"
)

// Values of error.type for what goes wrong at the gateway. Errors of a provider keep the provider's word.
const (
	errAuth            = "gateway_unauthorized"
	errUnknownProvider = "gateway_unknown_provider"
	errBadRequest      = "gateway_bad_request"
	errBodyTimeout     = "gateway_body_timeout"
	errTooLarge        = "gateway_body_too_large"
	errHeaderTooLarge  = "gateway_header_too_large"
	errUpgrade         = "gateway_upgrade_unsupported"
	errBusy            = "gateway_overloaded"
	errStopping        = "gateway_stopping"
	errDNS             = "upstream_dns"
	errRefused         = "upstream_connect_refused"
	errConnect         = "upstream_connect"
	errConnectTimeout  = "upstream_connect_timeout"
	errTLS             = "upstream_tls"
	errFirstByte       = "upstream_first_byte_timeout"
	errIdle            = "upstream_idle_timeout"
	errCut             = "upstream_cut"
	errClientLeft      = "client_disconnected"
)

// fault is an error of the gateway's own. Its message is for the client and holds no secret.
type fault struct {
	status     int
	errType    string
	message    string
	retryAfter int // seconds; 0: none
	unrecorded bool
}

// cause is why a call's context was cancelled.
type cause string

func (c cause) Error() string { return string(c) }

const (
	causeFirstByte cause = "the provider did not answer"
	causeIdle      cause = "the provider fell silent"
	causeLeft      cause = "the client left"
	causeStopping  cause = "the gateway stops"
)

// upstreamFault says what went wrong on the way to the provider, before there was an answer.
func (c *call) upstreamFault(err error) *fault {
	p := c.provider
	at := p.name + " (" + p.address + ")"
	switch why := c.up.why(); {
	case errors.Is(why, causeFirstByte):
		return gatewayTimeout(errFirstByte, at+" did not answer within "+c.g.limits.FirstByteTimeout.String())
	case errors.Is(why, causeLeft):
		return &fault{status: statusClientClosed, errType: errClientLeft, message: "the client left before " + at + " answered"}
	case errors.Is(why, causeStopping):
		return stoppingFault()
	}
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &dns):
		if dns.IsTimeout {
			return gatewayTimeout(errDNS, "looking up the host of "+at+" took too long")
		}
		return badGateway(errDNS, "the host of "+at+" cannot be resolved")
	case isTLS(err):
		return badGateway(errTLS, "no TLS connection to "+at+": "+tlsCause(err))
	case strings.Contains(err.Error(), "TLS handshake timeout"):
		return gatewayTimeout(errConnectTimeout, "the TLS handshake with "+at+" took more than "+c.g.limits.ConnectTimeout.String())
	case errors.As(err, &op) && op.Op == "dial" && op.Timeout():
		return gatewayTimeout(errConnectTimeout, "no connection to "+at+" within "+c.g.limits.ConnectTimeout.String())
	case errors.Is(err, syscall.ECONNREFUSED):
		return badGateway(errRefused, at+" refused the connection")
	case errors.As(err, &op) && op.Op == "dial":
		return badGateway(errConnect, "no connection to "+at+": "+errnoText(err))
	}
	return badGateway(errCut, "the connection to "+at+" broke before it answered")
}

// statusClientClosed is what nginx logs for a client that left; nobody gets to see it.
const statusClientClosed = 499

func badGateway(errType, message string) *fault {
	return &fault{status: http.StatusBadGateway, errType: errType, message: message}
}

func gatewayTimeout(errType, message string) *fault {
	return &fault{status: http.StatusGatewayTimeout, errType: errType, message: message}
}

func stoppingFault() *fault {
	return &fault{status: http.StatusServiceUnavailable, errType: errStopping, message: "the gateway is stopping; try again", retryAfter: 2}
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout() || errors.Is(err, os.ErrDeadlineExceeded)
}

func isTLS(err error) bool {
	var alert tls.AlertError
	var record tls.RecordHeaderError
	var verify *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &alert) || errors.As(err, &record) || errors.As(err, &verify) || errors.As(err, &unknown) ||
		errors.As(err, &host) || errors.As(err, &invalid) || strings.Contains(err.Error(), "tls: ") ||
		strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

func tlsCause(err error) string {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown):
		return "its certificate is signed by an unknown authority"
	case errors.As(err, &host):
		return "its certificate is for another host"
	case errors.As(err, &invalid):
		return "its certificate is not valid"
	case strings.Contains(err.Error(), "server gave HTTP response"):
		return "it speaks plain HTTP"
	}
	return "the handshake did not succeed"
}

func errnoText(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	return "network error"
}

// refuse answers with the gateway's own error in the shape of the API.
func (c *call) refuse(w http.ResponseWriter, f *fault) {
	c.status, c.failed = f.status, true
	c.errType, c.errMessage = f.errType, f.message
	if f.status == statusClientClosed {
		c.status, c.abort = 0, true
		return
	}
	contentType, body := wire.ErrorBody(c.kind, f.status, "", f.message)
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.setRequestIDs(h)
	if f.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(f.retryAfter))
	}
	w.WriteHeader(f.status)
	n, _ := w.Write(body) // a client that left does not get it
	c.responseBytes = int64(n)
}

// guessKind tells the shape of errors for a path whose provider is unknown.
func guessKind(r *http.Request, path string) wire.Kind {
	switch {
	case strings.Contains(path, "/v1beta") || strings.Contains(path, "enerateContent") || r.Header["X-Goog-Api-Key"] != nil:
		return wire.Gemini
	case strings.HasSuffix(path, "/messages") || r.Header["Anthropic-Version"] != nil:
		return wire.Anthropic
	}
	return wire.OpenAI
}
