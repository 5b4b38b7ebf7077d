package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/telltale-dev/telltale/internal/app"
	"github.com/telltale-dev/telltale/internal/config"
)

// settings maps flags of serve and demo to keys of the configuration.
var settings = []struct{ flag, key, value, usage string }{
	{"listen", "listen", "address", "`address` of API, gateway and OTLP over HTTP; port 0 takes any free one"},
	{"otlp-grpc", "otlp.grpc", "address", "`address` of OTLP over gRPC, or off"},
	{"otlp-http", "otlp.http", "address", "`address` of OTLP over HTTP, or off"},
	{"data", "data", "dir", "`folder` of the event store"},
	{"log-format", "log.format", "format", "`format` of the server's own log: auto, text or json"},
	{"log-level", "log.level", "level", "`level` of the server's own log: debug, info, warn or error"},
}

// configFlags adds --config and the flags of settings; the function it returns loads the configuration with them.
func configFlags(f *flags) func() (*config.Config, []string, error) {
	file := f.String("config", "", "configuration `file` (default telltale.yml where there is one)")
	values := make([]*string, len(settings))
	defaults := config.Keys()
	for i, s := range settings {
		values[i] = f.String(s.flag, "", s.usage+defaultOf(defaults, s.key))
	}
	return func() (*config.Config, []string, error) {
		c, warnings, err := config.Load(*file, os.Environ())
		if err != nil {
			return nil, nil, err
		}
		for i, s := range settings {
			if *values[i] == "" {
				continue
			}
			if err := c.Set(s.key, *values[i], "--"+s.flag); err != nil {
				return nil, nil, f.usage("--%s: %s", s.flag, err)
			}
		}
		if err := c.Validate(); err != nil {
			return nil, nil, err
		}
		return c, warnings, nil
	}
}

func defaultOf(keys []config.Key, path string) string {
	for _, k := range keys {
		if k.Path == path && k.Default != "" {
			return " (default " + k.Default + ")"
		}
	}
	return ""
}

func runConfig(_ context.Context, env *environment, args []string) error {
	f := newFlags(env, "config", "check|show|keys", "Check the configuration and the files that it names, show it as it is in force (secrets masked), or list every key with its environment variable.",
		example{"is the file right?", "telltale config check --config telltale.yml"},
		example{"what is in force?", "telltale config show"},
		example{"which keys are there?", "telltale config keys"})
	load := configFlags(f)
	operands, err := f.parse(args)
	if err != nil {
		return err
	}
	what, err := f.one(operands, "check, show or keys")
	if err != nil {
		return err
	}
	switch what {
	case "check", "show":
		c, warnings, err := load()
		if err != nil {
			return err
		}
		for _, w := range warnings {
			env.say("telltale: %s\n", visible(w))
		}
		if what == "check" {
			warnings, err := app.Check(c)
			for _, w := range warnings {
				env.say("telltale: %s\n", visible(w))
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(env.stdout, "the configuration is right")
			return err
		}
		text, err := config.Show(c)
		if err != nil {
			return err
		}
		_, err = fmt.Fprint(env.stdout, text)
		return err
	case "keys":
		var b strings.Builder
		for _, k := range config.Keys() {
			fmt.Fprintf(&b, "%-32s %s\n%-32s %s\n", k.Path, k.Doc, "  "+k.Default, k.Env)
		}
		_, err := fmt.Fprint(env.stdout, b.String())
		return err
	}
	return f.usage("config takes check, show or keys, got %s", quoteArg(what))
}

func runVersion(_ context.Context, env *environment, args []string) error {
	f := newFlags(env, "version", "", "Show the version of this program.")
	operands, err := f.parse(args)
	if err != nil {
		return err
	}
	if err := f.none(operands); err != nil {
		return err
	}
	_, err = fmt.Fprintln(env.stdout, "telltale", version)
	return err
}
