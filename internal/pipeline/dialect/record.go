package dialect

import (
	"strings"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// record is one span or log while it is read.
type record struct {
	*telemetry.Event
	span   *telemetry.Span // of a log: the span that will stand for the call it reports
	g      *telemetry.GenAI
	family *family

	at      []int16 // by key: index of the attribute, and one
	moved   []bool  // by attribute: its content went into a column
	indexed bool    // there are attributes such as gen_ai.prompt.0.role
	lengths uint64  // of attributes' names, modulo 64: a bit for each that there is
	letters uint64  // they begin with, likewise

	input, output conversation
	instructions  value // said among the parameters; used where no message says them
	usage         usage
}

// begin makes r the record of an event; s is its span, or the one that will stand for it. g is where it is read into. Only
// the memory of what r was before is used.
func (r *record) begin(e *telemetry.Event, s *telemetry.Span, g *telemetry.GenAI) {
	at, moved := r.at, r.moved
	if at == nil {
		at = make([]int16, len(src.index)+1)
	}
	clear(at)
	if cap(moved) < len(e.Attributes) {
		moved = make([]bool, len(e.Attributes))
	}
	moved = moved[:len(e.Attributes)]
	clear(moved)
	*r = record{Event: e, span: s, g: g, at: at, moved: moved}
	for i := range e.Attributes {
		k := e.Attributes[i].Key
		r.lengths |= 1 << (len(k) & 63)
		if k != "" {
			r.letters |= 1 << (k[0] & 63)
		}
		if known := src.index[k]; known != 0 {
			r.at[known] = int16(min(i, 1<<14) + 1)
		} else if isIndexed(k) {
			r.indexed = true
		}
	}
}

// first returns the first value of keys that is not empty, without quotes of JSON.
func (r *record) first(keys []key) string {
	for _, k := range keys {
		if i := r.at[k]; i != 0 {
			if v := clean(r.Attributes[i-1].Value); v != "" {
				return v
			}
		}
	}
	return ""
}

// raw is first for content: as it was sent.
func (r *record) raw(keys []key) string {
	for _, k := range keys {
		if i := r.at[k]; i != 0 && r.Attributes[i-1].Value != "" {
			return r.Attributes[i-1].Value
		}
	}
	return ""
}

func (r *record) tokens(keys []key) telemetry.Opt {
	for _, k := range keys {
		if i := r.at[k]; i != 0 {
			if n := tokens(r.Attributes[i-1].Value); n.Known {
				return n
			}
		}
	}
	return telemetry.Opt{}
}

// get returns an attribute that only one family reads.
func (r *record) get(name string) string {
	if r.lengths&(1<<(len(name)&63)) == 0 {
		return ""
	}
	return clean(r.Attributes.Value(name))
}

// has reports whether an attribute is there, even empty.
func (r *record) has(name string) bool {
	if r.lengths&(1<<(len(name)&63)) == 0 {
		return false
	}
	_, ok := r.Attributes.Get(name)
	return ok
}

// hasPrefix reports whether any attribute's name begins with prefix.
func (r *record) hasPrefix(prefix string) bool {
	if r.letters&(1<<(prefix[0]&63)) == 0 {
		return false
	}
	for i := range r.Attributes {
		if strings.HasPrefix(r.Attributes[i].Key, prefix) {
			return true
		}
	}
	return false
}

// move marks attributes whose content is in a column now.
func (r *record) move(keys []key) {
	for _, k := range keys {
		if i := r.at[k]; i != 0 {
			r.moved[i-1] = true
		}
	}
}

// moveNamed is move for attributes that only one family has.
func (r *record) moveNamed(names ...string) {
	for i := range r.Attributes {
		for _, n := range names {
			if r.Attributes[i].Key == n {
				r.moved[i] = true
			}
		}
	}
}

// takeContent takes the attributes that were moved out of the list.
func (r *record) takeContent() {
	kept := r.Attributes[:0]
	for i := range r.Attributes {
		if !r.moved[i] {
			kept = append(kept, r.Attributes[i])
		}
	}
	clear(r.Attributes[len(kept):])
	r.Attributes = kept
}

// read fills all fields from the sources that families share.
func (r *record) read() {
	g := r.g
	r.readOperation()
	fill(&g.RequestModel, r.first(src.requestModel))
	fill(&g.ResponseModel, r.first(src.responseModel))
	fill(&g.ResponseID, r.first(src.responseID))
	r.readProvider()
	fill(&g.Agent, r.first(src.agent))
	fill(&g.Workflow, r.first(src.workflow))
	fill(&g.Tool, r.first(src.tool))
	fill(&g.ToolCallID, r.first(src.toolCallID))
	fill(&g.PromptName, r.first(src.promptName))
	fill(&g.PromptVersion, r.first(src.promptVersion))
	fill(&g.ServiceTier, r.first(src.serviceTier))
	r.usage.read(r)
	if !g.CostReported.Known {
		g.CostReported = money(r.first(src.cost))
	}
	r.readFinishReasons()
	r.readTimes()
}

// complete derives what follows from several fields, when all are read.
func (r *record) complete() {
	g := r.g
	r.inferOperation()
	r.inferProvider()
	r.usage.settle(r)
	r.readContent()
	r.readFailure()
	if g.FinishReasons == "" {
		g.FinishReasons = finishReasons(r.output.finish)
	}
	if g.Operation.IsCall() {
		g.Streaming = g.Streaming || g.TimeToFirstToken.Known
	}
	g.Counts = g.Operation.IsCall() && !r.usage.elsewhere
}

// isGenAI tells spans of GenAI from others of the same application that carry an attribute of its conventions, such as
// the name of the workflow they happened in.
func (r *record) isGenAI() bool {
	g := r.g
	return g.Operation != "" || g.RequestModel != "" || g.ResponseModel != "" || g.Tool != "" ||
		g.InputMessages != "" || g.OutputMessages != "" || g.SystemInstructions != ""
}
