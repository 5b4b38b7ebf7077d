package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/prometheus/prometheus/storage"
)

// measureAppend appends with cached references, as the feed of our own and of derived metrics does, one sample to each series
// in a round. It is the bound of what the TSDB takes: no labels are looked up.
func measureAppend(ctx context.Context, o *options) error {
	return withTemp(o, func(dir string) error {
		db, err := openDB(filepath.Join(dir, "append"))
		if err != nil {
			return err
		}
		defer db.Close()
		db.DisableCompactions()
		list := series(o.series)
		refs := make([]storage.SeriesRef, len(list))
		at := time.Now().Add(-time.Hour)
		var took []time.Duration
		for round := range 60 {
			began := time.Now()
			app := db.Appender(ctx)
			for i := range list {
				if refs[i], err = app.Append(refs[i], list[i], at.UnixMilli(), float64(round)); err != nil {
					return err
				}
			}
			if err := app.Commit(); err != nil {
				return err
			}
			took = append(took, time.Since(began))
			at = at.Add(step)
		}
		fmt.Printf("append with cached references: %.2f million samples/s (target 3)\n", float64(len(list))/median(took[5:]).Seconds()/1e6)
		return nil
	})
}
