package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Load reads a file over the defaults and the environment over that, and validates the whole. An empty name reads
// telltale.yml where there is one. All mistakes are returned together; warnings are for variables that begin with
// TELLTALE_ and mean nothing, since Kubernetes makes such names of services.
func Load(name string, environ []string) (c *Config, warnings []string, err error) {
	c = Default()
	if name == "" {
		if _, err := os.Stat(DefaultFile); err == nil {
			name = DefaultFile
		}
	}
	if name != "" {
		text, err := readFile(name)
		if err != nil {
			return nil, nil, fmt.Errorf("read configuration: %w", err)
		}
		if err := c.parse(name, text); err != nil {
			return nil, nil, err
		}
	}
	warnings, err = c.applyEnv(environ)
	if err != nil {
		return nil, nil, err
	}
	if err := c.readSecretFiles(); err != nil {
		return nil, nil, err
	}
	return c, warnings, c.Validate()
}

// DefaultFile is read where no other is named.
const DefaultFile = "telltale.yml"

// maxFile is more than any configuration or key needs.
const maxFile = 1 << 20

// readFile is os.ReadFile for files that are small.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // nothing was written to it
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = &fs.PathError{Op: "read", Path: name, Err: errors.New("is larger than 1 MB")}
	}
	return text, err
}

// parse reads YAML over what is set. It does not use yaml's own decoding, so that all mistakes come with their line and
// what would be right.
func (c *Config) parse(name string, text []byte) error {
	var doc, more yaml.Node
	documents := yaml.NewDecoder(bytes.NewReader(text))
	if err := documents.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return fmt.Errorf("%s: %s", name, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := documents.Decode(&more); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s:%d: a second document begins here; a configuration is one", name, max(more.Line, 1))
	}
	if len(doc.Content) == 0 {
		return nil
	}
	p := parser{file: name, origin: c.origin}
	p.value(doc.Content[0], reflect.ValueOf(c).Elem(), "")
	return errors.Join(p.errs...)
}

type parser struct {
	file   string
	origin map[string]string
	errs   []error
}

func (p *parser) fail(n *yaml.Node, path string, err error) {
	at := fmt.Sprintf("%s:%d", p.file, n.Line)
	if path != "" {
		at += ": " + path
	}
	p.errs = append(p.errs, fmt.Errorf("%s: %w", at, err))
}

func (p *parser) value(n *yaml.Node, v reflect.Value, path string) {
	p.origin[path] = fmt.Sprintf("%s:%d", p.file, n.Line)
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null": // a key without a value stays as it is
	case v.Kind() == reflect.Struct:
		p.structure(n, v, path)
	case v.Kind() == reflect.Map:
		p.mapping(n, v, path)
	case v.Kind() == reflect.Slice:
		p.list(n, v, path)
	case n.Kind != yaml.ScalarNode:
		p.fail(n, path, errors.New("want one value, found a list or a mapping"))
	default:
		if err := setText(v, n.Value); err != nil {
			p.fail(n, path, err)
		}
	}
}

func (p *parser) structure(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		p.fail(n, path, errors.New("want keys with values below it: "+strings.Join(keysOf(v.Type()), ", ")))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		f, ok := field(v, key.Value)
		switch {
		case !ok:
			p.fail(key, path, unknownKey(key.Value, keysOf(v.Type())))
		case seen[key.Value]:
			p.fail(key, join(path, key.Value), errors.New("is set twice"))
		default:
			seen[key.Value] = true
			p.value(n.Content[i+1], f, join(path, key.Value))
		}
	}
}

func (p *parser) mapping(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		p.fail(n, path, errors.New("want names with keys below them"))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i]
		if seen[name.Value] {
			p.fail(name, join(path, name.Value), errors.New("is set twice"))
			continue
		}
		seen[name.Value] = true
		elem := reflect.New(v.Type().Elem()).Elem()
		if old := v.MapIndex(reflect.ValueOf(name.Value)); old.IsValid() {
			elem.Set(old)
		}
		p.value(n.Content[i+1], elem, join(path, name.Value))
		v.SetMapIndex(reflect.ValueOf(name.Value), elem)
	}
}

