package jsonlines

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/telltale-dev/telltale/internal/ingest/body"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Sink takes what was decoded. Nil means durable.
type Sink interface {
	Ingest(ctx context.Context, b *telemetry.Batch) error
}

// Headers and parameters of an upload.
const (
	// HeaderKey names an upload, so that it is known again when it is sent twice: other uploads of the same bytes need
	// another key. Without it, uploads of the same bytes are one if every line has a time of its own.
	HeaderKey         = "Idempotency-Key"
	HeaderService     = "X-Telltale-Service"     // also ?service=
	HeaderEnvironment = "X-Telltale-Environment" // also ?env=
)

// Bounds of a batch. What an upload has beyond is the next batch.
const (
	batchBytes = 1 << 20
	batchLines = 4096
)

// Handler receives uploads of JSON lines: POST /api/v1/logs.
//
// Lines become durable batch by batch. An upload that fails half-way says what was taken; sent again as it was, with the
// same key, its first batches are known and not stored twice.
type Handler struct {
	sink    Sink
	options Options
	limits  body.Limits
	log     *slog.Logger
}

// NewHandler makes a Handler. Options are those of every upload; the upload may name service and environment itself.
func NewHandler(sink Sink, o Options, l body.Limits, log *slog.Logger) *Handler {
	if l.Budget == nil {
		l.Budget = body.NewBudget(0)
	}
	return &Handler{sink: sink, options: o, limits: l, log: log}
}

// Response is the answer to an upload.
type Response struct {
	Accepted      int64     `json:"accepted"`
	RejectedCount int64     `json:"rejected_count"`
	Rejected      []Refusal `json:"rejected"`            // the first of them
	Text          int64     `json:"text,omitempty"`      // accepted lines that were not JSON
	Undated       int64     `json:"undated,omitempty"`   // accepted lines that got the time of their arrival
	NextLine      int       `json:"next_line,omitempty"` // after an error: this line and those after it were not stored
	Error         string    `json:"error,omitempty"`
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		answer(w, http.StatusMethodNotAllowed, Response{Error: "use POST"})
		return
	}
	o, err := h.optionsFor(r)
	if err != nil {
		answer(w, http.StatusBadRequest, Response{Error: err.Error()})
		return
	}
	content, err := body.Read(r, h.limits)
	if err != nil {
		h.refuseBody(w, err)
		return
	}
	u := upload{sink: h.sink, key: r.Header.Get(HeaderKey), seed: o.Service + "\x00" + o.Environment, keyed: r.Header.Get(HeaderKey) != ""}
	u.decoder = newDecoder(o, u.take)
	err = u.run(r.Context(), content)
	h.respond(w, r, &u, err)
}

func (h *Handler) refuseBody(w http.ResponseWriter, err error) {
	status, reason := http.StatusBadRequest, "the body cannot be read"
	var e *body.Error
	if errors.As(err, &e) {
		status, reason = e.Status, e.Reason
	}
	if status == http.StatusUnsupportedMediaType {
		w.Header().Set("Accept-Encoding", body.AcceptEncoding)
	}
	if status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
	answer(w, status, Response{Error: reason})
}

// optionsFor adds what the upload says of its lines.
func (h *Handler) optionsFor(r *http.Request) (Options, error) {
	o := h.options
	query := r.URL.Query()
	switch query.Get("text") {
	case "":
	case "keep":
		o.RefuseText = false
	case "refuse":
		o.RefuseText = true
	default:
		return o, errors.New("text: want keep or refuse, for lines that are not JSON")
	}
	for _, p := range []struct {
		to            *string
		name, or, hdr string
	}{
		{&o.Service, "service", "service.name", HeaderService},
		{&o.Environment, "env", "environment", HeaderEnvironment},
	} {
		v := query.Get(p.name)
		if v == "" {
			v = query.Get(p.or)
		}
		if v == "" {
			v = r.Header.Get(p.hdr)
		}
		if len(v) > maxID {
			return o, fmt.Errorf("%s is longer than %d bytes", p.name, maxID)
		}
		if v != "" {
			*p.to = v
		}
	}
	return o, nil
}

// respond says what became of an upload.
func (h *Handler) respond(w http.ResponseWriter, r *http.Request, u *upload, err error) {
	report := &u.decoder.report
	resp := Response{
		Accepted: u.stored, RejectedCount: report.Rejected, Rejected: report.Refusals, Text: u.text, Undated: u.undated,
	}
	status := http.StatusOK
	switch {
	case err != nil:
		var wait time.Duration
		status, wait, resp.Error = statusOf(err)
		resp.NextLine = u.first
		if wait > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())))
		}
		h.log.WarnContext(r.Context(), "A log upload was not stored whole",
			slog.Int64("accepted", resp.Accepted), slog.Int("status", status), slog.Any("error", err))
	case report.Lines == 0:
		status, resp.Error = http.StatusBadRequest, "the body has no lines"
	case report.Accepted == 0:
		status, resp.Error = http.StatusBadRequest, "no line is valid"
	}
	answer(w, status, resp)
}

