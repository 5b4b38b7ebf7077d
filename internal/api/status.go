package api

import (
	"context"
	"time"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Status is how the server is, as StatusSource tells it.
type Status struct {
	Version  string
	Started  time.Time
	Ready    bool
	Problems []string // what is wrong, in words for an operator
	Books    telemetry.Books
	Store    StoreStatus
	Queues   []QueueStatus
	Intake   Intake
	Content  string         // off, hash, redacted or full
	Metrics  *MetricsStatus // nil until they are ready
}

// StatusReport is how the server is.
type StatusReport struct {
	Version  string        `json:"version"`
	Now      time.Time     `json:"now"`
	Started  time.Time     `json:"started"`
	Ready    bool          `json:"ready"`
	Problems []string      `json:"problems" doc:"what is wrong, in words"`
	Books    Books         `json:"books"`
	Store    StoreStatus   `json:"store"`
	Queues   []QueueStatus `json:"queues"`
	Intake   Intake        `json:"intake"`
	Content  string        `json:"content" doc:"off, hash, redacted or full: what is kept of prompts, answers, tool arguments and tool results"`
	// Metrics are absent until they are ready.
	Metrics *MetricsStatus `json:"metrics,omitempty"`
}

// Intake is where records come in.
type Intake struct {
	OTLPHTTP  string     `json:"otlp_http,omitempty" doc:"host and port; absent where it is off"`
	OTLPGRPC  string     `json:"otlp_grpc,omitempty" doc:"host and port; absent where it is off"`
	Providers []Provider `json:"providers" doc:"that the gateway stands before, by name"`
}

// Provider of models: its API is at /NAME/ of this server.
type Provider struct {
	Name string `json:"name"`
	Kind string `json:"kind" doc:"openai, anthropic, gemini, …: which API it has"`
}

// StoreStatus is how the event store is. What a back-end does not know is absent.
type StoreStatus struct {
	Backend     string           `json:"backend"`
	State       string           `json:"state,omitempty" doc:"recovering, ready, read only, degraded or stopped"`
	Rows        int64            `json:"rows,omitempty" doc:"in parts and in memory, repeats among them"`
	Bytes       int64            `json:"bytes,omitempty" doc:"of parts on disk"`
	Parts       int              `json:"parts,omitempty" doc:"files of sealed rows"`
	HotRows     int64            `json:"hot_rows,omitempty" doc:"rows that are in memory and in the write-ahead log"`
	HotBytes    int64            `json:"hot_bytes,omitempty"`
	WALBytes    int64            `json:"wal_bytes,omitempty" doc:"write-ahead log on disk"`
	FreeBytes   int64            `json:"free_bytes,omitempty" doc:"left on the disk"`
	Oldest      *time.Time       `json:"oldest,omitempty" doc:"earliest record in the parts"`
	Newest      *time.Time       `json:"newest,omitempty" doc:"latest record in the parts"`
	RecoveryNS  int64            `json:"recovery_ns,omitempty" doc:"how long the last start took to recover"`
	Recovered   int64            `json:"recovered_rows,omitempty" doc:"rows that start read from the write-ahead log"`
	Work        []WorkStatus     `json:"work,omitempty" doc:"long work under way"`
	Quarantined []QuarantineNote `json:"quarantined,omitempty" doc:"damaged files that were set aside"`
}

// WorkStatus is how far long work is.
type WorkStatus struct {
	Name  string    `json:"name" doc:"seal, compaction, retention, recovery"`
	Since time.Time `json:"since"`
	Done  int64     `json:"done,omitempty"`
	Total int64     `json:"total,omitempty"`
	Unit  string    `json:"unit,omitempty" doc:"rows, bytes, parts"`
}

// QuarantineNote tells of a damaged file.
type QuarantineNote struct {
	File    string `json:"file"`
	Reason  string `json:"reason"`
	Records int64  `json:"records,omitempty" doc:"that were in it; absent where unknown"`
}

// QueueStatus is how full a queue is.
type QueueStatus struct {
	Name     string `json:"name"`
	Length   int64  `json:"length"`
	Capacity int64  `json:"capacity"`
	Refused  int64  `json:"refused" doc:"since the start: what did not fit, and was told so"`
}

// Books account for everything received: received = accepted + duplicate + rejected + dropped, and
// accepted = stored + sampled + expired + quarantined.
type Books struct {
	Received    int64   `json:"received"`
	Accepted    int64   `json:"accepted" doc:"durable once"`
	Duplicate   int64   `json:"duplicate" doc:"known already"`
	Rejected    int64   `json:"rejected" doc:"refused with a reason that the sender was told"`
	Dropped     int64   `json:"dropped" doc:"lost by us"`
	Stored      int64   `json:"stored" doc:"readable now"`
	StoredSpans int64   `json:"stored_spans"`
	StoredLogs  int64   `json:"stored_logs"`
	Sampled     int64   `json:"sampled" doc:"removed by sampling"`
	Expired     int64   `json:"expired" doc:"removed by retention"`
	Quarantined int64   `json:"quarantined" doc:"in damaged files that were set aside"`
	Imbalance   int64   `json:"imbalance" doc:"0, or something was lost without being told"`
	Entries     []Entry `json:"entries" doc:"by signal, outcome and reason"`
}

// Entry is a line of the books.
type Entry struct {
	Signal  string `json:"signal" doc:"spans or logs"`
	Outcome string `json:"outcome"`
	Reason  string `json:"reason,omitempty"`
	Count   int64  `json:"count"`
}

func newBooks(b *telemetry.Books) Books {
	o := Books{
		Received: b.Received(), Accepted: b.Total(telemetry.Accepted), Duplicate: b.Total(telemetry.Duplicate),
		Rejected: b.Total(telemetry.Rejected), Dropped: b.Total(telemetry.Dropped),
		StoredSpans: b.Stored[telemetry.SignalSpans], StoredLogs: b.Stored[telemetry.SignalLogs],
		Sampled: b.Total(telemetry.Sampled), Expired: b.Total(telemetry.Expired), Quarantined: b.Total(telemetry.Quarantined),
		Imbalance: b.Imbalance(), Entries: []Entry{},
	}
	o.Stored = o.StoredSpans + o.StoredLogs
	for _, e := range b.Entries {
		o.Entries = append(o.Entries, Entry{e.Signal.String(), e.Outcome.String(), e.Reason, e.N})
	}
	return o
}

func (a *API) status(ctx context.Context, _ *params) (any, error) {
	s, err := a.config.Status.Status(ctx)
	if err != nil {
		return nil, err
	}
	r := StatusReport{
		Version: s.Version, Now: a.config.Now().UTC(), Started: s.Started.UTC(), Ready: s.Ready, Problems: s.Problems,
		Books: newBooks(&s.Books), Store: s.Store, Queues: s.Queues, Intake: s.Intake, Content: s.Content, Metrics: s.Metrics,
	}
	if r.Intake.Providers == nil {
		r.Intake.Providers = []Provider{}
	}
	if r.Problems == nil {
		r.Problems = []string{}
	}
	if r.Queues == nil {
		r.Queues = []QueueStatus{}
	}
	return r, nil
}
