package api

import "time"

// MetricsStatus is how the metrics are.
type MetricsStatus struct {
	Series      int64          `json:"series" doc:"in memory"`
	Samples     int64          `json:"samples" doc:"taken since the start"`
	Bytes       int64          `json:"bytes" doc:"of blocks on disk"`
	Blocks      int            `json:"blocks"`
	FreeBytes   int64          `json:"free_bytes,omitempty" doc:"left on the disk, when last looked"`
	Oldest      *time.Time     `json:"oldest,omitempty" doc:"oldest sample in the blocks"`
	ReadOnly    string         `json:"read_only,omitempty" doc:"why no samples are taken"`
	Aside       []string       `json:"set_aside,omitempty" doc:"damaged blocks that were set aside, and why"`
	OverLimit   []OverLimit    `json:"over_limit,omitempty" doc:"metrics whose labels have too many values"`
	TargetsUp   int            `json:"targets_up"`
	TargetsDown int            `json:"targets_down"`
	Down        []TargetStatus `json:"down,omitempty" doc:"targets that cannot be scraped, some of them"`
	RemoteWrite []RemoteStatus `json:"remote_write,omitempty" doc:"systems that samples go on to"`
	OwnFamilies int            `json:"own_families" doc:"families of TELEMETRY that a service has itself, so that nothing is derived for them"`
	ConfigFile  string         `json:"config_file,omitempty"`
	Ignored     []string       `json:"ignored,omitempty" doc:"sections of the prometheus.yml that nothing here acts on"`
	ConfigError string         `json:"config_error,omitempty" doc:"of the prometheus.yml when last read; the one before is in force"`
}

// OverLimit is a metric whose labels have too many values.
type OverLimit struct {
	Family   string `json:"family"`
	Label    string `json:"label,omitempty" doc:"the one with the most values"`
	Distinct int64  `json:"distinct,omitempty" doc:"values of the label"`
	Series   int64  `json:"series,omitempty"`
	Refused  int64  `json:"refused,omitempty" doc:"series that were not taken, since the start"`
	Folded   int64  `json:"folded,omitempty" doc:"values that were counted as other, since the start"`
}

// TargetStatus is a target that cannot be scraped.
type TargetStatus struct {
	Job   string `json:"job"`
	URL   string `json:"url"`
	Error string `json:"error"`
}

// RemoteStatus is a system that samples go on to.
type RemoteStatus struct {
	Name          string  `json:"name"`
	Pending       int64   `json:"pending" doc:"samples that wait"`
	Failed        int64   `json:"failed" doc:"samples it refused for good"`
	BehindSeconds float64 `json:"behind_seconds"`
	CatchingUp    bool    `json:"catching_up,omitempty" doc:"what it lacks of an outage is sent first"`
}
