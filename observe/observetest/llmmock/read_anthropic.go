package llmmock

import "encoding/json"

type anthropicRequest struct {
	Model     string
	Stream    bool
	MaxTokens int             `json:"max_tokens"`
	System    json.RawMessage // a string or blocks
	Messages  []struct {
		Role    string
		Content json.RawMessage
	}
	Tools []struct {
		Name        string
		InputSchema json.RawMessage `json:"input_schema"`
	}
	ToolChoice struct {
		Type string
		Name string
	} `json:"tool_choice"`
	Thinking struct {
		Type string
	}
	OutputFormat *anthropicFormat `json:"output_format"`
	OutputConfig struct {
		Format *anthropicFormat
	} `json:"output_config"`
}

type anthropicFormat struct {
	Type   string
	Schema json.RawMessage
}

type anthropicBlock struct {
	Type         string
	Text         string
	Content      json.RawMessage
	CacheControl *struct {
		TTL string
	} `json:"cache_control"`
}

func (q *question) readAnthropic(body []byte) error {
	var r anthropicRequest
	if err := json.Unmarshal(body, &r); err != nil {
		return err
	}
	q.model, q.stream, q.maxTokens = r.Model, r.Stream, r.MaxTokens
	q.thinks = r.Thinking.Type == "enabled" || r.Thinking.Type == "adaptive"
	for _, t := range r.Tools {
		if t.InputSchema != nil {
			q.tools = append(q.tools, tool{t.Name, t.InputSchema})
		}
	}
	if q.toolChoice = r.ToolChoice.Name; r.ToolChoice.Type == "none" {
		q.toolChoice = "none"
	}
	for _, f := range []*anthropicFormat{r.OutputFormat, r.OutputConfig.Format} {
		if f != nil && f.Type == "json_schema" {
			q.schema = f.Schema
		}
	}
	switch {
	case q.model == "":
		q.failure = "model: Field required"
	case len(r.Messages) == 0:
		q.failure = "messages: Field required"
	}
	var c anthropicCache
	for _, b := range blocksOf(r.System) {
		c.add(q.say(b.Text))
		if b.CacheControl != nil {
			q.used.cached += c.take()
		}
	}
	for _, m := range r.Messages {
		q.answered = false
		text := ""
		for _, b := range blocksOf(m.Content) {
			said := b.Text
			if b.Type == "tool_result" {
				said, q.answered = textOf(b.Content), true
			}
			text += b.Text
			c.add(q.say(said))
			switch {
			case b.CacheControl == nil:
			case b.CacheControl.TTL == "1h":
				q.used.write1h += c.take()
			default:
				q.used.write5m += c.take()
			}
		}
		if m.Role == "user" && text != "" {
			q.user = append(q.user, text)
		}
	}
	return nil
}

// anthropicCache counts the tokens since the last cache_control.
type anthropicCache int

func (c *anthropicCache) add(n int) { *c += anthropicCache(n) }

func (c *anthropicCache) take() int {
	n := int(*c)
	*c = 0
	return n
}

func blocksOf(content json.RawMessage) []anthropicBlock {
	var text string
	if json.Unmarshal(content, &text) == nil {
		return []anthropicBlock{{Type: "text", Text: text}}
	}
	var blocks []anthropicBlock
	_ = json.Unmarshal(content, &blocks) // of another shape: none
	return blocks
}
