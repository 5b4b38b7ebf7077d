package dialect

import "strings"

// providers maps the names clients use, in lower case, to the values of gen_ai.provider.name.
var providers = map[string]string{
	"openai.chat": "openai", "openai.responses": "openai", "openai.embedding": "openai", "openai.completion": "openai",
	"openai_compatible": "openai", "text-completion-openai": "openai",
	"anthropic.messages": "anthropic", "claude": "anthropic",
	"google.generative-ai": "gcp.gemini", "gemini": "gcp.gemini", "google": "gcp.gemini", "google_genai": "gcp.gemini",
	"gcp.gen_ai": "gcp.gemini", "google_ai_studio": "gcp.gemini", "google-gla": "gcp.gemini", "google_generativeai": "gcp.gemini",
	"google.vertex.chat": "gcp.vertex_ai", "google.vertex": "gcp.vertex_ai", "vertex_ai": "gcp.vertex_ai", "vertexai": "gcp.vertex_ai",
	"google-vertex": "gcp.vertex_ai", "google_vertexai": "gcp.vertex_ai", "vertex": "gcp.vertex_ai", "vertex_ai_beta": "gcp.vertex_ai",
	"az.ai.openai": "azure.ai.openai", "azure": "azure.ai.openai", "azure.chat": "azure.ai.openai", "azure-openai": "azure.ai.openai",
	"azure_openai": "azure.ai.openai", "azure.responses": "azure.ai.openai", "azureopenai": "azure.ai.openai",
	"azure-openai.chat": "azure.ai.openai", "azure-openai.responses": "azure.ai.openai",
	"az.ai.inference": "azure.ai.inference", "azure_ai": "azure.ai.inference",
	"amazon-bedrock": "aws.bedrock", "bedrock": "aws.bedrock", "aws": "aws.bedrock", "aws_bedrock": "aws.bedrock",
	"amazon_bedrock": "aws.bedrock", "bedrock_converse": "aws.bedrock",
	"xai": "x_ai", "x.ai": "x_ai", "mistral": "mistral_ai", "mistralai": "mistral_ai", "watsonx": "ibm.watsonx.ai",
	"together": "together_ai", "togetherai": "together_ai", "cohere_chat": "cohere", "fireworks": "fireworks_ai",

	// Values of the conventions, which have a dot where others have one before the kind of model.
	"gcp.gemini": "gcp.gemini", "gcp.vertex_ai": "gcp.vertex_ai", "aws.bedrock": "aws.bedrock",
	"azure.ai.openai": "azure.ai.openai", "azure.ai.inference": "azure.ai.inference", "ibm.watsonx.ai": "ibm.watsonx.ai",

	// Frameworks and placeholders: the provider is to be found elsewhere.
	"langchain": "", "langgraph": "", "llamaindex": "", "llama_index": "", "crewai": "", "litellm": "", "haystack": "",
	"strands-agents": "", "strands": "", "unknown": "", "_other": "", "gateway": "", "custom": "",
}

// providerOf is the canonical name of a provider; empty where s names none.
func providerOf(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if p, ok := providers[s]; ok {
		return p
	}
	if head, _, ok := strings.Cut(s, "."); ok { // mistral.chat, groq.chat
		if p, known := providers[head]; known {
			return p
		}
		return head
	}
	return strings.ReplaceAll(s, " ", "_")
}

func (r *record) readProvider() {
	if r.g.Provider != "" {
		return
	}
	for _, k := range src.provider {
		if i := r.at[k]; i != 0 {
			if r.g.Provider = providerOf(clean(r.Attributes[i-1].Value)); r.g.Provider != "" {
				return
			}
		}
	}
}

// inferProvider finds the provider of those who do not name it, by the host that was called, else by the model.
func (r *record) inferProvider() {
	g := r.g
	if g.Provider != "" {
		return
	}
	if g.Provider = providerByHost(r.first(src.serverAddress)); g.Provider != "" {
		return
	}
	g.Provider = providerByModel(nonEmpty(g.RequestModel, g.ResponseModel))
}

func providerByHost(host string) string {
	for _, h := range [...]struct{ part, provider string }{
		{"api.openai.com", "openai"},
		{"openai.azure.com", "azure.ai.openai"},
		{"api.anthropic.com", "anthropic"},
		{"generativelanguage.googleapis.com", "gcp.gemini"},
		{"aiplatform.googleapis.com", "gcp.vertex_ai"},
		{"bedrock-runtime", "aws.bedrock"},
		{"api.mistral.ai", "mistral_ai"},
		{"api.deepseek.com", "deepseek"},
		{"api.x.ai", "x_ai"},
		{"api.cohere.", "cohere"},
		{"api.groq.com", "groq"},
		{"api.together.", "together_ai"},
		{"api.perplexity.ai", "perplexity"},
	} {
		if strings.Contains(host, h.part) {
			return h.provider
		}
	}
	return ""
}

func providerByModel(model string) string {
	model = strings.ToLower(model)
	if head, rest, ok := strings.Cut(model, "/"); ok { // openai/gpt-4o
		if p, known := providers[head]; known && p != "" {
			return p
		}
		switch head {
		case "openai", "anthropic", "deepseek", "cohere", "groq", "perplexity":
			return head
		}
		model = rest
	}
	for _, m := range [...]struct{ prefix, provider string }{
		{"gpt-", "openai"},
		{"chatgpt", "openai"},
		{"o1", "openai"},
		{"o3", "openai"},
		{"o4", "openai"},
		{"text-embedding-", "openai"},
		{"davinci", "openai"},
		{"whisper", "openai"},
		{"codex-", "openai"},
		{"claude", "anthropic"},
		{"gemini", "gcp.gemini"},
		{"gemma", "gcp.gemini"},
		{"mistral", "mistral_ai"},
		{"mixtral", "mistral_ai"},
		{"codestral", "mistral_ai"},
		{"ministral", "mistral_ai"},
		{"deepseek", "deepseek"},
		{"grok", "x_ai"},
		{"command", "cohere"},
		{"embed-", "cohere"},
		{"sonar", "perplexity"},
		{"anthropic.claude", "aws.bedrock"},
		{"us.anthropic.", "aws.bedrock"},
		{"eu.anthropic.", "aws.bedrock"},
		{"amazon.", "aws.bedrock"},
	} {
		if strings.HasPrefix(model, m.prefix) {
			return m.provider
		}
	}
	return ""
}
