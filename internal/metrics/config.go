package metrics

import (
	"errors"
	"fmt"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery"
)

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
	c, err := config.LoadFile(s.opts.File, false, promslog.NewNopLogger())
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	return c, nil
}

// Reload reads the prometheus.yml and the rule files again. What is wrong is an error, and the old ones stay in force.
func (s *Server) Reload() error {
	s.reload.Lock()
	defer s.reload.Unlock()
	c, err := s.load()
	if err != nil {
		return err
	}
	return s.apply(c)
}

func (s *Server) apply(c *config.Config) error {
	if c.StorageConfig.ExemplarsConfig == nil { // else the head panics where exemplars are on
		c.StorageConfig.ExemplarsConfig = &config.DefaultExemplarsConfig
	}
	rules, err := s.readRules(c) // before anything is changed
	if err != nil {
		return err
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
	s.config.Store(c)
	return errors.Join(s.db.ApplyConfig(c), s.remote.ApplyConfig(c), s.scrape.ApplyConfig(c), s.targets.ApplyConfig(targets),
		s.notifier.ApplyConfig(c), s.managers.ApplyConfig(managers),
		s.applyRules(c, rules))
}

func (s *Server) configState() ConfigState { return ConfigState{File: s.opts.File} }
