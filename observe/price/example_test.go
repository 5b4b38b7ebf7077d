package price_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/telltale-dev/telltale/observe/price"
)

var monday = time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)

func ExampleBook_Cost() {
	cost, version, ok := price.Default().Cost(price.Call{
		Provider: "openai",
		Model:    "gpt-4o-mini-2024-07-18",
		Time:     monday,
		Usage:    price.Usage{Input: 1200, CacheRead: 1024, Output: 34},
	})
	fmt.Println(cost, "USD", ok)
	fmt.Println(version[:len("openai/gpt-4o-mini@2024-07-18")])
	// Output:
	// 0.0001236 USD true
	// openai/gpt-4o-mini@2024-07-18
}

func ExampleBook_Parts() {
	parts, quote := price.Default().Parts(price.Call{
		Provider: "openai",
		Model:    "gpt-4o-mini-2024-07-18",
		Time:     monday,
		Usage:    price.Usage{Input: 1200, CacheRead: 1024, Output: 34},
	})
	var sum price.Amount
	for _, part := range parts {
		fmt.Println(part.Tokens, part.Kind, part.Cost)
		sum += part.Cost
	}
	fmt.Println(sum == quote.Cost)
	// Output:
	// 176 in 0.0000264
	// 1024 read 0.0000768
	// 34 out 0.0000204
	// true
}

// A model that only looks like a known one has no price, and so no cost.
func ExampleBook_Quote() {
	quote := price.Default().Quote(price.Call{
		Provider: "openai",
		Model:    "gpt-4o-foo",
		Time:     monday,
		Usage:    price.Usage{Input: 1200, Output: 34},
	})
	fmt.Println(quote.Reason)
	// Output: no price for this model
}

func ExampleBook_With() {
	own, err := price.Parse("prices.own", []byte(`
		provider openai
		price gpt-4o-mini from 2026-10-01 in 0.12 read 0.06 out 0.48   # our contract
		provider vllm
		price *           in 0 out 0                                   # our own machines
	`))
	if err != nil {
		fmt.Println(err)
		return
	}
	book := price.Default().With(own)
	usage := price.Usage{Input: 1_000_000}
	for _, call := range []price.Call{
		{Provider: "openai", Model: "gpt-4o-mini", Time: monday, Usage: usage},
		{Provider: "openai", Model: "gpt-4.1", Time: monday, Usage: usage},
		{Provider: "vllm", Model: "qwen3-32b", Time: monday, Usage: usage},
	} {
		cost, _, _ := book.Cost(call)
		fmt.Println(call.Model, cost)
	}
	// Output:
	// gpt-4o-mini 0.12
	// gpt-4.1 2
	// qwen3-32b 0
}

func ExampleBook_Prices() {
	for _, p := range price.Default().Prices() {
		if p.Provider != "anthropic" || p.Pattern != "claude-opus-5-5" {
			continue
		}
		fmt.Println(p.Provider, p.Pattern, "from", p.From.Format(time.DateOnly))
		for _, r := range p.Rates {
			fmt.Println(" ", r.Kind, r.PerMillion())
		}
		fmt.Println(" ", p.Source)
	}
	// Output:
	// anthropic claude-opus-5-5 from 2026-09-22
	//   in 4
	//   read 0.2
	//   write 5
	//   write1h 8
	//   out 20
	//   https://platform.claude.com/docs/en/about-claude/pricing
}

func ExampleParse() {
	_, err := price.Parse("prices.own", []byte("provider openai\nprice gpt-4o-mini in 0,15 out 0.60\n"))
	var syntax *price.SyntaxError
	if errors.As(err, &syntax) {
		fmt.Println(err)
	}
	// Output: prices.own:2: price "0,15" has a comma: 0.15
}

func ExampleAmount_String() {
	fmt.Println(price.Amount(2_208_800_000), "USD")
	// Output: 0.0022088 USD
}

func ExampleAmount_USD() {
	spent := price.Amount(0)
	for range 10 {
		spent += 100_000_000_000 // 0.1 USD, exactly
	}
	fmt.Println(spent, spent.USD() == 1) // ten times the float 0.1 is not 1
	// Output: 1 true
}

// The prices that change what a request costs today.
func ExampleBook_InForce() {
	for _, p := range price.Default().InForce(monday) {
		if p.Pattern != "claude-opus-5-5" {
			continue
		}
		for _, r := range p.Rates {
			if r.Kind == price.Input || r.Kind == price.Output {
				fmt.Println(r.Kind, r.PerMillion())
			}
		}
		for _, m := range p.Modifiers {
			fmt.Println(m.Name, "times", m.Factor)
		}
	}
	// Output:
	// in 4
	// out 20
	// batch times 1/2
	// tier:fast times 2
	// region:us times 11/10
}

// Unknown is not zero: what can be mended is told apart from what cannot.
func ExampleReason() {
	for _, call := range []price.Call{
		{Provider: "openai", Model: "gpt-4o-mini", Time: monday, Usage: price.Usage{Input: 1200}},
		{Provider: "openai", Model: "our-own", Time: monday},
		{Provider: "openai", Model: "gpt-4o-mini", Time: monday, Usage: price.Usage{Input: 12, CacheRead: 1200}},
	} {
		switch quote := price.Default().Quote(call); quote.Reason {
		case price.Priced:
			fmt.Println(quote.Cost, "USD")
		case price.UnknownModel:
			fmt.Println("add a price of", call.Model)
		default:
			fmt.Println(quote.Reason)
		}
	}
	// Output:
	// 0.00018 USD
	// add a price of our-own
	// token counts contradict each other
}
