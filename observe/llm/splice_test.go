package llm_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/observe/llm"
)

const asksNoUsage = `{"model":"gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"explain stream_options"}]}`

// host answers what answer says, and returns its URL and the bodies it got.
func host(t *testing.T, answer func(body []byte) (status int, text string)) (string, func() []string) {
	t.Helper()
	got := make(chan string, 100)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got <- string(b)
		status, text := answer(b)
		w.Header().Set("Content-Type", "text/event-stream")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, func() (list []string) {
		for len(got) > 0 {
			list = append(list, <-got)
		}
		return list
	}
}

func TestSignedBodiesStayAsTheyAre(t *testing.T) {
	tel := newTelemetry(t)
	url, got := host(t, func([]byte) (int, string) { return 200, "data: [DONE]\n\n" })
	for _, header := range [][]string{
		{"X-Amz-Content-Sha256", "e3b0"},
		{"Content-Digest", "sha-256=:x:"},
		{"Digest", "SHA-256=x"},
		{"Content-MD5", "x"},
		{"Authorization", "AWS4-HMAC-SHA256 Credential=x"},
	} {
		read(tel.in(t.Context()), t, client(t, llm.TransportOptions{}), url+"/openai/v1/chat/completions", asksNoUsage, header...)
		if sent := got(); len(sent) != 1 || sent[0] != asksNoUsage {
			t.Errorf("with %s was sent %q", header[0], sent)
		}
	}
}

func TestServerThatRefusesWithoutAName(t *testing.T) {
	for _, status := range []int{400, 422} {
		tel := newTelemetry(t)
		url, got := host(t, func(body []byte) (int, string) {
			if bytes.Contains(body, []byte("include_usage")) {
				return status, `{"error":{"message":"invalid request body"}}`
			}
			return 200, "data: [DONE]\n\n"
		})
		c := client(t, llm.TransportOptions{})
		for range 2 {
			if answer := read(tel.in(t.Context()), t, c, url+"/v1/chat/completions", asksNoUsage); answer != "data: [DONE]\n\n" {
				t.Errorf("%d: the caller got %q", status, answer)
			}
		}
		if sent := got(); len(sent) != 3 || sent[1] != asksNoUsage || sent[2] != asksNoUsage {
			t.Errorf("%d: was sent %q", status, sent)
		}
		if n := len(tel.spans.Ended()); n != 2 {
			t.Errorf("%d spans of 2 calls", n)
		}
	}
}

func TestWordsOfAUserDoNotTurnUsageOff(t *testing.T) {
	tel := newTelemetry(t)
	url, got := host(t, func([]byte) (int, string) {
		return 400, `{"error":{"message":"filtered: 'explain stream_options'","type":"invalid_request_error"}}`
	})
	c := client(t, llm.TransportOptions{})
	for range 2 {
		if answer := read(tel.in(t.Context()), t, c, url+"/v1/chat/completions", asksNoUsage); !strings.Contains(answer, "filtered") {
			t.Errorf("the caller got %q", answer)
		}
	}
	asked := slices.DeleteFunc(got(), func(body string) bool { return !strings.Contains(body, `"include_usage":true`) })
	if len(asked) != 2 {
		t.Errorf("%d of 2 calls asked for usage", len(asked))
	}
}

// TestKnownHostsAreAskedOnce sends to a provider that is known by name, through a proxy of the test.
func TestKnownHostsAreAskedOnce(t *testing.T) {
	tel := newTelemetry(t)
	status, message := 400, "context too long"
	var sent []string
	base := roundTrip(func(r *http.Request) (*http.Response, error) {
		b, _ := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if sent = append(sent, string(b)); !bytes.Contains(b, []byte("include_usage")) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
		}
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(message)), Request: r}, nil
	})
	c := &http.Client{Transport: llm.Transport(base)}
	const url = "https://api.openai.com/v1/chat/completions"
	read(tel.in(t.Context()), t, c, url, asksNoUsage)
	if len(sent) != 1 {
		t.Errorf("a plain refusal was sent %d times", len(sent))
	}
	message, sent = "stream_options is unknown", nil
	for range 2 {
		read(tel.in(t.Context()), t, c, url, asksNoUsage)
	}
	if len(sent) != 4 || !strings.Contains(sent[2], "include_usage") {
		t.Errorf("was sent %q", sent)
	}
}
