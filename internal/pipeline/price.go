package pipeline

import (
	"time"

	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/price"
)

// price fills the cost of every call that counts and whose usage is known, if only by now. A model without a price stays without a cost:
// unknown is not zero.
func (p *Pipeline) price(b *telemetry.Batch) {
	var book *price.Book
	for i := range b.Spans {
		g := b.Spans[i].GenAI
		if g == nil || !g.Counts && !lateUsage(&b.Spans[i]) || g.Cost.Known || !g.Usage.Total().Known {
			continue
		}
		if book == nil {
			book = p.opts.Prices()
		}
		if _, quote := quoteOf(book, &b.Spans[i]); quote.Reason == price.Priced {
			g.Cost, g.PriceVersion = telemetry.Known(int64(quote.Cost)), quote.Version
			tellLog(b.Logs, &b.Spans[i], quote.Cost)
		}
	}
}

// quoteOf asks a book for the price of a call.
func quoteOf(book *price.Book, s *telemetry.Span) (price.Call, price.Quote) {
	g := s.GenAI
	call := price.Call{
		Provider: g.Provider, Model: pricedModel(g), Time: time.Unix(0, s.Time),
		ServiceTier: g.ServiceTier, Batch: g.BatchAPI, Region: g.Region, Usage: pricedUsage(&g.Usage),
	}
	quote := book.Quote(call)
	if quote.Reason == price.UnknownModel && g.RequestModel != "" && g.RequestModel != call.Model {
		call.Model = g.RequestModel // what answered has a name of its own, such as that of a deployment
		quote = book.Quote(call)
	}
	return call, quote
}

// CostParts is what each kind of token of a call cost. There are none where today's prices would not give the cost it has.
func (p *Pipeline) CostParts(s *telemetry.Span) []price.Part {
	g := s.GenAI
	if g == nil || !g.Cost.Known {
		return nil
	}
	book := p.opts.Prices()
	call, quote := quoteOf(book, s)
	if quote.Reason != price.Priced || quote.Version != g.PriceVersion || int64(quote.Cost) != g.Cost.Value {
		return nil
	}
	parts, _ := book.Parts(call)
	return parts
}

// costKey is the attribute of a log that tells what the call cost, in USD.
const costKey = "telltale.cost_usd"

// tellLog puts the cost on the log that the instrument of a call wrote at the call's end: the gateway sends both in one
// batch, and only here the price is known.
func tellLog(logs []telemetry.Log, s *telemetry.Span, cost price.Amount) {
	for i := range logs {
		if l := &logs[i]; l.SpanID == s.SpanID && l.TraceID == s.TraceID && l.Scope == s.Scope {
			l.Attributes = l.Attributes.Set(costKey, cost.String())
			return
		}
	}
}

// pricedModel is the model that answered, where known: an alias may have moved on.
func pricedModel(g *telemetry.GenAI) string {
	if g.ResponseModel != "" {
		return g.ResponseModel
	}
	return g.RequestModel
}

func pricedUsage(u *telemetry.Usage) price.Usage {
	return price.Usage{
		Input: u.Input.Value, CacheRead: u.CacheRead.Value, CacheWrite5m: u.CacheWrite5m.Value, CacheWrite1h: u.CacheWrite1h.Value,
		AudioIn: u.AudioIn.Value, Output: u.Output.Value, Reasoning: u.Reasoning.Value, AudioOut: u.AudioOut.Value,
	}
}
