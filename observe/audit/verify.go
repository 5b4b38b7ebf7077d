package audit

import (
	"cmp"
	"context"
	"crypto/hmac"
	"fmt"
	"iter"
	"slices"
)

// Broken says which entry is the first that is not as it was written, and why.
type Broken struct {
	Seq    uint64
	Reason string
}

// Error implements error.
func (b *Broken) Error() string { return fmt.Sprintf("audit: entry %d: %s", b.Seq, b.Reason) }

// Verify reads the entries of a log whose chain has no key, see Chain.Verify.
func Verify(ctx context.Context, entries iter.Seq2[Entry, error], pins ...Head) error {
	return (&Chain{}).Verify(ctx, entries, pins...)
}

// Verify reads the entries of a log, in order, and returns nil if they are all as they were written; a *Broken for the
// first that is not; any other error means that they could not be read.
//
// Each pin must be in the log with its hash, so that a log which was cut, or written anew with its hashes, does not pass.
// Entries which do not begin with 1 pass only if the first of them is pinned, or the one before it. A long log is
// verified from where it was the last time with
//
//	chain.Verify(ctx, log.Entries(ctx, pin.Seq), pin)
func (c *Chain) Verify(ctx context.Context, entries iter.Seq2[Entry, error], pins ...Head) error {
	pins = slices.DeleteFunc(slices.Clone(pins), func(p Head) bool { return p == Head{} })
	slices.SortFunc(pins, func(a, b Head) int { return cmp.Compare(a.Seq, b.Seq) })
	var head Head
	begun := false
	for e, err := range entries {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if !begun {
			head, pins = before(&e, pins)
			begun = true
		}
		if reason := c.check(head, &e); reason != "" {
			return &Broken{Seq: e.Seq, Reason: reason}
		}
		head = e.Head()
		for len(pins) > 0 && pins[0].Seq <= head.Seq {
			if pins[0] != head {
				return &Broken{Seq: head.Seq, Reason: "it is not the entry that was pinned"}
			}
			pins = pins[1:]
		}
	}
	if len(pins) == 0 {
		return nil
	}
	if !begun {
		return &Broken{Seq: pins[0].Seq, Reason: "the log has no entries, and this one was pinned"}
	}
	return &Broken{Seq: head.Seq + 1, Reason: fmt.Sprintf("the log ends before it, and entry %d was pinned", pins[0].Seq)}
}

// before returns the head that a first entry is to follow, and the pins that are not before it.
func before(e *Entry, pins []Head) (Head, []Head) {
	var head Head
	for len(pins) > 0 && pins[0].Seq < e.Seq {
		head, pins = pins[0], pins[1:]
	}
	if len(pins) > 0 && pins[0] == e.Head() && head.Seq+1 < e.Seq {
		head = Head{Seq: e.Seq - 1, Hash: e.PrevHash} // vouched for by the pinned hash, of which it is a part
	}
	return head, pins
}

// check returns what is wrong with an entry after head, "" if nothing is.
func (c *Chain) check(head Head, e *Entry) string {
	switch sum := c.Sum(e); {
	case e.Seq > head.Seq+1 && e.Seq-head.Seq == 2:
		return fmt.Sprintf("entry %d before it is missing", head.Seq+1)
	case e.Seq > head.Seq+1:
		return fmt.Sprintf("entries %d to %d before it are missing", head.Seq+1, e.Seq-1)
	case e.Seq <= head.Seq:
		return fmt.Sprintf("it stands after entry %d", head.Seq)
	case e.PrevHash != head.Hash:
		return fmt.Sprintf("it does not follow entry %d as that is now", head.Seq)
	case !hmac.Equal(sum[:], e.Hash[:]):
		return "its hash is not that of what it says"
	}
	return ""
}
