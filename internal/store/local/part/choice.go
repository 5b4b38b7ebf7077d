package part

import (
	"slices"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Choice says what of rows is read. The zero Choice is everything.
type Choice struct {
	// Light cuts long texts to telemetry.PreviewBytes and leaves out events, links and resource.
	Light bool

	columns []bool   // by ID; nil is all, and all attributes
	attrs   []string // keys; nil is all
}

// Choose chooses fields, see telemetry.Query.
func Choose(light bool, fields []telemetry.FieldRef) Choice {
	c := Choice{Light: light}
	if fields == nil {
		return c
	}
	c.columns, c.attrs = make([]bool, len(columns)), []string{}
	c.columns[ColTime], c.columns[ColTrace], c.columns[ColSpan] = true, true, true
	all := false
	for _, f := range fields {
		all = all || f.Field.Name == "attr" && f.Key == ""
		c.add(f)
	}
	if all {
		c.attrs = nil
	}
	return c
}

func (c *Choice) add(f telemetry.FieldRef) {
	switch f.Field.Name {
	case "attr":
		c.attrs = append(c.attrs, f.Key)
	case "tokens":
		c.columns[colTokensIn], c.columns[colTokensOut] = true, true
	case "text":
		for _, part := range telemetry.TextFields() {
			c.add(part)
		}
	case "level", "status":
		c.columns[colSeverity], c.columns[ColStatus] = true, true
	default:
		if id, ok := Lookup(f.Field.Column); ok {
			c.columns[id] = true
		}
	}
}

// takes reports whether a column is read.
func (c *Choice) takes(id ID) bool {
	if c.Light && (id == ColEvents || id == ColLinks || id == ColResource) {
		return false
	}
	return c.columns == nil || c.columns[id]
}

// Merging is the choice with what MergeRepeat must know besides.
func (c Choice) Merging() Choice {
	if c.attrs != nil {
		c.attrs = append(slices.Clone(c.attrs), telemetry.AttrMessages, telemetry.AttrService)
	}
	return c
}
