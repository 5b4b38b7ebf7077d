// Package llm makes the model calls, agents, tools and retrievals of a service observable.
//
// Most calls need no code: give Transport to the HTTP client of any provider's SDK, streaming included.
//
//	client := openai.NewClient(option.WithHTTPClient(&http.Client{Transport: llm.Transport(nil)}))
//
// Every call becomes a span in the conventions of OpenTelemetry for generative AI, one log line, and metrics: model, tokens
// of all kinds, exact cost, time to first token, finish reason, error. Where there is no HTTP, Start and CallRun.End do the
// same by hand. Around them stand Session, Agent, Step, Tool and Retrieval:
//
//	ctx, session := llm.Session(ctx, conversationID, llm.Limits{Cost: 0.50, Calls: 40})
//	defer session.End()
//	ctx, run := llm.Agent(ctx, "researcher")
//	defer run.End(&err)
//
// What is said later of an answer is said with CacheHit, ValidationFailed, SafetyFlag and Score.
//
// Where it all goes is decided by the context: to the telemetry of the request it belongs to, else to the one that
// observe.Start installed. Nothing here fails a call of the service because of telemetry; the one error it makes is
// *LimitError, of a session that was given Limits.
package llm
