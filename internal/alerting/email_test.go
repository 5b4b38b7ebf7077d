package alerting

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"
)

// mailServer speaks SMTP: EHLO, AUTH PLAIN, MAIL, RCPT, DATA, QUIT.
type mailServer struct {
	net.Listener
	t        testing.TB
	mu       sync.Mutex
	mails    []received
	failures int  // connections that are turned away first
	mute     bool // never greets
	work     sync.WaitGroup
	open     []net.Conn
	speaking int // connections that have not come to their end
}

type received struct {
	from, auth string
	to         []string
	message    string
}

func newMailServer(t testing.TB, failures int, mute bool) *mailServer {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &mailServer{Listener: l, t: t, failures: failures, mute: mute}
	s.work.Go(s.serve)
	t.Cleanup(s.close)
	return s
}

func (s *mailServer) close() {
	_ = s.Close()
	s.mu.Lock()
	for _, c := range s.open {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.work.Wait()
}

func (s *mailServer) serve() {
	for {
		c, err := s.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.open = append(s.open, c)
		s.speaking++
		s.mu.Unlock()
		s.work.Go(func() {
			defer c.Close() //nolint:errcheck // the conversation is over
			s.converse(textproto.NewConn(c))
			s.mu.Lock()
			s.speaking--
			s.mu.Unlock()
		})
	}
}

func (s *mailServer) converse(c *textproto.Conn) {
	s.mu.Lock()
	mute, refuse := s.mute, s.failures > 0
	s.failures--
	s.mu.Unlock()
	if mute {
		_, _ = c.ReadLine() // comes to its end with the connection
		return
	}
	if refuse {
		_ = c.PrintfLine("421 too busy")
		return
	}
	_ = c.PrintfLine("220 mail.example ready")
	var m received
	for {
		line, err := c.ReadLine()
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(line, " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			_ = c.PrintfLine("250-mail.example")
			_ = c.PrintfLine("250 AUTH PLAIN")
		case "AUTH":
			m.auth = strings.TrimPrefix(rest, "PLAIN ")
			_ = c.PrintfLine("235 welcome")
		case "MAIL":
			m.from = rest
			_ = c.PrintfLine("250 ok")
		case "RCPT":
			m.to = append(m.to, rest)
			_ = c.PrintfLine("250 ok")
		case "DATA":
			_ = c.PrintfLine("354 go on")
			text, err := io.ReadAll(c.DotReader())
			if err != nil {
				return
			}
			m.message = string(text)
			s.mu.Lock()
			s.mails = append(s.mails, m)
			s.mu.Unlock()
			_ = c.PrintfLine("250 taken")
		case "QUIT":
			_ = c.PrintfLine("221 bye")
			return
		default:
			_ = c.PrintfLine("500 what?")
		}
	}
}

// first waits for a mail.
func (s *mailServer) first() (got received) {
	s.t.Helper()
	eventually(s.t, func() string {
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.mails) == 0 {
			return "there is no mail"
		}
		got = s.mails[0]
		return ""
	})
	return got
}

func simpleMail(s *mailServer) func(*Options) {
	return func(o *Options) {
		o.Simple = Simple{Email: []string{"ops@example.org", "Boss <boss@example.org>"}, SMTP: SMTP{
			Address: s.Addr().String(), From: "telltale@example.org", User: "me", Password: "mail-secret", Insecure: true,
		}}
	}
}

// An e-mail goes to everybody named, by a server that was too busy at first.
func TestEmail(t *testing.T) {
	s := newMailServer(t, 1, false)
	m := start(t, "", "", simpleMail(s))
	m.Alert([]Alert{fires("Slow")})
	got := s.first()
	if want := base64.StdEncoding.EncodeToString([]byte("\x00me\x00mail-secret")); got.auth != want {
		t.Errorf("logged in with %q", got.auth)
	}
	if !strings.Contains(got.from, "<telltale@example.org>") || len(got.to) != 2 || !strings.Contains(got.to[1], "<boss@example.org>") {
		t.Errorf("from %s to %s", got.from, got.to)
	}
	message, err := mail.ReadMessage(bufio.NewReader(strings.NewReader(got.message)))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	if err != nil || !strings.Contains(subject, "FIRING:1") || !strings.Contains(subject, "Slow") {
		t.Errorf("subject %q, %v", subject, err)
	}
	html := htmlPart(t, message)
	for _, want := range []string{"Slow is &lt;high&gt; &amp; rising", "https://example.org/runbooks#Slow", "0af7651916cd43dd8448eb211c80319c"} {
		if !strings.Contains(html, want) {
			t.Errorf("%q is not in the mail", want)
		}
	}
	m.stop(t)
	if strings.Contains(m.logs.String(), "mail-secret") {
		t.Error("the password is in the log")
	}
}

