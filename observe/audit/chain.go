package audit

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/observe/internal/core"
	"github.com/telltale-dev/telltale/observe/internal/scope"
)

// MinKey is the least length of a Chain's key, in bytes.
const MinKey = 16

// Chain makes the hashes of a log. It is what an implementation of Log is built on: Prepare an entry, then Link it to
// the head while nobody else appends. It may be used by any number of goroutines.
type Chain struct{ key []byte }

// NewChain returns the chain of a key, which makes the hashes HMACs; nil means plain SHA-256. A key has MinKey bytes or
// more, random ones.
func NewChain(key []byte) (*Chain, error) {
	if key != nil && len(key) < MinKey {
		return nil, fmt.Errorf("audit: key has %d bytes, at least %d are needed", len(key), MinKey)
	}
	return &Chain{key: slices.Clone(key)}, nil
}

// Prepare fills in what the context knows, removes secrets, and checks the entry: ErrInvalid says what is wrong with it.
func (c *Chain) Prepare(ctx context.Context, e Entry) (Entry, error) {
	if s := scope.From(ctx); s != nil {
		id := s.Identity()
		e.Actor = first(e.Actor, id.User, id.Key)
		e.RequestID = first(e.RequestID, id.RequestID)
	}
	secrets := core.From(ctx).Secrets
	for _, f := range []struct {
		name string
		text *string
	}{{"actor", &e.Actor}, {"action", &e.Action}, {"target", &e.Target}, {"request id", &e.RequestID}, {"ip", &e.IP}} {
		if len(*f.text) > MaxText {
			return Entry{}, fmt.Errorf("%w: %s has %d bytes, %d are allowed", ErrInvalid, f.name, len(*f.text), MaxText)
		}
		*f.text = strings.ToValidUTF8(*f.text, "\ufffd")
		if secrets != nil {
			*f.text, _ = secrets.String(*f.text)
		}
	}
	if e.Actor == "" || e.Action == "" {
		return Entry{}, fmt.Errorf("%w: actor and action are needed", ErrInvalid)
	}
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	e.Time = e.Time.Round(0).UTC()
	if y := e.Time.Year(); y < 1700 || y > 2200 {
		return Entry{}, fmt.Errorf("%w: time is in the year %d", ErrInvalid, y)
	}
	var err error
	if e.Before, err = state(ctx, e.Before); err != nil {
		return Entry{}, fmt.Errorf("%w: before: %w", ErrInvalid, err)
	}
	if e.After, err = state(ctx, e.After); err != nil {
		return Entry{}, fmt.Errorf("%w: after: %w", ErrInvalid, err)
	}
	return e, nil
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// state returns JSON without white space and secrets; nil for none.
func state(ctx context.Context, text json.RawMessage) (json.RawMessage, error) {
	if len(text) == 0 {
		return nil, nil
	}
	if len(text) > MaxState {
		return nil, fmt.Errorf("%d bytes, %d are allowed", len(text), MaxState)
	}
	if r := core.From(ctx).Secrets; r != nil {
		clean, n := r.String(string(text))
		if n > 0 && !json.Valid([]byte(clean)) { // a number that was a secret: there is no place for a marker in it
			clean = `"[redacted:secret]"`
		}
		text = json.RawMessage(clean)
	}
	text = bytes.ToValidUTF8(text, []byte("\ufffd"))
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if !json.Valid(slices.Concat([]byte("["), text, []byte("]"))) {
		return nil, errors.New("nested too deep to be part of an entry")
	}
	if b.Len() > 2*MaxState { // markers may be longer than what they replace
		return nil, fmt.Errorf("%d bytes without secrets, %d are allowed", b.Len(), 2*MaxState)
	}
	return b.Bytes(), nil
}

// Link returns a prepared entry as the next one after head.
func (c *Chain) Link(head Head, e Entry) Entry {
	e.Seq, e.PrevHash = head.Seq+1, head.Hash
	e.Hash = c.Sum(&e)
	return e
}

// Sum returns the hash an entry ought to have, see the package's documentation for the bytes it is made of.
func (c *Chain) Sum(e *Entry) Hash {
	var h hash.Hash
	if c.key != nil {
		h = hmac.New(sha256.New, c.key)
	} else {
		h = sha256.New()
	}
	size := 256 + len(e.Actor) + len(e.Action) + len(e.Target) + len(e.Before) + len(e.After) + len(e.RequestID) + len(e.IP)
	b := append(make([]byte, 0, size), "telltale/audit/1\n"...)
	b = binary.BigEndian.AppendUint64(b, e.Seq)
	b = binary.BigEndian.AppendUint64(b, uint64(e.Time.UnixNano()))
	b = field(b, e.Actor)
	b = field(b, e.Action)
	b = field(b, e.Target)
	b = field(b, e.Before)
	b = field(b, e.After)
	b = field(b, e.RequestID)
	b = field(b, e.IP)
	b = append(b, e.PrevHash[:]...)
	h.Write(b)
	return Hash(h.Sum(nil))
}

func field[T ~string | ~[]byte](b []byte, value T) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(value))), value...)
}
