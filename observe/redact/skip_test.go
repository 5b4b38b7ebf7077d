package redact

import "testing"

// lookAtEach is run without skipping: every byte that is a trigger goes to its detector.
func (c *scan) lookAtEach() {
	for i := 0; i < len(c.s); {
		next := i + 1
		if class := c.r.skip.trigger[c.s[i]]; class != trigNone {
			next = c.look(class, i)
		}
		i = max(next, i+1)
	}
}

// What is skipped makes no difference to what is found.
func FuzzSkip(f *testing.F) {
	for _, suite := range []string{"must-go.txt", "must-stay.txt"} {
		for _, c := range readSuite(f, suite) {
			f.Add(c.text)
		}
	}
	f.Add(messages(2048))
	for _, s := range seededSecrets {
		f.Add(s + s[:8] + s)
	}
	all, err := New(Options{})
	if err != nil {
		f.Fatal(err)
	}
	personal, err := New(Options{PII: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, r := range map[string]*Redactor{"all": all, "secrets only": all.SecretsOnly(), "personal data": personal} {
			fast, each := scan{r: r, s: s}, scan{r: r, s: s}
			fast.run()
			each.lookAtEach()
			got, n := fast.result()
			want, m := each.result()
			if got != want || n != m {
				t.Errorf("%s: %q became %q (%d), want %q (%d)", name, s, got, n, want, m)
			}
		}
	})
}
