package pgx

import (
	"context"
	"io"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/telltale-dev/telltale/observe/internal/dbpool"
)

// Stats shows the connections of pool in the metrics of the telemetry of ctx, the default one if it has none, under a name
// that no other pool has: db_pool_connections by state idle and in_use, db_pool_connections_max and
// db_pool_wait_seconds_total. Close ends that; it does not close pool.
func Stats(ctx context.Context, pool *pgxpool.Pool, name string) (io.Closer, error) {
	return dbpool.Register(ctx, name, func() dbpool.Stat {
		s := pool.Stat()
		return dbpool.Stat{
			Idle: int(s.IdleConns()), InUse: int(s.AcquiredConns()), Max: int(s.MaxConns()), Wait: s.EmptyAcquireWaitTime(),
		}
	})
}
