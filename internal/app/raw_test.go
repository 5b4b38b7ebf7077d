package app

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/internal/config"
)

// With gateway.raw a call is found again as it went over the wire, without the secrets in it, whole or in pieces; lists do
// not carry it and searches do not find it.
func TestRawBodiesAreKeptWithoutSecrets(t *testing.T) {
	const key = "sk-proj-Zk83hQpLm20fXaTr91VbYc64NdWs75Eg"
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, piece := range []string{"the key is ", key[:10], key[10:25], key[25:], " of jane.doe@exam", "ple.com"} {
			_, _ = fmt.Fprintf(w, "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":%q}}]}\n\n", piece)
		}
		_, _ = fmt.Fprint(w, "data: [DONE]\n\n")
	}))
	defer provider.Close()
	s := start(t, func(c *config.Config) {
		c.Gateway.Raw = true
		c.Providers["openai"] = config.Provider{Kind: "openai", BaseURL: provider.URL}
	})
	body := `{"model":"gpt-4o-mini","stream":true,"safeword":"onlyinraw","messages":[{"role":"user","content":"say ` + key + `"}]}`
	s.do(t, http.MethodPost, "/openai/v1/chat/completions", body, "Content-Type: application/json", "Authorization: Bearer sk-client-0123456789abcdef", "X-Request-Id: req-raw")
	var whole answer
	s.until(t, "found", func() bool {
		whole = s.get(t, "/api/v1/spans?q=request:req-raw&full=true")
		return whole.code == http.StatusOK && strings.Contains(whole.body, "telltale.response.body")
	})
	for _, want := range []string{
		`{\"model\":\"gpt-4o-mini\",\"stream\":true,\"safeword\":\"onlyinraw\",\"messages\":[{\"role\":\"user\",\"content\":\"say [redacted:api_key]\"}]}`,
		`{\"content\":\"the key is [redacted:api_key] of [redacted:email]\"}`, `data: [DONE]\n\n`,
	} {
		if !strings.Contains(whole.body, want) {
			t.Errorf("%s is missing in %s", want, whole.body)
		}
	}
	for _, secret := range []string{key, key[10:25], key[25:], "jane.doe", "sk-client"} {
		if strings.Contains(whole.body, secret) {
			t.Errorf("%s was kept: %s", secret, whole.body)
		}
	}
	if list := s.get(t, "/api/v1/spans?q=request:req-raw").body; strings.Contains(list, "onlyinraw") || !strings.Contains(list, "req-raw") {
		t.Errorf("a list has %s", list)
	}
	if found := s.get(t, "/api/v1/spans?q=onlyinraw").body; strings.Contains(found, "req-raw") {
		t.Errorf("a search finds %s", found)
	}
}
