package app

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// grpcToken is needToken for gRPC: the token comes in the metadata that stands for the same headers.
func grpcToken(token string) grpc.UnaryServerInterceptor {
	want := sha256.Sum256([]byte(token))
	return func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		if token == "" {
			return next(ctx, req)
		}
		md, _ := metadata.FromIncomingContext(ctx)
		h := http.Header{}
		for _, name := range []string{"authorization", "x-telltale-key"} {
			for _, v := range md.Get(name) {
				h.Add(name, v)
			}
		}
		got := sha256.Sum256([]byte(tokenOf(h)))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			return nil, status.Error(codes.Unauthenticated, "a token is needed: metadata authorization: Bearer TOKEN")
		}
		return next(ctx, req)
	}
}
