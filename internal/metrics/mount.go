package metrics

import (
	"context"
	"net/http"
	"os"
	"runtime"
	"time"

	"github.com/grafana/regexp"
	remoteapi "github.com/prometheus/client_golang/exp/api/remote"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/util/notifications"
	apiv1 "github.com/prometheus/prometheus/web/api/v1"
)

// version is of the Prometheus inside; go.mod pins it, since NewAPI takes its arguments by position.
const version = "3.15.0"

// mount makes the handler. It is the one place that knows the arguments of NewAPI.
func (s *Server) mount() error {
	external := s.opts.External
	api := apiv1.NewAPI(
		s.engine, s.storage, s.intake.from(pushed), s.intake.from(pushed), s.db,
		func(context.Context) apiv1.ScrapePoolsRetriever { return s.scrape },
		func(context.Context) apiv1.TargetRetriever { return plainTargets{s.scrape, s.secrets} },
		func(context.Context) apiv1.AlertmanagerRetriever { return s.notifier },
		func() config.Config { return s.shown(*s.config.Load()) },
		map[string]string{"storage.tsdb.path": s.opts.Dir},
		apiv1.GlobalURLOptions{ListenAddress: external.Host, Host: external.Host, Scheme: external.Scheme},
		func(f http.HandlerFunc) http.HandlerFunc { return f }, // Handler asks whether it is ready
		database{s.db, s.stats}, s.opts.Dir,
		false,    // admin endpoints
		false, 0, // search
		s.log.With("part", "api"),
		func(context.Context) apiv1.RulesRetriever { return s.rules },
		s.opts.Limits.Samples, s.opts.Limits.Concurrent, 1<<20, // remote read: samples, requests at once, bytes of a frame
		false,                    // agent
		regexp.MustCompile(`^$`), // pages of other origins that may read
		s.runtimeInfo,
		&apiv1.PrometheusVersion{Version: version, Revision: "telltale " + s.opts.Version, GoVersion: runtime.Version()},
		func() []notifications.Notification { return nil },
		func() (<-chan notifications.Notification, func(), bool) { return nil, func() {}, false },
		s.opts.Registry, s.opts.Registry, nil,
		true, remoteapi.MessageTypes{remoteapi.WriteV1MessageType, remoteapi.WriteV2MessageType},
		false, false, false, // OTLP, of which serveOTLP takes care; deltas made cumulative, native deltas
		false, lookback, false, false, nil, s.features,
		apiv1.OpenAPIOptions{ExternalURL: external.String(), Version: version}, s.parser,
	)
	federation, err := newFederation(s)
	if err != nil {
		return err
	}
	s.handler = withTargets(s.secrets, s.withMetadata(s.withOTLP(s.router(api.Register, federation))))
	return nil
}

func (s *Server) runtimeInfo() (apiv1.RuntimeInfo, error) {
	host, err := os.Hostname()
	file := s.configState()
	return apiv1.RuntimeInfo{
		StartTime: s.started, Hostname: host, ServerTime: time.Now(), GoroutineCount: runtime.NumGoroutine(), GOMAXPROCS: runtime.GOMAXPROCS(0),
		ReloadConfigSuccess: file.Error == "", LastConfigTime: file.Read, StorageRetention: s.opts.MaxAge.String(),
	}, err
}

// database adapts a TSDB to what the API wants to tell of it.
type database struct {
	*tsdb.DB
	stats *tsdb.DBStats
}

func (d database) Stats(label string, limit int) (*tsdb.Stats, error) {
	return d.Head().Stats(label, limit), nil
}

func (d database) WALReplayStatus() (tsdb.WALReplayStatus, error) {
	return d.stats.Head.WALReplayStatus.GetWALReplayStatus(), nil
}

func (d database) BlockMetas() ([]tsdb.BlockMeta, error) { return d.DB.BlockMetas(), nil }
