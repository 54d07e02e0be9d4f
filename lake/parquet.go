package lake

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

const (
	rowGroupRows    = 100_000
	dictionaryBytes = 2 << 20
)

// packing is how a segment is written.
type packing struct {
	level int    // of zstd
	page  int    // bytes; merging holds a page of each column of each segment
	full  []bool // per column: it has no nulls
}

// What was flushed is soon merged, in company; what was merged stays.
func flushed(full []bool) packing { return packing{1, 32 << 10, full} }
func merged(full []bool) packing  { return packing{3, 128 << 10, full} }

// writeParquet writes batches to path, synced. The file is complete or the error says why not.
func writeParquet(path string, schema *arrow.Schema, p packing, batches iter.Seq2[arrow.RecordBatch, error]) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write a segment: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var w *pqarrow.FileWriter
	for batch, err := range batches {
		if err == nil && w == nil {
			// The Parquet writer closes what it writes to; the file has to be synced before.
			w, err = pqarrow.NewFileWriter(schema, noClose{f}, p.properties(batch), pqarrow.DefaultWriterProps())
		}
		if err == nil {
			err = w.WriteBuffered(batch)
		}
		if err != nil {
			err = fmt.Errorf("write a segment: %w", err)
			if w != nil {
				err = errors.Join(err, w.Close())
			}
			return err
		}
	}
	if w == nil {
		return errors.New("write a segment: it has no rows")
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

// properties chooses how the columns are encoded by what some rows of the first batch hold: a dictionary where values
// repeat at all, else differences of numbers, and the lengths of texts apart from their letters. The latter two not in
// columns with nulls: arrow-go 18.8 panics over a page of nulls that follows one of values.
func (p packing) properties(first arrow.RecordBatch) *parquet.WriterProperties {
	options := []parquet.WriterProperty{
		parquet.WithCompression(compress.Codecs.Zstd), parquet.WithCompressionLevel(p.level), parquet.WithDataPageSize(int64(p.page)),
		parquet.WithMaxRowGroupLength(rowGroupRows), parquet.WithVersion(parquet.V2_LATEST), parquet.WithDictionaryPageSizeLimit(dictionaryBytes),
		parquet.WithStatsFor(colLayout, false), parquet.WithStatsFor(colExtra, false), parquet.WithStatsFor(colOriginal, false),
	}
	for i, f := range first.Schema().Fields() {
		if repeats(first.Column(i)) {
			continue
		}
		encoding := parquet.Encodings.Plain
		switch id := f.Type.ID(); {
		case !p.full[i]:
		case id == arrow.TIMESTAMP, id == arrow.INT64, id == arrow.INT32:
			encoding = parquet.Encodings.DeltaBinaryPacked
		case id == arrow.STRING:
			encoding = parquet.Encodings.DeltaLengthByteArray
		}
		options = append(options, parquet.WithDictionaryFor(f.Name, false), parquet.WithEncodingFor(f.Name, encoding))
	}
	return parquet.NewWriterProperties(options...)
}

// repeats tells whether a column has values more than once, going by some of them.
func repeats(column arrow.Array) bool {
	const sample = 512
	step := max(column.Len()/sample, 1)
	switch c := column.(type) {
	case *array.String:
		return fewer(c, step)
	case *array.Int64:
		return fewer(c, step)
	case *array.Int32:
		return fewer(c, step)
	case *array.Timestamp:
		return fewer(c, step)
	}
	return false
}

// fewer tells whether every step-th value of a column has been there before in more than one case of ten.
func fewer[T comparable](column interface {
	Len() int
	IsNull(int) bool
	Value(int) T
}, step int) bool {
	values, seen := 0, map[T]struct{}{}
	for i := 0; i < column.Len(); i += step {
		if !column.IsNull(i) {
			values++
			seen[column.Value(i)] = struct{}{}
		}
	}
	return len(seen)*10 <= values*9
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
