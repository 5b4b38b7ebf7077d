// Package deploy holds what is shipped for other tools and used inside as well: rule files of Prometheus, and dashboards of
// Grafana.
package deploy

import (
	"embed"
	"io/fs"
	"path"
)

//go:embed prometheus/rules/*.yml
var rules embed.FS

// Embedded by folder: there may be no file in it yet.
//
//go:embed grafana
var grafana embed.FS

// Rules are the rule files, by name such as alerts.yml.
func Rules() (map[string]string, error) { return read(rules, "prometheus/rules/*.yml") }

// Dashboards are the dashboards in the JSON of Grafana, by name such as llm.json.
func Dashboards() (map[string]string, error) { return read(grafana, "grafana/dashboards/*.json") }

func read(from fs.FS, pattern string) (map[string]string, error) {
	names, err := fs.Glob(from, pattern)
	if err != nil {
		return nil, err
	}
	texts := make(map[string]string, len(names))
	for _, name := range names {
		text, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, err
		}
		texts[path.Base(name)] = string(text)
	}
	return texts, nil
}
