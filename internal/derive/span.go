package derive

import (
	"math"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/wire"
)

// Names of span events and attributes, of the GenAI conventions and of observe/llm.
const (
	eventEvaluation = "gen_ai.evaluation.result"
	eventValidation = "telltale.validation_failed"
	eventSafety     = "telltale.safety_flag"

	attrRoute         = "http.route"
	attrCacheResult   = "telltale.cache.result"
	attrDocuments     = "gen_ai.retrieval.documents"
	attrScoreName     = "gen_ai.evaluation.name"
	attrScore         = "gen_ai.evaluation.score.value"
	attrRequestModel  = "gen_ai.request.model"
	attrResponseModel = "gen_ai.response.model"
	attrCategory      = "telltale.safety.category"
)

// span counts a span. A later version of one that was counted counts for its usage alone, where no version before told it.
func (c *Counter) span(s *telemetry.Span) {
	g := s.GenAI
	if s.Repeat {
		if g != nil && g.Usage.Total().Known {
			job, f := c.jobOf(&s.Event), factsOf(s)
			c.usage(job, c.group(called, job, f.values), &f, &s.Event)
		}
		return
	}
	job := c.jobOf(&s.Event)
	if g != nil {
		c.genAI(job, s)
	}
	switch {
	case s.HTTPMethod == "":
	case s.Kind == telemetry.KindServer:
		c.served(job, s)
	case s.Kind == telemetry.KindClient && g == nil:
		c.external(job, s)
	}
	for i := range s.Events {
		c.event(job, s, &s.Events[i])
	}
	switch s.Attributes.Value(attrCacheResult) {
	case "hit":
		c.inc(c.group(services, job, [maxValues]string{}), serviceCacheHit, 1, &s.Event)
	case "miss":
		c.inc(c.group(services, job, [maxValues]string{}), serviceCacheMiss, 1, &s.Event)
	}
}

func (c *Counter) genAI(job string, s *telemetry.Span) {
	g := s.GenAI
	outcome := first
	if s.Status == telemetry.StatusError {
		outcome = second
	}
	switch {
	case g.Counts:
		f := factsOf(s)
		if c.awaitsCaller(s) {
			c.hold(job, s, &f)
		} else {
			c.call(job, &f, &s.Event)
		}
	case g.Operation == telemetry.OpInvokeAgent:
		a := c.group(agents, job, [maxValues]string{g.Agent})
		c.inc(a, agentSuccess+outcome, 1, &s.Event)
		c.observe(a, agentDuration, seconds(s.Duration), &s.Event)
	case g.Operation == telemetry.OpPlan:
		c.inc(c.group(agents, job, [maxValues]string{g.Agent}), agentStepSuccess+outcome, 1, &s.Event)
	case g.Operation == telemetry.OpExecuteTool:
		c.inc(c.group(tools, job, [maxValues]string{g.Agent, g.Tool}), outcome, 1, &s.Event)
	case g.Operation == telemetry.OpRetrieval:
		c.retrieval(job, s)
	}
}

func seconds(ns int64) float64 { return float64(ns) / 1e9 }

// endpointOf is the route of the caller where the span says it, else the provider's route template, else other.
func endpointOf(s *telemetry.Span) string {
	if route := s.Attributes.Value(attrRoute); route != "" {
		return route
	}
	if r := modelRoute(s.HTTPPath); r.Template != "" {
		return r.Template
	}
	return Other
}

// modelRoute is what a path says as that of a provider of models.
func modelRoute(path string) wire.Route {
	if strings.HasPrefix(path, "/") {
		for _, kind := range [...]wire.Kind{wire.OpenAI, wire.Anthropic, wire.Gemini} {
			if r := wire.ParseRoute(kind, http.MethodPost, path); r.Template != "" {
				return r
			}
		}
	}
	return wire.Route{}
}

// modelOf is the model that was asked for, else the one that answered.
func modelOf(g *telemetry.GenAI) string {
	if g.RequestModel != "" {
		return g.RequestModel
	}
	return g.ResponseModel
}

func (c *Counter) served(job string, s *telemetry.Span) {
	route := s.Attributes.Value(attrRoute)
	if route == "" {
		route = Other
	}
	to := c.group(served, job, [maxValues]string{methodOf(s.HTTPMethod), route, statusOf(s, Other)})
	c.inc(to, servedRequests, 1, &s.Event)
	c.observe(to, servedDuration, seconds(s.Duration), &s.Event)
	c.size(to, servedReceived, s, "http.request.body.size", "http.request_content_length")
	c.size(to, servedSent, s, "http.response.body.size", "http.response_content_length")
}

