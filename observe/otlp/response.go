package otlp

import (
	"fmt"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// PartialSuccess reads the response to any of the three requests: nil if all was taken without a word, else a *Partial. A
// response that is not protobuf counts as nothing said.
func PartialSuccess(response []byte) error { return partialSuccess(response) }

func partialSuccess(response []byte) error {
	var p Partial
	found := false
	eachField(response, func(n protowire.Number, _ uint64, partial []byte) {
		if n != 1 || partial == nil {
			return
		}
		eachField(partial, func(n protowire.Number, v uint64, s []byte) {
			switch n {
			case 1:
				p.Rejected, found = max(0, int64(v)), true
			case 2:
				p.Message, found = message(s), found || len(s) > 0
			}
		})
	})
	if !found || p.Rejected == 0 && p.Message == "" {
		return nil
	}
	return &p
}

// eachField calls field with the varints and the bytes of a message, until something is not protobuf.
func eachField(b []byte, field func(n protowire.Number, v uint64, bytes []byte)) {
	for len(b) > 0 {
		n, wire, size := protowire.ConsumeTag(b)
		if size < 0 {
			return
		}
		b = b[size:]
		switch wire {
		case protowire.VarintType:
			v, size := protowire.ConsumeVarint(b)
			if size < 0 {
				return
			}
			field(n, v, nil)
			b = b[size:]
		case protowire.BytesType:
			v, size := protowire.ConsumeBytes(b)
			if size < 0 {
				return
			}
			field(n, 0, v[:len(v):len(v)])
			b = b[size:]
		default:
			if size = protowire.ConsumeFieldValue(n, wire, b); size < 0 {
				return
			}
			b = b[size:]
		}
	}
}

// refusal describes a response that is none of success, with what the backend says in a google.rpc.Status or in text.
func refusal(r *http.Response, answer []byte) error {
	said := ""
	switch kind := r.Header.Get("Content-Type"); {
	case strings.HasPrefix(kind, "application/x-protobuf"):
		eachField(answer, func(n protowire.Number, _ uint64, s []byte) {
			if n == 2 {
				said = message(s)
			}
		})
	case strings.HasPrefix(kind, "text/plain"), strings.HasPrefix(kind, "application/json"):
		said = message(answer)
	}
	if said == "" {
		return fmt.Errorf("backend answers %d", r.StatusCode)
	}
	return fmt.Errorf("backend answers %d: %s", r.StatusCode, said)
}

// maxMessage bounds what is kept of a backend's words, in bytes.
const maxMessage = 300

// message is text of a backend as it may stand in a log: one line, bounded.
func message(s []byte) string {
	if len(s) > maxMessage {
		s = s[:maxMessage]
		for len(s) > 0 && !utf8.RuneStart(s[len(s)-1]) {
			s = s[:len(s)-1]
		}
		s = s[:max(0, len(s)-1)]
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(string(s), "")))
}
