package sentry

import (
	"context"
	"io"
	"net/http"
)

// cutTransport can end all requests at once. Sentry's SDK waits for those under way when it is closed, each for as long as
// the other side likes to hold it.
type cutTransport struct {
	base http.RoundTripper
	cut  context.Context
}

// RoundTrip implements http.RoundTripper.
func (t cutTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	stop := context.AfterFunc(t.cut, cancel)
	end := func() { stop(); cancel() }
	response, err := t.base.RoundTrip(r.WithContext(ctx))
	if err != nil {
		end()
		return nil, err
	}
	response.Body = body{response.Body, end}
	return response, nil
}

type body struct {
	io.ReadCloser
	end func()
}

func (b body) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}
