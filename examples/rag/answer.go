package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/openai/openai-go/v3"

	"github.com/telltale-dev/telltale/examples/internal/service"
	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/llm"
)

// question is what a user asks.
type question struct {
	Question string `json:"question"`
	Session  string `json:"session"` // the conversation it belongs to; may be empty
}

// reply is an answer and where it comes from.
type reply struct {
	ID      string // of the model's response, for feedback
	Text    string
	Sources []found
}

// answers answers questions.
type answers struct {
	client openai.Client
	model  string
	index  *index
	cache  *cache
}

const (
	passagesAsked = 3    // passages the model is given
	leastScore    = 0.15 // of a passage that has to do with the question
	noAnswer      = "The handbook does not say."
)

// limits end a conversation that costs more than any should, in all its questions.
var limits = llm.Limits{Cost: 0.50, Calls: 100}

// ask answers one question as a stream of events, see stream.
func (a *answers) ask(w http.ResponseWriter, r *http.Request) {
	var in question
	ok := service.Read(w, r, &in, func() error {
		if in.Question == "" || len(in.Question) > 2000 || len(in.Session) > 64 {
			return errors.New("want a question of up to 2000 bytes, and a session of up to 64")
		}
		return nil
	})
	if !ok {
		return
	}
	ctx := r.Context()
	if in.Session != "" {
		var session *llm.SessionRun
		ctx, session = llm.Session(ctx, in.Session, limits)
		defer session.End()
	}
	if takesOver(in.Question) {
		llm.SafetyFlag(ctx, a.model, "prompt_injection")
		service.Answer(w, http.StatusUnprocessableEntity, map[string]string{"error": "please ask a question about the handbook"})
		return
	}
	out := newStream(w)
	if known, hit := a.cache.get(in.Question); hit {
		llm.CacheHit(ctx, true)
		out.sources(known.Sources)
		out.delta(known.Text)
		out.done(known.ID, true)
		return
	}
	llm.CacheHit(ctx, false)
	if err := a.write(ctx, in.Question, out); err != nil && ctx.Err() == nil { // a user who goes away is no error
		observe.Error(ctx, err)
		out.fail(observe.RequestID(ctx))
	}
}

// write has a model write the answer.
func (a *answers) write(ctx context.Context, question string, out *stream) error {
	sources, err := a.index.search(ctx, question, passagesAsked, leastScore)
	if err != nil {
		return err
	}
	out.sources(sources)
	if len(sources) == 0 {
		out.delta(noAnswer)
		out.done("", true)
		return nil
	}
	answer, err := a.chat(ctx, question, sources, out)
	if err != nil {
		return err
	}
	invalid := checkCitations(answer.Text, len(sources))
	hallucinated := 0.0
	if invalid != nil {
		hallucinated = 1
		llm.ValidationFailed(ctx, a.model, invalid)
	} else {
		a.cache.put(question, answer)
	}
	llm.Score(ctx, llm.Evaluation{Name: "hallucination", Value: hallucinated, Model: a.model, ResponseID: answer.ID})
	out.done(answer.ID, invalid == nil)
	return nil
}

const instructions = `Answer in a sentence or two, from the passages alone. Put the number of the passage behind each statement, as [1].
If the passages do not tell, say so.`

func (a *answers) chat(ctx context.Context, question string, sources []found, out *stream) (answer reply, err error) {
	var prompt strings.Builder
	for i, s := range sources {
		fmt.Fprintf(&prompt, "[%d] %s\n", i+1, s.Text)
	}
	prompt.WriteString("\nQuestion: " + question)
	chunks := a.client.Chat.Completions.NewStreaming(ctx, openai.ChatCompletionNewParams{
		Model:    a.model,
		Messages: []openai.ChatCompletionMessageParamUnion{openai.SystemMessage(instructions), openai.UserMessage(prompt.String())},
	})
	defer func() { err = errors.Join(err, chunks.Close()) }()
	var text strings.Builder
	for chunks.Next() {
		c := chunks.Current()
		answer.ID = c.ID
		if len(c.Choices) > 0 && c.Choices[0].Delta.Content != "" {
			text.WriteString(c.Choices[0].Delta.Content)
			out.delta(c.Choices[0].Delta.Content)
		}
	}
	answer.Text, answer.Sources = text.String(), sources
	return answer, chunks.Err()
}

var citation = regexp.MustCompile(`\[(\d{1,3})\]`)

// checkCitations returns an error if an answer cites nothing, or a passage that the model was not given.
func checkCitations(answer string, passages int) error {
	cited := citation.FindAllStringSubmatch(answer, -1)
	if len(cited) == 0 {
		return errors.New("the answer cites no passage")
	}
	for _, c := range cited {
		if n, err := strconv.Atoi(c[1]); err != nil || n < 1 || n > passages {
			return fmt.Errorf("the answer cites passage %s of %d", c[1], passages)
		}
	}
	return nil
}

var takeover = regexp.MustCompile(`(?i)\b(ignore|forget|disregard) (all |any )?(your |the |previous |prior )*(instructions|rules)`)

// takesOver reports whether a text tries to give the model orders. A real service asks a classifier.
func takesOver(text string) bool { return takeover.MatchString(text) }
