package metrics

import (
	"net/url"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	commoncfg "github.com/prometheus/common/config"
	"github.com/prometheus/prometheus/config"
)

// queueRegistry is the registry of remote write's queues, gathered without all others. It is a collector as well, which shows
// the same with addresses that hold no secrets: Prometheus leaves tokens in the parameters of a URL where they are.
type queueRegistry struct{ *prometheus.Registry }

func newQueueRegistry() *queueRegistry { return &queueRegistry{prometheus.NewRegistry()} }

// Describe implements prometheus.Collector. Queues come and go, so it describes nothing.
func (*queueRegistry) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (q *queueRegistry) Collect(ch chan<- prometheus.Metric) {
	families, err := q.Gather()
	if err != nil {
		ch <- prometheus.NewInvalidMetric(prometheus.NewInvalidDesc(err), err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			names, labels := make([]string, len(m.GetLabel())), make([]*dto.LabelPair, len(m.GetLabel()))
			for i, l := range m.GetLabel() {
				names[i], labels[i] = l.GetName(), l
				if l.GetName() == "url" { // a pair belongs to the metric, and others read it at this moment
					labels[i] = &dto.LabelPair{Name: l.Name, Value: new(plainAddress(l.GetValue()))}
				}
			}
			ch <- gathered{prometheus.NewDesc(f.GetName(), f.GetHelp(), names, nil), m, labels}
		}
	}
}

// gathered is a metric as a registry gathered it, with labels of its own.
type gathered struct {
	desc   *prometheus.Desc
	m      *dto.Metric
	labels []*dto.LabelPair
}

func (g gathered) Desc() *prometheus.Desc { return g.desc }

func (g gathered) Write(to *dto.Metric) error {
	to.Label, to.Gauge, to.Counter, to.Summary = g.labels, g.m.Gauge, g.m.Counter, g.m.Summary
	to.Untyped, to.Histogram, to.TimestampMs = g.m.Untyped, g.m.Histogram, g.m.TimestampMs
	return nil
}

// plainAddress is a URL without who logs in and without parameters; what is no URL is left out.
func plainAddress(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return stripped(u).String()
}

func stripped(u *url.URL) *url.URL {
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
}

// shown is a configuration to be shown: its remote addresses and what it asks targets for hold no secrets. What else is secret is masked when it is written
// as text.
func (s *Server) shown(c config.Config) config.Config {
	c.ScrapeConfigs = plainScrapes(c.ScrapeConfigs, s.secrets)
	writes, reads := c.RemoteWriteConfigs, c.RemoteReadConfigs
	c.RemoteWriteConfigs, c.RemoteReadConfigs = nil, nil
	for _, w := range writes {
		one := *w
		one.URL = hidden(w.URL)
		c.RemoteWriteConfigs = append(c.RemoteWriteConfigs, &one)
	}
	for _, r := range reads {
		one := *r
		one.URL = hidden(r.URL)
		c.RemoteReadConfigs = append(c.RemoteReadConfigs, &one)
	}
	return c
}

func hidden(u *commoncfg.URL) *commoncfg.URL {
	if u == nil || u.URL == nil {
		return u
	}
	return &commoncfg.URL{URL: stripped(u.URL)}
}
