package lake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"sort"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// Segments are in order, and merging keeps it: rows are taken from whichever segment has the next, in runs, since a device's
// rows of a while lie together. So it needs memory for a few pages of each segment, however large they are.
const (
	mergeBatch  = 256     // rows that are read from a segment at once: they are taken apart for all columns
	mergeWrite  = 2048    // rows that are written at once
	mergeBuffer = 4 << 10 // bytes of a column that are read from the disk at once
)

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
	file    *file.Reader
	rows    pqarrow.RecordReader
	from    []int // per column of the result the segment's; -1: it has none
	lead    int
	columns []arrow.Array // of the result, for the batch that is being read
	keys    sortKeys
	length  int // rows of the batch
	next    int // of them the next one
	done    bool
}

// merger merges segments of one part.
type merger struct {
	schema  *arrow.Schema
	sources []*mergeSource
	runs    []run // that the next batch is made of
	pending int   // their rows
	last    sortKey
	rows    int64 // that were given
	repeats int64 // that were left out
}

// run is rows that follow each other, [from, to).
type run struct {
	columns  []arrow.Array
	from, to int
}

func (l *Lake) openMerger(ctx context.Context, table *tableSchema, group []*segment) (*merger, error) {
	m := &merger{}
	for _, s := range group {
		f, err := file.OpenParquetFile(filepath.Join(l.dir, s.path()), false, file.WithReadProps(bufferedRead()))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open segment %d: %w", s.ID, err), m.close())
		}
		source := &mergeSource{segment: s, file: f, lead: table.lead()}
		m.sources = append(m.sources, source)
		reader, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{BatchSize: mergeBatch}, memory.DefaultAllocator)
		if err == nil {
			source.rows, err = reader.GetRecordReader(ctx, nil, nil)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("read segment %d: %w", s.ID, err), m.close())
		}
	}
	if err := m.unite(table.arrow); err != nil {
		return nil, errors.Join(err, m.close())
	}
	return m, nil
}

func bufferedRead() *parquet.ReaderProperties {
	p := parquet.NewReaderProperties(memory.DefaultAllocator)
	p.BufferedStreamEnabled, p.BufferSize = true, mergeBuffer
	return p
}

// unite finds the columns of the result: the table's, and behind them what only segments have.
func (m *merger) unite(known *arrow.Schema) error {
	fields := known.Fields()
	at := make(map[string]int, len(fields))
	for i, f := range fields {
		at[f.Name] = i
	}
	for _, s := range m.sources {
		for _, f := range s.rows.Schema().Fields() {
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
	for _, s := range m.sources {
		s.from = make([]int, len(fields))
		for i := range s.from {
			s.from[i] = -1
		}
		for i, f := range s.rows.Schema().Fields() {
			s.from[at[f.Name]] = i
		}
	}
	return nil
}

// full tells of each column whether no segment has a null there, going by the statistics of their row groups.
func (m *merger) full() []bool {
	full := make([]bool, m.schema.NumFields())
	for i := range full {
		full[i] = true
		for _, s := range m.sources {
			full[i] = full[i] && s.from[i] >= 0 && fullColumn(s.file, s.from[i])
		}
	}
	return full
}

func fullColumn(f *file.Reader, column int) bool {
	for g := range f.NumRowGroups() {
		chunk, err := f.MetaData().RowGroup(g).ColumnChunk(column)
		if err != nil {
			return false
		}
		stats, err := chunk.Statistics()
		if err != nil || stats == nil || !stats.HasNullCount() || stats.NullCount() > 0 {
			return false
		}
	}
	return true
}

func (m *merger) close() error {
	var errs []error
	for _, s := range m.sources {
		if s.rows != nil {
			s.rows.Release()
		}
		errs = append(errs, s.file.Close())
	}
	return errors.Join(errs...)
}

// fill reads a source's next batch when it has given all of the last one.
func (s *mergeSource) fill(schema *arrow.Schema) error {
	for !s.done && s.next == s.length {
		batch, err := s.rows.Read()
		if errors.Is(err, io.EOF) {
			s.done, s.columns = true, nil
			return nil
		}
		if err != nil {
			return fmt.Errorf("read segment %d: %w", s.segment.ID, err)
		}
		batch.Retain() // the runs that are made of it outlive the next Read
		s.length, s.next = int(batch.NumRows()), 0
		s.columns = make([]arrow.Array, len(s.from))
		for i, from := range s.from {
			if from < 0 {
				s.columns[i] = array.MakeArrayOfNull(memory.DefaultAllocator, schema.Field(i).Type, s.length)
			} else {
				s.columns[i] = batch.Column(from)
			}
		}
		s.keys = keysOf(s.columns, s.lead)
	}
	return nil
}

// batches gives the rows of all segments in order, each record once.
func (m *merger) batches(ctx context.Context) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for {
			more, err := m.nextRun()
			if err = errors.Join(err, ctx.Err()); err != nil {
				yield(nil, err)
				return
			}
			if m.pending >= mergeWrite || !more && m.pending > 0 {
				b, err := m.flush()
				if !yield(b, err) || err != nil {
					return
				}
			}
			if !more {
				return
			}
		}
	}
}

// nextRun takes rows from the source that has the next, up to where another's come before. It is false at the end.
func (m *merger) nextRun() (bool, error) {
	var first *mergeSource
	var least, second sortKey
	alone := true
	for _, s := range m.sources {
		if err := s.fill(m.schema); err != nil {
			return false, err
		}
		if s.done {
			continue
		}
		switch k := s.keys.at(s.next); {
		case first == nil:
			first, least = s, k
		case k.compare(least) < 0:
			first, least, second, alone = s, k, least, false
		case alone || k.compare(second) < 0:
			second, alone = k, false
		}
	}
	if first == nil {
		return false, nil
	}
	end := first.length
	if !alone {
		// At least one row, also where another source has the same one.
		rest := first.length - first.next - 1
		end = first.next + 1 + sort.Search(rest, func(i int) bool { return first.keys.at(first.next+1+i).compare(second) > 0 })
	}
	m.take(first, end)
	return true, nil
}

// take adds a source's rows up to end to the runs, but for those that are there already.
func (m *merger) take(s *mergeSource, end int) {
	from := s.next
	for i := from; i < end; i++ {
		if k := s.keys.at(i); m.last.id == nil || !bytes.Equal(k.id, m.last.id) {
			m.last = k
			continue
		}
		m.add(s.columns, from, i)
		from = i + 1
		m.repeats++
	}
	m.add(s.columns, from, end)
	s.next = end
}

func (m *merger) add(columns []arrow.Array, from, to int) {
	if from < to {
		m.runs = append(m.runs, run{columns, from, to})
		m.pending += to - from
	}
}

// flush makes a batch of the runs.
func (m *merger) flush() (arrow.RecordBatch, error) {
	columns := make([]arrow.Array, m.schema.NumFields())
	parts := make([]arrow.Array, len(m.runs))
	for i := range columns {
		for k, r := range m.runs {
			parts[k] = array.NewSlice(r.columns[i], int64(r.from), int64(r.to))
		}
		var err error
		if columns[i], err = array.Concatenate(parts, memory.DefaultAllocator); err != nil {
			return nil, fmt.Errorf("join the values of %s: %w", m.schema.Field(i).Name, err)
		}
	}
	b := array.NewRecordBatch(m.schema, columns, int64(m.pending))
	m.rows += int64(m.pending)
	m.runs, m.pending = m.runs[:0], 0
	return b, nil
}
