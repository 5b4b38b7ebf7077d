package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/internal/query/nearest"
)

// Key is one setting, for documentation.
type Key struct {
	Path    string // gateway.max_body; providers.NAME.kind
	Env     string // TELLTALE_GATEWAY_MAX_BODY
	Default string
	Doc     string
}

// Keys lists every setting in the order of the file.
func Keys() []Key {
	var keys []Key
	walk(reflect.ValueOf(Default()).Elem(), "", func(path, doc string, v reflect.Value) {
		keys = append(keys, Key{Path: path, Env: EnvName(path), Default: show(v), Doc: doc})
	})
	return keys
}

// EnvPrefix begins the name of every environment variable that is read.
const EnvPrefix = "TELLTALE_"

// EnvName is the environment variable of a key.
func EnvName(path string) string {
	return EnvPrefix + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

// anyName stands for the names in a map.
const anyName = "NAME"

// walk visits every setting. Of a map it visits the element type once, under NAME.
func walk(v reflect.Value, prefix string, visit func(path, doc string, v reflect.Value)) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		path := prefix + f.Tag.Get("yaml")
		switch value := v.Field(i); {
		case !f.IsExported():
		case f.Type.Kind() == reflect.Struct:
			walk(value, path+".", visit)
		case f.Type.Kind() == reflect.Map:
			walk(reflect.New(f.Type.Elem()).Elem(), path+"."+anyName+".", visit)
		default:
			visit(path, f.Tag.Get("doc"), value)
		}
	}
}

func show(v reflect.Value) string {
	if v.Kind() == reflect.Slice {
		if v.Len() == 0 {
			return ""
		}
		return strings.Join(v.Interface().([]string), ",")
	}
	return fmt.Sprint(v.Interface())
}

// field finds the field of a struct by its key.
func field(v reflect.Value, key string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if key != "" && v.Type().Field(i).Tag.Get("yaml") == key {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		if t.Field(i).IsExported() {
			keys = append(keys, t.Field(i).Tag.Get("yaml"))
		}
	}
	return keys
}

// unknownKey says what is wrong and what would be right.
func unknownKey(key string, known []string) error {
	if near := nearest.Of(key, known); near != "" {
		return fmt.Errorf("there is no key %q here; did you mean %q?", key, near)
	}
	return fmt.Errorf("there is no key %q here; there are %s", key, strings.Join(known, ", "))
}

// setText sets a setting from its text.
func setText(v reflect.Value, text string) error {
	switch p := v.Addr().Interface().(type) {
	case *time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			if n, ok := strings.CutSuffix(text, "d"); ok {
				if days, err := strconv.Atoi(n); err == nil && days >= 0 && days < 100_000 {
					*p = time.Duration(days) * 24 * time.Hour
					return nil
				}
			}
			return fmt.Errorf("%q is no duration: want a number with a unit, such as 150ms, 30s, 10m, 12h or 30d", text)
		}
		*p = d
	case *Size:
		n, err := ParseSize(text)
		if err != nil {
			return err
		}
		*p = n
	case *bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		*p = b
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return fmt.Errorf("%q is no number of zero or more", text)
		}
		*p = n
	case *float64:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || !(n >= 0 && n <= 1e6) { // which NaN is not
			return fmt.Errorf("%q is no number of zero or more", text)
		}
		*p = n
	case *string:
		*p = text
	case *Secret:
		secret := Secret(strings.TrimSpace(text))
		if text != "" {
			if err := secret.check(); err != nil {
				return err
			}
		}
		*p = secret
	case *[]string:
		*p = nil
		for item := range strings.SplitSeq(text, ",") {
			if item = strings.TrimSpace(item); item != "" {
				*p = append(*p, item)
			}
		}
	default:
		return fmt.Errorf("cannot be set by a text; use the configuration file")
	}
	return nil
}
