package otlp

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/telltale-dev/telltale/internal/ingest/body"
)

// Content types of OTLP over HTTP.
const (
	typeProto = "application/x-protobuf"
	typeJSON  = "application/json"
)

// Handler serves OTLP over HTTP: /v1/traces, /v1/logs and /v1/metrics, and the path of Langfuse's SDKs. Other paths are
// not found. It asks for no authentication.
func (r *Receiver) Handler() http.Handler {
	mux := http.NewServeMux()
	for path, s := range map[string]signal{
		"/v1/traces": traces, "/v1/logs": logs, "/v1/metrics": metrics,
		"/api/public/otel/v1/traces": traces,
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, req *http.Request) { r.serve(w, req, s) })
	}
	return mux
}

func (r *Receiver) serve(w http.ResponseWriter, req *http.Request, s signal) {
	enc, refused := negotiate(w, req)
	if refused != nil {
		r.refuse(w, enc, refused)
		return
	}
	payload, err := body.Read(req, r.opts.Limits)
	if err != nil {
		r.refuse(w, enc, bodyRefusal(err))
		return
	}
	a, err := r.export(req.Context(), s, enc, payload)
	if err != nil {
		r.refuse(w, enc, err)
		return
	}
	answer, err := a.encode(s, enc)
	if err != nil {
		r.refuse(w, enc, err)
		return
	}
	write(w, enc, http.StatusOK, answer)
}

// negotiate checks the method and says in which encoding to read and to answer.
func negotiate(w http.ResponseWriter, req *http.Request) (form, *refusal) {
	enc := formJSON // of answers to who did not say what they speak
	kind, _, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	switch {
	case err == nil && kind == typeProto:
		enc = formProto
	case err == nil && kind == typeJSON:
	case req.Method == http.MethodPost:
		w.Header().Set("Accept", typeProto+", "+typeJSON)
		return enc, &refusal{
			http: http.StatusUnsupportedMediaType, grpc: codes.InvalidArgument,
			reason: fmt.Sprintf("content type %.64q is not supported; use %s or %s", req.Header.Get("Content-Type"), typeProto, typeJSON),
		}
	}
	if req.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return enc, &refusal{http: http.StatusMethodNotAllowed, grpc: codes.Unimplemented, reason: "use POST"}
	}
	return enc, nil
}

// refuse answers with google.rpc.Status in the encoding of the request, as OTLP/HTTP asks.
func (r *Receiver) refuse(w http.ResponseWriter, enc form, err error) {
	var e *refusal
	if !errors.As(err, &e) {
		r.opts.Logger.Error("export not answered", "error", err)
		e = &refusal{http: http.StatusInternalServerError, grpc: codes.Internal, reason: "internal error"}
	}
	if e.http == http.StatusUnsupportedMediaType && w.Header().Get("Accept") == "" {
		w.Header().Set("Accept-Encoding", body.AcceptEncoding)
	}
	if e.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((e.retry+time.Second-1)/time.Second)))
	}
	st := e.status().Proto()
	var b []byte
	if enc == formJSON {
		b, err = protojson.Marshal(st)
	} else {
		b, err = proto.Marshal(st)
	}
	if err != nil { // the message stands in Retry-After and the status code
		b = nil
	}
	write(w, enc, e.http, b)
}

func write(w http.ResponseWriter, enc form, code int, b []byte) {
	kind := typeProto
	if enc == formJSON {
		kind = typeJSON
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(code)
	_, _ = w.Write(b) // the client is gone: it will send again
}

// response is what the three kinds of answer of pdata have in common.
type response interface {
	MarshalProto() ([]byte, error)
	MarshalJSON() ([]byte, error)
}

func (a answer) encode(s signal, enc form) ([]byte, error) {
	resp := a.response(s)
	var b []byte
	var err error
	if enc == formJSON {
		b, err = resp.MarshalJSON()
	} else {
		b, err = resp.MarshalProto()
	}
	if err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	return b, nil
}

func (a answer) response(s signal) response {
	switch s {
	case logs:
		resp := plogotlp.NewExportResponse()
		if a.rejected > 0 {
			resp.PartialSuccess().SetRejectedLogRecords(a.rejected)
			resp.PartialSuccess().SetErrorMessage(a.reason)
		}
		return resp
	case metrics:
		resp := pmetricotlp.NewExportResponse()
		if a.rejected > 0 || a.reason != "" { // a reason alone is a warning
			resp.PartialSuccess().SetRejectedDataPoints(a.rejected)
			resp.PartialSuccess().SetErrorMessage(a.reason)
		}
		return resp
	}
	resp := ptraceotlp.NewExportResponse()
	if a.rejected > 0 {
		resp.PartialSuccess().SetRejectedSpans(a.rejected)
		resp.PartialSuccess().SetErrorMessage(a.reason)
	}
	return resp
}
