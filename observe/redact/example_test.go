package redact_test

import (
	"fmt"

	"github.com/telltale-dev/telltale/observe/redact"
)

func ExampleNew() {
	_, err := redact.New(redact.Options{Rules: []redact.Rule{{Name: "order", Pattern: `[A-Z]*`}}})
	fmt.Println(err != nil) // the pattern matches the empty text
	// Output: true
}

func ExampleRedactor() {
	r, err := redact.New(redact.Options{})
	if err != nil {
		panic(err)
	}
	for _, text := range []string{"password=hunter2", `{"api_key":"4f3c2a1b9e8d7c6f"}`, "nothing to see"} {
		out, n := r.String(text)
		fmt.Println(n, out)
	}
	// Output:
	// 1 password=[redacted:secret]
	// 1 {"api_key":"[redacted:secret]"}
	// 0 nothing to see
}

func ExampleRedactor_SecretsOnly() {
	r, err := redact.New(redact.Options{})
	if err != nil {
		panic(err)
	}
	text, _ := r.SecretsOnly().String("ada@example.com, password=hunter2")
	fmt.Println(text)
	// Output: ada@example.com, password=[redacted:secret]
}

func ExampleOptions() {
	r, err := redact.New(redact.Options{PII: true}) // personal data alone
	if err != nil {
		panic(err)
	}
	text, _ := r.String("ada@example.com, password=hunter2")
	fmt.Println(text)
	// Output: [redacted:email], password=hunter2
}

func ExampleKind() {
	r, err := redact.New(redact.Options{Keep: []redact.Kind{redact.Phone}}) // a phone book
	if err != nil {
		panic(err)
	}
	text, _ := r.String("ada@example.com, +49 30 901820")
	fmt.Println(text)
	// Output: [redacted:email], +49 30 901820
}

// What the name of a group says holds for all that is in it.
func ExampleRedactor_FieldUnder() {
	r, err := redact.New(redact.Options{})
	if err != nil {
		panic(err)
	}
	fmt.Println(r.FieldUnder("billing.credentials", "stripe", "hunter2"))
	fmt.Println(r.FieldUnder("billing", "plan", "hunter2"))
	// Output:
	// [redacted:secret] 1
	// hunter2 0
}
