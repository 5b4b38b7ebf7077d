package observe

import (
	"context"
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/otel/propagation"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/internal/scope"
)

// Keys that Inject adds to those of the W3C context.
const (
	carrierRequestID = "request_id"
	carrierUser      = "user_id"
	carrierTenant    = "tenant_id"
	carrierSession   = "session_id"
	carrierKey       = "key_id"
)

// Inject writes into carrier what Extract needs on the other side of a queue so that the work there belongs to the same
// trace and the same request: traceparent, tracestate and baggage, request_id, user_id, tenant_id, session_id and key_id,
// as far as they are known. The map goes with the job, for instance in its metadata.
//
// A nil map has no room for it: nothing happens.
func Inject(ctx context.Context, carrier map[string]string) {
	if carrier == nil {
		return
	}
	core.From(ctx).Propagator.Inject(ctx, propagation.MapCarrier(carrier))
	s := scope.From(ctx)
	if s == nil {
		return
	}
	id := s.Identity()
	for _, each := range [...]struct{ key, value string }{
		{carrierRequestID, id.RequestID},
		{carrierUser, id.User},
		{carrierTenant, id.Tenant},
		{carrierSession, id.Session},
		{carrierKey, id.Key},
	} {
		if each.value != "" {
			carrier[each.key] = each.value
		}
	}
}

// Extract returns a context for the work that carrier came with, below ctx. Spans that are started with it belong to the
// trace of who called Inject, and log lines say whose work it is. What is not well-formed is left out, secrets and personal data are removed as by WithUser, and work without a
// request id gets one.
func Extract(ctx context.Context, carrier map[string]string) context.Context {
	c := core.From(ctx)
	ctx = c.Propagator.Extract(ctx, propagation.MapCarrier(carrier))
	id := scope.Identity{
		RequestID: carrier[carrierRequestID],
		User:      carried(c, carrier, carrierUser), Tenant: carried(c, carrier, carrierTenant),
		Session: carried(c, carrier, carrierSession), Key: carried(c, carrier, carrierKey),
	}
	if !wellFormedID(id.RequestID) {
		id.RequestID, id.Made = newRequestID(), true
	}
	return scope.New(ctx, c, &id)
}

func carried(c *core.Core, carrier map[string]string, key string) string {
	v := carrier[key]
	if len(v) > maxIdentity || !utf8.ValidString(v) || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' }) {
		return ""
	}
	return clean(c, key, v)
}
