package otlpgrpc

import (
	"errors"

	"google.golang.org/grpc/mem"
)

// raw passes messages on as the bytes they are already. Its name is that of protobuf, since that is what they hold.
type raw struct{}

// Name implements encoding.CodecV2.
func (raw) Name() string { return "proto" }

// Marshal implements encoding.CodecV2.
func (raw) Marshal(v any) (mem.BufferSlice, error) {
	b, ok := v.(*[]byte)
	if !ok {
		return nil, errors.New("message is not bytes")
	}
	return mem.BufferSlice{mem.SliceBuffer(*b)}, nil
}

// Unmarshal implements encoding.CodecV2.
func (raw) Unmarshal(data mem.BufferSlice, v any) error {
	b, ok := v.(*[]byte)
	if !ok {
		return errors.New("message is not bytes")
	}
	*b = data.Materialize()
	return nil
}
