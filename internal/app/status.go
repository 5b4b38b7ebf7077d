package app

import (
	"context"

	"github.com/telltale-dev/telltale/internal/api"
)

func (a *App) buildAPI() error {
	var err error
	a.api, err = api.New(api.Config{
		Reader: a.store, Tailer: a.pipeline, Status: a, Logger: a.log, Version: a.version,
		Timeout: a.config.Query.Timeout, Concurrent: a.config.Query.MaxConcurrent,
	})
	return err
}

// Status tells how the server is, for /api/v1/status.
func (a *App) Status(ctx context.Context) (api.Status, error) {
	s := api.Status{Version: a.version, Started: a.started, Ready: true}
	if err := a.health(ctx); err != nil {
		s.Ready, s.Problems = false, append(s.Problems, err.Error())
	}
	books, err := a.store.Books(ctx)
	if err != nil {
		return s, err
	}
	s.Books = books
	return s, nil
}
