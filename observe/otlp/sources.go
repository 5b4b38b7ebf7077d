package otlp

import (
	"go.opentelemetry.io/otel/sdk/instrumentation"
)

// maxKept bounds the buffer of a request that is kept for the next one.
const maxKept = 4 << 20

// kept is a buffer as it is kept for the next request: none if one large request made it large.
func kept(b []byte) []byte {
	if cap(b) > maxKept {
		return nil
	}
	return b[:0]
}

// spanSource makes requests of queued spans.
type spanSource struct {
	queue   *spanQueue
	request spanRequest
	batch   []queuedSpan
	buffer  []byte
}

func (s *spanSource) waiting() int { return s.queue.len() }
func (s *spanSource) full() bool   { return s.queue.full() }

func (s *spanSource) next() ([]byte, int) {
	s.batch = s.queue.take(s.batch[:0])
	n := len(s.batch)
	if n == 0 {
		return nil, 0
	}
	s.buffer = s.request.append(kept(s.buffer), s.batch)
	clear(s.batch)
	return s.buffer, n
}

// logSource makes requests of queued log records.
type logSource struct {
	queue     *chunkQueue
	resource  []byte
	schemaURL string
	buffer    []byte
}

func (s *logSource) waiting() int { return s.queue.len() }
func (s *logSource) full() bool   { return s.queue.full() }

func (s *logSource) next() ([]byte, int) {
	c := s.queue.take()
	if c.records == 0 {
		return nil, 0
	}
	b, whole := begin(kept(s.buffer), requestResource, 3)
	b = append(b, s.resource...)
	from := 0
	for _, run := range c.loggers {
		var scope mark
		b, scope = begin(b, resourceScope, 3)
		if run.name != "" {
			b = appendScope(b, &instrumentation.Scope{Name: text(run.name)})
		}
		b = append(b, c.bytes[from:run.end]...)
		b, from = end(b, scope), run.end
	}
	b = appendString(b, resourceSchemaURL, s.schemaURL)
	s.buffer = end(b, whole)
	s.queue.release(c)
	return s.buffer, c.records
}
