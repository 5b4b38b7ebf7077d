package telemetry

import "testing"

func TestWords(t *testing.T) {
	for _, tc := range []struct {
		text, want string
		ok         bool
	}{
		{"please refund me", "refund", true},
		{"please REFUND me", "refund", true},
		{"refunds", "refund", false},
		{"prerefund", "refund", false},
		{"re-fund", "fund", true},
		{`[{"content":"hello\nrefund\tme"}]`, "refund", true},
		{`[{"content":"hello\nrefund\tme"}]`, "me", true},
		{`[{"content":"hello\nrefund"}]`, "nrefund", true}, // the text need not be JSON
		{"the order was lost", "order was", true},
		{"border wasp", "order was", false},
		{"größe", "größe", true},
		{"größe", "gr", false},
		{"", "x", false},
		{"x", "", false},
	} {
		c := Cond{Field: MustField("body"), Op: Word, Values: []string{tc.want}}
		if got := c.MatchText(tc.text); got != tc.ok {
			t.Errorf("%q in %q: %v", tc.want, tc.text, got)
		}
	}
}

func TestIDs(t *testing.T) {
	for s, ok := range map[string]bool{
		"0af7651916cd43dd8448eb211c80319c": true, "0AF7651916CD43DD8448EB211C80319C": true,
		"00000000000000000000000000000000": false, "0af7651916cd43dd": false, "zaf7651916cd43dd8448eb211c80319c": false, "": false,
	} {
		id, err := ParseTraceID(s)
		if (err == nil) != ok || ok && len(id.String()) != 32 {
			t.Errorf("%q: %v %v", s, id, err)
		}
	}
	for s, ok := range map[string]bool{"a": true, "Req-1_x.y": true, "": false, "a b": false, "a\x1b[0m": false, "ü": false} {
		if ValidRequestID(s) != ok {
			t.Errorf("%q", s)
		}
	}
}

// Each field is told once, with words, and can be asked of any record.
func TestFieldTable(t *testing.T) {
	columns := map[string]string{}
	span, log := &Span{}, &Log{}
	for _, f := range Fields() {
		if f.Doc == "" {
			t.Errorf("%s has no documentation", f.Name)
		}
		if other, ok := columns[f.Column]; ok && f.Column != "" {
			t.Errorf("%s and %s share a column", f.Name, other)
		}
		columns[f.Column] = f.Name
		r := FieldRef{Field: f, Key: "k"}
		_, _, _, _ = r.SpanText(span), r.LogText(log), r.SpanNumber(span), r.LogNumber(log)
		if found, ok := LookupField(r.String()); !ok || found.Field != f {
			t.Errorf("%s is not found by its name", r)
		}
	}
}
