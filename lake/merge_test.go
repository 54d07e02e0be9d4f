package lake

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"penstock/format"
	"penstock/record"
)

// line is a row of a segment in the tests of merging: its device, time and id, and whether it has a hash.
type line struct {
	device string
	time   int64
	id     byte
	hash   bool
}

func lineSchema() *tableSchema {
	return newTableSchema(&format.Table{Name: "Lines", Columns: []format.Column{{Name: "DeviceId"}, {Name: "SHA1"}}})
}

// batchOf makes rows of lines.
func batchOf(s *tableSchema, lines []line) arrow.RecordBatch {
	m := newMemTable(s)
	for _, l := range lines {
		r := &row{schema: s, id: record.ID{l.id}, time: l.time, values: make([]value, 2), origin: testOrigin}
		r.values[0] = value{set: true, text: []byte(l.device)}
		if l.hash {
			r.values[1] = value{set: true, text: fmt.Appendf(nil, "%040x", uint64(l.id)<<32+uint64(l.time))}
		}
		m.add(r)
	}
	m.cut()
	return s.sorted(m.chunks)
}

func merge(t *testing.T, s *tableSchema, segments ...[]line) []line {
	t.Helper()
	dir := t.TempDir()
	l := &Lake{dir: dir}
	var group []*segment
	for i, lines := range segments {
		g := &segment{segmentInfo: segmentInfo{ID: int64(i + 1), Part: part{"Lines", "2026-11-23"}}}
		group = append(group, g)
		path := filepath.Join(dir, g.path())
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		rows := batchOf(s, lines)
		if err := writeParquet(path, s.arrow, flushed(make([]bool, rows.NumCols())), only(rows)); err != nil {
			t.Fatal(err)
		}
	}
	m, err := l.openMerger(context.Background(), s, group)
	if err != nil {
		t.Fatal(err)
	}
	defer m.close() //nolint:errcheck // read only
	var got []line
	for b, err := range m.batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		keys := keysOf(b.Columns(), s.lead())
		for i := range int(b.NumRows()) {
			k := keys.at(i)
			got = append(got, line{k.lead, k.time, k.id[0], b.Column(ownCount + 1).IsValid(i)})
		}
	}
	if m.rows != int64(len(got)) {
		t.Errorf("%d rows are said to be there, %d are", m.rows, len(got))
	}
	return got
}

func TestMergingKeepsTheOrderAndDropsWhatIsThereTwice(t *testing.T) {
	got := merge(t, lineSchema(),
		[]line{{"b", 5, 1, true}, {"a", 9, 2, false}, {"a", 1, 3, true}, {"a", 1, 3, true}},
		[]line{{"a", 4, 4, true}, {"c", 1, 5, false}, {"a", 9, 2, false}},
		[]line{{"a", 1, 3, true}})
	want := []line{{"a", 1, 3, true}, {"a", 4, 4, true}, {"a", 9, 2, false}, {"b", 5, 1, true}, {"c", 1, 5, false}}
	if !slices.Equal(got, want) {
		t.Errorf("merged to %v, want %v", got, want)
	}
}

func TestMergingGoesThroughSegmentsOfManyBatches(t *testing.T) {
	var segments [][]line
	want := map[line]bool{}
	for s := range 5 {
		var lines []line
		for i := range 3000 {
			l := line{fmt.Sprint("device", i%7), int64(i*5 + s), byte((i*5 + s) % 251), i%3 == 0}
			lines = append(lines, l)
			want[l] = true
		}
		segments = append(segments, lines)
	}
	got := merge(t, lineSchema(), segments...)
	if !slices.IsSortedFunc(got, func(a, b line) int {
		return sortKey{a.device, a.time, []byte{a.id}}.compare(sortKey{b.device, b.time, []byte{b.id}})
	}) {
		t.Error("the rows are out of order")
	}
	for _, l := range got {
		delete(want, l)
	}
	if len(want) > 0 || len(got) != 15000 {
		t.Errorf("%d rows came out, %d are missing", len(got), len(want))
	}
}

// The library's encoders of differences panic in such a case.
func TestAPageOfNullsBehindOneOfValuesCanBeWritten(t *testing.T) {
	s := lineSchema()
	batches := func(yield func(arrow.RecordBatch, error) bool) {
		for part := range 8 {
			var lines []line
			for i := range 10_000 {
				lines = append(lines, line{fmt.Sprintf("device-%08d", i), int64(part*10_000 + i), byte(i), part == 0})
			}
			if !yield(batchOf(s, lines), nil) {
				return
			}
		}
	}
	if err := writeParquet(filepath.Join(t.TempDir(), "x.parquet"), s.arrow, merged(make([]bool, s.arrow.NumFields())), batches); err != nil {
		t.Fatal(err)
	}
}

func TestASegmentOfOtherTypesIsNotMerged(t *testing.T) {
	s := lineSchema()
	other := &tableSchema{name: "Lines", columns: s.columns, index: s.index}
	fields := s.arrow.Fields()
	fields[ownCount+1].Type = arrow.PrimitiveTypes.Int64
	other.arrow = arrow.NewSchema(fields, nil)
	dir := t.TempDir()
	g := &segment{segmentInfo: segmentInfo{ID: 1, Part: part{"Lines", "2026-11-23"}}}
	path := filepath.Join(dir, g.path())
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	rows := batchOf(s, []line{{"a", 1, 1, false}})
	columns := rows.Columns()
	columns[ownCount+1] = array.MakeArrayOfNull(memory.DefaultAllocator, arrow.PrimitiveTypes.Int64, 1)
	rows = array.NewRecordBatch(other.arrow, columns, 1)
	if err := writeParquet(path, other.arrow, flushed(make([]bool, rows.NumCols())), only(rows)); err != nil {
		t.Fatal(err)
	}
	l := &Lake{dir: dir, log: slog.New(slog.DiscardHandler)}
	_, err := l.openMerger(t.Context(), s, []*segment{g})
	if !l.leaveOut(err) || !g.single {
		t.Errorf("openMerger returned %v", err)
	}
}
