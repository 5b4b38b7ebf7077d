package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"time"
)

// check calls a stack once: it answers, gives a request id, and lets nobody in without a key.
func (s *stack) check(ctx context.Context, name string) error {
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, request(ctx, s.key))
	if w.Code != http.StatusOK || !bytes.Equal(w.Body.Bytes(), thing) {
		return fmt.Errorf("%s answers %d: %s", name, w.Code, w.Body)
	}
	if s.key == "" {
		return nil
	}
	if w.Header().Get("X-Request-Id") == "" {
		return fmt.Errorf("%s gives no request id", name)
	}
	w = httptest.NewRecorder()
	if s.handler.ServeHTTP(w, request(ctx, "sk-other")); w.Code != http.StatusUnauthorized {
		return fmt.Errorf("%s answers %d to a key it cannot know", name, w.Code)
	}
	return nil
}

// listener is a stack that listens, and one client connection to it.
type listener struct {
	stack  *stack
	http   *http.Server
	client *client
	ended  chan error
}

func listen(s *stack) (*listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is closed by hand
	if err != nil {
		return nil, err
	}
	srv := &listener{stack: s, http: &http.Server{Handler: s.handler, ReadHeaderTimeout: time.Minute}, ended: make(chan error, 1)}
	go func() { srv.ended <- srv.http.Serve(l) }()
	if srv.client, err = dial(l.Addr().String()); err != nil {
		srv.close()
		return nil, err
	}
	return srv, nil
}

func (s *listener) close() {
	if s.client != nil {
		s.client.conn.Close()
	}
	s.http.Close()
	<-s.ended
}

// run sends requests one by one.
func (s *listener) run(ctx context.Context) func(n int) error {
	raw := rawRequest(request(ctx, s.stack.key))
	return func(n int) error {
		for i := range n {
			if err := s.client.call(raw); err != nil {
				return err
			}
			if (i+1)%flushEvery == 0 {
				if err := s.stack.flush(ctx); err != nil {
					return err
				}
			}
		}
		return s.stack.flush(ctx)
	}
}

func rawRequest(r *http.Request) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "GET %s HTTP/1.1\r\nHost: %s\r\n", r.URL.Path, r.Host)
	r.Header.Write(&out)
	out.WriteString("\r\n")
	return out.Bytes()
}

// client is one connection, and costs next to nothing beside what it calls.
type client struct {
	conn net.Conn
	in   *bufio.Reader
}

func dial(address string) (*client, error) {
	conn, err := net.Dial("tcp", address) //nolint:noctx // to a process of this measurement
	if err != nil {
		return nil, err
	}
	return &client{conn, bufio.NewReader(conn)}, nil
}

var errStatus = errors.New("the status is not 200")

// callWithin is far above what any call takes.
const callWithin = 30 * time.Second

// call sends a request and reads the answer, whose body is known.
func (c *client) call(request []byte) error {
	if err := c.conn.SetDeadline(time.Now().Add(callWithin)); err != nil {
		return err
	}
	if _, err := c.conn.Write(request); err != nil {
		return err
	}
	for first := true; ; first = false {
		line, err := c.in.ReadSlice('\n')
		switch {
		case err != nil:
			return err
		case first && !bytes.HasPrefix(line, []byte("HTTP/1.1 200 ")):
			return fmt.Errorf("%w: %s", errStatus, line)
		}
		if len(line) == 2 {
			break
		}
	}
	_, err := c.in.Discard(len(thing))
	return err
}
