package main

import (
	"errors"
	"net/http"
	"time"

	"github.com/telltale-dev/telltale/examples/internal/service"
	"github.com/telltale-dev/telltale/observe"
)

// reading is what a sensor sends.
type reading struct {
	Sensor string    `json:"sensor"`
	Kind   string    `json:"kind"` // temperature, pressure, vibration
	Value  float64   `json:"value"`
	Unit   string    `json:"unit"`
	Low    float64   `json:"low"` // the range in which it should be
	High   float64   `json:"high"`
	Note   string    `json:"note,omitempty"` // by a technician
	Time   time.Time `json:"time"`
}

func (r *reading) check() error {
	switch {
	case r.Sensor == "" || len(r.Sensor) > 64:
		return errors.New("sensor: want a name of 1 to 64 bytes")
	case r.Kind == "" || len(r.Kind) > 32:
		return errors.New("kind: want a word, such as temperature")
	case r.High < r.Low:
		return errors.New("high is less than low")
	case len(r.Note) > 500:
		return errors.New("note: at most 500 bytes")
	}
	return nil
}

// takeReading puts readings into the queue and answers before anybody has looked at them.
func takeReading(queue *queue) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in reading
		if !service.Read(w, r, &in, func() error { return in.check() }) {
			return
		}
		if !queue.push(r.Context(), in) {
			w.Header().Set("Retry-After", "1")
			service.Answer(w, http.StatusServiceUnavailable, map[string]string{"error": "too many readings wait to be judged"})
			return
		}
		service.Answer(w, http.StatusAccepted, map[string]string{"status": "accepted", "request_id": observe.RequestID(r.Context())})
	})
}
