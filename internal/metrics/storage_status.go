package metrics

import (
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Storage is how the TSDB does.
type Storage struct {
	ReadOnly  string        `json:"read_only,omitempty"` // why no samples are taken
	FreeBytes int64         `json:"free_bytes"`          // on its disk, when last looked
	Bytes     int64         `json:"bytes"`               // of its blocks
	Blocks    int           `json:"blocks"`
	From      time.Time     `json:"from,omitzero"` // of the oldest sample
	Aside     []Aside       `json:"aside,omitempty"`
	Repairs   []Repair      `json:"repairs,omitempty"`
	Retention time.Duration `json:"retention"`
}

// Repair is damage that was met and mended since the start, as Prometheus says it.
type Repair struct {
	Time    time.Time `json:"time"`
	Message string    `json:"message"`
	Error   string    `json:"error,omitempty"`
}

// damage are the lines of the TSDB that tell of damage to its log and its head, and what they mean to an operator.
var damage = map[string]string{
	"Encountered WAL read error, attempting repair": "the log was damaged; what it held from there on is lost",
	"Encountered WBL read error, attempting repair": "the log of late samples was damaged; what it held from there on is lost",
	"Loading on-disk chunks failed":                 "chunks of the newest samples were damaged; they are made again from the log",
}

// maxRepairs bounds what is kept of a start that met much damage.
const maxRepairs = 20

// repairs is what was mended.
type repairs struct {
	mu   sync.Mutex
	list []Repair
}

func (r *repairs) note(line slog.Record) {
	message, ok := damage[line.Message]
	if !ok {
		return
	}
	cause := ""
	line.Attrs(func(a slog.Attr) bool {
		if a.Key == "err" {
			cause = a.Value.String()
		}
		return true
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.list) < maxRepairs {
		r.list = append(r.list, Repair{line.Time, message, cause})
	}
}

func (r *repairs) all() []Repair {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.list)
}

func (s *Server) storageStatus() Storage {
	out := Storage{Aside: s.blocks.list(), Repairs: s.repairs.all(), Retention: s.opts.MaxAge}
	if err := s.disk.refuse(); err != nil {
		out.ReadOnly = err.Error()
	}
	out.FreeBytes = s.disk.lastFree()
	from := s.db.Head().MinTime()
	for _, b := range s.db.Blocks() {
		out.Blocks++
		out.Bytes += b.Size()
		from = min(from, b.MinTime())
	}
	if s.db.Head().NumSeries() > 0 || out.Blocks > 0 {
		out.From = time.UnixMilli(from)
	}
	return out
}
