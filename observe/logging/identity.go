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
// with other formats and other rules. After it comes a byte that says whether nothing had to be hidden.
const tagLen = 8

// appendIdentity writes the identity. The second line of the same one keeps the rendering: most requests have one line.
func (l *line) appendIdentity() {
	if l.id == nil {
		return
	}
	known := l.id.Rendered.Load()
	if known != nil && len(*known) > tagLen && [tagLen]byte(*known) == l.out.tag {
		l.asItIs = (*known)[tagLen] != 0
		l.buf = append(l.buf, (*known)[tagLen+1:]...)
		return
	}
	start := len(l.buf)
	l.asItIs = true
	l.renderRequestID()
	l.renderIdentity(keyMethod, l.id.Method)
	l.renderIdentity(keyPath, l.id.Path)
	l.renderIdentity(keyUser, l.id.User)
	l.renderIdentity(keyTenant, l.id.Tenant)
	l.renderIdentity(keySession, l.id.Session)
	l.renderIdentity(keyKey, l.id.Key)
	switch known {
	case nil:
		l.id.Rendered.CompareAndSwap(nil, &l.out.once)
	case &l.out.once:
		rendered := make([]byte, 0, tagLen+1+len(l.buf)-start)
		rendered = append(append(rendered, l.out.tag[:]...), 0)
		if l.asItIs {
			rendered[tagLen] = 1
		}
		rendered = append(rendered, l.buf[start:]...)
		l.id.Rendered.CompareAndSwap(known, &rendered)
	}
}

// renderRequestID writes the one part that is another each time.
func (l *line) renderRequestID() {
	value := l.id.RequestID
	if value == "" {
		return
	}
	if !l.id.Made {
		value = l.out.field(keyRequestID, value)
		l.asItIs = value == l.id.RequestID
	}
	l.appendPart(keyRequestID, value)
}

func (l *line) renderIdentity(key, value string) {
	if value == "" {
		return
	}
	clean := l.out.again(key, value)
	if clean != value {
		l.asItIs, value = false, clean
	}
	l.appendPart(key, value)
}

func (l *line) appendPart(key, value string) {
	if l.out.json {
		l.buf = append(append(append(l.buf, `,"`...), key...), `":`...)
		l.buf = appendQuoted(l.buf, value)
		return
	}
	l.consoleKey(key)
	l.buf = appendConsole(l.buf, value)
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
		r.RequestID = o.field(keyRequestID, id.RequestID)
		r.Method = o.field(keyMethod, id.Method)
		r.Path = o.field(keyPath, id.Path)
		r.User = o.field(keyUser, id.User)
		r.Tenant = o.field(keyTenant, id.Tenant)
		r.Session = o.field(keySession, id.Session)
		r.Key = o.field(keyKey, id.Key)
	}
}
