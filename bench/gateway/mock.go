package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// The mock speaks just enough HTTP/1.1 to cost little itself. The model selects what it does: "fast" answers at once,
// "paced-US" sends an event every US microseconds.

const (
	content     = "The quick brown fox jumps over the lazy dog. "
	eventsFast  = 12
	eventsPaced = 50
	chunkFormat = `data: {"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion.chunk","created":1741569952,"model":"gpt-4o-mini-2024-07-18","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"content":" token%02d"},"logprobs":null,"finish_reason":null}]}` + "\n\n"
	finishChunk = `data: {"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion.chunk","created":1741569952,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}` + "\n\n"
	usageChunk  = `data: {"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion.chunk","created":1741569952,"model":"gpt-4o-mini-2024-07-18","choices":[],"usage":{"prompt_tokens":119,"completion_tokens":50,"total_tokens":169}}` + "\n\n"
	doneChunk   = "data: [DONE]\n\n"
)

func whole() []byte {
	body := `{"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion","created":1741569952,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"` +
		strings.Repeat(content, 14) + `","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":119,"completion_tokens":150,"total_tokens":269,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}},"service_tier":"default"}`
	return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: req_0123456789abcdef\r\nOpenai-Processing-Ms: 12\r\nDate: Sat, 21 Nov 2026 02:00:00 GMT\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

const streamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nX-Request-Id: req_0123456789abcdef\r\nDate: Sat, 21 Nov 2026 02:00:00 GMT\r\nTransfer-Encoding: chunked\r\n\r\n"

func serveMock(ln net.Listener) error {
	answer := whole()
	for {
		c, err := ln.Accept()
		if err != nil {
			return fmt.Errorf("accept: %w", err)
		}
		go func() {
			defer func() { _ = c.Close() }()
			m := mockConn{conn: c, in: bufio.NewReaderSize(c, 32<<10), answer: answer}
			for m.serve() == nil {
				continue
			}
		}()
	}
}

type mockConn struct {
	conn   net.Conn
	in     *bufio.Reader
	answer []byte
	body   []byte
	out    []byte
}

// serve answers one request.
func (m *mockConn) serve() error {
	length := 0
	for {
		line, err := m.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
			break
		}
		if k, v, ok := bytes.Cut(line, []byte(":")); ok && bytes.EqualFold(k, []byte("content-length")) {
			length, _ = strconv.Atoi(string(bytes.TrimSpace(v)))
		}
	}
	if cap(m.body) < length {
		m.body = make([]byte, length)
	}
	m.body = m.body[:length]
	if _, err := io.ReadFull(m.in, m.body); err != nil {
		return err
	}
	if !bytes.Contains(m.body, []byte(`"stream":true`)) {
		_, err := m.conn.Write(m.answer)
		return err
	}
	pace, events := time.Duration(0), eventsFast
	if _, rest, ok := bytes.Cut(m.body, []byte(`"paced-`)); ok {
		us, _, _ := bytes.Cut(rest, []byte(`"`))
		n, _ := strconv.Atoi(string(us))
		pace, events = time.Duration(n)*time.Microsecond, eventsPaced
	}
	return m.stream(events, pace, bytes.Contains(m.body, []byte("include_usage")))
}

func (m *mockConn) stream(events int, pace time.Duration, withUsage bool) error {
	m.out = append(m.out[:0], streamHead...)
	for i := range events {
		if i > 0 {
			time.Sleep(pace)
		}
		m.chunk(fmt.Sprintf(chunkFormat, i))
		if err := m.flush(); err != nil {
			return err
		}
	}
	m.chunk(finishChunk)
	if withUsage {
		m.chunk(usageChunk)
	}
	m.chunk(doneChunk)
	m.out = append(m.out, "0\r\n\r\n"...)
	return m.flush()
}

func (m *mockConn) chunk(s string) {
	m.out = strconv.AppendInt(m.out, int64(len(s)), 16)
	m.out = append(m.out, "\r\n"...)
	m.out = append(m.out, s...)
	m.out = append(m.out, "\r\n"...)
}

func (m *mockConn) flush() error {
	_, err := m.conn.Write(m.out)
	m.out = m.out[:0]
	return err
}