// size counts a number of bytes that stands in either attribute.
func (c *Counter) size(to *group, col int, s *telemetry.Span, names ...string) {
	for _, name := range names {
		if v, ok := s.Attributes.Get(name); ok {
			if n, err := strconv.ParseUint(v, 10, 63); err == nil {
				c.observe(to, col, float64(n), &s.Event)
			}
			return
		}
	}
}

// external counts a call of another service that is no model.
func (c *Counter) external(job string, s *telemetry.Span) {
	target := targetOf(s.Attributes)
	if s.HTTPMethod == http.MethodPost && callsModel(target, s.HTTPPath) {
		return // the request of an SDK, whose call has a span of its own
	}
	to := c.group(external, job, [maxValues]string{target, statusOf(s, "error")})
	c.inc(to, externalCalls, 1, &s.Event)
	c.observe(to, externalDuration, seconds(s.Duration), &s.Event)
}

// callsModel reports whether a request is that of a model call, also by a gateway that has a name before the path.
func callsModel(target, path string) bool {
	if !slices.ContainsFunc(modelWords[:], func(word string) bool { return strings.Contains(path, word) }) {
		return false // nearly all, and in a tenth of the time
	}
	api := modelRoute(path).API
	if api == wire.Unknown && path != "" {
		if i := strings.IndexByte(path[1:], '/'); i >= 0 {
			api = modelRoute(path[i+1:]).API
		}
	}
	if api == wire.AnthropicMessages { // many APIs have messages
		return strings.Contains(target, "anthropic") || strings.Contains(path, "anthropic")
	}
	return api.Operation() != ""
}

// modelWords are what one of stands in every path that calls a model.
var modelWords = [...]string{"completions", "responses", "embeddings", "messages", "Content"}

// targetOf is the host that was called, with the port where it says something.
func targetOf(a telemetry.Attrs) string {
	for _, names := range [...][2]string{{"server.address", "server.port"}, {"net.peer.name", "net.peer.port"}} {
		host := a.Value(names[0])
		if host == "" {
			continue
		}
		if port := a.Value(names[1]); port != "" && port != "80" && port != "443" {
			return net.JoinHostPort(host, port)
		}
		return host
	}
	for _, name := range [...]string{"url.full", "http.url"} {
		if u, err := url.Parse(a.Value(name)); err == nil && u.Host != "" {
			return u.Host
		}
	}
	return Other
}

func methodOf(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodConnect,
		http.MethodOptions, http.MethodTrace:
		return m
	}
	return Other
}

// statusOf is the code of the answer, or none where there was no answer.
func statusOf(s *telemetry.Span, none string) string {
	if n := s.HTTPStatus; n.Known && n.Value >= 100 && n.Value < 600 {
		return statusTexts[n.Value-100]
	}
	return none
}

var statusTexts = func() (texts [500]string) {
	for i := range texts {
		texts[i] = strconv.Itoa(i + 100)
	}
	return texts
}()

// event counts what happened on a span.
func (c *Counter) event(job string, s *telemetry.Span, e *telemetry.SpanEvent) {
	switch e.Name {
	case eventValidation, eventSafety, eventEvaluation:
	default:
		return
	}
	model := ""
	if s.GenAI != nil {
		model = modelOf(s.GenAI)
	}
	switch e.Name {
	case eventValidation:
		c.inc(c.group(models, job, [maxValues]string{eventModel(e.Attributes, model)}), first, 1, &s.Event)
	case eventSafety:
		values := [maxValues]string{eventModel(e.Attributes, model), e.Attributes.Value(attrCategory)}
		c.inc(c.group(flags, job, values), first, 1, &s.Event)
	case eventEvaluation:
		c.evaluation(job, model, e.Attributes, &s.Event)
	}
}

func eventModel(a telemetry.Attrs, model string) string {
	for _, name := range [...]string{attrRequestModel, attrResponseModel} {
		if v := a.Value(name); v != "" {
			return v
		}
	}
	return model
}

// evaluation counts a judgement, which comes as an event of a span or, by the conventions, as a log.
func (c *Counter) evaluation(job, model string, a telemetry.Attrs, e *telemetry.Event) {
	if v, ok := number(a.Value(attrScore)); ok {
		c.observe(c.group(scores, job, [maxValues]string{a.Value(attrScoreName), eventModel(a, model)}), first, v, e)
	}
}

// maxScore is more than any score means; sums of what is below stay finite.
const maxScore = 1e6

// number reads a score.
func number(s string) (float64, bool) {
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil && math.Abs(v) <= maxScore
}
