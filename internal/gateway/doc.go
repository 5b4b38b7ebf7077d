// Package gateway is a reverse proxy for providers of language models. It answers first and records after: the client's
// bytes never wait for telemetry.
//
// /NAME/x goes to the base URL of the provider NAME, plus /x. Every call, also one that the gateway itself refused,
// becomes one span and one log record, which a worker hands to the Sink in batches.
//
// # What the http.Server in front of it needs
//
// ReadHeaderTimeout (10 s is good) and IdleTimeout. ReadTimeout and WriteTimeout stay 0: the gateway sets deadlines for
// each body it reads and each piece it writes, and a server-wide one would cut long streams. MaxHeaderBytes stays well
// above Limits.MaxHeader (the default of 1 MB is good), so that large headers are answered here, in the shape of the API,
// and recorded; above it net/http answers 431 by itself.
//
// Do not put an http.ServeMux in front: it redirects paths with "//" and "..". Ask Handles first and give the mux the
// rest.
//
// # Identity
//
// An incoming traceparent is continued, with a new span id sent upstream. X-Request-ID is kept if well-formed, else made.
// The id of the record is always returned in X-Telltale-Request-Id. X-Request-ID of the answer is the client's own where it
// sent one; else the provider's, since SDKs show that one to be quoted to the provider; else ours. A provider's id that
// had to step back is in X-Telltale-Provider-Request-Id; the record has it in any case.
//
// # Compression
//
// The provider is asked not to compress (Accept-Encoding: identity), so that usage can be read and the chunk with usage
// taken out without decoding, and no answer can be a bomb. A provider that compresses all the same is passed through as
// it is and decoded aside, within bounds; the usage chunk then stays in.
//
// # Clients that leave
//
// When the client goes away the provider is given Config.DisconnectGrace to finish, which is enough to see the usage of an
// answer that was about to end; then the call is cancelled, which stops generation and so the bill. If the provider had not
// said the usage by then, output is estimated from the text that arrived and input from the text that was sent; the span says so in
// the attribute telltale.usage: "estimated", or "partial" where the numbers are the provider's, but not the last.
package gateway
