package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/openai/openai-go/v3"

	"github.com/telltale-dev/telltale/observe/llm"
)

// index finds passages by the meaning of a question. It is in memory and looks at all of them, which serves for some ten
// thousand.
type index struct {
	client   openai.Client
	model    string
	passages []passage
	vectors  [][]float64
}

// found is a passage and how near it is to the question, 0 to 1.
type found struct {
	passage

	Score float64
}

func newIndex(ctx context.Context, client openai.Client, model string, passages []passage) (*index, error) {
	x := &index{client: client, model: model, passages: passages}
	texts := make([]string, len(passages))
	for i := range passages {
		texts[i] = passages[i].Text
	}
	var err error
	if x.vectors, err = x.embed(ctx, texts...); err != nil {
		return nil, fmt.Errorf("embed the handbook: %w", err)
	}
	return x, nil
}

// search returns the passages nearest to a question, at most n, the nearest first, and none below the least score.
func (x *index) search(ctx context.Context, question string, n int, least float64) (near []found, err error) {
	ctx, retrieval := llm.Retrieval(ctx, "handbook", question)
	defer retrieval.End(&err)
	vectors, err := x.embed(ctx, question)
	if err != nil {
		return nil, fmt.Errorf("embed the question: %w", err)
	}
	for i, v := range x.vectors {
		if score := dot(v, vectors[0]); score >= least {
			near = append(near, found{x.passages[i], min(score, 1)})
		}
	}
	slices.SortStableFunc(near, func(a, b found) int { return cmp.Compare(b.Score, a.Score) })
	near = near[:min(n, len(near))]
	for _, f := range near {
		retrieval.Found(llm.Document{ID: f.ID, Score: f.Score})
	}
	return near, nil
}

// embed returns a vector of length 1 for each text.
func (x *index) embed(ctx context.Context, texts ...string) ([][]float64, error) {
	r, err := x.client.Embeddings.New(ctx, openai.EmbeddingNewParams{
		Model: x.model, Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: texts},
	})
	if err != nil {
		return nil, err
	}
	vectors := make([][]float64, len(texts))
	for _, e := range r.Data {
		if e.Index < 0 || e.Index >= int64(len(texts)) {
			return nil, fmt.Errorf("an embedding of text %d of %d", e.Index, len(texts))
		}
		vectors[e.Index] = e.Embedding
	}
	for i, v := range vectors {
		if v == nil {
			return nil, fmt.Errorf("no embedding of text %d", i)
		}
	}
	return vectors, nil
}

// dot is the cosine of the angle between two vectors of length 1.
func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range min(len(a), len(b)) {
		sum += a[i] * b[i]
	}
	return sum
}
