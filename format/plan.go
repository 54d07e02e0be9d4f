// Package format turns a declarative mapping, columns to ECS fields, into a plan that normalises records: what a
// definition says per table is compiled once into flat lists, and a record's columns are read once.
//
// The format's own vocabulary (which columns, which tables) is in a package below: format/defender.
package format

import (
	"reflect"
	"slices"
	"strings"
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
	// Actions are the ActionTypes that sentences name, in lower case.
	Actions []string
	// Says are the templates of the sentences, in the order in which they are tried.
	Says []Saying
}

// Saying is a template that describes events of a table.
type Saying struct {
	Actions []string // ActionTypes that it is for; none: any
	Text    string   // as it is written
	Place   string   // file, line and column
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

// Reads reports which parts of a table's records its mapping reads: columns in lower case, and keys in them as
// column.key, the column in lower case.
func (t *Table) Reads() map[string]bool {
	reads := make(map[string]bool)
	for i := range t.Assignments {
		walkColumns(t.Assignments[i], func(name string) { reads[strings.ToLower(name)] = true })
		each := func(e Expr) {
			p, ok := e.(Path)
			if !ok || p.Steps[0].Key == "" {
				return
			}
			of := p.Of
			if parsed, ok := of.(Parsed); ok {
				of = parsed.Of
			}
			if c, ok := of.(ColumnRef); ok {
				reads[strings.ToLower(c.Name)+"."+p.Steps[0].Key] = true
			}
		}
		walkExpr(t.Assignments[i].Value, each)
		walkCondition(t.Assignments[i].When, each)
	}
	return reads
}

// ColumnsOf are the columns that the mapping makes a field of.
func (t *Table) ColumnsOf(field string) []string {
	var columns []string
	for i := range t.Assignments {
		if a := &t.Assignments[i]; a.Field == field {
			walkColumns(Assignment{Value: a.Value}, func(name string) {
				if !slices.Contains(columns, name) {
					columns = append(columns, name)
				}
			})
		}
	}
	return columns
}

// Lines are the lines of the mapping that a table's records go through, in their order.
func (p *Plan) Lines(table string) []Line { return p.plan(table).lines }

// FieldsOf are the fields that the mapping gives a column to as it is.
func (t *Table) FieldsOf(column string) []string { return t.fieldsOf(ColumnRef{column}) }

// ColumnNames are the columns that an assignment reads.
func ColumnNames(a Assignment) []string {
	var names []string
	walkColumns(a, func(name string) { names = append(names, name) })
	return names
}
