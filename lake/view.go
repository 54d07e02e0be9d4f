package lake

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// view is the lake as it is at one moment: what it lists stays readable until it is released.
type view struct {
	lake   *Lake
	tables map[string]*tableView
	keys   []string // of the head's rows in the engine
}

// tableView is one table in a view.
type tableView struct {
	schema   *tableSchema
	segments []*segment // newest event first
	head     *headChunks
	headKey  string
}

// view takes the tables (nil: all) with rows between from and to. Segments that cannot have all of the needles (see
// Needles) are passed over.
func (l *Lake) view(tables []string, from, to time.Time, needles []uint32) *view {
	v := &view{lake: l, tables: map[string]*tableView{}}
	wanted := func(table string) bool {
		return tables == nil || slices.ContainsFunc(tables, func(t string) bool { return strings.EqualFold(t, table) })
	}
	low, high := from.UnixMicro(), to.UnixMicro()
	l.mu.Lock()
	for _, head := range []map[part]*memTable{l.flushing, l.head} {
		for key, t := range head {
			if !wanted(key.table) || t.rows == 0 || t.max < low || t.min > high || !t.mayHaveAll(needles) {
				continue
			}
			t.cut()
			tv := v.table(t.schema)
			tv.head.chunks = append(tv.head.chunks, t.chunks...)
		}
	}
	var candidates []*segment
	for _, s := range l.segments {
		if wanted(s.Part.table) && s.Max >= low && s.Min <= high {
			s.views++
			candidates = append(candidates, s)
		}
	}
	schemas := map[string]*tableSchema{}
	for _, s := range candidates {
		schemas[s.Part.table] = l.schema(s.Part.table)
	}
	l.mu.Unlock()
	for _, s := range candidates {
		if l.mayHaveAll(s, needles) {
			tv := v.table(schemas[s.Part.table])
			tv.segments = append(tv.segments, s)
		} else {
			l.leave(s)
		}
	}
	for _, tv := range v.tables {
		slices.SortFunc(tv.segments, func(a, b *segment) int { return int(min(max(b.Max-a.Max, -1), 1)) })
		tv.headKey = l.heads.publish(tv.head)
		v.keys = append(v.keys, tv.headKey)
	}
	return v
}

func (v *view) table(s *tableSchema) *tableView {
	tv := v.tables[s.name]
	if tv == nil {
		tv = &tableView{schema: s, head: &headChunks{schema: s}}
		v.tables[s.name] = tv
	}
	return tv
}

func (m *memTable) mayHaveAll(needles []uint32) bool {
	for _, n := range needles {
		if !m.tokens.has(n) {
			return false
		}
	}
	return true
}

func (l *Lake) mayHaveAll(s *segment, needles []uint32) bool {
	if s.tokens == nil {
		return true
	}
	for _, n := range needles {
		may, err := s.tokens.mayHave(n)
		if err != nil {
			l.log.Warn("a segment's token index cannot be read", "segment", s.ID, "error", err)
			return true
		}
		if !may {
			return false
		}
	}
	return true
}

// release lets go of the segments. It must be called once the last row has been read.
func (v *view) release() {
	for _, key := range v.keys {
		v.lake.heads.withdraw(key)
	}
	for _, tv := range v.tables {
		for _, s := range tv.segments {
			v.lake.leave(s)
		}
	}
}

func (l *Lake) leave(s *segment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.views--
}

// names of the tables, sorted.
func (v *view) names() []string { return slices.Sorted(maps.Keys(v.tables)) }

// relation is the FROM clause for a table: its rows in the given segments, and those of the head if wanted. All columns
// of the schema are there, whatever a segment has.
func (t *tableView) relation(dir string, segments []*segment, head bool) string {
	alike := true // then nobody has to read each segment's list of columns before the query begins
	paths := make([]string, len(segments))
	for i, s := range segments {
		paths[i] = quote(filepath.Join(dir, s.path()))
		alike = alike && s.Shape == t.schema.shape
	}
	rows := "SELECT * FROM read_parquet([" + strings.Join(paths, ",") + "], hive_partitioning=false"
	if !alike {
		rows += ", union_by_name=true"
	}
	rows += ")"
	inMemory := "SELECT * FROM " + headFunction + "(" + quote(t.headKey) + ")"
	switch {
	case len(segments) == 0 && head:
		return "(" + inMemory + ")"
	case head && len(t.head.chunks) > 0:
		return "(" + rows + " UNION ALL BY NAME " + inMemory + ")"
	case alike:
		return "(" + rows + ")"
	}
	return "(" + rows + " UNION ALL BY NAME " + inMemory + " WHERE false)"
}

// all is the relation of everything that the view has of the table.
func (t *tableView) all(dir string) string { return t.relation(dir, t.segments, true) }
