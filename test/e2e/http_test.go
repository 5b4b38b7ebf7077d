//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/telltale-dev/telltale/test/harness"
)

// answer is a response that has been read to its end.
type answer struct {
	Status     string
	StatusCode int
	Header     http.Header
	Body       string
}

// open sends a request and leaves the body of its answer to the caller.
func open(ctx context.Context, u, body string, header ...string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer sk-x")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return http.DefaultClient.Do(req)
}

// ask sends a request and reads the answer. The text of a refusal may be cut off: the server hangs up on who still sends.
func ask(ctx context.Context, u, body string, header ...string) (answer, error) {
	resp, err := open(ctx, u, body, header...)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close() //nolint:errcheck // nothing was written to it
	text, err := io.ReadAll(resp.Body)
	if err != nil && resp.StatusCode < http.StatusBadRequest {
		return answer{}, fmt.Errorf("read the answer to %s: %w", u, err)
	}
	return answer{Status: resp.Status, StatusCode: resp.StatusCode, Header: resp.Header, Body: string(text)}, nil
}

func post(t *testing.T, u, body string, header ...string) answer {
	t.Helper()
	a, err := ask(t.Context(), u, body, header...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// export sends a batch.
func export(t *testing.T, p *harness.Process, b batch) answer {
	t.Helper()
	return post(t, p.HTTP+b.path, string(b.body), "Content-Type", b.contentType)
}
