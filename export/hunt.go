package export

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"penstock/kql"
	"penstock/search"
)

// Hunts run queries in KQL. What is wrong with a query is an error that whoever ordered the export is told.
type Hunts interface {
	// Check tells why a hunt cannot be run; nil when it can.
	Check(ctx context.Context, who string, w *Order) error
	// Hunt runs it, gives the columns of its result first, then row by row, so many at most, and tells whether there were more.
	Hunt(ctx context.Context, who string, w *Order, most int64, begin func([]kql.Column) error, row func(Cells) error) (cut bool, err error)
}

// Cells are the values of a row of a result, by the place of their column.
type Cells interface {
	Value(i int) any                     // as kql.Const has them
	Text(i int) string                   // as tables show it
	AppendJSON(dst []byte, i int) []byte // as results have it in JSON
}

// hunt writes the result of a hunt to the job's file.
func (r *run) hunt(path string) (err error) {
	if r.exports.options.Hunts == nil {
		return errors.New("there are no hunts here")
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("create the file of an export: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	out := bufio.NewWriterSize(f, 256<<10)
	size := &counter{to: out}
	rows := rowWriters[r.job.Order.Format](size)
	options := &r.exports.options
	r.job.Cut, err = options.Hunts.Hunt(r.ctx, r.job.Owner, &r.job.Order, options.MaxEvents, rows.begin, func(c Cells) error {
		if size.bytes >= options.MaxBytes {
			return errLarge
		}
		if err := rows.row(c); err != nil {
			return fmt.Errorf("write a row to an export: %w", err)
		}
		r.job.Done++
		r.job.Bytes, r.job.Total = size.bytes, r.job.Done
		return r.tell()
	})
	if errors.Is(err, errLarge) {
		r.job.Cut, err = true, nil
	}
	if err := errors.Join(err, rows.close()); err != nil {
		return err
	}
	if err := errors.Join(out.Flush(), f.Sync()); err != nil {
		return fmt.Errorf("write the file of an export: %w", err)
	}
	r.job.Bytes, r.job.Total = size.bytes, r.job.Done
	return nil
}

var errLarge = errors.New("the file has as much as it may")

// rowWriter writes rows in one of the formats. close is called in any case, and last.
type rowWriter interface {
	begin(columns []kql.Column) error
	row(c Cells) error
	close() error
}

var rowWriters = map[Format]func(io.Writer) rowWriter{
	CSV:     func(out io.Writer) rowWriter { return &csvRows{out: csv.NewWriter(out)} },
	NDJSON:  func(out io.Writer) rowWriter { return &jsonRows{out: out} },
	Parquet: func(out io.Writer) rowWriter { return &parquetRows{out: out} },
}

// csvRows are a line of names, and a line a row.
type csvRows struct {
	out   *csv.Writer
	texts []string
}

func (w *csvRows) begin(columns []kql.Column) error {
	w.texts = make([]string, len(columns))
	for i, c := range columns {
		w.texts[i] = search.Harmless(c.Name)
	}
	return w.out.Write(w.texts)
}

func (w *csvRows) row(c Cells) error {
	for i := range w.texts {
		w.texts[i] = search.Harmless(c.Text(i))
	}
	return w.out.Write(w.texts)
}

func (w *csvRows) close() error {
	w.out.Flush()
	return w.out.Error()
}

// jsonRows are an object a line.
type jsonRows struct {
	out   io.Writer
	names []string // as JSON, with what stands before a value
	line  []byte
}

func (w *jsonRows) begin(columns []kql.Column) error {
	for _, c := range columns {
		name, err := json.Marshal(c.Name)
		if err != nil {
			return err
		}
		w.names = append(w.names, string(name)+":")
	}
	return nil
}

func (w *jsonRows) row(c Cells) error {
	w.line = append(w.line[:0], '{')
	for i, name := range w.names {
		if i > 0 {
			w.line = append(w.line, ',')
		}
		w.line = c.AppendJSON(append(w.line, name...), i)
	}
	_, err := w.out.Write(append(w.line, "}\n"...))
	return err
}

func (*jsonRows) close() error { return nil }

// parquetRows are a column a column: numbers, booleans and moments typed, everything else as text.
type parquetRows struct {
	out     io.Writer
	columns []kql.Column
	file    *pqarrow.FileWriter // nil: nothing has begun
	rows    *array.RecordBuilder
	held    int
}

func (w *parquetRows) begin(columns []kql.Column) error {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = arrow.Field{Name: c.Name, Type: resultType(c.Type), Nullable: true}
	}
	schema := arrow.NewSchema(fields, nil)
	properties := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd), parquet.WithVersion(parquet.V2_LATEST))
	file, err := pqarrow.NewFileWriter(schema, w.out, properties, pqarrow.DefaultWriterProps())
	if err != nil {
		return fmt.Errorf("begin a Parquet file: %w", err)
	}
	w.columns, w.file, w.rows = columns, file, array.NewRecordBuilder(memory.DefaultAllocator, schema)
	return nil
}

func resultType(t kql.Type) arrow.DataType {
	switch t {
	case kql.Bool:
		return arrow.FixedWidthTypes.Boolean
	case kql.Int, kql.Long:
		return arrow.PrimitiveTypes.Int64
	case kql.Real:
		return arrow.PrimitiveTypes.Float64
	case kql.DateTime:
		return arrow.FixedWidthTypes.Timestamp_us
	}
	return arrow.BinaryTypes.String
}

func (w *parquetRows) row(c Cells) error {
	for i := range w.columns {
		v := c.Value(i)
		if v == nil {
			w.rows.Field(i).AppendNull()
			continue
		}
		switch b := w.rows.Field(i).(type) {
		case *array.BooleanBuilder:
			yes, _ := v.(bool)
			b.Append(yes)
		case *array.Int64Builder:
			n, _ := v.(int64)
			b.Append(n)
		case *array.Float64Builder:
			f, _ := v.(float64)
			b.Append(f)
		case *array.TimestampBuilder:
			at, _ := v.(time.Time)
			b.Append(arrow.Timestamp(at.UnixMicro()))
		case *array.StringBuilder:
			b.Append(c.Text(i))
		}
	}
	if w.held++; w.held < groupRows {
		return nil
	}
	return w.flush()
}

func (w *parquetRows) flush() error {
	batch := w.rows.NewRecordBatch()
	defer batch.Release()
	w.held = 0
	if err := w.file.Write(batch); err != nil {
		return fmt.Errorf("write Parquet: %w", err)
	}
	return nil
}

func (w *parquetRows) close() error {
	if w.file == nil {
		return nil
	}
	var err error
	if w.held > 0 {
		err = w.flush()
	}
	return errors.Join(err, w.file.Close())
}
