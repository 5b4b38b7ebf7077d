package metrics

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/telltale-dev/telltale/internal/ownfile"
)

// configPoll is how often the files are looked at.
const configPoll = 5 * time.Second

// ConfigState is how the prometheus.yml was read.
type ConfigState struct {
	File  string    `json:"file,omitempty"`
	Read  time.Time `json:"read,omitzero"`   // when what is in force was read
	Error string    `json:"error,omitempty"` // of the last time, where it was wrong
	// Ignored are the sections that have no effect here, with their places.
	Ignored []string `json:"ignored,omitempty"`
}

// configFile is what is known of the prometheus.yml.
type configFile struct {
	mu    sync.Mutex
	seen  string // of the files, when last read
	read  time.Time
	wrong error
	// ignored is what the file says in vain, as last read.
	ignored []string
}

func (f *configFile) leaveOut(sections []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ignored = sections
}

// Ignored are the sections of the prometheus.yml that have no effect here, with their places.
func (s *Server) Ignored() []string { return s.configState().Ignored }

// warnIgnored tells the log what the file says in vain.
func (s *Server) warnIgnored() {
	for _, section := range s.Ignored() {
		s.log.Warn("a section of the prometheus.yml is not used", "section", section)
	}
}

// look notes the state of the files and reports whether it is another than before.
func (f *configFile) look(state string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	changed := f.seen != state
	f.seen = state
	return changed
}

func (f *configFile) note(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.wrong = err; err == nil {
		f.read = time.Now()
	}
}

func (s *Server) configState() ConfigState {
	s.file.mu.Lock()
	defer s.file.mu.Unlock()
	st := ConfigState{File: s.opts.File, Read: s.file.read.UTC(), Ignored: slices.Clone(s.file.ignored)}
	if s.file.wrong != nil {
		st.Error = s.file.wrong.Error()
	}
	return st
}

// files tells the state of the prometheus.yml and of the files of scrapes that it names.
func (s *Server) files() string {
	if s.opts.File == "" {
		return ""
	}
	return ownfile.Stamp(append([]string{s.opts.File}, s.config.Load().ScrapeConfigFiles...)...)
}

// watchConfig reads the files again when they change, until ctx ends.
func (s *Server) watchConfig(ctx context.Context) {
	tick := time.NewTicker(configPoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.poll()
		}
	}
}

// poll reads the files again if they changed. A file that is gone for a moment is being replaced.
func (s *Server) poll() {
	state := s.files()
	if state == "" || !strings.HasPrefix(state, s.opts.File+"\x00") || !s.file.look(state) {
		return
	}
	switch err := s.Reload(); {
	case errors.Is(err, ErrNotReady):
	case err != nil:
		s.log.Warn("the prometheus.yml is wrong, the old one stays in force", "error", err)
	default:
		s.log.Info("the prometheus.yml was read again", "file", s.opts.File)
	}
}
