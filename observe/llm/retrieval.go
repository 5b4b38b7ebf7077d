package llm

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// Document is one that was found.
type Document struct {
	ID    string  `json:"id"`
	Score float64 `json:"score"` // 0 to 1, more is better
}

// RetrievalRun is a search for documents at work. Err, Span and End are as for a Run.
type RetrievalRun struct {
	*Run
	mu    sync.Mutex
	found []Document
}

// maxDocuments bounds the documents that stand on a span; all of them are counted.
const maxDocuments = 100

// Retrieval begins a search for documents. The source names where: an index, a collection. The query is kept by the content
// policy.
//
//	ctx, search := llm.Retrieval(ctx, "manuals", question)
//	defer search.End(&err)
//	…
//	search.Found(llm.Document{ID: "m17", Score: 0.83})
func Retrieval(ctx context.Context, source, query string) (context.Context, *RetrievalRun) {
	f := frameOf(ctx)
	r := &RetrievalRun{Run: newRun(ctx, f)}
	r.message = "retrieval"
	r.frame.depth = f.depth // a search is no work of an agent's own
	source = cutText(source, maxLabel)
	r.count = func(in *instruments, _ string, _ time.Duration) { r.countScores(in) }
	r.line = func() []slog.Attr {
		return []slog.Attr{slog.String("source", source), slog.Int("documents", len(r.documents()))}
	}
	r.finish = func(add func(...attribute.KeyValue)) {
		if kept := policyOf(r.core).keep(query, 0); kept != "" {
			add(attribute.String(attrQuery, kept))
		}
		if list := r.documents(); len(list) > 0 {
			add(attribute.String(attrDocuments, encode(list[:min(len(list), maxDocuments)])))
		}
	}
	ctx, _ = r.begin(ctx, opRetrieval, source, trace.SpanKindClient, attribute.String(attrDataSource, source))
	return ctx, r
}

// Found notes documents that were found. It goes before End.
func (r *RetrievalRun) Found(documents ...Document) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range documents {
		if d.ID = cutText(d.ID, maxLabel); !math.IsNaN(d.Score) && !math.IsInf(d.Score, 0) {
			r.found = append(r.found, d)
		}
	}
}

func (r *RetrievalRun) documents() []Document {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.found
}

func (r *RetrievalRun) countScores(in *instruments) {
	list := r.documents()
	if len(list) == 0 {
		return
	}
	scores := make([]float64, len(list))
	for i, d := range list {
		scores[i] = d.Score
	}
	in.retrievalMean.With().Set(in.scores.observe(r.ctx, in.retrieval, scores))
}
