package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/query"
)

const defaultServer = "http://127.0.0.1:8080"

// maxAnswer bounds how much of an answer is read.
const maxAnswer = 512 << 20

// client asks a server over its API.
type client struct {
	base  *url.URL
	token string
	http  *http.Client
}

// serverFlags adds --server and --token; what it returns makes the client once the flags are parsed.
func serverFlags(f *flags) func() (*client, error) {
	server := f.String("server", "", "`URL` of the server (default TELLTALE_SERVER, else "+defaultServer+")")
	token := f.String("token", "", "`token` of a server that wants one (default TELLTALE_TOKEN, which no list of processes shows)")
	return func() (*client, error) {
		address := firstOf(*server, f.env.getenv("TELLTALE_SERVER"), defaultServer)
		base, err := parseServer(address)
		if err != nil {
			return nil, f.usage("%s", err)
		}
		return &client{base: base, token: firstOf(*token, f.env.getenv("TELLTALE_TOKEN")), http: newHTTPClient()}, nil
	}
}

func newHTTPClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
			TLSHandshakeTimeout:   10 * time.Second,
			ResponseHeaderTimeout: 2 * time.Minute,
		},
		// The API redirects nowhere; following one would carry the question, and perhaps the token, to somebody else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func parseServer(address string) (*url.URL, error) {
	text := address
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return nil, fmt.Errorf("the server %s is no URL such as %s", quoteArg(address), defaultServer)
	}
	u.RawQuery, u.Fragment = "", ""
	u.Path = strings.TrimSuffix(u.Path, "/")
	return u, nil
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// get asks a path of the API and decodes the answer. Path segments are escaped by the caller.
func (c *client) get(ctx context.Context, path string, params url.Values, answer any) error {
	response, err := c.do(ctx, path, params)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(answer); err != nil {
		return fmt.Errorf("the answer of %s ends early or is no JSON: %w", c.base, err)
	}
	return nil
}

// do sends a request without a body. Answers that are no success become errors.
func (c *client) do(ctx context.Context, path string, params url.Values) (*http.Response, error) {
	return c.send(ctx, http.MethodGet, path, params, nil, nil)
}

// send is do for any method; header may be nil.
func (c *client) send(ctx context.Context, method, path string, params url.Values, header http.Header, body []byte) (*http.Response, error) {
	target := *c.base
	target = *target.JoinPath(path)
	target.RawQuery = params.Encode()
	request, err := http.NewRequestWithContext(ctx, method, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	maps.Copy(request.Header, header)
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.unreachable(err)
	}
	if response.StatusCode/100 != 2 {
		defer func() { _ = response.Body.Close() }()
		return nil, c.refusal(response, params)
	}
	return response, nil
}

// unreachable says what to do when no answer came.
func (c *client) unreachable(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	hint := "Say where the server is with --server URL or TELLTALE_SERVER."
	if errors.Is(err, syscall.ECONNREFUSED) {
		hint = "Start one with `telltale serve` (or `telltale demo`, with simulated traffic), or say where it is with --server URL or TELLTALE_SERVER."
	}
	return fmt.Errorf("no answer from %s: %w\n%s", c.base, err, hint)
}

// serverError is an answer that is no success.
type serverError struct {
	status     int
	detail     api.FailureDetail // empty if the answer is not of the API
	body       []byte
	retryAfter string
	text       string
}

func (e *serverError) Error() string { return e.text }

// refusal reads an answer that is no success. A mistake in a query is shown with its place.
func (c *client) refusal(response *http.Response, params url.Values) error {
	e := &serverError{status: response.StatusCode, retryAfter: response.Header.Get("Retry-After")}
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	e.body = body
	var failure api.Failure
	if err != nil || json.Unmarshal(body, &failure) != nil || failure.Error.Message == "" {
		e.text = fmt.Sprintf("%s answered %s", c.base, response.Status)
		var plain struct{ Error string }
		_ = json.Unmarshal(body, &plain) // only if it is JSON
		switch {
		case plain.Error != "":
			e.text += ": " + plain.Error
		case e.status == http.StatusUnauthorized:
			e.text += "; give its token with --token or TELLTALE_TOKEN"
		case e.status == http.StatusNotFound:
			e.text += "; is it a Telltale server?"
		}
		return e
	}
	e.detail = failure.Error
	e.text = e.detail.Message
	if e.detail.Hint != "" {
		e.text += "\n" + e.detail.Hint
	}
	if e.detail.Position != nil {
		head := "the query has a mistake"
		if e.detail.Parameter != "q" {
			head = "there is a mistake"
		}
		e.text = head + "\n" + query.Caret(params.Get(e.detail.Parameter), *e.detail.Position) + "\n" + e.text
	}
	if e.status == http.StatusUnauthorized {
		e.text += "\nGive the server's token with --token or TELLTALE_TOKEN."
	}
	return e
}

// rangeFlags adds --from and --to. What it returns puts them into parameters: as moments, so that times without zone are
// local ones.
func rangeFlags(f *flags, fallback string) func(url.Values) error {
	from := f.String("from", fallback, "beginning of the `time` range: -1h, 2026-11-20, \"2026-11-20 14:00\" (local), RFC 3339, Unix time")
	to := f.String("to", "", "end of the `time` range; written as --from")
	return func(params url.Values) error {
		for _, end := range []struct{ name, text string }{{"from", *from}, {"to", *to}} {
			if end.text == "" {
				continue
			}
			t, err := query.ParseTime(end.text, f.env.now())
			if err != nil {
				return f.usage("--%s: %s", end.name, err)
			}
			params.Set(end.name, t.UTC().Format(time.RFC3339Nano))
		}
		return nil
	}
}

// queryOf joins positional arguments into one query: what the shell took apart belongs together.
func queryOf(operands []string) string { return strings.Join(operands, " ") }
