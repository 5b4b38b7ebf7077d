package metrics

import (
	"context"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/index"
)

// observed is a block that reports the errors of those who read it.
type observed struct {
	tsdb.BlockReader
	report func(error)
}

// Index implements tsdb.BlockReader.
func (o observed) Index() (tsdb.IndexReader, error) {
	ix, err := o.BlockReader.Index()
	if err != nil {
		return nil, err
	}
	return observedIndex{ix, o.report}, nil
}

// Chunks implements tsdb.BlockReader.
func (o observed) Chunks() (tsdb.ChunkReader, error) {
	c, err := o.BlockReader.Chunks()
	if err != nil {
		return nil, err
	}
	return observedChunks{c, o.report}, nil
}

type observedIndex struct {
	tsdb.IndexReader
	report func(error)
}

// Postings implements tsdb.IndexReader.
func (o observedIndex) Postings(ctx context.Context, name string, values ...string) (index.Postings, error) {
	p, err := o.IndexReader.Postings(ctx, name, values...)
	if err != nil {
		o.report(err)
	}
	return p, err
}

// Series implements tsdb.IndexReader.
func (o observedIndex) Series(ref storage.SeriesRef, builder *labels.ScratchBuilder, metas *[]chunks.Meta) error {
	err := o.IndexReader.Series(ref, builder, metas)
	if err != nil {
		o.report(err)
	}
	return err
}

type observedChunks struct {
	tsdb.ChunkReader
	report func(error)
}

// ChunkOrIterable implements tsdb.ChunkReader.
func (o observedChunks) ChunkOrIterable(m chunks.Meta) (chunkenc.Chunk, chunkenc.Iterable, error) {
	c, it, err := o.ChunkReader.ChunkOrIterable(m)
	if err != nil {
		o.report(err)
	}
	return c, it, err
}
