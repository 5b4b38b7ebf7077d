package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/telltale-dev/telltale/internal/telemetry"
	"github.com/telltale-dev/telltale/observe/redact"
)

// ContentPolicy says what is kept of prompts, answers, tool arguments and tool results.
type ContentPolicy string

// Content policies.
const (
	ContentOff      ContentPolicy = "off"      // nothing
	ContentHash     ContentPolicy = "hash"     // a SHA-256, to find the same text again
	ContentRedacted ContentPolicy = "redacted" // without secrets and personal data; the default
	ContentFull     ContentPolicy = "full"     // without secrets
)

// ParseContentPolicy reads a policy; the empty text is ContentRedacted.
func ParseContentPolicy(s string) (ContentPolicy, error) {
	switch p := ContentPolicy(s); p {
	case "":
		return ContentRedacted, nil
	case ContentOff, ContentHash, ContentRedacted, ContentFull:
		return p, nil
	}
	return "", fmt.Errorf("content policy %q: want off, hash, redacted or full", s)
}

// contentOf lists the columns the policy is about.
func contentOf(g *telemetry.GenAI) [5]*string {
	return [...]*string{&g.InputMessages, &g.OutputMessages, &g.SystemInstructions, &g.ToolArguments, &g.ToolResult}
}

// hashPrefix marks a text that stands for another.
const hashPrefix = "sha256:"

func hashContent(s string) string {
	if s == "" || isHash(s) {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return hashPrefix + hex.EncodeToString(sum[:])
}

// isHash knows what hashContent made: a text that only begins like it is hashed as any other.
func isHash(s string) bool {
	digits, ok := strings.CutPrefix(s, hashPrefix)
	return ok && len(digits) == 2*sha256.Size && strings.Trim(digits, "0123456789abcdef") == ""
}

// applyPolicy treats one text of content, and returns it with how much was redacted in it.
func (p *Pipeline) applyPolicy(text string) (string, int) {
	return p.applyPolicyBy(text, (*redact.Redactor).String)
}

// applyPolicyBy is applyPolicy with a way to redact that knows what the text is.
func (p *Pipeline) applyPolicyBy(text string, clean func(r *redact.Redactor, text string) (string, int)) (string, int) {
	if text == "" {
		return "", 0
	}
	r := p.opts.Redactor
	switch p.opts.Content {
	case ContentOff:
		return "", 0
	case ContentHash:
		return hashContent(text), 0
	case ContentFull:
		r = p.secrets
	}
	if r == nil {
		return text, 0
	}
	return clean(r, text)
}

// contentKeys are attributes that hold content wherever they stand; agentKeys those of the logs of coding agents and of
// the message events of GenAI. Most were moved into their column before; those of a log without a span have none.
var (
	contentKeys = keySet("gen_ai.input.messages gen_ai.output.messages gen_ai.system_instructions gen_ai.prompt gen_ai.completion " +
		"gen_ai.tool.call.arguments gen_ai.tool.call.result")
	agentKeys = keySet("prompt request_text response_text response content message tool_calls tool_input tool_parameters tool_output " +
		"arguments output function_args")
	agentPrefixes = [...]string{"gen_ai.", "claude_code.", "codex.", "gemini_cli."}
)

func keySet(list string) map[string]bool {
	set := map[string]bool{}
	for k := range strings.FieldsSeq(list) {
		set[k] = true
	}
	return set
}

// cleanLogContent applies the policies that keep no text to the content that stayed in a log.
func (p *Pipeline) cleanLogContent(l *telemetry.Log) {
	if p.opts.Content != ContentOff && p.opts.Content != ContentHash {
		return
	}
	ofAgent := false
	for _, prefix := range agentPrefixes {
		ofAgent = ofAgent || strings.HasPrefix(l.Name, prefix)
	}
	if strings.HasPrefix(l.Name, "gen_ai.") {
		l.Body, _ = p.applyPolicy(l.Body)
	}
	for i := range l.Attributes {
		if a := &l.Attributes[i]; contentKeys[a.Key] || ofAgent && agentKeys[a.Key] {
			a.Value, _ = p.applyPolicy(a.Value)
		}
	}
}
