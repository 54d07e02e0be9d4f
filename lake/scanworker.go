package lake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"penstock/ecs"
	"penstock/record"
	"penstock/search"
)

// scanRows is how many rows of a segment a worker has in memory at a time.
const scanRows = 4096

// scanWorker reads parts of a scan. Its memory is used again for every event.
type scanWorker struct {
	scan    *scan
	visit   search.Visitor
	asks    bool // there is a query
	buffers buffers
	batch   batch
	row     row
	raw     []byte
	parser  record.Parser
	rec     record.Record
	event   ecs.Event
	scanned search.Scanned
	fault   error // the first of the part that is being read
	lost    int64 // rows of it
}

func newScanWorker(s *scan, visit search.Visitor) *scanWorker {
	q := s.request.Query
	w := &scanWorker{scan: s, visit: visit, asks: q != nil && q.Root != nil}
	w.scanned.Record = &w.rec
	return w
}

func (w *scanWorker) run(ctx context.Context) error {
	for p := w.scan.take(); p != nil; p = w.scan.take() {
		err := w.read(ctx, p)
		w.scan.letGo(p)
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *scanWorker) read(ctx context.Context, p *scanPart) error {
	w.fault, w.lost = nil, 0
	w.row = row{schema: p.schema, values: make([]value, len(p.schema.columns))}
	var err error
	if p.segment != nil {
		err = w.readSegment(ctx, p)
	} else {
		err = w.readBatch(ctx, p.chunk)
	}
	if w.lost > 0 {
		w.scan.lake.log.Error("events cannot be read back; a scan left them out", "table", p.schema.name, "events", w.lost, "error", w.fault)
	}
	return err
}

// readSegment visits the events of a segment that is not damaged.
func (w *scanWorker) readSegment(ctx context.Context, p *scanPart) error {
	l, group := w.scan.lake, []*segment{p.segment}
	// Reading what is damaged may do anything.
	if l.blame(ctx, group, intact) {
		w.lose(p.rows)
		return nil
	}
	read, err := w.readFile(ctx, p.segment)
	switch {
	case err == nil, errors.As(err, new(*visitError)):
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case l.blame(ctx, group, l.verify):
		w.lose(p.rows - read)
		return nil
	}
	return err
}

// lose counts rows that cannot be read.
func (w *scanWorker) lose(rows int64) {
	w.scan.lost.Add(rows)
	w.scan.progress(rows)
}

// visitError is an error of the visitor.
type visitError struct{ error }

func (e *visitError) Unwrap() error { return e.error }

// readFile visits the events of a segment, and tells how many rows it read.
func (w *scanWorker) readFile(ctx context.Context, s *segment) (read int64, err error) {
	properties := parquet.NewReaderProperties(&w.buffers)
	f, err := file.OpenParquetFile(filepath.Join(w.scan.lake.dir, s.path()), false, file.WithReadProps(properties))
	if err != nil {
		return 0, fmt.Errorf("open segment %d: %w", s.ID, err)
	}
	defer f.Close()
	columns, repeat := w.columns(f)
	how := pqarrow.ArrowReadProperties{BatchSize: scanRows}
	for _, i := range repeat {
		how.SetReadDict(i, true)
	}
	r, err := pqarrow.NewFileReader(f, how, &w.buffers)
	if err != nil {
		return 0, fmt.Errorf("read segment %d: %w", s.ID, err)
	}
	batches, err := r.GetRecordReader(ctx, columns, nil)
	if err != nil {
		return 0, fmt.Errorf("read segment %d: %w", s.ID, err)
	}
	defer batches.Release()
	for batches.Next() {
		b := batches.RecordBatch()
		if err := w.readBatch(ctx, b); err != nil {
			return read, err
		}
		read += b.NumRows()
	}
	if err := batches.Err(); err != nil && !errors.Is(err, io.EOF) {
		return read, fmt.Errorf("read segment %d: %w", s.ID, err)
	}
	return read, nil
}

// columns are the places in a file of the columns that are needed: those that hold anything, less what only a query can
// want. Those to repeat are read with their dictionaries: texts of which there are few need not be copied for each row.
func (w *scanWorker) columns(f *file.Reader) (needed, repeat []int) {
	for i := range f.MetaData().Schema.NumColumns() {
		name := f.MetaData().Schema.Column(i).Name()
		if !w.asks && (name == colHub || name == colPartition || name == colSequence || name == colEnqueued) {
			continue
		}
		if empty(f, i) {
			continue
		}
		needed = append(needed, i)
		if chunk, err := f.MetaData().RowGroup(0).ColumnChunk(i); err == nil && chunk.HasDictionaryPage() && chunk.Type() == parquet.Types.ByteArray {
			repeat = append(repeat, i)
		}
	}
	return needed, repeat
}

// empty tells whether the statistics say that a column has only nulls.
func empty(f *file.Reader, column int) bool {
	for g := range f.NumRowGroups() {
		group := f.MetaData().RowGroup(g)
		chunk, err := group.ColumnChunk(column)
		if err != nil {
			return false
		}
		stats, err := chunk.Statistics()
		if err != nil || stats == nil || !stats.HasNullCount() || stats.NullCount() != group.NumRows() {
			return false
		}
	}
	return true
}

// readBatch visits the events of a batch.
func (w *scanWorker) readBatch(ctx context.Context, b arrow.RecordBatch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := w.batch.load(w.row.schema, b); err != nil {
		return err
	}
	events := int64(0)
	for i := range int(b.NumRows()) {
		if at := w.batch.time(i); at < w.scan.low || at >= w.scan.high {
			continue
		}
		if err := w.rebuild(i); err != nil {
			w.lost++
			w.scan.lost.Add(1)
			if w.fault == nil {
				w.fault = err
			}
			continue
		}
		if !w.wanted() {
			continue
		}
		events++
		if err := w.visit(&w.scanned); err != nil {
			return &visitError{err}
		}
	}
	w.scan.events.Add(events)
	w.scan.progress(b.NumRows())
	return nil
}

// rebuild makes the record of a row.
func (w *scanWorker) rebuild(i int) (err error) {
	raw := w.batch.original(i)
	if len(raw) == 0 {
		if w.raw, err = w.batch.rebuild(&w.row, i, w.raw[:0]); err != nil {
			return err
		}
		raw = w.raw
	}
	if err := w.parser.Parse(raw, &w.rec); err != nil {
		return err
	}
	w.batch.origin(&w.row, i)
	if w.rec.ID != w.row.id {
		return fmt.Errorf("event %s is not what was stored", w.row.id)
	}
	w.rec.Index = w.row.origin.Index
	w.scanned.Time, w.scanned.Read = time.UnixMicro(w.row.time).UTC(), w.row.origin.Read
	w.scanned.Intake, w.scanned.Rules = w.row.origin.Intake, w.row.origin.Matches
	return nil
}

// wanted tells whether the query holds, and makes the event where the visitor wants it.
func (w *scanWorker) wanted() bool {
	r := w.scan.request
	if w.asks {
		w.scan.lake.normalise(&w.event, &w.rec, &w.row)
		if !r.Query.Match(&w.event) {
			return false
		}
	}
	if r.Normalise {
		w.scan.lake.plan.Normalize(&w.event, &w.rec, w.row.origin.Read)
		w.scanned.Event = &w.event
	}
	return true
}
