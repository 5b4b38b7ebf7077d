package gateway

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/telltale-dev/telltale/observe/wire"
)

const (
	smallBody = 64 * kib // not counted against MaxBodyMemory
	trusted   = mib      // allocated at once on the client's word; more grows as it arrives
)

// readBody takes the whole request body into memory: it then goes upstream in one write, and can be sent again.
func (c *call) readBody(r *http.Request) *fault {
	n := r.ContentLength
	if n == 0 || r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	if n > c.g.limits.MaxBody {
		return c.tooLarge("the body has " + strconv.FormatInt(n, 10) + " bytes")
	}
	c.allowed = c.g.limits.BodyTimeout + time.Duration(max(n, 0)/(256*kib))*time.Second
	c.g.watch.enter(c, phaseBody)
	var err error
	if 0 < n && n <= trusted {
		c.body = make([]byte, n)
		_, err = io.ReadFull(r.Body, c.body)
	} else {
		err = c.readGrowing(r.Body, n)
	}
	switch {
	case err == nil:
		return c.countBody()
	case errors.Is(err, errBomb):
		return c.tooLarge("the body is larger")
	case errors.Is(err, errNoMemory):
		return &fault{status: http.StatusServiceUnavailable, errType: errBusy, message: "too many large bodies are in flight; try again", retryAfter: 1}
	case isTimeout(err) && c.up.why() != nil:
		return stoppingFault()
	case isTimeout(err):
		return &fault{status: http.StatusRequestTimeout, errType: errBodyTimeout, message: "the body did not arrive within " + c.allowed.String()}
	case r.Context().Err() != nil:
		return &fault{status: statusClientClosed, errType: errClientLeft, message: "the client left while it sent the body"}
	}
	return &fault{status: http.StatusBadRequest, errType: errBadRequest, message: "the body is malformed or shorter than announced"}
}

func (c *call) tooLarge(what string) *fault {
	return &fault{
		status: http.StatusRequestEntityTooLarge, errType: errTooLarge,
		message: what + "; at most " + strconv.FormatInt(c.g.limits.MaxBody, 10) + " bytes are accepted",
	}
}

var errNoMemory = errors.New("no memory for the body")

// readGrowing reads a body of unknown or large size, holding not much more than what has arrived.
func (c *call) readGrowing(r io.Reader, announced int64) error {
	size := int64(16 * kib)
	if announced > 0 {
		size = trusted
	}
	buf := make([]byte, 0, size)
	for {
		if len(buf) == cap(buf) {
			grown := 2 * int64(cap(buf))
			if announced > 0 {
				grown = min(grown, announced+1)
			}
			grown = min(grown, c.g.limits.MaxBody+1)
			if !c.takeMemory(grown) {
				return errNoMemory
			}
			buf = append(make([]byte, 0, grown), buf...)
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if int64(len(buf)) > c.g.limits.MaxBody {
			return errBomb
		}
		if errors.Is(err, io.EOF) {
			c.body = buf
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// takeMemory makes this call's share of the memory for bodies n bytes, if there is as much.
func (c *call) takeMemory(n int64) bool {
	if n <= smallBody {
		return true
	}
	if !c.g.bodies.take(n - c.bodyMemory) {
		return false
	}
	c.bodyMemory = n
	return true
}

func (c *call) countBody() *fault {
	c.requestBytes = int64(len(c.body))
	if c.requestBytes > smallBody && c.bodyMemory == 0 && !c.takeMemory(c.requestBytes) {
		return &fault{status: http.StatusServiceUnavailable, errType: errBusy, message: "too many large bodies are in flight; try again", retryAfter: 1}
	}
	return nil
}

// scanBody reads the facts of the request, and asks for usage where the client did not.
func (c *call) scanBody() *fault {
	if c.route.API.Operation() == "" && c.requestCoding == "" {
		return nil
	}
	if c.requestCoding != "" {
		err := c.g.decoding.aside(c.requestCoding, c.body, c.g.limits.MaxBody, func(plain []byte) {
			c.request = wire.ScanRequest(c.route.API, plain)
		})
		switch {
		case errors.Is(err, errNested):
			return &fault{status: http.StatusRequestEntityTooLarge, errType: errTooLarge, message: errNested.Error()}
		case err != nil:
			return c.tooLarge("the body unpacks to more")
		}
		c.settleModel()
		return nil
	}
	c.request = wire.ScanRequest(c.route.API, c.body)
	c.settleModel()
	if c.request.Stream && !c.request.IncludeUsage && c.splices() && c.g.now().UnixNano() > c.provider.plainUntil.Load() {
		c.spliced, c.splicedOK = wire.SpliceIncludeUsage(c.body)
	}
	return nil
}

func (c *call) splices() bool {
	return c.route.API == wire.OpenAIChat || c.route.API == wire.OpenAICompletions
}

// settleModel takes the model from where the API has it.
func (c *call) settleModel() {
	if c.route.Model != "" {
		c.request.Model = c.route.Model
	}
	if c.route.API == wire.GeminiStream {
		c.request.Stream = true
	}
}