func (p *parser) list(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.SequenceNode {
		p.fail(n, path, errors.New("want a list"))
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		p.value(item, out.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
	v.Set(out)
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// applyEnv sets what the environment says.
func (c *Config) applyEnv(environ []string) (warnings []string, err error) {
	paths := map[string]string{} // variable → path
	for _, k := range Keys() {
		if !strings.Contains(k.Path, "."+anyName+".") { // those of providers are found by their shape
			paths[k.Env] = k.Path
		}
	}
	var errs []error
	for _, pair := range slices.Sorted(slices.Values(environ)) {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, EnvPrefix) || notConfig[name] || value == "" {
			continue
		}
		path, ok := paths[name]
		if !ok {
			path, ok = c.providerPath(name)
		}
		if !ok {
			warnings = append(warnings, fmt.Sprintf("environment variable %s means nothing here", name))
			continue
		}
		if err := c.set(path, value); err != nil {
			errs = append(errs, fmt.Errorf("environment variable %s: %w", name, err))
			continue
		}
		c.origin[path] = "environment variable " + name
	}
	return warnings, errors.Join(errs...)
}

// notConfig are variables of the command line client.
var notConfig = map[string]bool{"TELLTALE_SERVER": true, "TELLTALE_TOKEN": true}

// providerPath finds the key of TELLTALE_PROVIDERS_NAME_KEY. Names have no underscore, so the first one ends the name.
func (c *Config) providerPath(variable string) (string, bool) {
	rest, ok := strings.CutPrefix(variable, EnvPrefix+"PROVIDERS_")
	if !ok {
		return "", false
	}
	name, key, ok := strings.Cut(strings.ToLower(rest), "_")
	if !ok || !slices.Contains(keysOf(reflect.TypeFor[Provider]()), key) {
		return "", false
	}
	return "providers." + name + "." + key, true
}

// Set sets one key from its text, as a flag does; Validate the whole afterwards.
func (c *Config) Set(path, value, origin string) error {
	c.origin[path] = origin
	return c.set(path, value)
}

func (c *Config) set(path, value string) error {
	v := reflect.ValueOf(c).Elem()
	for key := range strings.SplitSeq(path, ".") {
		if v.Kind() == reflect.Map {
			return c.setProvider(path, value)
		}
		f, ok := field(v, key)
		if !ok {
			return unknownKey(key, keysOf(v.Type()))
		}
		v = f
	}
	return setText(v, value)
}

func (c *Config) setProvider(path, value string) error {
	parts := strings.SplitN(path, ".", 3)
	p := c.Providers[parts[1]]
	f, ok := field(reflect.ValueOf(&p).Elem(), parts[2])
	if !ok {
		return unknownKey(parts[2], keysOf(reflect.TypeFor[Provider]()))
	}
	if err := setText(f, value); err != nil {
		return err
	}
	c.Providers[parts[1]] = p
	return nil
}

// readSecretFiles reads the keys that lie in files of their own.
func (c *Config) readSecretFiles() error {
	for name, p := range c.Providers {
		if p.APIKeyFile == "" {
			continue
		}
		if p.APIKey != "" {
			return fmt.Errorf("providers.%s: api_key and api_key_file are both set; want one", name)
		}
		text, err := readFile(p.APIKeyFile)
		if err != nil {
			var pathErr *fs.PathError
			if errors.As(err, &pathErr) {
				err = pathErr.Err
			}
			return fmt.Errorf("providers.%s.api_key_file: read %s: %w", name, p.APIKeyFile, err)
		}
		p.APIKey = Secret(strings.TrimSpace(string(text)))
		if err := p.APIKey.check(); err != nil {
			return fmt.Errorf("providers.%s.api_key_file: what %s holds %w", name, p.APIKeyFile, err)
		}
		c.Providers[name] = p
	}
	return nil
}
