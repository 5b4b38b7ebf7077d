// Command telltale is the server that sees inside AI services, and the command line that asks it.
package main

import (
	"context"
	"os"
	"time"
)

// version is set by the linker.
var version = "devel"

// commands is the one list of subcommands, in the order of the overview.
var commands = []command{
	{"serve", "start the server", runServe},
	{"demo", "start the server with a mock provider and simulated traffic", runDemo},
	{"mock", "start the mock provider alone", runMock},
	{"calls", "list model calls", runCalls},
	{"request", "show everything of one request, in order", runRequest},
	{"trace", "show a trace as a tree", runTrace},
	{"logs", "list logs, or follow them", runLogs},
	{"top", "sum calls, errors, latency, tokens and cost by model, user, service, …", runTop},
	{"rules", "list, check, test and replay rules of alerts", runRules},
	{"alerts", "list alerts, or send a test alert to see who is told", runAlerts},
	{"status", "show what was received, kept and lost", runStatus},
	{"import", "read JSON lines into the store", runImport},
	{"prices", "list and check prices of models", runPrices},
	{"dashboards", "list dashboards, and check files of them", runDashboards},
	{"config", "check or show the configuration", runConfig},
	{"version", "show the version", runVersion},
}

func main() {
	env := &environment{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, now: time.Now}
	os.Exit(dispatch(context.Background(), env, commands, os.Args[1:]))
}
