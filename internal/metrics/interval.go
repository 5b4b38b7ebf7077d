package metrics

import "time"

// ScrapeInterval is between two scrapes as the prometheus.yml in force says for all of its jobs; 0 where it scrapes nothing.
func (s *Server) ScrapeInterval() time.Duration {
	c := s.config.Load()
	if jobs, err := c.GetScrapeConfigs(); err != nil || len(jobs) == 0 {
		return 0
	}
	return time.Duration(c.GlobalConfig.ScrapeInterval)
}
