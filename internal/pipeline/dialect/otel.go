package dialect

// otelGenAI is whoever writes the conventions of OpenTelemetry and nothing else: @opentelemetry/instrumentation-openai,
// opentelemetry-instrumentation-openai-v2 and their kin, Strands, our own library and gateway.
var otelGenAI = family{name: "otel-genai", is: func(*record) bool { return true }}
