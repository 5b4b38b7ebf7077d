package logging

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
// with other formats and other rules.
const tagLen = 8

// appendIdentity writes the identity, which is rendered the first time.
func (l *line) appendIdentity() {
	if l.id == nil {
		return
	}
	known := l.id.Rendered.Load()
	if known != nil && len(*known) >= tagLen && [tagLen]byte(*known) == l.out.tag {
		l.buf = append(l.buf, (*known)[tagLen:]...)
		return
	}
	start := len(l.buf)
	l.renderIdentity(keyRequestID, l.id.RequestID)
	l.renderIdentity(keyMethod, l.id.Method)
	l.renderIdentity(keyPath, l.id.Path)
	l.renderIdentity(keyUser, l.id.User)
	l.renderIdentity(keyTenant, l.id.Tenant)
	l.renderIdentity(keySession, l.id.Session)
	l.renderIdentity(keyKey, l.id.Key)
	if known == nil {
		rendered := make([]byte, 0, tagLen+len(l.buf)-start)
		rendered = append(append(rendered, l.out.tag[:]...), l.buf[start:]...)
		l.id.Rendered.CompareAndSwap(nil, &rendered)
	}
}

func (l *line) renderIdentity(key, value string) {
	if value == "" {
		return
	}
	value = l.out.field(key, value)
	if l.out.json {
		l.buf = append(append(append(l.buf, `,"`...), key...), `":`...)
		l.buf = appendQuoted(l.buf, value)
		return
	}
	l.consoleKey(key)
	l.buf = appendConsole(l.buf, value)
}

// identify says in the sink's record whose line it is.
func (l *line) identify() {
	o, r, id := l.out, &l.rec, l.id
	if id == nil {
		r.RequestID, r.Method, r.Path, r.User, r.Tenant, r.Session, r.Key = "", "", "", "", "", "", ""
		return
	}
	r.RequestID = o.field(keyRequestID, id.RequestID)
	r.Method = id.Method
	if len(id.Method) > len("OPTIONS") {
		r.Method = o.field(keyMethod, id.Method)
	}
	r.Path = o.field(keyPath, id.Path)
	r.User = o.field(keyUser, id.User)
	r.Tenant = o.field(keyTenant, id.Tenant)
	r.Session = o.field(keySession, id.Session)
	r.Key = o.field(keyKey, id.Key)
}
