// Package otlpgrpc sends telemetry over gRPC, for backends that take OTLP no other way.
//
//	sender, err := otlpgrpc.New(otlpgrpc.Options{Endpoint: "collector:4317"})
//	tel, err := observe.Start(ctx, observe.Config{Service: "chat-api", Sender: sender})
//
// It is a module of its own, so that a program which sends over HTTP does not link gRPC.
package otlpgrpc
