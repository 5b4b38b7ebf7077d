package wire

import (
	"bytes"
	"encoding/base64"
)

// Picture decodes base64 of a picture that a page may show: PNG, JPEG, GIF or WebP, told by its first bytes, whatever it is
// said to be. SVG is none of them: it is a document, with scripts. Both alphabets of base64 are read, with padding or without,
// in lines or not, and with escapes of JSON. mime is empty where it is no such picture.
func Picture(text []byte) (mime string, picture []byte) {
	plain := make([]byte, 0, len(text))
	for _, c := range unescape(text) {
		switch c {
		case '\n', '\r':
		case '-':
			plain = append(plain, '+')
		case '_':
			plain = append(plain, '/')
		default:
			plain = append(plain, c)
		}
	}
	plain = bytes.TrimRight(plain, "=")
	decoded := make([]byte, base64.RawStdEncoding.DecodedLen(len(plain)))
	n, err := base64.RawStdEncoding.Decode(decoded, plain)
	if err != nil {
		return "", nil
	}
	if mime = pictureType(decoded[:n]); mime == "" {
		return "", nil
	}
	return mime, decoded[:n]
}

func pictureType(b []byte) string {
	for _, t := range [...]struct{ head, mime string }{
		{"\x89PNG\r\n\x1a\n", "image/png"}, {"\xff\xd8\xff", "image/jpeg"}, {"GIF87a", "image/gif"}, {"GIF89a", "image/gif"},
	} {
		if bytes.HasPrefix(b, []byte(t.head)) {
			return t.mime
		}
	}
	if len(b) >= 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP" {
		return "image/webp"
	}
	return ""
}
