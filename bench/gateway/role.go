package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/signal"
	"runtime/pprof"
	"sync"
	"syscall"
	"time"

	"github.com/telltale-dev/telltale/internal/app"
	"github.com/telltale-dev/telltale/internal/config"
	"github.com/telltale-dev/telltale/internal/gateway"
	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/wire"
)

const (
	clientKey   = "tt-bench-0123456789"
	providerKey = "sk-provider-0123456789"
)

// serveRole runs one part until it gets SIGTERM.
func serveRole(role string, args []string) error {
	fs := flag.NewFlagSet(role, flag.ExitOnError)
	addr := fs.String("listen", "127.0.0.1:0", "address")
	upstream := fs.String("upstream", "", "address of the mock")
	policy := fs.String("content", "off", "content policy")
	data := fs.String("data", "", "folder of the server's store")
	profile := fs.String("profile", "", "CPU profile to write")
	tune := fs.Bool("tune", false, "the server's settings of Go's runtime")
	_ = fs.Parse(args) // exits by itself

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			return fmt.Errorf("create profile: %w", err)
		}
		if err = pprof.StartCPUProfile(f); err != nil {
			return fmt.Errorf("start profile: %w", err)
		}
		defer func() { pprof.StopCPUProfile(); _ = f.Close() }()
		defer writeAllocs(*profile + ".allocs")
	}
	if role == "server" {
		return serveWhole(ctx, *addr, *upstream, *policy, *data, *tune)
	}
	if *tune {
		app.TuneRuntime(os.Getenv, nil)
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", *addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	fmt.Println(ln.Addr())
	switch role {
	case "mock":
		go func() { <-ctx.Done(); _ = ln.Close() }()
		if err = serveMock(ln); ctx.Err() != nil {
			return nil
		}
		return err
	case "reverseproxy":
		return serveHTTP(ctx, ln, reverseProxy(*upstream, nil))
	case "reverseproxy-pool":
		return serveHTTP(ctx, ln, reverseProxy(*upstream, &buffers{sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}}))
	case "gateway":
		return serveGateway(ctx, ln, *upstream, *policy)
	}
	return fmt.Errorf("no role %q", role)
}

// writeAllocs writes what was allocated since the start.
func writeAllocs(name string) {
	f, err := os.Create(name)
	if err != nil {
		return
	}
	defer func() { _ = f.Close() }()
	_ = pprof.Lookup("allocs").WriteTo(f, 0)
}

func serveHTTP(ctx context.Context, ln net.Listener, h http.Handler) error {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	done := make(chan struct{})
	go func() {
		defer close(done)
		<-ctx.Done()
		_ = srv.Close()
	}()
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	<-done
	return nil
}

// reverseProxy is what one would write with the standard library: a transport with enough idle connections, the client's
// key checked and replaced, and, with some more care, buffers used again.
func reverseProxy(upstream string, pool httputil.BufferPool) http.Handler {
	want := sha256.Sum256([]byte("Bearer " + clientKey))
	target := &url.URL{Scheme: "http", Host: upstream}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Header["Authorization"] = []string{"Bearer " + providerKey}
		},
		BufferPool: pool,
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			MaxIdleConnsPerHost: 1024, IdleConnTimeout: 90 * time.Second, DisableCompression: true,
			WriteBufferSize: 16 << 10, ReadBufferSize: 16 << 10, ResponseHeaderTimeout: 10 * time.Minute,
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := sha256.Sum256([]byte(r.Header.Get("Authorization")))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		proxy.ServeHTTP(w, r)
	})
}

type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte  { p, _ := b.pool.Get().(*[]byte); return *p }
func (b *buffers) Put(p []byte) { b.pool.Put(&p) }

func serveGateway(ctx context.Context, ln net.Listener, upstream, policy string) error {
	g, err := gateway.New(gateway.Config{
		Providers: []gateway.Provider{{Name: "openai", Kind: wire.OpenAI, BaseURL: "http://" + upstream, APIKey: providerKey}},
		AuthToken: clientKey, NoContent: policy == "off",
	}, &ring{}, gateway.Options{})
	if err != nil {
		return err
	}
	if err = g.Start(ctx); err != nil {
		return err
	}
	err = serveHTTP(ctx, ln, g)
	stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	return errors.Join(err, g.Stop(stopCtx))
}

// serveWhole is the server as it is shipped: gateway, pipeline and durable store.
func serveWhole(ctx context.Context, addr, upstream, policy, data string, tune bool) error {
	c, _, err := config.Load("", []string{
		"TELLTALE_LISTEN=" + addr, "TELLTALE_OTLP_GRPC=127.0.0.1:0", "TELLTALE_OTLP_HTTP=127.0.0.1:0", "TELLTALE_DATA=" + data,
		"TELLTALE_CONTENT=" + policy, "TELLTALE_AUTH_TOKEN=" + clientKey,
		"TELLTALE_PROVIDERS_OPENAI_BASE_URL=http://" + upstream, "TELLTALE_PROVIDERS_OPENAI_API_KEY=" + providerKey,
	})
	if err != nil {
		return err
	}
	a, err := app.New(c, app.Options{})
	if err != nil {
		return err
	}
	if tune {
		app.TuneRuntime(os.Getenv, nil)
	}
	if err = a.Start(ctx); err != nil {
		return err
	}
	fmt.Println(a.Addresses().HTTP)
	<-ctx.Done()
	stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 4*time.Second)
	defer cancel()
	return a.Stop(stopCtx)
}

// ring keeps the last records in memory, whole.
type ring struct {
	mu    sync.Mutex
	spans [8192]telemetry.Span
	logs  [8192]telemetry.Log
	next  int
}

func (r *ring) Ingest(_ context.Context, b *telemetry.Batch) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range b.Spans {
		slot := r.next % len(r.spans)
		r.next++
		s, l := &r.spans[slot], &r.logs[slot]
		ai, attrs := s.GenAI, s.Attributes
		if ai == nil {
			ai = new(telemetry.GenAI)
		}
		*ai = *b.Spans[i].GenAI
		*s = b.Spans[i]
		s.GenAI, s.Attributes = ai, append(attrs[:0], b.Spans[i].Attributes...)
		logAttrs := l.Attributes
		*l = b.Logs[i]
		l.Attributes = append(logAttrs[:0], b.Logs[i].Attributes...)
	}
	return nil
}
