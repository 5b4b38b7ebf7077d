package main

import (
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/telltale-dev/telltale/internal/query/nearest"
)

// flags are the flags and the help of one command. Flags may stand before, between and after positional arguments; `--`
// ends them.
type flags struct {
	*flag.FlagSet
	env      *environment
	operands string // in the usage line: "ID", "[QUERY]"
	about    string // what it does, some sentences
	examples []example
	// queries says that positional arguments are query text, in which a leading minus negates: `-status:error` is then
	// no flag.
	queries bool
}

// example is a command line somebody may want, and what it is for.
type example struct{ what, line string }

// newFlags starts the flags of a command. Add flags to it, then parse.
func newFlags(env *environment, name, operands, about string, examples ...example) *flags {
	set := flag.NewFlagSet(name, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	return &flags{FlagSet: set, env: env, operands: operands, about: about, examples: examples}
}

// parse reads the command line and returns its positional arguments. When help was asked for it writes it to stdout and
// returns errHelp.
func (f *flags) parse(args []string) ([]string, error) {
	var operands []string
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--":
			return append(operands, args...), nil
		case len(arg) < 2 || arg[0] != '-' || f.queries && isNegation(arg):
			operands = append(operands, arg)
			continue
		case arg == "-h" || arg == "-help" || arg == "--help":
			f.writeHelp(f.env.stdout)
			return nil, errHelp
		}
		rest, err := f.set(arg, args)
		if err != nil {
			return nil, err
		}
		args = rest
	}
	return operands, nil
}

// set handles one flag, taking its value from the arguments after it where it has none of its own.
func (f *flags) set(arg string, rest []string) ([]string, error) {
	name, value, hasValue := strings.Cut(strings.TrimPrefix(arg[1:], "-"), "=")
	fl := f.Lookup(name)
	if fl == nil {
		return nil, f.unknownFlag(name)
	}
	if !hasValue {
		switch {
		case isBoolFlag(fl):
			value = "true"
		case len(rest) == 0:
			return nil, f.usage("--%s needs a value", name)
		default:
			value, rest = rest[0], rest[1:]
		}
	}
	if err := f.Set(name, value); err != nil {
		return nil, f.usage("--%s %s: %s", name, quoteArg(value), plainParseError(err))
	}
	return rest, nil
}

func (f *flags) unknownFlag(name string) error {
	var names []string
	f.VisitAll(func(fl *flag.Flag) { names = append(names, fl.Name) })
	e := &usageError{command: f.Name(), message: "there is no flag " + quoteArg("--"+name)}
	if near := nearest.Of(name, names); near != "" {
		e.hint = "did you mean --" + near + "?"
	}
	return e
}

// usage makes a mistake in the command line of this command.
func (f *flags) usage(format string, args ...any) error {
	return &usageError{command: f.Name(), message: fmt.Sprintf(format, args...)}
}

// none refuses positional arguments.
func (f *flags) none(operands []string) error {
	if len(operands) > 0 {
		return f.usage("%s takes no arguments, got %s", f.Name(), quoteArg(operands[0]))
	}
	return nil
}

// one takes exactly one positional argument; what says what it is.
func (f *flags) one(operands []string, what string) (string, error) {
	switch {
	case len(operands) == 0 || operands[0] == "":
		return "", f.usage("%s needs %s", f.Name(), what)
	case len(operands) > 1:
		return "", f.usage("%s takes one argument, got %s too", f.Name(), quoteArg(operands[1]))
	}
	return operands[0], nil
}

// isNegation tells a negated condition (-status:error, -"some words", -(a OR b)) from a flag: flags are followed by a
// name and perhaps an equals sign.
func isNegation(arg string) bool {
	name, _, _ := strings.Cut(arg, "=")
	return arg[1] != '-' && strings.ContainsAny(name, `:"( `)
}

func isBoolFlag(fl *flag.Flag) bool {
	b, ok := fl.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}

// plainParseError says in words what package flag says with the name of a Go function.
func plainParseError(err error) string {
	switch err.Error() {
	case "parse error":
		return "not a value it takes"
	case "value out of range":
		return "out of range"
	}
	return err.Error()
}

func (f *flags) writeHelp(w io.Writer) {
	var b strings.Builder
	line := "telltale " + f.Name() + " [flags]"
	if f.operands != "" {
		line += " " + f.operands
	}
	fmt.Fprintf(&b, "%s\n\nUsage:\n  %s\n", f.about, line)
	if len(f.examples) > 0 {
		b.WriteString("\nExamples:\n")
		for _, e := range f.examples {
			fmt.Fprintf(&b, "  # %s\n  %s\n", e.what, e.line)
		}
	}
	b.WriteString("\nFlags:\n")
	width := 18
	f.VisitAll(func(fl *flag.Flag) { width = max(width, len(headOf(fl))) })
	f.VisitAll(func(fl *flag.Flag) {
		_, usage := flag.UnquoteUsage(fl)
		if fl.DefValue != "" && fl.DefValue != "0" && fl.DefValue != "false" && fl.DefValue != "0s" {
			usage += " (default " + fl.DefValue + ")"
		}
		fmt.Fprintf(&b, "  %-*s  %s\n", width, headOf(fl), usage)
	})
	_, _ = io.WriteString(w, b.String())
}

// headOf is a flag as it is written, with the kind of value it wants.
func headOf(fl *flag.Flag) string {
	if value, _ := flag.UnquoteUsage(fl); value != "" {
		return "--" + fl.Name + " " + strings.ToUpper(value)
	}
	return "--" + fl.Name
}

// given reports whether a flag is on the command line.
func (f *flags) given(name string) bool {
	found := false
	f.Visit(func(fl *flag.Flag) { found = found || fl.Name == name })
	return found
}
