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
	h := xxh3.New()
	for i := range spans {
		h.Reset()
		s := &spans[i]
		var fixed [26]byte
		binary.LittleEndian.PutUint64(fixed[:], uint64(s.Time))
		binary.LittleEndian.PutUint64(fixed[8:], uint64(s.Duration))
		copy(fixed[16:], s.ParentID[:])
		fixed[24], fixed[25] = byte(s.Kind), byte(s.Status)
		_, _ = h.Write(fixed[:]) // hashing never returns an error, here and below
		hashText(h, s.Name)
		hashText(h, s.StatusMessage)
		hashAttrs(h, s.Attributes)
		for j := range s.Events {
			hashText(h, s.Events[j].Name)
			hashAttrs(h, s.Events[j].Attributes)
		}
		for j := range s.Links {
			_, _ = h.Write(s.Links[j].TraceID[:])
			_, _ = h.Write(s.Links[j].SpanID[:])
			hashAttrs(h, s.Links[j].Attributes)
		}
		origins[i].print = max(uint32(h.Sum64()), 1)
	}
	return origins
}

func hashAttrs(h *xxh3.Hasher, attrs telemetry.Attrs) {
	for i := range attrs {
		hashText(h, attrs[i].Key)
		hashText(h, attrs[i].Value)
	}
}

func hashText(h *xxh3.Hasher, s string) {
	_, _ = h.WriteString(s)
	_, _ = h.WriteString("\x00")
}
