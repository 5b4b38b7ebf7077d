package main

import (
	"errors"
	"net/http"

	"github.com/telltale-dev/telltale/examples/internal/service"
	"github.com/telltale-dev/telltale/observe/llm"
)

// judgement is what a user thinks of an answer.
type judgement struct {
	Answer  string `json:"answer"` // the id that came with done
	Helpful bool   `json:"helpful"`
	Comment string `json:"comment"`
}

// feedback takes what users think of answers. It comes in a request of its own, minutes later: the id of the answer leads
// from one to the other.
func (a *answers) feedback(w http.ResponseWriter, r *http.Request) {
	var in judgement
	ok := service.Read(w, r, &in, func() error {
		if in.Answer == "" || len(in.Answer) > 128 || len(in.Comment) > 2000 {
			return errors.New("want the id of an answer, and a comment of up to 2000 bytes")
		}
		return nil
	})
	if !ok {
		return
	}
	e := llm.Evaluation{Name: "user_feedback", Label: "thumbs_down", Explanation: in.Comment, Model: a.model, ResponseID: in.Answer}
	if in.Helpful {
		e.Value, e.Label = 1, "thumbs_up"
	}
	llm.Score(r.Context(), e)
	w.WriteHeader(http.StatusNoContent)
}
