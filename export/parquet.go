package export

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"penstock/ecs"
	"penstock/search"
)

// The bounds of what is held until it is written as a row group.
const (
	groupRows  = 20_000
	groupBytes = 32 << 20 // of documents
)

// parquetWriter writes events as Parquet: numbers, booleans and moments typed, everything else as text; a field that may
// have several values as a list.
type parquetWriter struct {
	columns []string
	schema  *arrow.Schema
	file    *pqarrow.FileWriter
	rows    *array.RecordBuilder
	held    int // rows
	bytes   int // of their documents
}

func newParquet(out io.Writer, columns []string) (*parquetWriter, error) {
	fields := make([]arrow.Field, len(columns))
	for i, name := range columns {
		fields[i] = arrow.Field{Name: name, Type: columnType(name), Nullable: true}
	}
	w := &parquetWriter{columns: columns, schema: arrow.NewSchema(fields, nil)}
	properties := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd), parquet.WithVersion(parquet.V2_LATEST))
	file, err := pqarrow.NewFileWriter(w.schema, out, properties, pqarrow.DefaultWriterProps())
	if err != nil {
		return nil, fmt.Errorf("begin a Parquet file: %w", err)
	}
	w.file, w.rows = file, array.NewRecordBuilder(memory.DefaultAllocator, w.schema)
	return w, nil
}

func columnType(name string) arrow.DataType {
	f, ok := ecs.Lookup(name)
	if !ok {
		return arrow.BinaryTypes.String
	}
	var t arrow.DataType
	switch f.Type() {
	case ecs.Long:
		t = arrow.PrimitiveTypes.Int64
	case ecs.Float:
		t = arrow.PrimitiveTypes.Float64
	case ecs.Boolean:
		t = arrow.FixedWidthTypes.Boolean
	case ecs.Date:
		t = arrow.FixedWidthTypes.Timestamp_us
	default:
		t = arrow.BinaryTypes.String
	}
	if f.IsArray() || f.Type() == ecs.Array {
		return arrow.ListOf(t)
	}
	return t
}

// Add takes an event.
func (w *parquetWriter) Add(h search.Hit) error {
	document, err := search.ParseDocument(&h)
	if err != nil {
		return err
	}
	for i, name := range w.columns {
		var v any
		switch name {
		case "@timestamp":
			v = h.Time.UTC().Format(time.RFC3339Nano)
		case search.SentenceColumn:
			v = string(h.Sentence.Text)
		default:
			v = document.Find(name)
		}
		appendValue(w.rows.Field(i), v)
	}
	w.held++
	w.bytes += len(h.Document)
	if w.held < groupRows && w.bytes < groupBytes {
		return nil
	}
	return w.flush()
}

// appendValue appends what a document has for a column; nothing where it is of another type.
func appendValue(b array.Builder, v any) {
	if list, ok := b.(*array.ListBuilder); ok {
		values, several := v.([]any)
		if !several {
			if v == nil {
				list.AppendNull()
				return
			}
			values = []any{v}
		}
		list.Append(true)
		for _, v := range values {
			appendValue(list.ValueBuilder(), v)
		}
		return
	}
	switch b := b.(type) {
	case *array.StringBuilder:
		if v == nil {
			b.AppendNull()
			return
		}
		b.Append(search.Text(v))
	case *array.Int64Builder:
		if n, err := strconv.ParseInt(search.Text(v), 10, 64); err == nil {
			b.Append(n)
			return
		}
		b.AppendNull()
	case *array.Float64Builder:
		if f, err := strconv.ParseFloat(search.Text(v), 64); err == nil {
			b.Append(f)
			return
		}
		b.AppendNull()
	case *array.BooleanBuilder:
		if yes, ok := v.(bool); ok {
			b.Append(yes)
			return
		}
		b.AppendNull()
	case *array.TimestampBuilder:
		if t, err := time.Parse(time.RFC3339Nano, search.Text(v)); err == nil {
			b.Append(arrow.Timestamp(t.UnixMicro()))
			return
		}
		b.AppendNull()
	default:
		b.AppendNull()
	}
}

// flush writes the rows that are held as a row group.
func (w *parquetWriter) flush() error {
	batch := w.rows.NewRecordBatch()
	defer batch.Release()
	w.held, w.bytes = 0, 0
	if err := w.file.Write(batch); err != nil {
		return fmt.Errorf("write a row group: %w", err)
	}
	return nil
}

// Close writes the rest.
func (w *parquetWriter) Close() error {
	defer w.rows.Release()
	var err error
	if w.held > 0 {
		err = w.flush()
	}
	return errors.Join(err, w.file.Close())
}
