package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/telltale-dev/telltale/observe/observetest/llmmock"
)

// Answers says what the stand-in answers to the last text of the user. Empty leaves it to llmmock, which calls the first
// tool where there are tools, and else repeats what the user said.
type Answers func(prompt string) string

const (
	firstToken = 60 * time.Millisecond // the stand-in thinks for that long
	between    = 8 * time.Millisecond  // and pauses between the chunks of a stream
)

// listen starts the stand-in on a free port and returns its URL and what ends it.
func listen(answers Answers) (base string, stop func(), err error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: standIn{answers}, ReadHeaderTimeout: 5 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // ends with Close
	}()
	return "http://" + l.Addr().String(), func() {
		_ = server.Close()
		<-done
	}, nil
}

// standIn gives llmmock something to say.
type standIn struct{ answers Answers }

func (s standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	text := s.answers(lastUser(body))
	if text != "" {
		body = without(body, "response_format") // llmmock would answer with an instance of the schema
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	llmmock.New(llmmock.Options{Text: text, NoAuth: true, FirstToken: firstToken, Between: between}).ServeHTTP(w, r)
}

// lastUser is the last text of the user in a request of OpenAI's chat API or of Anthropic's.
func lastUser(body []byte) string {
	var q struct {
		Messages []struct {
			Role    string
			Content json.RawMessage
		}
	}
	_ = json.Unmarshal(body, &q) // llmmock says what is wrong with it
	for i := len(q.Messages) - 1; i >= 0; i-- {
		if q.Messages[i].Role != "user" {
			continue
		}
		var text string
		var blocks []struct{ Text string }
		if json.Unmarshal(q.Messages[i].Content, &text) != nil && json.Unmarshal(q.Messages[i].Content, &blocks) == nil {
			for _, b := range blocks {
				text += b.Text
			}
		}
		if text != "" {
			return text
		}
	}
	return ""
}

func without(body []byte, field string) []byte {
	var q map[string]json.RawMessage
	if json.Unmarshal(body, &q) != nil {
		return body
	}
	delete(q, field)
	out, err := json.Marshal(q)
	if err != nil {
		return body
	}
	return out
}
