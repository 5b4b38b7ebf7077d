// Command go runs the official Go SDKs against the gateway, as node/cases.mjs and python/cases.py do: it prints a JSON line
// for each case.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"
)

// facts are what a client saw of its call, to be compared with what the server recorded.
type facts map[string]any

type testCase struct {
	name string
	run  func(ctx context.Context, h http.Header) (facts, error)
}

func main() {
	suites := map[string]func(base string) []testCase{
		"openai-go": openaiCases, "anthropic-go": anthropicCases, "anthropic-go-v2": anthropicV2Cases, "genai-go": genaiCases,
		"otel-go": otelCases,
	}
	if len(os.Args) != 2 || suites[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: go run . openai-go|anthropic-go|anthropic-go-v2|genai-go|otel-go")
		os.Exit(2)
	}
	client := os.Args[1]
	failed := false
	for _, c := range suites[client](os.Getenv("TELLTALE_URL")) {
		h := http.Header{"X-Session-Id": {client + "-" + c.name}, "X-User-Id": {"user-123"}}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		f, err := c.run(ctx, h)
		cancel()
		line := facts{"case": c.name, "ok": err == nil}
		for k, v := range f {
			line[k] = v
		}
		if err != nil {
			failed = true
			line["error"] = err.Error()
		}
		_ = json.NewEncoder(os.Stdout).Encode(line)
	}
	if failed {
		os.Exit(1)
	}
}

func check(ok bool, format string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(format, args...)
}
