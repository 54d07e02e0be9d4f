package lake

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

const (
	rowGroupRows = 100_000
	pageBytes    = 128 << 10 // merging holds a page of each column of each segment

	fastest = 1 // levels of zstd: of what is merged soon
	denser  = 3 // and of what stays
)

// writeParquet writes batches to path, synced. The file is complete or the error says why not.
func writeParquet(path string, schema *arrow.Schema, level int, batches iter.Seq2[arrow.RecordBatch, error]) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write a segment: %w", err)
	}
	// The Parquet writer closes what it writes to; the file has to be synced before.
	w, err := pqarrow.NewFileWriter(schema, noClose{f}, writerProperties(schema, level), pqarrow.DefaultWriterProps())
	if err != nil {
		return errors.Join(fmt.Errorf("write a segment: %w", err), f.Close())
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for batch, err := range batches {
		if err == nil {
			err = w.WriteBuffered(batch)
		}
		if err != nil {
			return errors.Join(fmt.Errorf("write a segment: %w", err), w.Close())
		}
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("finish a segment: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("sync a segment: %w", err)
	}
	return nil
}

// only gives one batch.
func only(b arrow.RecordBatch) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) { yield(b, nil) }
}

type noClose struct{ *os.File }

func (noClose) Close() error { return nil }

func writerProperties(schema *arrow.Schema, level int) *parquet.WriterProperties {
	options := []parquet.WriterProperty{
		parquet.WithCompression(compress.Codecs.Zstd), parquet.WithCompressionLevel(level), parquet.WithDataPageSize(pageBytes),
		parquet.WithMaxRowGroupLength(rowGroupRows), parquet.WithVersion(parquet.V2_LATEST),
		parquet.WithDictionaryFor(colID, false), parquet.WithStatsFor(colLayout, false),
		parquet.WithStatsFor(colExtra, false), parquet.WithStatsFor(colOriginal, false),
	}
	for _, f := range schema.Fields() {
		if f.Type.ID() == arrow.TIMESTAMP {
			options = append(options, parquet.WithDictionaryFor(f.Name, false), parquet.WithEncodingFor(f.Name, parquet.Encodings.DeltaBinaryPacked))
		}
	}
	return parquet.NewWriterProperties(options...)
}

// rename puts a finished file in its place, for good.
func rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return fmt.Errorf("put a segment in its place: %w", err)
	}
	return syncDir(filepath.Dir(to))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync a folder of the lake: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}
