package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/signal"
	"syscall"
	"time"

	"github.com/telltale-dev/telltale/observe/observetest/llmmock"
)

func runMock(ctx context.Context, env *environment, args []string) error {
	f := newFlags(env, "mock", "", "Start the mock provider alone: OpenAI Chat Completions, Responses, Embeddings and Models, Anthropic Messages and count_tokens, Gemini generateContent, as JSON and as streams, with exact usage.\n\n"+
		"Faults by model name mock-NAME, or by the header X-Mock-Fault: delay-500ms, 429, 429-once, 500, broken-json, stream-error, stream-cut, slow-stream, 10mb, empty, html, hang, no-usage.",
		example{"on its usual port", "telltale mock"},
		example{"as the provider of a server", "TELLTALE_PROVIDERS_OPENAI_BASE_URL=http://127.0.0.1:9100 telltale serve"},
		example{"ask for a fault", `curl http://127.0.0.1:9100/v1/chat/completions -H 'Authorization: Bearer x' -d '{"model":"mock-429","messages":[]}'`})
	listen := f.String("listen", "127.0.0.1:9100", "`address`; port 0 takes any free one")
	first := f.Duration("first-token", 0, "time to the first byte of an answer")
	between := f.Duration("between", 0, "time between the chunks of a stream")
	operands, err := f.parse(args)
	if err != nil {
		return err
	}
	if err := f.none(operands); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	m, err := startMock(ctx, *listen, llmmock.Options{FirstToken: *first, Between: *between})
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(env.stdout, "mock provider is listening on %s\n", m.url) // it serves whether that is read or not
	select {
	case <-ctx.Done():
	case err := <-m.failed:
		return err
	}
	return m.stop()
}

// mockServer is a mock provider that listens.
type mockServer struct {
	url    string
	server *http.Server
	failed chan error
}

func startMock(ctx context.Context, address string, o llmmock.Options) (*mockServer, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	m := &mockServer{
		url: "http://" + l.Addr().String(), failed: make(chan error, 1),
		server: &http.Server{Handler: llmmock.New(o), ReadHeaderTimeout: 10 * time.Second},
	}
	go func() {
		if err := m.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			m.failed <- fmt.Errorf("mock provider: %w", err)
		}
	}()
	return m, nil
}

// stop lets answers under way end, for a moment.
func (m *mockServer) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := m.server.Shutdown(ctx); err != nil {
		_ = m.server.Close() // the time is over
	}
	return nil
}
