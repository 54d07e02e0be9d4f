package hunt

import (
	"maps"
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

func newSchema(tables []*kql.Table) *Schema {
	s := &Schema{tables: make(map[string]*kql.Table, len(tables))}
	for _, t := range tables {
		stored := *t
		stored.Arrival = true
		s.add(&stored)
	}
	return s
}

// storedType is the type that a column of a scan has in the lake.
func storedType(t kql.Type) format.ColumnType {
	switch t {
	case kql.Int, kql.Long:
		return format.Long
	case kql.Real:
		return format.Real
	case kql.Bool:
		return format.Bool
	case kql.DateTime:
		return format.DateTime
	case kql.Dynamic:
		return format.Dynamic
	}
	return format.String
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
	out := &Schema{tables: maps.Clone(s.tables), names: slices.Clone(s.names)}
	for _, name := range further {
		out.add(&kql.Table{Name: name, Arrival: true, Columns: []kql.Column{
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
