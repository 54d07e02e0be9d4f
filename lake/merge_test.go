package lake

import (
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

// segmentOf writes lines as a segment.
func segmentOf(t *testing.T, l *Lake, s *tableSchema, id int64, lines []line) *segment {
	t.Helper()
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
	g := &segment{segmentInfo: segmentInfo{ID: id, Part: part{s.name, "2026-11-23"}}}
	path := filepath.Join(l.dir, g.path())
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	var err error
	if g.Rows, err = m.write(path); err != nil {
		t.Fatal(err)
	}
	return g
}

func merge(t *testing.T, s *tableSchema, segments ...[]line) (got []line) {
	t.Helper()
	l := &Lake{dir: t.TempDir()}
	var group []*segment
	for i, lines := range segments {
		group = append(group, segmentOf(t, l, s, int64(i+1), lines))
	}
	m, err := l.openMerger(t.Context(), s, group)
	if err != nil {
		t.Fatal(err)
	}
	defer m.close() //nolint:errcheck // read only
	column := func(i int) arrow.Array {
		c, err := m.column(t.Context(), i)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	keys, hashes := keysOf(column(s.lead()), column(atTime), column(atID)), column(ownCount+1)
	for i := range m.order {
		k := keys.at(i)
		got = append(got, line{k.lead, k.time, k.id[0], hashes.IsValid(i)})
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
	schema := arrow.NewSchema([]arrow.Field{{Name: "A", Type: arrow.BinaryTypes.String, Nullable: true}, {Name: "B", Type: arrow.PrimitiveTypes.Int64, Nullable: true}}, nil)
	column := func(i int) (arrow.Array, error) {
		b := array.NewBuilder(memory.DefaultAllocator, schema.Field(i).Type)
		for k := range 40_000 {
			if err := b.AppendValueFromString(fmt.Sprint(k * 1_000_003)); err != nil {
				return nil, err
			}
		}
		b.AppendNulls(100_000)
		return b.NewArray(), nil
	}
	if err := writeParquet(filepath.Join(t.TempDir(), "x.parquet"), schema, forNow, make([]traits, 2), column); err != nil {
		t.Fatal(err)
	}
}

func TestASegmentOfOtherTypesIsNotMerged(t *testing.T) {
	s := lineSchema()
	other := newTableSchema(&format.Table{Name: "Lines", Columns: []format.Column{{Name: "DeviceId"}, {Name: "SHA1", Type: format.Long}}})
	l := &Lake{dir: t.TempDir(), log: slog.New(slog.DiscardHandler)}
	g := segmentOf(t, l, other, 1, []line{{"a", 1, 1, false}})
	_, err := l.openMerger(t.Context(), s, []*segment{g})
	if !l.leaveOut(err) || !g.single {
		t.Errorf("openMerger returned %v", err)
	}
}
