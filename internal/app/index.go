package app

import (
	"html/template"
	"net/http"
)

// index is the page at /: what runs here, and where to go on.
var index = template.Must(template.New("index").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Telltale</title>
<style>
:root{color-scheme:light dark;--bg:#f6f7f9;--fg:#14181f;--muted:#59636f;--line:#dde2e8;--accent:#1d5fd1;--surface:#fff}
@media(prefers-color-scheme:dark){:root{--bg:#0b0e12;--fg:#e5e9ee;--muted:#98a3b1;--line:#262e38;--accent:#79aefc;--surface:#11151b}}
body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.55 Inter,system-ui,sans-serif}
main{max-width:46rem;margin:8vh auto;padding:0 1.25rem}h1{font-size:1.6rem;margin:0}p{color:var(--muted);margin:.4rem 0 1.6rem}
h2{font-size:1rem;margin:1.8rem 0 .5rem}pre{background:var(--surface);border:1px solid var(--line);border-radius:6px;padding:.8rem 1rem;overflow:auto;font:13px/1.5 ui-monospace,monospace}
a{color:var(--accent)}table{border-collapse:collapse;width:100%}td{border-top:1px solid var(--line);padding:.4rem .6rem .4rem 0;vertical-align:top}td:first-child{white-space:nowrap;font:13px ui-monospace,monospace}
</style>
<main>
<h1>Telltale {{.Version}}</h1>
<p>This server sees model calls and OpenTelemetry of AI services, keeps them, and finds them again.</p>
<h2>Send calls through it</h2>
<pre>{{range .Providers}}{{.Example}}
{{end}}</pre>
<h2>Or send OpenTelemetry</h2>
<pre>export OTEL_EXPORTER_OTLP_ENDPOINT=http://{{.OTLP}}</pre>
<h2>Then ask</h2>
<pre>telltale calls
telltale top model
telltale logs --follow</pre>
<table>
<tr><td><a href="/api/v1/status">/api/v1/status</a><td>what was received, kept and lost, and whether it adds up
<tr><td><a href="/api/v1/calls">/api/v1/calls</a><td>the newest model calls
<tr><td><a href="/api/v1/openapi.json">/api/v1/openapi.json</a><td>the whole API
<tr><td><a href="/api/v1/alerts">/api/v1/alerts</a><td>what fires now
<tr><td><a href="/api/v1/dashboards">/api/v1/dashboards</a><td>the dashboards, JSON as Grafana writes it
<tr><td><a href="/prometheus/api/v1/targets">/prometheus</a><td>PromQL, targets and rules: the URL of a Prometheus data source
<tr><td><a href="/metrics">/metrics</a><td>Prometheus metrics
<tr><td><a href="/readyz">/readyz</a><td>what this server needs, and whether it is there
</table>
</main>
`))

type indexPage struct {
	Version   string
	OTLP      string
	Providers []indexProvider
}

type indexProvider struct{ Example string }

func serveIndex(page func(host string) indexPage) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		_ = index.Execute(w, page(r.Host)) // the client has gone if this does not work
	}
}
