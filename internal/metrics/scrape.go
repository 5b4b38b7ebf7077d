package metrics

import (
	"context"

	commoncfg "github.com/prometheus/common/config"
	"github.com/prometheus/prometheus/discovery"
	_ "github.com/prometheus/prometheus/discovery/dns"  // what can be discovered: registered by import, and only these
	_ "github.com/prometheus/prometheus/discovery/file" // the same
	_ "github.com/prometheus/prometheus/discovery/http" // the same
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/util/logging"
)

func (s *Server) openScrape(ctx context.Context) error {
	found, err := discovery.CreateAndRegisterSDMetrics(s.opts.Registry)
	if err != nil {
		return err
	}
	log := s.log.With("part", "scrape")
	s.targets = discovery.NewManager(ctx, log, s.opts.Registry, found, discovery.Name("scrape"), discovery.FeatureRegistry(s.features))
	s.managers = discovery.NewManager(ctx, log, s.opts.Registry, found, discovery.Name("notify"), discovery.FeatureRegistry(s.features))
	s.scrape, err = scrape.NewManager(&scrape.Options{
		DiscoveryReloadOnStartup: true, FeatureRegistry: s.features,
		HTTPClientOptions: []commoncfg.HTTPClientOption{commoncfg.WithUserAgent(s.userAgent)},
	}, log,
		logging.NewJSONFileLogger, nil, s.intake.from(scraped), s.opts.Registry)
	return err
}
