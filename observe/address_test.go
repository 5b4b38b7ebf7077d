package observe

import "testing"

func TestSplitHost(t *testing.T) {
	for address, want := range map[string]struct {
		host string
		port int64
	}{
		"example.com":              {"example.com", 0},
		"example.com:8080":         {"example.com", 8080},
		"192.0.2.1:1234":           {"192.0.2.1", 1234},
		"[2001:db8::1]:443":        {"2001:db8::1", 443},
		"[2001:db8::1]":            {"2001:db8::1", 0},
		"2001:db8::1":              {"2001:db8::1", 0},
		"":                         {"", 0},
		"@":                        {"@", 0}, // a Unix socket
		"example.com:":             {"example.com", 0},
		"example.com:x":            {"example.com", 0},
		"example.com:-1":           {"example.com", 0},
		"example.com:999999999999": {"example.com", 0},
	} {
		if host, port := splitHost(address); host != want.host || port != want.port {
			t.Errorf("%q is %q and %d", address, host, port)
		}
	}
}
