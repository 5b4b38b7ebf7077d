package llm

import (
	"strconv"

	"github.com/telltale-dev/telltale/observe/wire"
)

func itoa(n int) string { return strconv.Itoa(n) }

// bytesPerToken is what English prose takes on average with the tokenizers in use.
const bytesPerToken = 4

func estimateTokens(text int) wire.Count {
	return wire.Count{Value: int64((text + bytesPerToken - 1) / bytesPerToken), Known: true}
}

// estimate counts what the provider would have said, had the stream come to its end: who goes away pays all the same.
func (a *answer) estimate(o *outcome, e *eyes, head []byte) {
	c, u := a.exchange, &o.Usage
	if !a.streamed || u.Output.Known && (e.stream.Finished() || o.Error != nil || len(o.FinishReasons) > 0) {
		return
	}
	if c.API.Kind() == wire.Gemini && u.Output.Known {
		o.estimated = true // the provider's, but not the last word
		return
	}
	text := wire.TextBytes(wire.OutputMessages(c.API, head, true))
	if n := int64(a.kept); n > 0 && a.total > n {
		text = int(int64(text) * a.total / n)
	}
	if text == 0 && !u.Input.Known {
		return // nothing was generated, as far as can be seen
	}
	o.estimated = true
	if n := estimateTokens(text); !u.Output.Known || u.Output.Value < n.Value {
		u.Output = n
	}
	if !u.Input.Known {
		count := func(body []byte, _ bool) {
			in, system := wire.InputMessages(c.API, body)
			u.Input = estimateTokens(wire.TextBytes(in) + wire.TextBytes(system))
		}
		if c.whole {
			count(c.prompt, true)
			return
		}
		if v := c.withBody(maxScan, lookFunc(count)); v != nil {
			v.free()
		}
	}
}
