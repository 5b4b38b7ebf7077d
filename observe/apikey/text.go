package apikey

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"time"

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

// isBase62 has true for the bytes of the alphabet.
var isBase62 = func() (set [256]bool) {
	for i := range len(alphabet) {
		set[alphabet[i]] = true
	}
	return set
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
	return logging.Secret(text[:])
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
	var space [textLen]byte
	copy(space[:], text)
	ok := true
	for _, c := range space[len(scheme):] {
		ok = ok && isBase62[c]
	}
	var sum [checksumLen]byte
	putChecksum(sum[:], crc32.ChecksumIEEE(space[:textLen-checksumLen]))
	if !ok || sum != [checksumLen]byte(space[textLen-checksumLen:]) {
		return Hash{}, ErrMalformed
	}
	return sha256.Sum256(space[:]), nil
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
