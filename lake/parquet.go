package lake

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

const dictionaryBytes = 2 << 20

// packing is how a segment is written.
type packing struct {
	level int // of zstd
	page  int // bytes
}

// What was flushed is soon merged; what was merged stays.
var (
	forNow  = packing{1, 32 << 10}
	forGood = packing{3, 128 << 10}
)

// traits is what is known of a column before it is written.
type traits struct {
	full    bool // it has no nulls
	repeats bool // it has values more than once
}

// writeParquet writes a segment to path, synced: one row group, of which it asks a column at a time. The file
// is complete or the error says why not.
func writeParquet(path string, schema *arrow.Schema, p packing, known []traits, column func(i int) (arrow.Array, error)) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write a segment: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	// The Parquet writer closes what it writes to; the file has to be synced before.
	w, err := pqarrow.NewFileWriter(schema, noClose{f}, p.properties(schema, known), pqarrow.DefaultWriterProps())
	if err != nil {
		return fmt.Errorf("write a segment: %w", err)
	}
	if err := writeColumns(w, schema, column); err != nil {
		return errors.Join(fmt.Errorf("write a segment: %w", err), w.Close())
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("finish a segment: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("sync a segment: %w", err)
	}
	return nil
}

func writeColumns(w *pqarrow.FileWriter, schema *arrow.Schema, column func(i int) (arrow.Array, error)) error {
	if err := w.NewRowGroupChecked(); err != nil {
		return err
	}
	for i, f := range schema.Fields() {
		values, err := column(i)
		if err != nil {
			return fmt.Errorf("column %s: %w", f.Name, err)
		}
		if err := w.WriteColumnData(values); err != nil {
			return fmt.Errorf("column %s: %w", f.Name, err)
		}
	}
	return nil
}

type noClose struct{ *os.File }

func (noClose) Close() error { return nil }

// properties chooses how columns are encoded: by a dictionary where values repeat, else as differences of numbers, and as
// the lengths of texts apart from their letters. The latter two not beside nulls: arrow-go 18.8 panics over a page of
// nulls that follows one of values.
func (p packing) properties(schema *arrow.Schema, known []traits) *parquet.WriterProperties {
	options := []parquet.WriterProperty{
		parquet.WithCompression(compress.Codecs.Zstd), parquet.WithCompressionLevel(p.level), parquet.WithDataPageSize(int64(p.page)),
		parquet.WithVersion(parquet.V2_LATEST), parquet.WithDictionaryPageSizeLimit(dictionaryBytes),
		parquet.WithStatsFor(colLayout, false), parquet.WithStatsFor(colOriginal, false),
	}
	for i, f := range schema.Fields() {
		if known[i].repeats {
			continue
		}
		encoding := parquet.Encodings.Plain
		switch id := f.Type.ID(); {
		case !known[i].full:
		case id == arrow.TIMESTAMP, id == arrow.INT64, id == arrow.INT32:
			encoding = parquet.Encodings.DeltaBinaryPacked
		case id == arrow.STRING:
			encoding = parquet.Encodings.DeltaLengthByteArray
		}
		options = append(options, parquet.WithDictionaryFor(f.Name, false), parquet.WithEncodingFor(f.Name, encoding))
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
