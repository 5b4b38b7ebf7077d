package local_test

import (
	"context"
	"testing"

	"github.com/telltale-dev/telltale/internal/store/local"
	"github.com/telltale-dev/telltale/internal/store/local/disk/disktest"
	"github.com/telltale-dev/telltale/internal/store/storetest"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

func TestSuite(t *testing.T) {
	for _, c := range []struct {
		name string
		o    local.Options
	}{
		{"in memory", local.Options{}},
		{"in parts", local.Options{SealRows: 25, Workers: 2}},
		{"on disk", local.Options{SealRows: 60}},
	} {
		t.Run(c.name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) telemetry.Store {
				o := c.o
				if c.name == "on disk" {
					o.Dir = t.TempDir()
				} else {
					o.FS = disktest.New()
				}
				o.MinFree = -1
				s, err := local.Open(o)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() {
					if err := s.Stop(context.WithoutCancel(t.Context())); err != nil {
						t.Errorf("stop: %v", err)
					}
				})
				if err := s.Start(t.Context()); err != nil {
					t.Fatal(err)
				}
				return s
			})
		})
	}
}
