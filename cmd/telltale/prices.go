package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/telltale-dev/telltale/internal/config"
	"github.com/telltale-dev/telltale/observe/price"
)

func runPrices(_ context.Context, env *environment, args []string) error {
	f := newFlags(env, "prices", "[list|check FILE] [WORD …]", "List the prices in force, with where each was read and when; or check a price file of your own. Words narrow the list to models and providers that contain them.",
		example{"what is known of a model", "telltale prices gpt-4o"},
		example{"is my own file right?", "telltale prices check own.prices"},
		example{"the list with my own prices over it", "telltale prices --file own.prices"})
	file := f.String("file", "", "price `file` laid over the built-in table (default: prices of the configuration)")
	history := f.Bool("all", false, "also prices that are no longer in force")
	operands, err := f.parse(args)
	if err != nil {
		return err
	}
	if len(operands) > 0 && operands[0] == "check" {
		name, err := f.one(operands[1:], "a price file")
		if err != nil {
			return err
		}
		return checkPrices(env, name)
	}
	if len(operands) > 0 && operands[0] == "list" {
		operands = operands[1:]
	}
	book, err := priceBook(*file)
	if err != nil {
		return err
	}
	return listPrices(env, book, operands, *history)
}

func checkPrices(env *environment, name string) error {
	book, err := readPrices(name)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.stdout, "%s is right: %d prices\n", visible(name), len(book.Prices()))
	return err
}

func readPrices(name string) (*price.Book, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read prices: %w", err)
	}
	return price.Parse(name, text)
}

// priceBook is the built-in table, with a file over it: the one named, or the one of the configuration.
func priceBook(file string) (*price.Book, error) {
	if file == "" {
		c, _, err := config.Load("", os.Environ())
		if err != nil {
			return nil, err
		}
		file = c.Prices
	}
	if file == "" {
		return price.Default(), nil
	}
	own, err := readPrices(file)
	if err != nil {
		return nil, err
	}
	return price.Default().With(own), nil
}

func listPrices(env *environment, book *price.Book, words []string, history bool) error {
	w := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "PROVIDER\tMODEL\tFROM\tUSD FOR A MILLION TOKENS\tLOOKED UP\tSOURCE") // Flush tells, here and below
	list, n := book.InForce(env.now()), 0
	if history {
		list = book.Prices()
	}
	for _, p := range list {
		if !containsAll(p, words) {
			continue
		}
		n++
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", visible(p.Provider), visible(strings.Join(append([]string{p.Pattern}, p.Aliases...), ", ")),
			day(p.From), rates(p), day(p.LookedUp), visible(p.Source))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	if n == 0 {
		return fmt.Errorf("no price matches %s; a model that is not listed has no cost until you add it, see docs/guide/prices.md", quoteArg(strings.Join(words, " ")))
	}
	return nil
}

func containsAll(p price.Price, words []string) bool {
	text := strings.ToLower(p.Provider + " " + p.Pattern + " " + strings.Join(p.Aliases, " "))
	for _, w := range words {
		if !strings.Contains(text, strings.ToLower(w)) {
			return false
		}
	}
	return true
}

// rates writes the prices by kind of token, those of long requests and the factors after them.
func rates(p price.Price) string {
	var b strings.Builder
	list := func(rates []price.Rate, modifiers []price.Modifier) {
		for _, r := range rates {
			fmt.Fprintf(&b, "%s %s  ", r.Kind, r.PerMillion())
		}
		for _, m := range modifiers {
			fmt.Fprintf(&b, "%s ×%s  ", m.Name, m.Factor)
		}
	}
	list(p.Rates, p.Modifiers)
	if p.LongOver > 0 {
		fmt.Fprintf(&b, "| over %d: ", p.LongOver)
		list(p.LongRates, p.LongModifiers)
	}
	return strings.TrimSpace(b.String())
}

func day(t time.Time) string {
	if t.IsZero() {
		return "always"
	}
	return t.Format(time.DateOnly)
}
