package main

import (
	"encoding/json"
	"net/http"
)

// stream is an answer as server-sent events: sources, then any number of delta, then done or error. It begins with the first
// event. A client that is gone is noticed by the context of its request, not here.
type stream struct {
	w     http.ResponseWriter
	flush func() error
}

func newStream(w http.ResponseWriter) *stream {
	return &stream{w: w, flush: http.NewResponseController(w).Flush}
}

func (s *stream) sources(all []found) {
	type source struct {
		ID    string  `json:"id"`
		Score float64 `json:"score"`
	}
	list := make([]source, len(all))
	for i, f := range all {
		list[i] = source{f.ID, f.Score}
	}
	s.send("sources", list)
}

func (s *stream) delta(text string) { s.send("delta", map[string]string{"text": text}) }

// done ends the answer. The id is for feedback; valid says that the citations are those of the sources.
func (s *stream) done(id string, valid bool) {
	s.send("done", map[string]any{"id": id, "valid": valid})
}

func (s *stream) fail(request string) {
	s.send("error", map[string]string{"message": "no answer could be written", "request_id": request})
}

func (s *stream) send(event string, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		return // none of the above
	}
	s.w.Header().Set("Content-Type", "text/event-stream")
	s.w.Header().Set("Cache-Control", "no-store")
	_, _ = s.w.Write([]byte("event: " + event + "\ndata: " + string(data) + "\n\n"))
	_ = s.flush()
}
