package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/openai/openai-go/v3"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/llm"
	"github.com/telltale-dev/telltale/observe/metric"
)

// verdict is what the model has to answer.
type verdict struct {
	Status     string  `json:"status"`
	Confidence float64 `json:"confidence"` // 0 to 1
	Reason     string  `json:"reason"`
}

// verdictSchema is verdict as the provider enforces it. Providers differ in how well they do, so check looks again.
var verdictSchema = map[string]any{
	"type": "object", "additionalProperties": false, "required": []string{"status", "confidence", "reason"},
	"properties": map[string]any{
		"status":     map[string]any{"type": "string", "enum": []string{"normal", "warning", "critical"}},
		"confidence": map[string]any{"type": "number", "minimum": 0, "maximum": 1},
		"reason":     map[string]any{"type": "string"},
	},
}

func parseVerdict(text string) (verdict, error) {
	var v verdict
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return v, fmt.Errorf("answer is no verdict: %w", err)
	}
	switch {
	case v.Status != "normal" && v.Status != "warning" && v.Status != "critical":
		return v, fmt.Errorf("status %q is none of normal, warning, critical", v.Status)
	case v.Confidence < 0 || v.Confidence > 1:
		return v, fmt.Errorf("confidence %g is not between 0 and 1", v.Confidence)
	}
	return v, nil
}

const instructions = `You watch the sensors of a factory. Judge one reading: "normal" inside its range, "warning" a little outside,
"critical" far outside or when the note tells of danger. Give a short reason.`

// analyst asks a model what it thinks of readings.
type analyst struct {
	tel      *observe.Telemetry
	client   openai.Client
	model    string
	verdicts *metric.Counter
}

func newAnalyst(tel *observe.Telemetry, client openai.Client, model string) *analyst {
	return &analyst{
		tel: tel, client: client, model: model,
		// A metric of the service's own. The sensor is no label: there is no end to sensors.
		verdicts: tel.Metrics().Counter("iot_readings_total", "Readings analysed, by kind and verdict.", "kind", "verdict"),
	}
}

// attempts is how often the model is asked for a verdict that can be read.
const attempts = 2

func (a *analyst) analyse(ctx context.Context, r reading) error {
	v, err := a.ask(ctx, r)
	if err != nil {
		a.verdicts.Add(ctx, 1, r.Kind, "none")
		return fmt.Errorf("analyse reading: %w", err)
	}
	a.verdicts.Add(ctx, 1, r.Kind, v.Status)
	log := a.tel.Logger().InfoContext
	if v.Status != "normal" {
		log = a.tel.Logger().WarnContext
	}
	log(ctx, "reading analysed", "sensor", r.Sensor, "kind", r.Kind, "value", r.Value, "verdict", v.Status,
		"confidence", v.Confidence, "reason", v.Reason)
	return nil
}

func (a *analyst) ask(ctx context.Context, r reading) (verdict, error) {
	prompt, err := json.Marshal(r)
	if err != nil {
		return verdict{}, err
	}
	messages := []openai.ChatCompletionMessageParamUnion{openai.SystemMessage(instructions), openai.UserMessage(string(prompt))}
	for range attempts {
		var text string
		if text, err = a.chat(ctx, messages); err != nil {
			return verdict{}, err
		}
		var v verdict
		if v, err = parseVerdict(text); err == nil {
			return v, nil
		}
		llm.ValidationFailed(ctx, a.model, err)
		messages = append(messages, openai.AssistantMessage(text),
			openai.UserMessage("That was not valid: "+err.Error()+". Judge the reading again: "+string(prompt)))
	}
	return verdict{}, err
}

func (a *analyst) chat(ctx context.Context, messages []openai.ChatCompletionMessageParamUnion) (string, error) {
	r, err := a.client.Chat.Completions.New(ctx, openai.ChatCompletionNewParams{
		Model: a.model, Messages: messages,
		ResponseFormat: openai.ChatCompletionNewParamsResponseFormatUnion{OfJSONSchema: &openai.ResponseFormatJSONSchemaParam{
			JSONSchema: openai.ResponseFormatJSONSchemaJSONSchemaParam{Name: "verdict", Strict: openai.Bool(true), Schema: verdictSchema},
		}},
	})
	switch {
	case err != nil:
		return "", err
	case len(r.Choices) == 0:
		return "", errors.New("the model did not answer")
	}
	return r.Choices[0].Message.Content, nil
}
