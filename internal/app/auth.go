package app

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/tap"
)

// grpcToken is needToken for gRPC: the token comes in the metadata that stands for the same headers. It is asked for before
// the request is read: strangers cost no memory.
func grpcToken(token string) tap.ServerInHandle {
	want := sha256.Sum256([]byte(token))
	return func(ctx context.Context, call *tap.Info) (context.Context, error) {
		if token == "" {
			return ctx, nil
		}
		h := http.Header{}
		for _, name := range []string{"authorization", "x-telltale-key"} {
			for _, v := range call.Header.Get(name) {
				h.Add(name, v)
			}
		}
		got := sha256.Sum256([]byte(tokenOf(h)))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			return nil, status.Error(codes.Unauthenticated, "a token is needed: metadata authorization: Bearer TOKEN")
		}
		return ctx, nil
	}
}
