package logging

import "github.com/telltale-dev/telltale/observe/internal/scope"

// Keys of what the context knows.
const (
	keyRequestID = "request_id"
	keyMethod    = "method"
	keyPath      = "path"
	keyUser      = "user_id"
	keyTenant    = "tenant_id"
	keySession   = "session_id"
	keyKey       = "key_id"
	keyTraceID   = "trace_id"
	keySpanID    = "span_id"
)

// tagLen is the length of what stands before an identity that is rendered: who did it, since a process may have handlers
// with other formats and other rules. After it comes a byte that says whether nothing had to be hidden.
const tagLen = 8

// identityParts are in the order of the line.
type identityParts struct{ requestID, method, path, user, tenant, session, id part }

// initIdentity decides how the parts are written.
func (o *output) initIdentity() {
	p := &o.identity
	for key, to := range map[string]*part{
		keyRequestID: &p.requestID, keyMethod: &p.method, keyPath: &p.path,
		keyUser: &p.user, keyTenant: &p.tenant, keySession: &p.session, keyKey: &p.id,
	} {
		to.values = make(writtenValues, writtenOfPart)
		if o.json {
			to.before = `,"` + key + `":`
		} else {
			to.before = string(o.appendConsoleKey(nil, key))
		}
		if o.known != nil {
			to.known = o.known.Key(key)
		}
	}
}

// appendIdentity writes the identity, and reports whether nothing had to be hidden. The second line of the same one keeps
// the rendering: most requests have one line, and the line that says so itself is the last.
func (o *output) appendIdentity(b []byte, id *scope.Known, last bool) (_ []byte, asItIs bool) {
	if id == nil {
		return b, false
	}
	known := id.Rendered.Load()
	if known != nil && len(*known) > tagLen && [tagLen]byte(*known) == o.tag {
		return append(b, (*known)[tagLen+1:]...), (*known)[tagLen] != 0
	}
	start := len(b)
	b, asItIs = o.renderIdentity(b, &id.Identity)
	switch {
	case last:
	case known == nil:
		id.Rendered.CompareAndSwap(nil, &o.once)
	case known == &o.once:
		rendered := make([]byte, 0, tagLen+1+len(b)-start)
		rendered = append(append(rendered, o.tag[:]...), 0)
		if asItIs {
			rendered[tagLen] = 1
		}
		rendered = append(rendered, b[start:]...)
		id.Rendered.CompareAndSwap(known, &rendered)
	}
	return b, asItIs
}

func (o *output) renderIdentity(b []byte, id *scope.Identity) (_ []byte, asItIs bool) {
	p, asItIs := &o.identity, true
	switch value := id.RequestID; {
	case value == "":
	case id.Made && o.json: // it is another each time, of 32 hexadecimal digits
		b = append(append(append(append(b, p.requestID.before...), '"'), value...), '"')
	case id.Made:
		b = append(append(b, p.requestID.before...), value...)
	default:
		shown := o.id(value)
		asItIs = shown == value
		b = append(b, p.requestID.before...)
		if o.json {
			b = appendQuoted(b, shown)
		} else {
			b = appendConsole(b, shown)
		}
	}
	for _, each := range [...]struct {
		part  *part
		value string
	}{
		{&p.method, id.Method},
		{&p.path, id.Path},
		{&p.user, id.User},
		{&p.tenant, id.Tenant},
		{&p.session, id.Session},
		{&p.id, id.Key},
	} {
		var clean bool
		b, clean = o.appendPart(b, each.part, each.value)
		asItIs = asItIs && clean
	}
	return b, asItIs
}

// identify says in the sink's record whose line it is, after appendIdentity.
func (l *line) identify() {
	o, r, id := l.out, &l.rec, l.id
	switch {
	case id == nil:
		r.RequestID, r.Method, r.Path, r.User, r.Tenant, r.Session, r.Key = "", "", "", "", "", "", ""
	case l.asItIs:
		r.RequestID, r.Method, r.Path, r.User, r.Tenant, r.Session, r.Key =
			id.RequestID, id.Method, id.Path, id.User, id.Tenant, id.Session, id.Key
	default:
		r.RequestID = o.id(id.RequestID)
		r.Method = o.field(keyMethod, id.Method)
		r.Path = o.field(keyPath, id.Path)
		r.User = o.field(keyUser, id.User)
		r.Tenant = o.field(keyTenant, id.Tenant)
		r.Session = o.field(keySession, id.Session)
		r.Key = o.field(keyKey, id.Key)
	}
}
