package lake

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Stats is what is in the lake.
type Stats struct {
	TableStats
	Tables []TableStats // by name
}

// TableStats is what is in the lake of one table; of all of them where Table is empty.
type TableStats struct {
	Table      string
	Events     int64
	HeadEvents int64 // of these in memory
	Segments   int64
	Bytes      int64
	Oldest     time.Time // event time; zero where there are none
	Newest     time.Time
}

func (t *TableStats) add(rows, head, segments, bytes, low, high int64) {
	t.Events += rows
	t.HeadEvents += head
	t.Segments += segments
	t.Bytes += bytes
	if oldest := time.UnixMicro(low).UTC(); t.Oldest.IsZero() || oldest.Before(t.Oldest) {
		t.Oldest = oldest
	}
	if newest := time.UnixMicro(high).UTC(); newest.After(t.Newest) {
		t.Newest = newest
	}
}

// Stats counts what is there.
func (l *Lake) Stats() Stats {
	var s Stats
	tables := map[string]*TableStats{}
	add := func(table string, rows, head, segments, bytes, low, high int64) {
		t := tables[table]
		if t == nil {
			t = &TableStats{Table: table}
			tables[table] = t
		}
		t.add(rows, head, segments, bytes, low, high)
		s.add(rows, head, segments, bytes, low, high)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, g := range l.segments {
		add(g.Part.table, g.Rows, 0, 1, g.Bytes, g.Min, g.Max)
	}
	for _, head := range []map[part]*memTable{l.flushing, l.head} {
		for key, t := range head {
			if t.rows > 0 {
				add(key.table, int64(t.rows), int64(t.rows), 0, 0, t.min, t.max)
			}
		}
	}
	for _, t := range tables {
		s.Tables = append(s.Tables, *t)
	}
	slices.SortFunc(s.Tables, func(a, b TableStats) int { return strings.Compare(a.Table, b.Table) })
	return s
}

// Damaged lists the segments that were set aside.
func (l *Lake) Damaged(ctx context.Context) ([]Damaged, error) { return l.catalogue.damaged(ctx) }
