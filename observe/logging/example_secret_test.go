package logging_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/telltale-dev/telltale/observe/logging"
)

func ExampleNewSecret() {
	password := logging.NewSecret("hunter2")
	fmt.Println("connect with", password)
	// Output: connect with [redacted:secret]
}

func ExampleSecret_Reveal() {
	key := logging.NewSecret("hunter2")
	header := "Bearer " + key.Reveal()
	fmt.Println(len(header))
	// Output: 14
}

func ExampleSecret_IsZero() {
	var key logging.Secret // as of a setting that is missing
	fmt.Println(key.IsZero(), logging.NewSecret("hunter2").IsZero())
	// Output: true false
}

func ExampleSecret_String() {
	fmt.Println("key=" + logging.NewSecret("hunter2").String())
	// Output: key=[redacted:secret]
}

func ExampleSecret_GoString() {
	fmt.Println(logging.NewSecret("hunter2").GoString())
	// Output: [redacted:secret]
}

func ExampleSecret_Format() {
	fmt.Printf("%x %d %+v\n", logging.NewSecret("a"), logging.NewSecret("b"), struct{ Key logging.Secret }{logging.NewSecret("c")})
	// Output: [redacted:secret] [redacted:secret] {Key:[redacted:secret]}
}

func ExampleSecret_LogValue() {
	log := slog.New(logging.New(logging.Options{Writer: undated{}, DisableRedaction: true}))
	log.Info("connected", "with", logging.NewSecret("hunter2"))
	// Output: {"level":"INFO","msg":"connected","with":"[redacted:secret]"}
}

func ExampleSecret_MarshalJSON() {
	out, err := json.Marshal(struct{ Key logging.Secret }{logging.NewSecret("hunter2")})
	fmt.Println(string(out), err)
	// Output: {"Key":"[redacted:secret]"} <nil>
}

func ExampleSecret_MarshalText() {
	out, err := json.Marshal(map[logging.Secret]int{logging.NewSecret("hunter2"): 1})
	fmt.Println(string(out), err)
	// Output: {"[redacted:secret]":1} <nil>
}

func ExampleSecret_MarshalYAML() {
	out, err := logging.NewSecret("hunter2").MarshalYAML() // called by packages of YAML
	fmt.Println(out, err)
	// Output: [redacted:secret] <nil>
}

func ExampleSecret_MarshalBinary() {
	out, err := logging.NewSecret("hunter2").MarshalBinary()
	fmt.Println(string(out), err)
	// Output: [redacted:secret] <nil>
}

func ExampleSecret_GobEncode() {
	var cache bytes.Buffer
	err := gob.NewEncoder(&cache).Encode(logging.NewSecret("hunter2"))
	fmt.Println(bytes.Contains(cache.Bytes(), []byte("hunter2")), err)
	// Output: false <nil>
}

func ExampleSecret_UnmarshalText() {
	var config struct {
		Key logging.Secret `json:"key"`
	}
	err := json.Unmarshal([]byte(`{"key":"hunter2"}`), &config)
	fmt.Println(config.Key, config.Key.Reveal() == "hunter2", err)
	// Output: [redacted:secret] true <nil>
}
