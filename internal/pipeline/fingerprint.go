package pipeline

import (
	"encoding/binary"

	"github.com/zeebo/xxh3"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// spanKey stands for (trace id, span id).
func spanKey(trace telemetry.TraceID, span telemetry.SpanID) uint64 {
	var b [24]byte
	copy(b[:16], trace[:])
	copy(b[16:], span[:])
	return xxh3.Hash(b[:])
}

// responseKey stands for (provider, response id); zero where there is none.
func responseKey(provider, id string) uint64 {
	if id == "" {
		return 0
	}
	return xxh3.HashString(provider + "\x00" + id)
}

// fingerprintSpans hashes spans as they were sent: a retry has the same hash, a later version another.
func fingerprintSpans(spans []telemetry.Span) []origin {
	origins := make([]origin, len(spans))
	f := fingerprint{Hasher: *xxh3.New(), text: make([]byte, 0, 4<<10)}
	for i := range spans {
		s := &spans[i]
		f.Reset()
		f.text = binary.LittleEndian.AppendUint64(f.text[:0], uint64(s.Time))
		f.text = binary.LittleEndian.AppendUint64(f.text, uint64(s.Duration))
		f.text = append(append(f.text, s.ParentID[:]...), byte(s.Kind), byte(s.Status))
		f.add(s.Name)
		f.add(s.StatusMessage)
		f.attrs(s.Attributes)
		for j := range s.Events {
			f.add(s.Events[j].Name)
			f.attrs(s.Events[j].Attributes)
		}
		for j := range s.Links {
			f.text = append(append(f.text, s.Links[j].TraceID[:]...), s.Links[j].SpanID[:]...)
			f.attrs(s.Links[j].Attributes)
		}
		origins[i].print = max(uint32(f.sum()), 1)
	}
	return origins
}

// fingerprint hashes texts, of which most are short: they are gathered before they are hashed.
type fingerprint struct {
	xxh3.Hasher
	text   []byte
	hashed bool // what was gathered before is in the hash already
}

func (f *fingerprint) add(s string) {
	if len(f.text)+len(s)+1 > cap(f.text) {
		_, _ = f.Write(f.text) // hashing never returns an error, here and below
		f.text, f.hashed = f.text[:0], true
		if len(s)+1 > cap(f.text) {
			_, _ = f.WriteString(s)
			s = ""
		}
	}
	f.text = append(append(f.text, s...), 0)
}

func (f *fingerprint) attrs(attrs telemetry.Attrs) {
	for i := range attrs {
		f.add(attrs[i].Key)
		f.add(attrs[i].Value)
	}
}

func (f *fingerprint) sum() uint64 {
	if !f.hashed {
		return xxh3.Hash(f.text)
	}
	_, _ = f.Write(f.text)
	f.hashed = false
	return f.Sum64()
}
