package alerting

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	commoncfg "github.com/prometheus/common/config"
)

// maxReply is how many bytes a receiver may answer to a request: answers are read to their end.
const maxReply = 1 << 20

var errReply = errors.New("the answer is larger than 1 MB")

// dialer makes the connections of a generation's receivers, and closes them with it: HTTP clients would keep idle ones for
// minutes.
type dialer struct {
	net.Dialer
	mu     sync.Mutex
	open   map[*conn]struct{}
	closed bool
}

func newDialer() *dialer {
	return &dialer{Dialer: net.Dialer{Timeout: 10 * time.Second}, open: map[*conn]struct{}{}}
}

func (d *dialer) option() commoncfg.HTTPClientOption {
	return commoncfg.WithDialContextFunc(d.dial)
}

func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	inner, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: inner, dialer: d}
	c.left.Store(maxReply)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		_ = inner.Close() // nothing was sent
		return nil, errStopping
	}
	d.open[c] = struct{}{}
	return c, nil
}

func (d *dialer) close() {
	d.mu.Lock()
	open := d.open
	d.open, d.closed = map[*conn]struct{}{}, true
	d.mu.Unlock()
	for c := range open {
		_ = c.Conn.Close() // nobody uses it any more
	}
}

// conn bounds what is read between two writes.
type conn struct {
	net.Conn
	dialer *dialer
	left   atomic.Int64
}

func (c *conn) Read(p []byte) (int, error) {
	left := c.left.Load()
	if left <= 0 {
		return 0, errReply
	}
	n, err := c.Conn.Read(p[:min(int64(len(p)), left)])
	c.left.Add(int64(-n))
	return n, err
}

func (c *conn) Write(p []byte) (int, error) {
	c.left.Store(maxReply)
	return c.Conn.Write(p)
}

func (c *conn) Close() error {
	c.dialer.mu.Lock()
	delete(c.dialer.open, c)
	c.dialer.mu.Unlock()
	return c.Conn.Close()
}
