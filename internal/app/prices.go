package app

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/telltale-dev/telltale/internal/ownfile"
	"github.com/telltale-dev/telltale/observe/price"
)

// prices is the price book in force: the built-in table, and over it a file that is read again when it changes.
type prices struct {
	file  string
	log   *slog.Logger
	book  atomic.Pointer[price.Book]
	stamp string // of the file when it was read last
}

// pricePoll is how often the file is looked at.
const pricePoll = 5 * time.Second

// maxPrices, in MB, is some hundred times the built-in table.
const maxPrices = 16

// newPrices reads the file; a file that is wrong is an error at the start, and later a warning that keeps the old prices.
func newPrices(file string, log *slog.Logger) (*prices, error) {
	p := &prices{file: file, log: log}
	p.book.Store(price.Default())
	if file == "" {
		return p, nil
	}
	return p, p.load()
}

func (p *prices) load() error {
	p.stamp = ownfile.Stamp(p.file)
	text, err := ownfile.Read(p.file, maxPrices)
	if err != nil {
		return fmt.Errorf("prices: %w", err)
	}
	own, err := price.Parse(p.file, text)
	if err != nil {
		return fmt.Errorf("read prices: %w", err)
	}
	p.book.Store(price.Default().With(own))
	return nil
}

// watch reads the file again when it changes or reload is signalled, until ctx ends.
func (p *prices) watch(ctx context.Context, reload <-chan struct{}) {
	tick := time.NewTicker(pricePoll)
	defer tick.Stop()
	for {
		asked := false
		select {
		case <-ctx.Done():
			return
		case <-reload:
			asked = true
		case <-tick.C:
		}
		if p.file == "" {
			continue
		}
		if now := ownfile.Stamp(p.file); !asked && (now == p.stamp || now == "") { // one that is gone is being replaced
			continue
		}
		if err := p.load(); err != nil {
			p.log.Warn("the price file is wrong, the old prices stay in force", "error", err)
			continue
		}
		p.log.Info("prices read again", "file", p.file)
	}
}
