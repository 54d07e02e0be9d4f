// Package format turns a declarative mapping, columns to ECS fields, into a plan that normalises records: what a
// definition says per table is compiled once into flat lists, and a record's columns are read once.
//
// The format's own vocabulary (which columns, which tables) is in a package below: format/defender.
package format

import (
	"reflect"
	"slices"
	"sync"

	"penstock/ecs"
)

// ColumnType is the type that a table declares for a column.
type ColumnType uint8

// The types of columns, as Kusto names them.
const (
	String ColumnType = iota
	Int
	Long
	Real
	Bool
	DateTime
	Dynamic
)

// Column of a table that the schema declares.
type Column struct {
	Name string
	Type ColumnType
}

// Table is a table that the plan knows, with the columns that are declared for it and what they become.
type Table struct {
	Name    string
	Columns []Column
	// Assignments apply from top to bottom; conditions on the table itself are decided already.
	Assignments []Assignment
	// Specified tells a table with a mapping of its own from one that the general rule covers.
	Specified bool
	// Unmapped is the object of the document that takes columns which no assignment names: all of them where the general
	// rule applies, those that the schema does not know in a specified table.
	Unmapped string
	// Sentences are the places of the templates that events of the table are described with: file, line and column.
	Sentences []string
}

// Plan is a compiled mapping. It is immutable and safe for concurrent use.
type Plan struct {
	tables  []Table
	byName  map[string]*tablePlan
	general *tablePlan
	extras  map[string]ecs.Type // fields that the user declared
	agents  *memory[*agent]
	domains *memory[int] // the length of a domain's public suffix, 0 where it has none
	scratch sync.Pool    // *normalizer
}

// Tables are the tables that the plan knows, by name.
func (p *Plan) Tables() []Table { return p.tables }

// Table finds a table without regard to case; for a table that the plan does not know it is what the general rule makes
// of it, with no columns declared.
func (p *Plan) Table(name string) *Table { return p.plan(name).table }

// Field finds the type of a field: one of the dictionary, or one that the user's file declares.
func (p *Plan) Field(name string) (ecs.Type, bool) {
	if f, ok := ecs.Lookup(name); ok {
		return f.Type(), true
	}
	t, ok := p.extras[name]
	return t, ok
}

// fieldsOf are the fields that assignments give exactly this value to, or a list with it.
func (t *Table) fieldsOf(e Expr) []string {
	var fields []string
	for i := range t.Assignments {
		a := &t.Assignments[i]
		value := a.Value
		if list, ok := value.(List); ok {
			value = list.Of
		}
		if reflect.DeepEqual(value, e) && !slices.Contains(fields, a.Field) {
			fields = append(fields, a.Field)
		}
	}
	return fields
}
