package observe

import (
	"sync"

	"go.opentelemetry.io/otel/attribute"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/internal/scope"
)

// attributes is memory in which the attributes of a span are put together: SetAttributes copies them.
type attributes struct{ list []attribute.KeyValue }

var attributePool = sync.Pool{New: func() any { return &attributes{list: make([]attribute.KeyValue, 0, 24)} }}

func (a *attributes) text(key attribute.Key, value string) {
	if value != "" {
		a.list = append(a.list, key.String(value))
	}
}

func (a *attributes) number(key attribute.Key, value int64) {
	a.list = append(a.list, key.Int64(value))
}

// identity adds whose work it is. A request id that came from outside is hidden where the log hides it, see requestIDShown;
// the rest was cleaned when it was learned.
func (a *attributes) identity(c *core.Core, id *scope.Identity) {
	a.text(attrRequestID, requestIDShown(c, id))
	a.text(attrUser, id.User)
	a.text(attrTenant, id.Tenant)
	a.text(attrSession, id.Session)
	a.text(attrKey, id.Key)
}

func (a *attributes) release() {
	clear(a.list)
	a.list = a.list[:0]
	attributePool.Put(a)
}
