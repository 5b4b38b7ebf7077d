package api

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/fnv"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// buffered is how much of an answer is held back, so that it can have a length and an ETag. Longer ones are streamed
// without them.
const buffered = 1 << 20

// gzipFrom is the size from which answers are compressed.
const gzipFrom = 1 << 10

func (a *API) respond(w http.ResponseWriter, r *http.Request, route *route, answer any) {
	a.write(w, r, http.StatusOK, route.etag, answer)
}

// write sends JSON. Errors of it mean that the client has left: there is nobody to tell.
func (a *API) write(w http.ResponseWriter, r *http.Request, status int, etag bool, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Add("Vary", "Accept-Encoding")
	out := &answer{w: w, r: r, status: status, etag: etag}
	var err error
	switch body := body.(type) {
	case json.RawMessage:
		_, err = out.Write(body)
	case jsonStream:
		err = body.writeJSON(out)
	default:
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		err = enc.Encode(body)
	}
	if err != nil && r.Context().Err() == nil {
		a.config.Logger.ErrorContext(r.Context(), "an answer was cut short", "path", r.URL.Path, "error", err)
	}
	out.finish()
}

// answer holds back the first part of a body, then passes it on.
type answer struct {
	w      http.ResponseWriter
	r      *http.Request
	status int
	etag   bool
	held   []byte
	gz     *gzip.Writer // once the head was sent, if the client takes it
	sent   bool
}

func (o *answer) Write(p []byte) (int, error) {
	if !o.sent {
		if len(o.held)+len(p) <= buffered {
			o.held = append(o.held, p...)
			return len(p), nil
		}
		o.sendHead(-1)
		if _, err := o.body().Write(o.held); err != nil {
			return 0, err
		}
		o.held = nil
	}
	return o.body().Write(p)
}

func (o *answer) body() io.Writer {
	if o.gz != nil {
		return o.gz
	}
	return o.w
}

// sendHead sends the status line and headers; length is -1 where it is not known.
func (o *answer) sendHead(length int) {
	o.sent = true
	h := o.w.Header()
	if (length < 0 || length >= gzipFrom) && acceptsGzip(o.r) {
		h.Set("Content-Encoding", "gzip")
		o.gz, _ = gzip.NewWriterLevel(o.w, gzip.BestSpeed) // a large trace waits for it, and is a twentieth of its size all the same
	} else if length >= 0 {
		h.Set("Content-Length", strconv.Itoa(length))
	}
	o.w.WriteHeader(o.status)
}

// finish sends what is still held back.
func (o *answer) finish() {
	if !o.sent {
		if o.etag && o.notModified() {
			o.w.WriteHeader(http.StatusNotModified)
			return
		}
		o.sendHead(len(o.held))
		_, _ = o.body().Write(o.held)
	}
	if o.gz != nil {
		_ = o.gz.Close()
	}
}

// notModified sets the ETag and reports whether the client has this answer already. The tag is weak, since the same
// answer may be sent compressed or not.
func (o *answer) notModified() bool {
	sum := fnv.New128a()
	_, _ = sum.Write(o.held)
	_ = binary.Write(sum, binary.LittleEndian, int64(len(o.held)))
	tag := `W/"` + base64.RawURLEncoding.EncodeToString(sum.Sum(nil)) + `"`
	o.w.Header().Set("ETag", tag)
	o.w.Header().Set("Cache-Control", "private, no-cache")
	for given := range strings.SplitSeq(o.r.Header.Get("If-None-Match"), ",") {
		given = strings.TrimSpace(given)
		if given == "*" || given != "" && strings.TrimPrefix(given, "W/") == strings.TrimPrefix(tag, "W/") {
			o.w.Header().Del("Content-Type")
			return true
		}
	}
	return false
}

// acceptsGzip reads Accept-Encoding: gzip must be named and not be refused.
func acceptsGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(coding, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q, err := strconv.ParseFloat(strings.TrimPrefix(strings.ReplaceAll(weight, " ", ""), "q="), 64)
			return err != nil || q > 0
		}
	}
	return false
}
