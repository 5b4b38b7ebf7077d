package dialect

import "testing"

// What is read without building a tree is what the tree would have said.
func FuzzCanonical(f *testing.F) {
	for _, s := range []string{
		`[{"role":"user","parts":[{"type":"text","content":"hi"}]}]`,
		` [ { "role" : "user" , "parts" : [ { "type" : "text" , "content" : "h\u0069\n" } ] } ] `,
		`[{"role":"user","parts":[]},{"role":"assistant","parts":[{"type":"tool_call","id":"a","arguments":{"x":[1,{}]}}],"finish_reason":"tool_call"}]`,
		`[{"role":"system","parts":[{"type":"text","content":"be kind"}]}]`,
		`[{"role":"user","parts":[{"type":"text","content":1}]}]`,
		`[{"role":"user","role":"system","parts":[]}]`,
		`[{"role":"user","parts":[{"type":"text","content":"a","content":2}]}]`,
		`[{"role":"user","content":"a","parts":[]}]`,
		`[{"role":"user","parts":[]},]`, `[{"role":"user","parts":[]}] x`, `[{"ro\u006ce":"user","parts":[]}]`, `[{"role":"user","parts":[]}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		finish, ok := readCanonical(s)
		if !ok {
			return
		}
		v, valid := parse(s)
		var c conversation
		if !valid || !c.canonical(v) || c.finish != finish {
			t.Errorf("%q: finish %q; the tree says %v, finish %q", s, finish, valid, c.finish)
		}
	})
}

// The usual forms are read without a tree, and allocate nothing.
func TestCanonicalAllocatesNothing(t *testing.T) {
	const s = `[{"role":"user","parts":[{"type":"text","content":"hi \"you\"\n"}]},{"role":"assistant","parts":[{"type":"text","content":"hi"}]}]`
	if _, ok := readCanonical(s); !ok {
		t.Fatal("not read")
	}
	if n := testing.AllocsPerRun(10, func() { _, _ = readCanonical(s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
