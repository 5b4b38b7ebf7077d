package app

import (
	"net/http"
	"net/url"
)

// places are the pages that links in alerts lead to. Each shows what the API says of it.
var places = map[string]struct {
	path   string
	rename map[string]string // parameters by what the API calls them; nil keeps them
}{
	"/calls":      {path: "/api/v1/calls"},
	"/traces":     {path: "/api/v1/spans"},
	"/logs":       {path: "/api/v1/logs"},
	"/alerts":     {path: "/api/v1/alerts"},
	"/status":     {path: "/api/v1/status"},
	"/explore":    {path: "/prometheus/api/v1/query", rename: map[string]string{"expr": "query"}},
	"/dashboards": {path: "/api/v1/dashboards"},
}

// servePlace leads on to where a page's facts are.
func servePlace(page string) http.HandlerFunc {
	to := places[page]
	return func(w http.ResponseWriter, r *http.Request) {
		asked, answer := r.URL.Query(), url.Values{}
		for name, values := range asked {
			if its, ok := to.rename[name]; ok {
				name = its
			}
			answer[name] = values
		}
		location := url.URL{Path: to.path, RawQuery: answer.Encode()}
		http.Redirect(w, r, location.String(), http.StatusFound)
	}
}
