package api

import (
	"context"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

func (a *API) traces(context.Context, *params) (any, error)   { return nil, telemetry.ErrUnsupported }
func (a *API) errors(context.Context, *params) (any, error)   { return nil, telemetry.ErrUnsupported }
func (a *API) compare(context.Context, *params) (any, error)  { return nil, telemetry.ErrUnsupported }
func (a *API) sessions(context.Context, *params) (any, error) { return nil, telemetry.ErrUnsupported }
