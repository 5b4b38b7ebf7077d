package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"hash/fnv"
	"io"
	"math"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode"

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

// standIn gives llmmock something to say, and embeddings in which similar texts are near each other.
type standIn struct{ answers Answers }

func (s standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	if strings.HasSuffix(r.URL.Path, "/embeddings") {
		embed(w, body)
		return
	}
	text := s.answers(lastUser(body))
	if text != "" {
		body = without(body, "response_format") // llmmock would answer with the smallest instance of the schema
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

// embed answers a request for embeddings.
func embed(w http.ResponseWriter, body []byte) {
	var q struct {
		Model string
		Input []string
	}
	if err := json.Unmarshal(body, &q); err != nil {
		http.Error(w, `{"error":{"message":"input: want a list of texts"}}`, http.StatusBadRequest)
		return
	}
	type embedding struct {
		Object    string    `json:"object"`
		Index     int       `json:"index"`
		Embedding []float64 `json:"embedding"`
	}
	tokens, vectors := 0, []embedding{}
	for i, text := range q.Input {
		tokens += llmmock.CountTokens(text)
		vectors = append(vectors, embedding{"embedding", i, words(text)})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{ // a client that is gone needs no answer
		"object": "list", "model": q.Model, "data": vectors,
		"usage": map[string]int{"prompt_tokens": tokens, "total_tokens": tokens},
	})
}

// words is a vector of the words of a text, each by its first five letters, so that "refunds" is near "refund". Texts are as
// near each other as they share words.
func words(text string) []float64 {
	const dimensions, stem, shortest = 512, 5, 4
	v := make([]float64, dimensions)
	for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if len(word) < shortest {
			continue
		}
		h := fnv.New32a()
		_, _ = h.Write([]byte(word[:min(len(word), stem)])) // never fails
		v[h.Sum32()%dimensions]++
	}
	norm := 0.0
	for _, x := range v {
		norm += x * x
	}
	for i := range v {
		v[i] /= max(math.Sqrt(norm), 1e-9)
	}
	return v
}
