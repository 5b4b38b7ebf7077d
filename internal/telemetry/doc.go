// Package telemetry is the domain: what a span and a log are, what may be asked of them, and the ports through which
// they are kept and found again.
//
// It imports nothing of this project but the library in observe/. Everything else imports it: decoders make its records,
// the pipeline completes them, stores keep them, the API and the command line show them.
package telemetry
