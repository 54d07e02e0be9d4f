package lake

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"penstock/format"
)

// Snapshot is tables of the lake as they are at one moment, for SQL that others than this package write. What it names
// can be read until it is released.
type Snapshot struct {
	lake    *Lake
	view    *view
	intakes []string
}

// Extent is which rows of a table are wanted.
type Extent struct {
	Table    string
	From, To time.Time  // event time; From is in it, To is not; zero: no bound
	Words    []string   // runs of letters and digits in lower case; every wanted row has each of them whole in one of its texts
	AnyWords [][]string // of each list every wanted row has one at least
}

// Share is what of a table is read for an extent, and what is passed over: outside the time, or without the words.
type Share struct {
	Segments int
	Skipped  int
	Rows     int64 // of the segments and of the head
	Bytes    int64 // of the segments; few columns of them are read, as a rule
}

// Snapshot takes the tables, and of them the rows that came by the intakes; none: by any. Names count without regard to
// case. A table that is not there is one without rows.
func (l *Lake) Snapshot(tables, intakes []string) *Snapshot {
	if tables == nil {
		tables = []string{}
	}
	v := l.view(tables, time.UnixMicro(math.MinInt64), time.UnixMicro(math.MaxInt64), nil)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range tables {
		if schema := l.schema(name); v.tables[schema.name] == nil {
			v.tables[schema.name] = &tableView{schema: schema, head: &headChunks{schema: schema}}
		}
	}
	for _, t := range v.tables {
		if t.headKey == "" {
			t.headKey = l.heads.publish(t.head)
			v.keys = append(v.keys, t.headKey)
		}
	}
	return &Snapshot{lake: l, view: v, intakes: slices.Clone(intakes)}
}

// Release lets go of what the snapshot names. It must be called once the last row has been read.
func (s *Snapshot) Release() { s.view.release() }

// Blame sets aside what of the snapshot's segments is damaged, if that can be why a query has failed. It is false when
// there is none, and the failure has another reason. A new snapshot is then without them.
func (s *Snapshot) Blame(ctx context.Context, err error) bool {
	if damage(err) == nil || s.lake.options.ReadOnly {
		return false
	}
	var read []*segment
	for _, t := range s.view.tables {
		read = append(read, t.segments...)
	}
	return s.lake.blame(ctx, read, s.lake.verify)
}

// find gives a table of the snapshot.
func (s *Snapshot) find(table string) *tableView {
	for name, t := range s.view.tables {
		if strings.EqualFold(name, table) {
			return t
		}
	}
	return nil
}

// Relation is a FROM clause in DuckDB's dialect for columns of an extent, and what is read by it. Its columns have their own
// names (of such that differ by case alone there is one) and are as they are stored: texts VARCHAR, moments TIMESTAMP
// in UTC, integers BIGINT, dynamic columns VARCHAR with what came, mostly JSON; all may be null. One more column is there
// always, so that rows without any can be counted.
func (s *Snapshot) Relation(e *Extent, columns []format.Column) (string, Share) {
	t := s.find(e.Table)
	if t == nil {
		// Somebody reads what he has not taken a snapshot of: there is nothing that it could show.
		schema := newTableSchema(&format.Table{Name: e.Table})
		t = &tableView{schema: schema, head: &headChunks{schema: schema}}
		t.headKey = s.lake.heads.publish(t.head)
		s.view.keys = append(s.view.keys, t.headKey)
	}
	segments, share := s.share(t, e)
	var sql strings.Builder
	sql.WriteString("(SELECT 1 AS " + colIndex)
	seen := map[string]bool{}
	for _, c := range columns {
		if lower := strings.ToLower(c.Name); !seen[lower] {
			seen[lower] = true
			sql.WriteString(", " + t.schema.typed(c) + " AS " + ident(c.Name))
		}
	}
	sql.WriteString(" FROM " + t.relation(s.lake.dir, segments, true))
	if conditions := s.conditions(e); len(conditions) > 0 {
		sql.WriteString(" WHERE " + strings.Join(conditions, " AND "))
	}
	sql.WriteString(")")
	return sql.String(), share
}

// Share is what would be read for an extent.
func (s *Snapshot) Share(e *Extent) Share {
	t := s.find(e.Table)
	if t == nil {
		return Share{}
	}
	_, share := s.share(t, e)
	return share
}

