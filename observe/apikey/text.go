package apikey

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"time"
	"unsafe"

	"github.com/telltale-dev/telltale/observe/logging"
)

const (
	scheme      = "sk-"
	bodyLen     = 43 // of base62, for 256 bits
	checksumLen = 6  // of base62, for 32 bits
	textLen     = len(scheme) + bodyLen + checksumLen
	prefixLen   = len(scheme) + 4 // shown; leaves 232 bits unknown

	alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" // in the order of its bytes, so that ids sort
)

// Digits of base62 have six bits, and so has whatever is or-ed of them.
const (
	maxDigit = 0x3f
	noDigit  = 0xff
)

// digits has the value of each byte in base62.
var digits = func() (values [256]byte) {
	for c := range values {
		values[c] = noDigit
	}
	for i := range len(alphabet) {
		values[alphabet[i]] = byte(i)
	}
	return values
}()

// mint returns the text of a new key. rand.Read never returns an error: it ends the program where there is no randomness.
func mint() logging.Secret {
	var random [32]byte
	_, _ = rand.Read(random[:])
	var text [textLen]byte
	body := text[:textLen-checksumLen]
	copy(body, scheme)
	putBase62(body[len(scheme):], random[:])
	putChecksum(text[len(body):], crc32.ChecksumIEEE(body))
	return logging.NewSecret(string(text[:]))
}

// putBase62 fills out with the number whose bytes are n, the highest first. It uses n up.
func putBase62(out, n []byte) {
	for i := len(out) - 1; i >= 0; i-- {
		rest := 0
		for j, b := range n {
			v := rest<<8 | int(b)
			n[j], rest = byte(v/62), v%62
		}
		out[i] = alphabet[rest]
	}
}

func putChecksum(out []byte, sum uint32) {
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = alphabet[sum%62]
		sum /= 62
	}
}

// Parse returns the hash of a key's text, and ErrMalformed if it is none: of another length, with other characters, or
// with a wrong checksum. The text must stand alone, without space around it. Whether there is such a key only a store knows.
func Parse(text string) (Hash, error) {
	if len(text) != textLen || text[:len(scheme)] != scheme {
		return Hash{}, ErrMalformed
	}
	var seen, sum uint64
	for i := len(scheme); i < textLen; i++ {
		digit := uint64(digits[text[i]])
		seen |= digit
		if i >= textLen-checksumLen {
			sum = sum*62 + digit
		}
	}
	body := unsafe.Slice(unsafe.StringData(text), textLen) //nolint:gosec // read only; a copy would be on the heap, since crc32 lets it escape
	if seen > maxDigit || sum != uint64(crc32.ChecksumIEEE(body[:textLen-checksumLen])) {
		return Hash{}, ErrMalformed
	}
	return sha256.Sum256(body), nil
}

// holdsKey reports whether a key's text stands somewhere in s.
func holdsKey(s string) bool {
	for ; len(s) >= textLen; s = s[1:] {
		if _, err := Parse(s[:textLen]); err == nil {
			return true
		}
	}
	return false
}

// newID returns an id that sorts after those of earlier milliseconds.
func newID(at time.Time) string {
	var id [4 + 8 + 8]byte
	copy(id[:], "key_")
	var millis, random [8]byte
	binary.BigEndian.PutUint64(millis[:], uint64(at.UnixMilli()))
	_, _ = rand.Read(random[:])
	putBase62(id[4:12], millis[:])
	putBase62(id[12:], random[:])
	return string(id[:])
}
