package metrics

import (
	"context"
	"errors"
	"net/http"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/grafana/regexp"
	remoteapi "github.com/prometheus/client_golang/exp/api/remote"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/util/notifications"
	apiv1 "github.com/prometheus/prometheus/web/api/v1"
)

// version is of the Prometheus inside; go.mod pins it, since NewAPI takes its arguments by position.
const version = "3.15.0"

// newAPI makes Prometheus' API, which takes a tenth of a second: it renders its own description, whether that is read or not.
// So it is made while the TSDB replays its log, and without the paths, of which describe takes care. It is the one place that
// knows the arguments of NewAPI.
func (s *Server) newAPI() *apiv1.API {
	external := s.opts.External
	description := s.description()
	description.IncludePaths = []string{"none"}
	return apiv1.NewAPI(
		nil, opened{s}, s.intake.from(pushed), s.intake.from(pushed), nil, // the engine and the exemplars come in mount
		func(context.Context) apiv1.ScrapePoolsRetriever { return s.scrape },
		func(context.Context) apiv1.TargetRetriever { return plainTargets{s.scrape, s.secrets} },
		func(context.Context) apiv1.AlertmanagerRetriever { return s.notifier },
		func() config.Config { return s.shown(*s.config.Load()) },
		map[string]string{"storage.tsdb.path": s.opts.Dir},
		apiv1.GlobalURLOptions{ListenAddress: external.Host, Host: external.Host, Scheme: external.Scheme},
		func(f http.HandlerFunc) http.HandlerFunc { return f }, // Handler asks whether it is ready
		opened{s}, s.opts.Dir,
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
		false, lookback, false, false, nil, s.features, description, s.parser,
	)
}

// mount makes the handler of an API, when all that it asks is open.
func (s *Server) mount(api *apiv1.API) error {
	api.QueryEngine, api.ExemplarQueryable = s.engine, s.db
	federation, err := newFederation(s)
	if err != nil {
		return err
	}
	s.handler = withTargets(s.secrets, s.withMetadata(s.withOTLP(s.describe(s.router(api.Register, federation)))))
	return nil
}

func (s *Server) description() apiv1.OpenAPIOptions {
	return apiv1.OpenAPIOptions{ExternalURL: s.opts.External.String(), Version: version}
}

// describe answers for the description of the API, which is rendered when it is first asked for.
func (s *Server) describe(next http.Handler) http.Handler {
	whole := sync.OnceValue(func() *apiv1.OpenAPIBuilder {
		return apiv1.NewOpenAPIBuilder(s.description(), s.log.With("part", "api"))
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/prometheus/api/v1/openapi.yaml" && r.Method == http.MethodGet {
			whole().ServeOpenAPI(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) runtimeInfo() (apiv1.RuntimeInfo, error) {
	host, err := os.Hostname()
	file := s.configState()
	return apiv1.RuntimeInfo{
		StartTime: s.started, Hostname: host, ServerTime: time.Now(), GoroutineCount: runtime.NumGoroutine(), GOMAXPROCS: runtime.GOMAXPROCS(0),
		ReloadConfigSuccess: file.Error == "", LastConfigTime: file.Read, StorageRetention: s.opts.MaxAge.String(),
	}, err
}

// opened is the TSDB for an API that is made before it is open, and asks only after.
type opened struct{ s *Server }

func (o opened) Querier(from, to int64) (storage.Querier, error) {
	return o.s.storage.Querier(from, to)
}

func (o opened) ChunkQuerier(from, to int64) (storage.ChunkQuerier, error) {
	return o.s.storage.ChunkQuerier(from, to)
}

// CleanTombstones, Delete and Snapshot are of the admin endpoints, which are off.
func (opened) CleanTombstones() error { return errors.ErrUnsupported }

func (opened) Delete(context.Context, int64, int64, ...*labels.Matcher) error {
	return errors.ErrUnsupported
}

func (opened) Snapshot(string, bool) error { return errors.ErrUnsupported }

func (o opened) Stats(label string, limit int) (*tsdb.Stats, error) {
	return o.s.db.Head().Stats(label, limit), nil
}

func (o opened) WALReplayStatus() (tsdb.WALReplayStatus, error) {
	return o.s.stats.Head.WALReplayStatus.GetWALReplayStatus(), nil
}

func (o opened) BlockMetas() ([]tsdb.BlockMeta, error) { return o.s.db.BlockMetas(), nil }