// share picks the segments that can have rows of an extent.
func (s *Snapshot) share(t *tableView, e *Extent) ([]*segment, Share) {
	low, high := int64(math.MinInt64), int64(math.MaxInt64)
	if !e.From.IsZero() {
		low = e.From.UnixMicro()
	}
	if !e.To.IsZero() {
		high = e.To.UnixMicro()
	}
	needles := needlesOf(e.Words)
	alternatives := make([][][]uint32, len(e.AnyWords))
	for i, words := range e.AnyWords {
		for _, w := range words {
			alternatives[i] = append(alternatives[i], needlesOf([]string{w}))
		}
	}
	var share Share
	var chosen []*segment
	for _, g := range t.segments {
		indexed := g.tokens != nil && !g.tokens.partial
		if g.Max < low || g.Min > high || indexed && (!s.lake.mayHaveAll(g, needles) || !s.lake.mayHaveEach(g, alternatives)) {
			share.Skipped++
			continue
		}
		chosen = append(chosen, g)
		share.Rows += g.Rows
		share.Bytes += g.Bytes
	}
	share.Segments = len(chosen)
	for _, c := range t.head.chunks {
		share.Rows += c.NumRows()
	}
	return chosen, share
}

func needlesOf(words []string) []uint32 {
	var needles []uint32
	for _, w := range words {
		for _, token := range wholeTokens(w, false, false) {
			needles = append(needles, tokenHash([]byte(token)))
		}
	}
	return needles
}

// mayHaveEach tells whether a segment can have, of each list, all needles of one alternative.
func (l *Lake) mayHaveEach(s *segment, lists [][][]uint32) bool {
	for _, alternatives := range lists {
		if !slices.ContainsFunc(alternatives, func(needles []uint32) bool { return l.mayHaveAll(s, needles) }) {
			return false
		}
	}
	return true
}

// conditions are what of a table's rows is in an extent and came by the snapshot's intakes.
func (s *Snapshot) conditions(e *Extent) []string {
	var all []string
	if !e.From.IsZero() {
		all = append(all, colTime+" >= "+instant(e.From))
	}
	if !e.To.IsZero() {
		all = append(all, colTime+" < "+instant(e.To))
	}
	if len(s.intakes) > 0 {
		names := make([]string, len(s.intakes))
		for i, name := range s.intakes {
			names[i] = quote(name)
		}
		all = append(all, colIntake+" IN ("+strings.Join(names, ", ")+")")
	}
	return all
}

// instant writes a moment as a literal of SQL.
func instant(t time.Time) string {
	return "TIMESTAMPTZ " + quote(t.UTC().Format("2006-01-02 15:04:05.000000")+"+00")
}

// Columns of a table that nobody has declared, as Relation gives them: of such a table only the time is known. A declared
// table that has no such column has the time of the event under its name as well.
const (
	UndeclaredTime   = "Timestamp"
	UndeclaredRecord = "Record" // the members of the record, JSON
)

// Arrival is a column that every table has for Relation: when Penstock had the row, a moment. No column that arrives has such a name.
const Arrival = "$arrived"

// typed is a column of the table as Relation gives it. One that the table does not have may be among the extras.
func (s *tableSchema) typed(c format.Column) string {
	if c.Name == Arrival {
		return "CAST(" + colRead + " AS TIMESTAMP)"
	}
	i, ok := s.find([]byte(c.Name))
	switch {
	case ok && s.columns[i].Type == format.DateTime && c.Type == format.DateTime:
		return "CAST(" + ident(s.columns[i].Name) + " AS TIMESTAMP)"
	case ok && relationType(s.columns[i].Type) == relationType(c.Type):
		return ident(s.columns[i].Name)
	case ok:
		return "TRY_CAST(" + ident(s.columns[i].Name) + " AS " + relationType(c.Type) + ")"
	case c.Name == UndeclaredTime:
		return "CAST(" + colTime + " AS TIMESTAMP)"
	case c.Name == UndeclaredRecord && len(s.columns) == 0:
		// Where nothing could be divided into columns, the record itself is asked.
		return "(CASE WHEN " + colExtra + " = " + quote(everythingExtra) + " THEN CAST(json_extract(TRY_CAST(" + colOriginal +
			" AS JSON), '$.properties') AS VARCHAR) ELSE " + colExtra + " END)"
	}
	path := `$."` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(c.Name) + `"`
	value := "json_extract_string(TRY_CAST(" + colExtra + " AS JSON), " + quote(path) + ")"
	if c.Type == format.String || c.Type == format.Dynamic {
		return value
	}
	return "TRY_CAST(" + value + " AS " + relationType(c.Type) + ")"
}

// relationType is the type that a column has in a relation.
func relationType(t format.ColumnType) string {
	switch t {
	case format.Int, format.Long:
		return "BIGINT"
	case format.Real:
		return "DOUBLE"
	case format.Bool:
		return "BOOLEAN"
	case format.DateTime:
		return "TIMESTAMP"
	default:
		return "VARCHAR"
	}
}
