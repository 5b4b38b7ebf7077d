package llmmock

import (
	"encoding/json"

	"github.com/telltale-dev/telltale/observe/wire"
)

type geminiRequest struct {
	Contents          []geminiContent
	SystemInstruction geminiContent
	CachedContent     string
	Tools             []struct {
		FunctionDeclarations []struct {
			Name                 string
			Parameters           json.RawMessage
			ParametersJSONSchema json.RawMessage `json:"parametersJsonSchema"`
		}
	}
	ToolConfig struct {
		FunctionCallingConfig struct {
			Mode                 string
			AllowedFunctionNames []string
		}
	}
	GenerationConfig struct {
		MaxOutputTokens    int
		CandidateCount     int
		ResponseMIMEType   string `json:"responseMimeType"`
		ResponseSchema     json.RawMessage
		ResponseJSONSchema json.RawMessage `json:"responseJsonSchema"`
		ThinkingConfig     *struct {
			ThinkingBudget *int
		}
	}

	GenerateContentRequest *geminiRequest // of countTokens

	Content              geminiContent // of embedContent
	OutputDimensionality int
	Requests             []struct { // of batchEmbedContents
		Content              geminiContent
		OutputDimensionality int
	}
}

type geminiContent struct {
	Role  string
	Parts []struct {
		Text             string
		FunctionResponse *struct{ Response json.RawMessage }
	}
}

const geminiCachedTokens = 1024

func (q *question) readGemini(body []byte) error {
	var r geminiRequest
	if err := json.Unmarshal(body, &r); err != nil {
		return err
	}
	q.model, q.stream = q.route.Model, q.route.API == wire.GeminiStream
	if q.route.API == wire.GeminiEmbed {
		q.geminiInputs(&r)
		return nil
	}
	if inner := r.GenerateContentRequest; inner != nil {
		inner.GenerateContentRequest = nil
		r = *inner
	}
	if len(r.Contents) == 0 {
		q.failure = "* GenerateContentRequest.contents: contents is not specified"
	}
	q.geminiConfig(&r)
	q.geminiSay(r.SystemInstruction)
	for _, c := range r.Contents {
		text, answered := q.geminiSay(c)
		if q.answered = answered; c.Role != "model" && text != "" {
			q.user = append(q.user, text)
		}
	}
	if r.CachedContent != "" {
		q.used.cached = geminiCachedTokens
		q.used.in += geminiCachedTokens
	}
	return nil
}

func (q *question) geminiSay(c geminiContent) (text string, answered bool) {
	for _, p := range c.Parts {
		q.say(p.Text)
		text += p.Text
		if p.FunctionResponse != nil {
			q.say(string(p.FunctionResponse.Response))
			answered = true
		}
	}
	return text, answered
}

func (q *question) geminiConfig(r *geminiRequest) {
	g := &r.GenerationConfig
	q.maxTokens, q.n = g.MaxOutputTokens, min(g.CandidateCount, 8)
	for _, t := range r.Tools {
		for _, f := range t.FunctionDeclarations {
			schema := f.Parameters
			if schema == nil {
				schema = f.ParametersJSONSchema
			}
			q.tools = append(q.tools, tool{f.Name, schema})
		}
	}
	call := r.ToolConfig.FunctionCallingConfig
	if call.Mode == "NONE" {
		q.toolChoice = "none"
	} else if len(call.AllowedFunctionNames) > 0 {
		q.toolChoice = call.AllowedFunctionNames[0]
	}
	if q.schema = g.ResponseSchema; q.schema == nil {
		q.schema = g.ResponseJSONSchema
	}
	q.jsonObject = g.ResponseMIMEType == "application/json"
	if t := g.ThinkingConfig; t != nil {
		q.thinks = t.ThinkingBudget == nil || *t.ThinkingBudget != 0
	}
}

func (q *question) geminiInputs(r *geminiRequest) {
	q.dimensions = r.OutputDimensionality
	contents := []geminiContent{r.Content}
	if r.Requests != nil {
		contents = nil
	}
	for _, one := range r.Requests {
		contents = append(contents, one.Content)
		q.dimensions = max(q.dimensions, one.OutputDimensionality)
	}
	for _, c := range contents {
		text, _ := q.geminiSay(c)
		q.inputs = append(q.inputs, text)
	}
	if q.dimensions == 0 {
		q.dimensions = 768
	}
	if q.dimensions < 0 || q.dimensions > 4096 || len(q.inputs) > 2048 {
		q.failure = "outputDimensionality or the number of requests is out of range"
	}
}
