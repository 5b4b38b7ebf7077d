package app

import (
	"path/filepath"

	"github.com/telltale-dev/telltale/internal/derive"
)

// derivedFile holds the counters of derived metrics, in the data folder.
const derivedFile = "derived-counters"

func (a *App) buildDerived() error {
	var err error
	if a.derived, err = derive.New(derive.Options{File: filepath.Join(a.config.Data, derivedFile), Logger: a.log}); err != nil {
		return err
	}
	return a.registry.Register(a.derived.Collector())
}
