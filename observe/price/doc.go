// Package price turns token usage into money, exactly.
//
// A [Book] is a dated table of prices. [Default] is the one in this module; [Parse] reads one of your own, and
// [Book.With] lays it over another. [Book.Cost] picks the price by provider, model and time of the call, and computes in
// integers of pico-USD (1e-12 USD, which is one millionth of a USD per million tokens):
//
//	uncached = input − cache read − cache writes − audio in
//	cost     = uncached·in + cache read·read + write 5m·write + write 1h·write1h + audio in·audio-in
//	         + (output − reasoning − audio out)·out + reasoning·(reasoning or out) + audio out·audio-out
//
// A request whose input is longer than the price's long-context threshold is charged the long-context price as a whole.
// Then come, as exact fractions, the service tier, the batch API, the region and the hour of the day. The product is
// rounded once, to the nearest pico-USD, halves up; without such a factor there is nothing to round.
//
// # Unknown is unknown
//
// A cost is never guessed and never silently too low. It is unknown (ok is false, and [Book.Quote] says why) where
//
//   - no price names the model: a name that merely begins like a known one is another model;
//   - no price was in force at the time of the call;
//   - tokens were used of a kind for which no price is published: cache reads without a price for them are not assumed to
//     cost a tenth, nor the price of input. The one exception is reasoning, which is charged as output where it has no
//     price of its own;
//   - the service tier or the batch API was used, and the price has no factor for it;
//   - the usage contradicts itself: a negative count, parts of the input that add up to more than the input, or parts of
//     the output that add up to more than the output. It is not clamped, since either number may be the wrong one;
//   - the result would not fit an [Amount], about 9.2 million USD for one call.
//
// # Model names
//
// Names are compared without regard to case. Before it gives up on a name, a lookup takes off what the provider's section
// of the table says (models/, anthropic., -v1:0 and the like), the head of an AWS ARN, and the date of a snapshot:
// gpt-4o-mini-2024-07-18 costs what gpt-4o-mini does unless the table has a line for the snapshot itself. Dates may be
// written -2024-07-18, -20240718 and @20240718. A pattern may end in *, which stands for any rest; of several the longest
// wins, and all names without * come first.
package price
