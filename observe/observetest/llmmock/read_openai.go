package llmmock

import (
	"encoding/json"
	"strings"

	"github.com/telltale-dev/telltale/observe/wire"
)

type openAIRequest struct {
	Model         string
	Stream        bool
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	N                   int
	Messages            []openAIMessage
	Prompt              json.RawMessage
	Input               json.RawMessage
	Instructions        string
	MaxTokens           int             `json:"max_tokens"`
	MaxCompletionTokens int             `json:"max_completion_tokens"`
	MaxOutputTokens     int             `json:"max_output_tokens"`
	Tools               []openAITool    `json:"tools"`
	ToolChoice          json.RawMessage `json:"tool_choice"`
	ResponseFormat      openAIFormat    `json:"response_format"`
	Text                struct {
		Format openAIFormat
	}
	PromptCacheKey string `json:"prompt_cache_key"`
	Dimensions     int
	EncodingFormat string `json:"encoding_format"`
}

type openAIMessage struct {
	Role    string
	Type    string
	Content json.RawMessage
	Output  json.RawMessage // of a function, in Responses
}

type openAITool struct {
	Type       string
	Name       string
	Parameters json.RawMessage
	Function   struct {
		Name       string
		Parameters json.RawMessage
	}
}

type openAIFormat struct {
	Type       string
	Schema     json.RawMessage
	JSONSchema struct {
		Schema json.RawMessage
	} `json:"json_schema"`
}

func (q *question) readOpenAI(body []byte) error {
	var r openAIRequest
	if err := json.Unmarshal(body, &r); err != nil {
		return err
	}
	q.model, q.stream, q.includeUsage = r.Model, r.Stream, r.StreamOptions.IncludeUsage
	if q.model == "" {
		q.model = q.route.Model
	}
	if q.n = r.N; q.n > 8 {
		q.n = 8
	}
	q.maxTokens = max(r.MaxTokens, r.MaxCompletionTokens, r.MaxOutputTokens)
	q.openAITools(&r)
	switch {
	case q.model == "":
		q.failure = "you must provide a model parameter"
	case q.route.API == wire.OpenAIChat && len(r.Messages) == 0:
		q.failure = "Missing required parameter: 'messages'."
	case q.route.API == wire.OpenAIEmbeddings && len(r.Input) == 0:
		q.failure = "Missing required parameter: 'input'."
	case q.route.API == wire.OpenAIEmbeddings:
		q.readInputs(&r)
		return nil
	}
	if q.route.API == wire.OpenAIResponses {
		q.openAIInput(&r)
	}
	for _, m := range r.Messages {
		q.openAIMessage(m)
	}
	if text := textOf(r.Prompt); text != "" {
		q.say(text)
		q.user = append(q.user, text)
	}
	q.openAICache(r.PromptCacheKey != "")
	for _, prefix := range []string{"o1", "o3", "o4", "gpt-5"} {
		q.thinks = q.thinks || strings.HasPrefix(q.model, prefix)
	}
	return nil
}

func (q *question) openAITools(r *openAIRequest) {
	for _, t := range r.Tools {
		switch {
		case t.Type == "function" && t.Function.Name != "":
			q.tools = append(q.tools, tool{t.Function.Name, t.Function.Parameters})
		case t.Type == "function":
			q.tools = append(q.tools, tool{t.Name, t.Parameters})
		}
	}
	var choice struct {
		Name     string
		Function struct{ Name string }
	}
	if json.Unmarshal(r.ToolChoice, &q.toolChoice) != nil && json.Unmarshal(r.ToolChoice, &choice) == nil {
		q.toolChoice = choice.Name + choice.Function.Name
	}
	for _, f := range []openAIFormat{r.ResponseFormat, r.Text.Format} {
		switch f.Type {
		case "json_schema":
			if q.schema = f.Schema; q.schema == nil {
				q.schema = f.JSONSchema.Schema
			}
		case "json_object":
			q.jsonObject = true
		}
	}
}

func (q *question) openAIInput(r *openAIRequest) {
	if r.Instructions != "" {
		q.say(r.Instructions)
	}
	var text string
	if json.Unmarshal(r.Input, &text) == nil {
		r.Messages = append(r.Messages, openAIMessage{Role: "user", Content: r.Input})
		return
	}
	if err := json.Unmarshal(r.Input, &r.Messages); err != nil {
		q.failure = "Invalid 'input': " + err.Error()
	}
}

func (q *question) openAIMessage(m openAIMessage) {
	text := textOf(m.Content)
	q.answered = m.Role == "tool" || m.Type == "function_call_output"
	if m.Output != nil {
		text = textOf(m.Output)
	}
	q.say(text)
	if m.Role == "user" {
		q.user = append(q.user, text)
	}
}

// openAICache counts what comes from the cache: it works on whole blocks of long prompts.
func (q *question) openAICache(write bool) {
	const least, block = 1024, 128
	if q.used.in >= least {
		q.used.cached = (q.used.in - 1) / block * block
	}
	if write {
		q.used.write5m = q.used.in - q.used.cached
	}
}

// readInputs takes what is to be embedded: texts, or tokens, which count one each.
func (q *question) readInputs(r *openAIRequest) {
	q.dimensions, q.base64 = r.Dimensions, r.EncodingFormat == "base64"
	var list []json.RawMessage
	if json.Unmarshal(r.Input, &list) != nil {
		list = []json.RawMessage{r.Input}
	}
	var numbers []int
	if json.Unmarshal(r.Input, &numbers) == nil {
		list = []json.RawMessage{r.Input}
	}
	for _, v := range list {
		var text string
		if json.Unmarshal(v, &text) == nil {
			q.say(text)
		} else if json.Unmarshal(v, &numbers) == nil {
			text = string(v)
			q.used.in += len(numbers)
		} else {
			q.failure = "Invalid 'input'."
		}
		q.inputs = append(q.inputs, text)
	}
	if q.dimensions > 4096 || q.dimensions < 0 || len(q.inputs) > 2048 {
		q.failure = "Invalid 'dimensions' or too many inputs."
	}
	if q.dimensions == 0 {
		q.dimensions = 1536
		if strings.Contains(q.model, "large") {
			q.dimensions = 3072
		}
	}
}
