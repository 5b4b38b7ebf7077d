package api

import (
	"context"
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/telltale-dev/telltale/internal/query"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// ValueList is what a field holds.
type ValueList struct {
	Field  string   `json:"field"`
	Values []string `json:"values" doc:"sorted"`
}

// FieldList is the vocabulary of queries.
type FieldList struct {
	Fields []FieldDoc `json:"fields"`
}

// FieldDoc describes a field.
type FieldDoc struct {
	Name  string `json:"name" doc:"as queries write it"`
	Type  string `json:"type" doc:"text, full text, integer, duration, USD, true or false"`
	Doc   string `json:"doc"`
	Keyed bool   `json:"keyed" doc:"a dot and a key follow the name"`
}

// Completion is how a query may go on.
type Completion struct {
	Start       int          `json:"start" doc:"first character that a suggestion replaces"`
	End         int          `json:"end" doc:"character after the last one"`
	Suggestions []Suggestion `json:"suggestions"`
}

// Suggestion is one way to go on.
type Suggestion struct {
	Text string `json:"text" doc:"to insert"`
	Kind string `json:"kind" doc:"field, operator, value or keyword"`
	Doc  string `json:"doc,omitempty"`
}

// completions is how many stored values are suggested.
const completions = 20

func (a *API) values(ctx context.Context, p *params) (any, error) {
	f, err := query.ParseField(p.string("field"))
	if err != nil {
		return nil, badQuery("field", err)
	}
	limit, err := p.limit(maxLimit)
	if err != nil {
		return nil, err
	}
	r, err := p.timeRange()
	if err != nil {
		return nil, err
	}
	values, err := a.config.Reader.Values(ctx, f, p.string("prefix"), r, limit)
	if err != nil {
		return nil, err
	}
	if values == nil {
		values = []string{}
	}
	return ValueList{p.string("field"), values}, nil
}

func (a *API) fields(context.Context, *params) (any, error) {
	var list FieldList
	for _, f := range telemetry.Fields() {
		list.Fields = append(list.Fields, FieldDoc{f.Name, f.Type.String(), f.Doc, f.Keyed})
	}
	return list, nil
}

func (a *API) complete(ctx context.Context, p *params) (any, error) {
	text := p.string("q")
	if len(text) > query.MaxLength || !utf8.ValidString(text) {
		return nil, badParam("q", "is too long or not UTF-8", "")
	}
	at := len(text)
	if given := p.string("cursor"); given != "" {
		n, err := strconv.Atoi(given)
		if err != nil || n < 0 {
			return nil, badParam("cursor", "is no place in q", "a number of characters")
		}
		at = byteOffset(text, n)
	}
	r, err := p.timeRange()
	if err != nil {
		return nil, err
	}
	c := query.Complete(text, at)
	if c.Field.Field != nil {
		values, err := a.config.Reader.Values(ctx, c.Field, c.Prefix, r, completions)
		if err != nil {
			return nil, err
		}
		c.AddStored(values)
	}
	out := Completion{utf8.RuneCountInString(text[:c.Start]), utf8.RuneCountInString(text[:c.End]), []Suggestion{}}
	for _, s := range c.Suggestions {
		out.Suggestions = append(out.Suggestions, Suggestion(s))
	}
	return out, nil
}

// byteOffset is where the n-th character begins.
func byteOffset(text string, n int) int {
	for i := range text {
		if n == 0 {
			return i
		}
		n--
	}
	return len(text)
}

func (a *API) document(context.Context, *params) (any, error) { return json.RawMessage(a.openAPI), nil }
