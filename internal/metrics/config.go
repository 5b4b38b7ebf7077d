package metrics

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery"
	"go.yaml.in/yaml/v3"

	"github.com/telltale-dev/telltale/internal/ownfile"
)

// Limits of a scrape where the file says none, or 0. A target beyond them is down, and says why.
const (
	bodyLimit   = 64 << 20 // bytes, decompressed
	sampleLimit = 200_000
	// Labels have the bounds of those that are pushed.
)

// maxConfig, in MB, is far beyond any prometheus.yml.
const maxConfig = 16

// load reads the prometheus.yml, or makes one that says nothing.
func (s *Server) load() (*config.Config, error) {
	if s.opts.File == "" {
		c, err := config.Load("", promslog.NewNopLogger())
		if err != nil {
			return nil, fmt.Errorf("metrics: %w", err)
		}
		c.GlobalConfig.EvaluationInterval = model.Duration(s.opts.Interval)
		return c, nil
	}
	text, root, err := readYAML(s.opts.File)
	if err != nil {
		return nil, err
	}
	c, err := config.Load(string(text), promslog.NewNopLogger())
	if err != nil {
		return nil, located(s.opts.File, root, err)
	}
	c.SetDirectory(filepath.Dir(s.opts.File))
	if find(find(root, "global"), "evaluation_interval") == nil {
		c.GlobalConfig.EvaluationInterval = model.Duration(s.opts.Interval)
	}
	limit(c)
	for _, pattern := range c.ScrapeConfigFiles {
		files, err := filepath.Glob(pattern)
		if err != nil {
			return nil, fmt.Errorf("%s: scrape_config_files: %w", s.opts.File, err)
		}
		for _, file := range files {
			if _, _, err := readYAML(file); err != nil {
				return nil, err
			}
		}
	}
	if _, err := c.GetScrapeConfigs(); err != nil {
		return nil, fmt.Errorf("%s: %w", s.opts.File, err)
	}
	s.file.leaveOut(ignored(s.opts.File, root))
	return c, nil
}

// readYAML reads a file of Prometheus, and refuses what is known not to be built in: the error names it better than a parser.
func readYAML(file string) ([]byte, *yaml.Node, error) {
	text, err := ownfile.Read(file, maxConfig)
	if err != nil {
		return nil, nil, err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, nil, located(file, nil, err)
	}
	root := &yaml.Node{}
	if len(document.Content) > 0 {
		root = document.Content[0]
	}
	return text, root, refuseDiscovery(file, root)
}

// limit sets the limits that a configuration does not have.
func limit(c *config.Config) {
	g := &c.GlobalConfig
	g.BodySizeLimit = or(g.BodySizeLimit, bodyLimit)
	g.SampleLimit = or(g.SampleLimit, sampleLimit)
	g.LabelLimit = or(g.LabelLimit, maxLabelCount)
	g.LabelNameLengthLimit = or(g.LabelNameLengthLimit, maxLabelName)
	g.LabelValueLengthLimit = or(g.LabelValueLengthLimit, maxLabelValue)
	for _, job := range c.ScrapeConfigs { // they took over what was said for all when they were read
		job.BodySizeLimit = or(job.BodySizeLimit, g.BodySizeLimit)
		job.SampleLimit = or(job.SampleLimit, g.SampleLimit)
		job.LabelLimit = or(job.LabelLimit, g.LabelLimit)
		job.LabelNameLengthLimit = or(job.LabelNameLengthLimit, g.LabelNameLengthLimit)
		job.LabelValueLengthLimit = or(job.LabelValueLengthLimit, g.LabelValueLengthLimit)
	}
}

// Reload reads the prometheus.yml and the rule files again. What is wrong is an error, and the old ones stay in force.
func (s *Server) Reload() error {
	if !s.gate.isOpen() {
		return ErrNotReady
	}
	s.reload.Lock()
	defer s.reload.Unlock()
	s.file.look(s.files())
	c, err := s.load()
	if err == nil {
		err = s.apply(c)
	}
	s.file.note(err)
	if err == nil {
		s.warnIgnored()
	}
	return err
}

// applyFirst applies what New read. What does not work then, such as a file of a certificate that is gone, costs what comes by
// the prometheus.yml, not the rest: it is said in the log and in Status, until a reload mends it.
func (s *Server) applyFirst() error {
	s.file.look(s.files())
	err := s.apply(s.config.Load())
	s.file.note(err)
	if s.warnIgnored(); err == nil || s.opts.File == "" {
		return err
	}
	s.log.Error("the prometheus.yml is not in force", "file", s.opts.File, "error", err)
	none, err := config.Load("", promslog.NewNopLogger())
	if err != nil {
		return err
	}
	none.GlobalConfig.EvaluationInterval = model.Duration(s.opts.Interval)
	return s.apply(none)
}

// apply puts a configuration in force, or none of it.
func (s *Server) apply(c *config.Config) error {
	rules, err := s.readRules(c) // before anything is changed
	if err != nil {
		return err
	}
	old := s.config.Load()
	if err := s.distribute(c); err != nil {
		if old != c {
			err = errors.Join(err, s.distribute(old))
		}
		return err
	}
	return s.applyRules(c, rules)
}

// distribute hands a configuration to all parts but the rules.
func (s *Server) distribute(c *config.Config) error {
	if c.StorageConfig.ExemplarsConfig == nil { // else the head panics where exemplars are on
		c.StorageConfig.ExemplarsConfig = &config.DefaultExemplarsConfig
	}
	jobs, err := c.GetScrapeConfigs()
	if err != nil {
		return err
	}
	targets, managers := map[string]discovery.Configs{}, map[string]discovery.Configs{}
	for _, job := range jobs {
		targets[job.JobName] = job.ServiceDiscoveryConfigs
	}
	for name, a := range c.AlertingConfig.AlertmanagerConfigs.ToMap() {
		managers[name] = a.ServiceDiscoveryConfigs
	}
	s.keepRetention(c)
	s.config.Store(c)
	return errors.Join(s.db.ApplyConfig(c), s.outlets.apply(c), s.scrape.ApplyConfig(c), s.targets.ApplyConfig(targets),
		s.notifier.ApplyConfig(c), s.managers.ApplyConfig(managers))
}
