package derive

import (
	"encoding/json"
	"strings"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// maxDocuments bounds the scores that one span brings.
const maxDocuments = 1000

// windowSize is how many scores rag_retrieval_score_avg is the mean of.
const windowSize = 1000

// window holds the last scores of a job.
type window struct {
	values []float32
	at     int // of the oldest, once it is full
}

func (w *window) add(v float64) {
	if len(w.values) < windowSize {
		w.values = append(w.values, float32(v))
		return
	}
	w.values[w.at] = float32(v)
	w.at = (w.at + 1) % windowSize
}

// mean is summed anew each time, so that no rounding adds up.
func (w *window) mean() float64 {
	sum := 0.0
	for _, v := range w.values {
		sum += float64(v)
	}
	return sum / float64(max(len(w.values), 1))
}

// retrieval counts the scores of the documents that a search found.
func (c *Counter) retrieval(job string, s *telemetry.Span) {
	list := documentScores(s.Attributes)
	if len(list) == 0 {
		return
	}
	g := c.group(services, job, [maxValues]string{})
	w := c.windows[g.job]
	if w == nil {
		w = new(window)
		c.windows[g.job] = w
	}
	for _, v := range list {
		c.observe(g, serviceRetrieval, v, &s.Event)
		w.add(v)
	}
	if mean := c.at(g, serviceRetrievalMean); !mean.owned {
		mean.value = w.mean()
	}
}

// documentScores reads the scores of documents: a list of JSON by the GenAI conventions, an attribute each by OpenInference.
func documentScores(attrs telemetry.Attrs) []float64 {
	const flatPrefix, flatSuffix = "retrieval.documents.", ".document.score"
	var list []float64
	for i := range attrs {
		a := &attrs[i]
		switch {
		case len(list) == maxDocuments:
			return list
		case a.Key == attrDocuments:
			return jsonScores(a.Value)
		case strings.HasPrefix(a.Key, flatPrefix) && strings.HasSuffix(a.Key, flatSuffix):
			if v, ok := number(a.Value); ok {
				list = append(list, v)
			}
		}
	}
	return list
}

func jsonScores(text string) []float64 {
	d := json.NewDecoder(strings.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return nil
	}
	var list []float64
	for d.More() && len(list) < maxDocuments {
		var document struct {
			Score json.Number `json:"score"`
		}
		if err := d.Decode(&document); err != nil {
			return list
		}
		if v, ok := number(document.Score.String()); ok {
			list = append(list, v)
		}
	}
	return list
}