func htmlPart(t *testing.T, m *mail.Message) string {
	t.Helper()
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%s, %v", kind, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
			return string(text)
		}
	}
}

// A mail server that never greets does not hold up a group, nor a stop: once it speaks, the mail is sent.
func TestMailServerThatHangs(t *testing.T) {
	s := newMailServer(t, 0, true)
	m := start(t, "", "", simpleMail(s))
	m.attempt = time.Second
	if err := m.apply(m.running.Load().plan); err != nil {
		t.Fatal(err)
	}
	m.Alert([]Alert{fires("Slow")})
	eventually(t, func() string {
		if r := m.Status().Receivers[0]; r.Attempts < 1 || !strings.Contains(r.Error, "no answer within") {
			return fmt.Sprintf("%+v", r)
		}
		return ""
	})
	s.mu.Lock()
	s.mute = false
	s.mu.Unlock()
	s.first()
}

// A mail server that hangs keeps no connection and nobody who waits, however often it is tried: the mail after it is sent.
func TestMailServerThatHangsOften(t *testing.T) {
	s := newMailServer(t, 0, true)
	m := start(t, "", "", simpleMail(s))
	m.attempt = 200 * time.Millisecond
	if err := m.apply(m.running.Load().plan); err != nil {
		t.Fatal(err)
	}
	var tests sync.WaitGroup
	for range maxAttempts {
		tests.Go(func() {
			if receipt, err := m.Test(t.Context(), nil); err != nil || !strings.Contains(receipt.Receivers[0].Error, "no answer within 200ms") {
				t.Errorf("%+v %v", receipt, err)
			}
		})
	}
	tests.Wait()
	eventually(t, func() string {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.speaking > 0 {
			return fmt.Sprintf("%d connections are kept", s.speaking)
		}
		s.mute = false
		return ""
	})
	m.attempt = time.Minute
	if err := m.apply(m.running.Load().plan); err != nil {
		t.Fatal(err)
	}
	if receipt, err := m.Test(t.Context(), nil); err != nil || receipt.Receivers[0].Error != "" {
		t.Errorf("%+v %v", receipt, err)
	}
	s.first()
}

// A name that is not ASCII is encoded, its address is not; a line break in a label begins no header.
func TestEmailHeaders(t *testing.T) {
	s := newMailServer(t, 0, false)
	m := start(t, "", "", simpleMail(s), func(o *Options) { o.Simple.Email = []string{"Jürgen Groß <j@example.org>"} })
	m.Alert([]Alert{fires("Slow", "service", "chat\r\nBcc: everybody@example.org")})
	message, err := mail.ReadMessage(bufio.NewReader(strings.NewReader(s.first().message)))
	if err != nil {
		t.Fatal(err)
	}
	to, err := message.Header.AddressList("To")
	if err != nil || len(to) != 1 || *to[0] != (mail.Address{Name: "Jürgen Groß", Address: "j@example.org"}) {
		t.Errorf("to %q: %v", message.Header.Get("To"), err)
	}
	if _, err := message.Header.Date(); err != nil || message.Header.Get("Message-Id") == "" {
		t.Errorf("%v: %v", message.Header, err)
	}
	if message.Header.Get("Bcc") != "" {
		t.Errorf("%v", message.Header)
	}
}

// An error in a template sends nothing, not half a mail.
func TestEmailTemplateFails(t *testing.T) {
	s := newMailServer(t, 0, false)
	m := start(t, "", fmt.Sprintf(`
route: {receiver: to, group_wait: 10ms}
receivers: [{name: to, email_configs: [{to: a@example.org, from: b@example.org, smarthost: "%s", require_tls: false, html: '{{ template "gone" . }}'}]}]
`, s.Addr()))
	receipt, err := m.Test(t.Context(), nil)
	if err != nil || !strings.Contains(receipt.Receivers[0].Error, "gone") {
		t.Errorf("%+v %v", receipt, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.mails) > 0 || len(s.open) > 0 {
		t.Errorf("%d mails over %d connections: %v", len(s.mails), len(s.open), s.mails)
	}
}
