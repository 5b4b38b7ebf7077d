package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/anthropics/anthropic-sdk-go/v2"

	"github.com/telltale-dev/telltale/observe/llm"
)

// team is three agents, and a coordinator that plans and puts together.
type team struct {
	client anthropic.Client
	model  anthropic.Model
	tools  map[string]tool
}

// role is one of the agents.
type role struct {
	name, instructions string
	tool               string // that it may use
}

func roles() []role {
	return []role{
		{"researcher", "You find facts with the search tool, and give their numbers. Begin with: Facts.", "search"},
		{"analyst", "You work out what the facts mean, and use the calculator for numbers. Begin with: Analysis.", "calculate"},
		{"writer", "You write a short report. Check its length with the tool. Begin with: Report.", "count_words"},
	}
}

// solve answers the question of a task.
func (t *team) solve(ctx context.Context, in task) (report string, err error) {
	ctx, run := llm.Agent(ctx, "coordinator")
	defer run.End(&err)
	if err := run.Err(); err != nil {
		return "", err
	}
	notes, err := t.step(ctx, "plan", "Plan in three lines how to answer: "+in.Question)
	if err != nil {
		return "", fmt.Errorf("plan: %w", err)
	}
	for _, r := range roles() {
		found, err := t.work(ctx, r, fmt.Sprintf("You are the %s.\nQuestion: %s\nSo far:\n%s", r.name, in.Question, notes), in.Loop)
		if err != nil {
			return "", fmt.Errorf("%s: %w", r.name, err)
		}
		notes += "\n" + found
	}
	return t.step(ctx, "synthesis", "Put together an answer of two sentences.\nQuestion: "+in.Question+"\nNotes:\n"+notes)
}

// step is one call of the coordinator's model.
func (t *team) step(ctx context.Context, name, prompt string) (text string, err error) {
	ctx, step := llm.Step(ctx, name)
	defer step.End(&err)
	if err := step.Err(); err != nil {
		return "", err
	}
	reply, err := t.ask(ctx, anthropic.MessageNewParams{
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(prompt))},
	})
	return textOf(reply), err
}

// work lets an agent use its tool until it has an answer. There is no count of turns here: the limits of the session end what
// does not end by itself, as an agent that doubts every answer.
func (t *team) work(ctx context.Context, r role, assignment string, doubts bool) (text string, err error) {
	ctx, run := llm.Agent(ctx, r.name)
	defer run.End(&err)
	if err := run.Err(); err != nil {
		return "", err
	}
	tool := t.tools[r.tool]
	in := anthropic.MessageNewParams{
		System: []anthropic.TextBlockParam{{Text: r.instructions}}, Tools: []anthropic.ToolUnionParam{{OfTool: &tool.definition}},
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(assignment))},
	}
	for {
		reply, err := t.ask(ctx, in)
		if err != nil {
			return "", err
		}
		results, err := t.use(ctx, reply)
		if err != nil {
			return "", err
		}
		in.Messages = append(in.Messages, reply.ToParam())
		switch {
		case len(results) > 0:
			in.Messages = append(in.Messages, anthropic.NewUserMessage(results...))
		case doubts:
			in.Messages = append(in.Messages, anthropic.NewUserMessage(anthropic.NewTextBlock("Are you sure? Look again.")))
		default:
			return textOf(reply), nil
		}
	}
}

// use runs the tools that the model asks for. A tool that fails tells the model so; a limit ends the work.
func (t *team) use(ctx context.Context, reply *anthropic.Message) ([]anthropic.ContentBlockParamUnion, error) {
	var results []anthropic.ContentBlockParamUnion
	for i := range reply.Content {
		call := &reply.Content[i]
		if call.Type != "tool_use" {
			continue
		}
		result, err := t.call(ctx, call)
		var over *llm.LimitError
		switch {
		case errors.As(err, &over):
			return nil, err
		case err != nil:
			result = err.Error()
		}
		results = append(results, anthropic.NewToolResultBlock(call.ID, result, err != nil))
	}
	return results, nil
}

func (t *team) call(ctx context.Context, c *anthropic.ContentBlockUnion) (result string, err error) {
	ctx, run := llm.Tool(ctx, llm.ToolCall{Name: c.Name, ID: c.ID, Arguments: string(c.Input)})
	defer run.End(&err)
	if err := run.Err(); err != nil {
		return "", err
	}
	tool, known := t.tools[c.Name]
	if !known {
		return "", errors.New("there is no such tool")
	}
	if result, err = tool.run(ctx, c.Input); err != nil {
		return "", err
	}
	run.Result(result)
	return result, nil
}

// maxTokens of an answer.
const maxTokens = 1024

func (t *team) ask(ctx context.Context, in anthropic.MessageNewParams) (*anthropic.Message, error) {
	in.Model, in.MaxTokens = t.model, maxTokens
	return t.client.Messages.New(ctx, in)
}

func textOf(m *anthropic.Message) string {
	if m == nil {
		return ""
	}
	var b strings.Builder
	for i := range m.Content {
		b.WriteString(m.Content[i].Text)
	}
	return b.String()
}
