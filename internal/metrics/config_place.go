package metrics

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/config"
	"go.yaml.in/yaml/v3"
)

// discoveries are the kinds of discovery that are built in. Those of clouds and Kubernetes would double the binary.
var discoveries = []string{"static_configs", "file_sd_configs", "http_sd_configs", "dns_sd_configs"}

// find gives the value of a key of a mapping, or nil.
func find(in *yaml.Node, key string) *yaml.Node {
	if in == nil || in.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(in.Content); i += 2 {
		if in.Content[i].Value == key {
			return in.Content[i+1]
		}
	}
	return nil
}

// unused are the sections of a prometheus.yml that are right, and that nothing here acts on.
var unused = [][]string{{"tracing"}, {"runtime"}, {"global", "query_log_file"}}

// ignored names what a file says in vain, with its place.
func ignored(file string, root *yaml.Node) []string {
	var out []string
	for _, path := range unused {
		at := root
		for _, key := range path {
			at = find(at, key)
		}
		if at != nil {
			out = append(out, fmt.Sprintf("%s:%d: %s has no effect here", file, at.Line, strings.Join(path, ".")))
		}
	}
	return out
}

// refuseDiscovery names the first kind of discovery that is not built in.
func refuseDiscovery(file string, root *yaml.Node) error {
	for _, list := range []*yaml.Node{find(root, "scrape_configs"), find(find(root, "alerting"), "alertmanagers")} {
		if list == nil || list.Kind != yaml.SequenceNode {
			continue
		}
		for _, item := range list.Content {
			if item.Kind != yaml.MappingNode {
				continue
			}
			for i := 0; i < len(item.Content); i += 2 {
				key := item.Content[i]
				if strings.HasSuffix(key.Value, "_sd_configs") && !slices.Contains(discoveries, key.Value) {
					return fmt.Errorf("%s:%d: %.64s is not built in; %s are", file, key.Line, key.Value, strings.Join(discoveries, ", "))
				}
			}
		}
	}
	return nil
}

var (
	linePattern = regexp.MustCompile(`line (\d+): `)
	typePattern = regexp.MustCompile(` in type [\w.]+`)
)

// located gives an error of a configuration its file and line. What the parser has no line for is found by reading the file
// up to each item in turn: the first with which it is wrong has the mistake.
func located(file string, root *yaml.Node, err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if at := linePattern.FindStringSubmatchIndex(text); at != nil {
		line, rest := text[at[2]:at[3]], typePattern.ReplaceAllString(text[at[1]:], "")
		return fmt.Errorf("%s:%s: %s", file, line, strings.TrimSpace(rest))
	}
	if line := lineOf(root); line > 0 {
		return fmt.Errorf("%s:%s: %w", file, strconv.Itoa(line), err)
	}
	return fmt.Errorf("%s: %w", file, err)
}

// maxTrials bounds the readings of a file.
const maxTrials = 500

func lineOf(root *yaml.Node) int {
	if root == nil || root.Kind != yaml.MappingNode {
		return 0
	}
	trials := 0
	wrong := func(content []*yaml.Node) bool {
		trials++
		text, err := yaml.Marshal(&yaml.Node{Kind: yaml.MappingNode, Content: content})
		if err != nil {
			return false
		}
		_, err = config.Load(string(text), promslog.NewNopLogger())
		return err != nil
	}
	var so []*yaml.Node // what is right so far
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		step := 1 // of a list item by item, of a mapping key by key
		if value.Kind == yaml.MappingNode {
			step = 2
		}
		for n := 0; n+step <= len(value.Content); n += step {
			upTo := *value
			upTo.Content = value.Content[:n+step]
			if trials < maxTrials && wrong(append(slices.Clone(so), key, &upTo)) {
				return value.Content[n].Line
			}
		}
		if trials < maxTrials && wrong(append(slices.Clone(so), key, value)) {
			return key.Line
		}
		so = append(so, key, value)
	}
	return 0
}
