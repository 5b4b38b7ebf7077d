// Package sdktest has no code of its own: its tests run the real SDKs of OpenAI, Anthropic and Google through a
// llm.Transport. It is a module of its own so that nobody who uses observe gets these SDKs with it.
package sdktest
