package observe

import (
	"context"
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/internal/scope"
)

// Names of the identity on spans.
const (
	attrRequestID = attribute.Key("request.id")
	attrUser      = attribute.Key("user.id")
	attrTenant    = attribute.Key("tenant.id")
	attrSession   = attribute.Key("session.id")
	attrKey       = attribute.Key("key.id")
)

// maxIdentity bounds each part of an identity, in bytes.
const maxIdentity = 256

// WithUser says for whom the work is done, once that is known: after authentication. Every later log line and span of the
// request carries both, those of its access line and of its server span too, and so does work that was started before.
// What is empty stays as it was. Secrets and personal data are removed, so a user should be named by an id and not by an
// e-mail address.
//
// Inside a request the context that comes back is ctx itself. Outside of one it is a new one, for the work that follows.
func WithUser(ctx context.Context, user, tenant string) context.Context {
	c := core.From(ctx)
	user, tenant = clean(c, "user_id", user), clean(c, "tenant_id", tenant)
	return identify(ctx, c, func(i *scope.Identity) {
		if user != "" {
			i.User = user
		}
		if tenant != "" {
			i.Tenant = tenant
		}
	})
}

// WithKey says by which API key the work was asked for: by the key's id, never by the key. It works as WithUser does.
func WithKey(ctx context.Context, id string) context.Context {
	c := core.From(ctx)
	if id = clean(c, "key_id", id); id == "" {
		return ctx
	}
	return identify(ctx, c, func(i *scope.Identity) { i.Key = id })
}

func identify(ctx context.Context, c *core.Core, change func(*scope.Identity)) context.Context {
	s := scope.From(ctx)
	if s == nil {
		s = scope.Derive(ctx, c, change)
		ctx = s
	} else {
		s.Update(change)
	}
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() {
		return ctx
	}
	if q := exchangeOf(ctx); q == nil || !q.writer.traced || q.span().SpanContext().SpanID() != span.SpanContext().SpanID() {
		setIdentity(c, span, s.Identity())
	}
	return ctx
}

// clean returns what of a value may be shown.
func clean(c *core.Core, key, value string) string {
	if value == "" {
		return ""
	}
	if len(value) > maxIdentity {
		value = value[:maxIdentity]
	}
	if !utf8.ValidString(value) {
		value = strings.ToValidUTF8(value, "\ufffd")
	}
	return c.Clean(key, value)
}

func setIdentity(c *core.Core, span interface{ SetAttributes(...attribute.KeyValue) }, id *scope.Identity) {
	a := attributePool.Get().(*attributes)
	a.identity(c, id)
	span.SetAttributes(a.list...)
	a.release()
}
