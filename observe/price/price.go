package price

import (
	"strconv"
	"strings"
	"time"
)

// Amount is money in pico-USD, 1e-12 USD.
type Amount int64

// picoPerUSD is how many pico-USD a USD has.
const picoPerUSD = 1_000_000_000_000

// String writes the amount in USD with all its digits and no trailing zeros: 0.0022088.
func (a Amount) String() string {
	sign := ""
	n := uint64(a)
	if a < 0 {
		sign, n = "-", -n
	}
	whole, rest := n/picoPerUSD, n%picoPerUSD
	if rest == 0 {
		return sign + strconv.FormatUint(whole, 10)
	}
	digits := strconv.FormatUint(picoPerUSD+rest, 10)[1:] // keeps leading zeros
	return sign + strconv.FormatUint(whole, 10) + "." + strings.TrimRight(digits, "0")
}

// USD is the amount as a floating-point number of USD, for metrics and charts. Add and compare amounts as integers.
func (a Amount) USD() float64 { return float64(a) / picoPerUSD }

// Usage counts the tokens of one call. Input includes cache reads, cache writes and audio; Output includes reasoning and
// audio. Zero means none.
type Usage struct {
	Input        int64
	CacheRead    int64
	CacheWrite5m int64 // written to a cache for five minutes, or for the provider's default time
	CacheWrite1h int64 // written to a cache for an hour
	AudioIn      int64
	Output       int64
	Reasoning    int64
	AudioOut     int64
}

// Call is what a price depends on.
type Call struct {
	Provider string // as gen_ai.provider.name: openai, anthropic, gcp.gemini, aws.bedrock, …
	Model    string // the model that answered; its name is enough, a snapshot or a Bedrock id will do
	Time     time.Time
	// ServiceTier is what the provider said it used: flex, priority, fast. Empty, default, standard, normal, auto and
	// on_demand are the ordinary price; batch is the same as Batch.
	ServiceTier string
	Batch       bool // sent through the provider's batch API
	// Region is where inference ran, where that has a price: us for Anthropic's inference_geo, a location for Vertex AI.
	// A region which the price does not name costs nothing extra. On Bedrock the model id decides (us., eu., global.).
	Region string
	Usage  Usage
}

// Kind is a kind of token that has its own price.
type Kind uint8

// Kinds of tokens, with the words that stand for them in price files.
const (
	Input        Kind = iota // in: input that is neither cached nor audio
	CacheRead                // read
	CacheWrite5m             // write
	CacheWrite1h             // write1h
	AudioIn                  // audio-in
	Output                   // out: output that is neither reasoning nor audio
	Reasoning                // reasoning
	AudioOut                 // audio-out
	numKinds
)

var kindWords = [numKinds]string{"in", "read", "write", "write1h", "audio-in", "out", "reasoning", "audio-out"}

// String is the word for the kind in price files.
func (k Kind) String() string {
	if k < numKinds {
		return kindWords[k]
	}
	return "kind(" + strconv.Itoa(int(k)) + ")"
}

// Rate is the price of one token of a kind. A rate of one million pico-USD a token is one USD per million tokens.
type Rate struct {
	Kind     Kind
	PerToken Amount
}

// PerMillion is the price in USD of a million tokens, with all its digits, as price files have it: 0.15.
func (r Rate) PerMillion() string {
	const tokens = 1_000_000
	whole, rest := int64(r.PerToken)/tokens, int64(r.PerToken)%tokens
	if rest == 0 {
		return strconv.FormatInt(whole, 10)
	}
	return strconv.FormatInt(whole, 10) + "." + strings.TrimRight(strconv.FormatInt(tokens+rest, 10)[1:], "0")
}

// Modifier is a factor on a price: for the batch API, a service tier or a region.
type Modifier struct {
	Name   string // batch, tier:flex, region:us, region:*
	Factor string // 1/2, 11/10, 2
	Kinds  []Kind // kinds of tokens it is published for; nil is all
}

// Price is one line of a price book.
type Price struct {
	Provider string
	Pattern  string   // name of the model
	Aliases  []string // further names with the same price

	From  time.Time // when it came into force; zero is always
	Until time.Time // when it ended, exclusive; zero is not known to end

	Rates     []Rate
	Modifiers []Modifier
	// LongOver is the number of input tokens above which LongRates and LongModifiers apply to the whole request; zero
	// where length does not matter.
	LongOver      int64
	LongRates     []Rate
	LongModifiers []Modifier
	Hours         string // factor by hour of the day in UTC, as in the file; empty for most

	Source   string    // page that states the price
	Via      string    // where the price was read, if not on that page itself
	LookedUp time.Time // the day it was read

	File string // and Line: where it stands
	Line int
	// Version names this price and its content: provider/model@from#hash. It changes when any number of the line does,
	// so a stored cost can be told from one computed with today's book.
	Version string
}

// Reason says why a cost is unknown.
type Reason uint8

// Reasons. The zero value means that the cost is known.
const (
	Priced       Reason = iota
	UnknownModel        // no price names the model
	UnknownTime         // prices name it, but none was in force at the time
	UnknownKind         // tokens of a kind without a price were used
	UnknownTier         // the service tier has no price
	UnknownBatch        // the batch API has no price
	BadUsage            // the token counts contradict each other
	TooLarge            // the cost does not fit
)

var reasonTexts = [...]string{
	Priced:       "priced",
	UnknownModel: "no price for this model",
	UnknownTime:  "no price in force at the time of the call",
	UnknownKind:  "no price for a kind of token that was used",
	UnknownTier:  "no price for this service tier",
	UnknownBatch: "no price for the batch API",
	BadUsage:     "token counts contradict each other",
	TooLarge:     "cost too large",
}

// String is a short text, the same for every call with that reason, so that it can be a label.
func (r Reason) String() string {
	if int(r) < len(reasonTexts) {
		return reasonTexts[r]
	}
	return "reason(" + strconv.Itoa(int(r)) + ")"
}

// Quote is the cost of a call with what led to it.
type Quote struct {
	Cost    Amount
	Version string // the price that was found, also where it was not enough; empty where none was
	Reason  Reason // Priced, or why Cost is unknown
	Kind    Kind   // with UnknownKind, UnknownTier and UnknownBatch: the first kind of token that has no price
}

// Part is what the tokens of one kind cost.
type Part struct {
	Kind   Kind
	Tokens int64
	Cost   Amount
}
