package audit

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// What can be wrong with an entry or a log. Compare with errors.Is.
var (
	ErrInvalid = errors.New("not an audit entry")
	ErrClosed  = errors.New("audit log is closed")
	ErrLocked  = errors.New("another process has the audit log open")
)

// Limits of an Entry, in bytes. What is longer is refused, not cut.
const (
	MaxText  = 1024      // Actor, Action, Target, RequestID and IP, each
	MaxState = 256 << 10 // Before and After, each
)

// Hash is the hash of an entry.
type Hash [32]byte

// String returns hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText implements encoding.TextMarshaler: hexadecimal digits.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(h)) {
		return fmt.Errorf("audit: hash has %d digits, not %d", len(text), hex.EncodedLen(len(h)))
	}
	if _, err := hex.Decode(h[:], text); err != nil {
		return fmt.Errorf("audit: hash: %w", err)
	}
	return nil
}

// Entry is one deed. Who appends it sets Actor and Action, and what else is known; the log sets the rest.
type Entry struct {
	Seq       uint64          `json:"seq"`    // 1, 2, 3 …; set by the log
	Time      time.Time       `json:"time"`   // UTC; now, if not set
	Actor     string          `json:"actor"`  // who; if not set, the user of the context's request, else its key
	Action    string          `json:"action"` // what, in the service's own words: key.revoke
	Target    string          `json:"target,omitempty"`
	Before    json.RawMessage `json:"before,omitempty"` // state of the target; any JSON
	After     json.RawMessage `json:"after,omitempty"`
	RequestID string          `json:"request_id,omitempty"` // if not set, that of the context
	IP        string          `json:"ip,omitempty"`         // of the actor
	PrevHash  Hash            `json:"prev_hash"`            // of the entry before; set by the log
	Hash      Hash            `json:"hash"`                 // of this entry; set by the log
}

// Head is the end of a log: its last entry. The zero value is that of an empty log.
type Head struct {
	Seq  uint64 `json:"seq"`
	Hash Hash   `json:"hash"`
}

// Head returns the head of a log whose last entry this is.
func (e *Entry) Head() Head { return Head{Seq: e.Seq, Hash: e.Hash} }

// String returns the head as it is pinned: number, colon, hash.
func (h Head) String() string { return strconv.FormatUint(h.Seq, 10) + ":" + h.Hash.String() }

// ParseHead reads what String wrote.
func ParseHead(text string) (Head, error) {
	seq, hash, found := strings.Cut(text, ":")
	n, err := strconv.ParseUint(seq, 10, 63)
	if !found || err != nil || strconv.FormatUint(n, 10) != seq {
		return Head{}, fmt.Errorf("audit: head %.80q is not a number, a colon and a hash", text)
	}
	h := Head{Seq: n}
	if err := h.Hash.UnmarshalText([]byte(hash)); err != nil {
		return Head{}, err
	}
	return h, nil
}

// MarshalLine returns the entry as one line of JSON with its line feed, which UnmarshalLine reads. Of each entry there is
// one such line.
func (e *Entry) MarshalLine() ([]byte, error) {
	var b bytes.Buffer
	w := json.NewEncoder(&b)
	w.SetEscapeHTML(false) // keeps Before and After as they were hashed
	if err := w.Encode(e); err != nil {
		return nil, fmt.Errorf("audit: encode entry %d: %w", e.Seq, err)
	}
	return b.Bytes(), nil
}

// UnmarshalLine reads a line that MarshalLine wrote, without or with its line feed. It refuses every other spelling of an
// entry, so that no two programs read different things out of a line.
func (e *Entry) UnmarshalLine(line []byte) error {
	line = bytes.TrimSuffix(line, []byte("\n"))
	var next Entry
	if err := json.Unmarshal(line, &next); err != nil {
		return fmt.Errorf("audit: decode entry: %w", err)
	}
	again, err := next.MarshalLine()
	if err != nil {
		return err
	}
	if !bytes.Equal(again[:len(again)-1], line) {
		return errors.New("audit: decode entry: not as it was written")
	}
	*e = next
	return nil
}
