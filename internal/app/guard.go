package app

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// guard is what stands before handlers: before all of them sameSite, before all but health checks needToken.
type guard struct {
	token string
	csrf  http.CrossOriginProtection
}

// sameSite refuses what a browser does on behalf of another site: requests for a host name that is not ours (DNS
// rebinding; only where no token protects), and writes from a page of another origin. It also ends the connection after a
// request with a chunked body.
func (g *guard) sameSite(next http.Handler) http.Handler {
	protected := g.csrf.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 && r.ProtoMajor == 1 {
			// It may have had a Content-Length as well, which net/http drops in silence: a proxy that believed it would take
			// what follows on the connection for another request.
			w.Header().Set("Connection", "close")
		}
		if g.token == "" && !isLocalName(r.Host) {
			refuse(w, http.StatusMisdirectedRequest, "this server answers to localhost and IP addresses only; set auth.token to use it by another name")
			return
		}
		protected.ServeHTTP(w, r)
	})
}

// needToken lets through who presents the token; without one set, everybody.
func (g *guard) needToken(next http.Handler) http.Handler {
	if g.token == "" {
		return next
	}
	want := sha256.Sum256([]byte(g.token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := sha256.Sum256([]byte(tokenOf(r.Header)))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			w.Header().Add("WWW-Authenticate", `Bearer realm="telltale"`)
			w.Header().Add("WWW-Authenticate", `Basic realm="telltale: any name, the token as password"`)
			refuse(w, http.StatusUnauthorized, "a token is needed: Authorization: Bearer TOKEN")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// timely gives a request so much time to arrive.
func timely(within time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(within)) // every server of ours can
		next.ServeHTTP(w, r)
	})
}

// tokenOf finds the token: as bearer, in the header of our own, or as the password of basic auth, which browsers ask for
// and Langfuse's exporter sends.
func tokenOf(h http.Header) string {
	if t := h.Get("X-Telltale-Key"); t != "" {
		return t
	}
	auth := h.Get("Authorization")
	if scheme, token, ok := strings.Cut(auth, " "); ok && strings.EqualFold(scheme, "bearer") {
		return strings.TrimSpace(token)
	}
	r := http.Request{Header: h}
	_, password, _ := r.BasicAuth()
	return password
}

func refuse(w http.ResponseWriter, code int, message string) {
	writeJSON(w, code, map[string]any{"error": map[string]string{
		"code": strings.ToLower(strings.ReplaceAll(http.StatusText(code), " ", "_")), "message": message,
	}})
}

// isLocalName reports whether a Host header is of this machine, or absent: browsers always send one.
func isLocalName(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if host == "" || host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	_, err := netip.ParseAddr(host)
	return err == nil
}
