package metrics

import "time"

// ConfigState is how the prometheus.yml was read.
type ConfigState struct {
	File  string    `json:"file,omitempty"`
	Read  time.Time `json:"read,omitzero"`   // when what is in force was read
	Error string    `json:"error,omitempty"` // of the last time, where it was wrong
}
