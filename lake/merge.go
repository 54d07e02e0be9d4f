package lake

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/metadata"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// Merging reads the columns that make the order, and then goes through the columns one by one: so it needs memory for the
// rows' addresses and for one column, whatever the table's width.

// foreignError tells of a segment with a column of another type than the table's: another version wrote it.
type foreignError struct {
	segment     *segment
	column      string
	is, instead arrow.DataType
}

func (e *foreignError) Error() string {
	return fmt.Sprintf("segment %d cannot be merged: its column %s is %s, not %s", e.segment.ID, e.column, e.is, e.instead)
}

// mergeSource is a segment that is being merged.
type mergeSource struct {
	segment *segment
	reader  *pqarrow.FileReader
	from    []int // per column of the result the segment's; -1: it has none
}

// merger merges segments of one part.
type merger struct {
	schema  *arrow.Schema
	lead    int
	sources []*mergeSource
	order   []address
	repeats int // records that were there twice
}

func (l *Lake) openMerger(ctx context.Context, table *tableSchema, group []*segment) (*merger, error) {
	m := &merger{lead: table.lead()}
	for _, s := range group {
		f, err := file.OpenParquetFile(filepath.Join(l.dir, s.path()), false)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open segment %d: %w", s.ID, err), m.close())
		}
		var how pqarrow.ArrowReadProperties
		if i := f.MetaData().Schema.ColumnIndexByName(colLayout); i >= 0 {
			how.SetReadDict(i, true)
		}
		r, err := pqarrow.NewFileReader(f, how, memory.DefaultAllocator)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("read segment %d: %w", s.ID, err), f.Close(), m.close())
		}
		m.sources = append(m.sources, &mergeSource{segment: s, reader: r})
	}
	err := m.unite(table.arrow)
	if err == nil {
		err = m.arrange(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, m.close())
	}
	return m, nil
}

// unite finds the columns of the result: the table's, and behind them what only segments have.
func (m *merger) unite(known *arrow.Schema) error {
	fields := known.Fields()
	at := make(map[string]int, len(fields))
	for i, f := range fields {
		at[f.Name] = i
	}
	own := make([][]arrow.Field, len(m.sources))
	for k, s := range m.sources {
		schema, err := s.reader.Schema()
		if err != nil {
			return fmt.Errorf("read the columns of segment %d: %w", s.segment.ID, err)
		}
		own[k] = schema.Fields()
		for _, f := range own[k] {
			i, ok := at[f.Name]
			if !ok {
				at[f.Name] = len(fields)
				fields = append(fields, arrow.Field{Name: f.Name, Type: f.Type, Nullable: true})
			} else if !arrow.TypeEqual(fields[i].Type, f.Type) {
				return &foreignError{s.segment, f.Name, f.Type, fields[i].Type}
			}
		}
	}
	m.schema = arrow.NewSchema(fields, nil)
	for k, s := range m.sources {
		s.from = make([]int, len(fields))
		for i := range s.from {
			s.from[i] = -1
		}
		for i, f := range own[k] {
			s.from[at[f.Name]] = i
		}
	}
	return nil
}

// arrange finds the order of the rows.
func (m *merger) arrange(ctx context.Context) error {
	parts := make([]sortKeys, len(m.sources))
	total := 0
	for k, s := range m.sources {
		var columns [3]arrow.Array
		for n, i := range [...]int{m.lead, atTime, atID} {
			if i < 0 {
				continue
			}
			var err error
			if columns[n], err = m.read(ctx, s, i); err != nil {
				return err
			}
		}
		parts[k] = keysOf(columns[0], columns[1], columns[2])
		total += columns[2].Len()
	}
	m.order = inOrder(parts)
	m.repeats = total - len(m.order)
	return nil
}

// read reads a column of the result from one segment.
func (m *merger) read(ctx context.Context, s *mergeSource, i int) (arrow.Array, error) {
	rows, from := s.reader.ParquetReader().NumRows(), s.from[i]
	if from < 0 || m.nulls(s, from) == rows {
		return array.MakeArrayOfNull(memory.DefaultAllocator, m.schema.Field(i).Type, int(rows)), nil
	}
	column, err := s.reader.GetColumn(ctx, from)
	if err != nil {
		return nil, fmt.Errorf("read %s of segment %d: %w", m.schema.Field(i).Name, s.segment.ID, err)
	}
	defer column.Release()
	values, err := column.NextBatch(rows)
	if err == nil && values.Len() != int(rows) {
		err = fmt.Errorf("it has %d rows, not %d", values.Len(), rows)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s of segment %d: %w", m.schema.Field(i).Name, s.segment.ID, err)
	}
	if chunks := values.Chunks(); len(chunks) == 1 {
		return chunks[0], nil
	}
	return array.Concatenate(values.Chunks(), memory.DefaultAllocator)
}

// column gives a column of the result.
func (m *merger) column(ctx context.Context, i int) (arrow.Array, error) {
	parts := make([]arrow.Array, len(m.sources))
	for k, s := range m.sources {
		var err error
		if parts[k], err = m.read(ctx, s, i); err != nil {
			return nil, err
		}
	}
	return gather(parts, m.order), ctx.Err()
}

// nulls is how many nulls a segment's column has, by its statistics; -1: they do not tell.
func (m *merger) nulls(s *mergeSource, column int) int64 {
	total := int64(0)
	for g := range s.reader.ParquetReader().NumRowGroups() {
		chunk, err := m.chunk(s, g, column)
		if err != nil {
			return -1
		}
		stats, err := chunk.Statistics()
		if err != nil || stats == nil || !stats.HasNullCount() {
			return -1
		}
		total += stats.NullCount()
	}
	return total
}

func (m *merger) chunk(s *mergeSource, group, column int) (*metadata.ColumnChunkMetaData, error) {
	return s.reader.ParquetReader().MetaData().RowGroup(group).ColumnChunk(column)
}

// traits are those that the largest segment's columns have, as far as they hold for all.
func (m *merger) traits() []traits {
	largest := m.sources[0]
	for _, s := range m.sources {
		if s.segment.Rows > largest.segment.Rows {
			largest = s
		}
	}
	known := make([]traits, m.schema.NumFields())
	for i := range known {
		known[i].full = true
		for _, s := range m.sources {
			known[i].full = known[i].full && s.from[i] >= 0 && m.nulls(s, s.from[i]) == 0
		}
		if from := largest.from[i]; from >= 0 {
			chunk, err := m.chunk(largest, 0, from)
			known[i].repeats = err == nil && chunk.HasDictionaryPage()
		}
	}
	return known
}

func (m *merger) close() error {
	var errs []error
	for _, s := range m.sources {
		errs = append(errs, s.reader.ParquetReader().Close())
	}
	return errors.Join(errs...)
}
