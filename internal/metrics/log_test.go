package metrics

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
)

func TestSecretsOfURLsAreNotLogged(t *testing.T) {
	const address = "http://u:urlpass@example.com/w?tenant=a&api_token=qtoken&X-Amz-Signature=signed" //nolint:gosec // what must not be seen
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	log := slog.New(calm{Handler: slog.NewTextHandler(&out, nil), note: func(slog.Record) {}})
	remote := log.With("part", "remote").With("url", address)
	remote.Warn("Failed to send batch, retrying", "err", fmt.Errorf("Post %q: refused", address), "parsed", parsed)
	got := out.String()
	for _, secret := range []string{"urlpass", "qtoken", "signed"} {
		if strings.Contains(got, secret) {
			t.Errorf("%s is in %s", secret, got)
		}
	}
	for _, want := range []string{"example.com/w", "tenant=a", "refused"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
}

func TestAFullDiskIsSaidOnce(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(calm{Handler: slog.NewTextHandler(&out, nil), note: func(slog.Record) {}})
	for range 100 {
		log.With("part", "rules").Warn("Rule sample appending failed", "err", fmt.Errorf("%w: full", ErrReadOnly))
	}
	if out.Len() > 0 {
		t.Error(out.String())
	}
	if log.With("part", "rules").Warn("Evaluating rule failed", "err", fmt.Errorf("another")); out.Len() == 0 {
		t.Error("other lines are lost")
	}
}

func TestACompactionThatOurStopEndsIsNoError(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(calm{Handler: slog.NewTextHandler(&out, nil), note: func(slog.Record) {}}).With("part", "tsdb")
	log.Error("compaction failed", "err", fmt.Errorf("compact head: persist head block: %w", context.Canceled))
	if out.Len() > 0 {
		t.Error(out.String())
	}
	if log.Error("compaction failed", "err", errors.New("no space left")); !strings.Contains(out.String(), "no space left") {
		t.Error("what went wrong is lost")
	}
}
