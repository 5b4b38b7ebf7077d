package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// console is an environment whose output can be read.
type console struct {
	environment
	out, err bytes.Buffer
}

func newConsole(stdin string, env map[string]string) *console {
	c := new(console)
	c.environment = environment{
		stdin: strings.NewReader(stdin), stdout: &c.out, stderr: &c.err,
		getenv: func(k string) string { return env[k] },
		now:    func() time.Time { return testNow },
	}
	return c
}

var testNow = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func TestDispatch(t *testing.T) {
	var got string
	run := func(_ context.Context, env *environment, args []string) error {
		f := newFlags(env, "calls", "[QUERY]", "Calls lists calls.", example{"everything", "telltale calls"})
		f.queries = true
		full := f.Bool("full", false, "show everything")
		limit := f.Int("limit", 50, "at most this many `n`")
		operands, err := f.parse(args)
		if err != nil {
			return err
		}
		got = fmt.Sprintf("%q full=%t limit=%d", operands, *full, *limit)
		if *limit == 13 {
			return errors.New("open part: \x1b[31mred")
		}
		return nil
	}
	commands := []command{{"calls", "list calls", run}, {"status", "show the books", run}}
	tests := []struct {
		args string
		want string // what the command saw
		out  string // what is in stdout
		err  string // what is in stderr
		code int
	}{
		{args: "", err: "Commands:", code: 2},
		{args: "help", out: "list calls", code: 0},
		{args: "-h", out: "list calls", code: 0},
		{args: "help calls", out: "--limit N", code: 0},
		{args: "calls model:x --help", out: "# everything", code: 0},
		{args: "cals", err: "did you mean telltale calls?", code: 2},
		{args: "\x1b[2Jzzzzzzzzz", err: `there is no command "\x1b[2Jzzzzzzzzz"`, code: 2},
		{args: "calls --full a b", want: `["a" "b"] full=true limit=50`},
		{args: "calls a --full b --limit 3", want: `["a" "b"] full=true limit=3`},
		{args: "calls a --limit=3 -full=false", want: `["a"] full=false limit=3`},
		{args: "calls -- --full", want: `["--full"] full=false limit=50`},
		{args: "calls -status:error -", want: `["-status:error" "-"] full=false limit=50`},
		{args: "calls --limt 3", err: "did you mean --limit?", code: 2},
		{args: "calls --limit", err: "--limit needs a value", code: 2},
		{args: "calls --limit many", err: `--limit "many": not a value it takes`, code: 2},
		{args: "calls --limit 13", err: `telltale: open part: \x1b[31mred`, code: 1},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			got = ""
			c := newConsole("", nil)
			code := dispatch(t.Context(), &c.environment, commands, strings.Fields(test.args))
			if code != test.code {
				t.Errorf("exit code %d, want %d; stderr %s", code, test.code, c.err.String())
			}
			if test.want != "" {
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Error(diff)
				}
			}
			if !strings.Contains(c.out.String(), test.out) || !strings.Contains(c.err.String(), test.err) {
				t.Errorf("stdout %s\nstderr %s", c.out.String(), c.err.String())
			}
			if strings.Contains(c.err.String(), "\x1b") {
				t.Error("an escape reached the terminal")
			}
		})
	}
}

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain",
		"naïve Ωμέγα 日本語 👩‍👩‍👧 ❤️": "naïve Ωμέγα 日本語 👩‍👩‍👧 ❤️",
		"\x1b]0;title\x07":      `\x1b]0;title\x07`,
		"a\r\nb\tc":             `a\r\nb\tc`,
		"\u009b31m":             `\u009b31m`,
		"user\u202egpj.exe":     `user\u202egpj.exe`,
		"\u2066x\u2069":         `\u2066x\u2069`,
		"zero\u200bwidth\ufeff": `zero\u200bwidth\ufeff`,
		"soft\u00adhyphen":      `soft\u00adhyphen`,
		"line\u2028sep":         `line\u2028sep`,
		"tag\U000e0041":         `tag\U000e0041`,
		"bad\xffutf8":           `bad\xffutf8`,
		"nul\x00del\x7f":        `nul\x00del\x7f`,
	} {
		if got := visible(in); got != want {
			t.Errorf("visible(%q) = %q, want %q", in, got, want)
		}
	}
	if got, want := visibleLines("a\r\n\tb\rc\x1b"), "a\n\tb\\rc\\x1b"; got != want {
		t.Errorf("visibleLines = %q, want %q", got, want)
	}
}
