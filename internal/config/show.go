package config

import (
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"
)

// Show writes a configuration as YAML, secrets masked.
func Show(c *Config) (string, error) {
	var doc yaml.Node
	if err := doc.Encode(c); err != nil {
		return "", fmt.Errorf("show configuration: %w", err)
	}
	tidy(&doc)
	text, err := yaml.Marshal(&doc)
	if err != nil {
		return "", fmt.Errorf("show configuration: %w", err)
	}
	return string(text), nil
}

// tidy writes durations as people do: 30s, not 30000000000 or 0h0m30s.
func tidy(n *yaml.Node) {
	for _, child := range n.Content {
		tidy(child)
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" {
		if d, err := time.ParseDuration(n.Value); err == nil && d > 0 && d%(24*time.Hour) == 0 {
			n.Value = fmt.Sprintf("%dd", d/(24*time.Hour))
		}
	}
}