// statusOf returns status, time after which to try again, and safe words for an error of the sink.
func statusOf(err error) (int, time.Duration, string) {
	switch {
	case errors.Is(err, telemetry.ErrOverloaded):
		return http.StatusTooManyRequests, time.Second, "overloaded, try again soon"
	case errors.Is(err, telemetry.ErrRecovering):
		return http.StatusServiceUnavailable, 5 * time.Second, "the store is recovering, try again soon"
	case errors.Is(err, telemetry.ErrStopped), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable, 5 * time.Second, "stopped before it was done, try again soon"
	case errors.Is(err, telemetry.ErrReadOnly):
		return http.StatusServiceUnavailable, 30 * time.Second, "the store cannot write"
	}
	return http.StatusInternalServerError, 0, "the lines could not be stored"
}

func answer(w http.ResponseWriter, status int, resp Response) {
	if resp.Rejected == nil {
		resp.Rejected = []Refusal{}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(resp) // the client is gone: nobody to tell
}

// upload is one request on its way into the sink.
type upload struct {
	sink    Sink
	decoder *decoder
	key     string
	keyed   bool
	seed    string

	batch   telemetry.Batch
	first   int // number of the first line of the batch
	stored  int64
	text    int64 // of what is stored
	undated int64
}

func (u *upload) take(_ int, l *telemetry.Log) error {
	u.batch.Logs = append(u.batch.Logs, *l)
	return nil
}

// run decodes and stores batch by batch. Where batches begin depends on the bytes of the upload alone, so that a second
// try cuts them as the first did.
func (u *upload) run(ctx context.Context, content []byte) error {
	u.first = 1
	for at := 0; at < len(content); {
		end, lines := cut(content, at)
		before := u.decoder.report
		codes := maps.Clone(before.ByCode)
		u.batch = telemetry.Batch{Logs: make([]telemetry.Log, 0, lines)}
		if err := u.decoder.decode(bytes.NewReader(bytes.TrimSuffix(content[at:end], []byte("\n"))), u.first); err != nil {
			return err
		}
		after := &u.decoder.report
		undated := after.Undated - before.Undated
		u.finish(content[at:end], at, codes, undated)
		if len(u.batch.Logs)+len(u.batch.Counts) > 0 {
			n := int64(len(u.batch.Logs)) // the sink may change the batch
			if err := u.sink.Ingest(ctx, &u.batch); err != nil {
				return fmt.Errorf("ingest lines from %d: %w", u.first, err)
			}
			u.stored += n
		}
		u.text, u.undated = after.Text, after.Undated
		u.first += lines
		at = end
	}
	return nil
}

// finish marks the logs of a batch with its hash and counts what was refused.
func (u *upload) finish(chunk []byte, at int, before map[string]int64, undated int64) {
	// Lines without a time say nothing by which a second sending could be told from the same thing happening again.
	if u.keyed || undated == 0 {
		sum := u.hash(chunk, at)
		for i := range u.batch.Logs {
			u.batch.Logs[i].Batch = sum
		}
	}
	for _, code := range slices.Sorted(maps.Keys(u.decoder.report.ByCode)) {
		if n := u.decoder.report.ByCode[code] - before[code]; n > 0 {
			u.batch.Counts = append(u.batch.Counts, telemetry.Count{
				Signal: telemetry.SignalLogs, Outcome: telemetry.Rejected, Reason: code, N: n,
			})
		}
	}
}

// hash is over the bytes of a batch, where they stand in the upload, and what the upload is called, so that equal parts
// of one upload differ.
func (u *upload) hash(chunk []byte, at int) uint64 {
	h := xxh3.New()
	_, _ = h.WriteString(u.key + "\x00" + u.seed + "\x00")
	_, _ = h.Write(binary.LittleEndian.AppendUint64(nil, uint64(at)))
	_, _ = h.Write(chunk)
	return max(h.Sum64(), 1) // zero says that there is none
}

// cut returns the end of the batch that begins at a line's start, and its number of lines.
func cut(content []byte, at int) (end, lines int) {
	end = at
	for lines < batchLines && end < len(content) && (lines == 0 || end-at < batchBytes) {
		lines++
		n := bytes.IndexByte(content[end:], '\n')
		if n < 0 {
			return len(content), lines
		}
		end += n + 1
	}
	return end, lines
}
