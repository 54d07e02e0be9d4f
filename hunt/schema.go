package hunt

import (
	"slices"
	"strings"
	"time"

	"penstock/format"
	"penstock/kql"
	"penstock/lake"
)

// Schema is the tables that queries may name: those of advanced hunting, and those beyond that the lake holds.
type Schema struct {
	tables map[string]*kql.Table
	names  []string
}

// Table finds one by its name.
func (s *Schema) Table(name string) (*kql.Table, bool) {
	t, ok := s.tables[name]
	return t, ok
}

// Names of the tables.
func (s *Schema) Names() []string { return s.names }

var columnTypes = map[format.ColumnType]kql.Type{
	format.String: kql.String, format.Int: kql.Int, format.Long: kql.Long, format.Real: kql.Real, format.Bool: kql.Bool,
	format.DateTime: kql.DateTime, format.Dynamic: kql.Dynamic,
}

// known is the schema of the tables that the mapping declares.
func known(plan *format.Plan) *Schema {
	s := &Schema{tables: map[string]*kql.Table{}}
	for _, t := range plan.Tables() {
		if len(t.Columns) == 0 {
			continue
		}
		table := &kql.Table{Name: t.Name}
		for _, c := range t.Columns {
			table.Columns = append(table.Columns, kql.Column{Name: c.Name, Type: columnTypes[c.Type]})
		}
		s.add(table)
	}
	return s
}

func (s *Schema) add(t *kql.Table) {
	s.tables[t.Name] = t
	s.names = append(s.names, t.Name)
}

// with is the schema and tables that are stored and that nobody has declared: of these only the time is known, and the rest is
// in one column.
func (s *Schema) with(stored []string) *Schema {
	var further []string
	for _, name := range stored {
		if _, ok := s.tables[name]; !ok && plainName(name) {
			further = append(further, name)
		}
	}
	if further == nil {
		return s
	}
	out := &Schema{tables: make(map[string]*kql.Table, len(s.tables)+len(further))}
	for _, name := range s.names {
		out.add(s.tables[name])
	}
	for _, name := range further {
		out.add(&kql.Table{Name: name, Columns: []kql.Column{
			{Name: lake.UndeclaredTime, Type: kql.DateTime}, {Name: lake.UndeclaredRecord, Type: kql.Dynamic},
		}})
	}
	return out
}

// plainName says whether a name is one that a query can name: it came with a record, from outside.
func plainName(name string) bool {
	return name != "" && len(name) <= 128 && strings.IndexFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) < 0
}

// Stored is a table that queries may name, and what is stored of it.
type Stored struct {
	kql.Table
	Rows           int64 // 0: none ever came
	Oldest, Newest time.Time
}

// Tables are all tables that queries may name, by name.
func (h *Hunts) Tables() []Stored {
	stats := h.lake.Stats()
	byName := make(map[string]*lake.TableStats, len(stats.Tables))
	names := make([]string, 0, len(stats.Tables))
	for i := range stats.Tables {
		t := &stats.Tables[i]
		byName[t.Table] = t
		names = append(names, t.Table)
	}
	s := h.known.with(names)
	list := make([]Stored, 0, len(s.names))
	for _, name := range slices.Sorted(slices.Values(s.names)) {
		t := Stored{Table: *s.tables[name]}
		if stored := byName[name]; stored != nil {
			t.Rows, t.Oldest, t.Newest = stored.Events, stored.Oldest, stored.Newest
		}
		list = append(list, t)
	}
	return list
}
