package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/internal/query/nearest"
)

// environment is what a command sees of the world, so that tests can steer it.
type environment struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	now            func() time.Time
}

// say writes to stderr. Nothing can be done for who does not take it.
func (env *environment) say(format string, args ...any) {
	_, _ = fmt.Fprintf(env.stderr, format, args...)
}

// command is one subcommand. Each parses its own arguments with newFlags, which also writes its help.
type command struct {
	name, summary string
	run           func(ctx context.Context, env *environment, args []string) error
}

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // what was asked for did not work
	exitUsage  = 2 // the command line cannot be understood
)

// usageError is a mistake in the command line. It is shown with a pointer to the help of its command.
type usageError struct {
	command string // empty: telltale itself
	message string
	hint    string // what would be right; may be empty
}

func (e *usageError) Error() string {
	if e.hint == "" {
		return e.message
	}
	return e.message + " (" + e.hint + ")"
}

// errHelp is returned by flags.parse once help was shown: the command has nothing more to do.
var errHelp = errors.New("help was shown")

// dispatch runs the command that args name and returns the exit code. Errors go to stderr, help that was asked for to
// stdout.
func dispatch(ctx context.Context, env *environment, commands []command, args []string) int {
	if len(args) == 0 {
		writeOverview(env.stderr, commands)
		return exitUsage
	}
	name, rest := args[0], args[1:]
	switch name {
	case "-h", "-help", "--help":
		name = "help"
	case "--version", "-version":
		name = "version"
	}
	if name == "help" {
		if len(rest) == 0 {
			writeOverview(env.stdout, commands)
			return exitOK
		}
		name, rest = rest[0], []string{"--help"}
	}
	for i := range commands {
		if commands[i].name == name {
			return report(env, commands[i].run(ctx, env, rest))
		}
	}
	return report(env, unknownCommand(name, commands))
}

func unknownCommand(name string, commands []command) error {
	names := make([]string, 0, len(commands)+1)
	for i := range commands {
		names = append(names, commands[i].name)
	}
	e := &usageError{message: "there is no command " + quoteArg(name)}
	if near := nearest.Of(name, append(names, "help")); near != "" {
		e.hint = "did you mean telltale " + near + "?"
	}
	return e
}

// report shows an error and returns the exit code for it.
func report(env *environment, err error) int {
	var usage *usageError
	switch {
	case err == nil, errors.Is(err, errHelp):
		return exitOK
	case errors.As(err, &usage):
		env.say("telltale: %s\n", visible(usage.Error()))
		help := "telltale help"
		if usage.command != "" {
			help += " " + usage.command
		}
		env.say("Run `%s` to see what there is.\n", help)
		return exitUsage
	default:
		env.say("telltale: %s\n", visibleLines(err.Error()))
		return exitFailed
	}
}

func writeOverview(w io.Writer, commands []command) {
	var b strings.Builder
	b.WriteString("telltale shows at a glance what your AI service does: calls, cost, latency, errors, prompts.\n\n")
	b.WriteString("Usage:\n  telltale COMMAND [flags] [arguments]\n\nCommands:\n")
	width := 0
	for i := range commands {
		width = max(width, len(commands[i].name))
	}
	for i := range commands {
		fmt.Fprintf(&b, "  %-*s  %s\n", width, commands[i].name, commands[i].summary)
	}
	b.WriteString("\nRun `telltale help COMMAND` for its flags and examples.\n")
	_, _ = io.WriteString(w, b.String())
}

// quoteArg shows an argument in quotes, shortened, with nothing in it that a terminal would act on.
func quoteArg(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
