package kql

import (
	"strings"

	"penstock/kql/syntax"
)

// Arrival is the hidden column of a table that has it: when a row arrived, which ingestion_time() asks for. It is there only in queries that name
// the function, goes through operators that leave rows as they are, and is in no result.
const Arrival = "$arrived"

// asksForArrival says whether a query may need the hidden column.
func asksForArrival(query string) bool { return strings.Contains(query, "ingestion_time") }

// withArrival is the columns of a scan.
func (b *binder) withArrival(t *Table, cols []Column) []Column {
	if !t.Arrival || !asksForArrival(b.text) {
		return cols
	}
	return append(cols[:len(cols):len(cols)], Column{Arrival, DateTime})
}

// withoutArrival hides the column from what would count it among the others.
func withoutArrival(n Node) Node {
	if n == nil || isLost(n) {
		return n
	}
	cols := n.Columns()
	var items []Item
	for i, c := range cols {
		if !hidden(c.Name) {
			items = append(items, Item{c.Name, ref(cols, i)})
		}
	}
	if len(items) == len(cols) {
		return n
	}
	return &Project{n, items}
}

// hidden says whether a column is the hidden one, perhaps numbered by a union or join.
func hidden(name string) bool { return strings.HasPrefix(name, Arrival) }

// shown are columns without the hidden one.
func shown(cols []Column) []int {
	var list []int
	for i, c := range cols {
		if !hidden(c.Name) {
			list = append(list, i)
		}
	}
	return list
}

// carriesArrival says whether an operator may see the hidden column: it leaves other columns alone, or names what it wants.
func carriesArrival(op syntax.Operator) bool {
	switch op := op.(type) {
	case *syntax.Project:
		return op.Word != "distinct" && op.Word != "project-keep"
	case *syntax.Where, *syntax.Take, *syntax.Sort, *syntax.Top, *syntax.Sample, *syntax.As, *syntax.Summarize, *syntax.MakeSeries, *syntax.Union, *syntax.Join, *syntax.ParseWith,
		*syntax.MvExpand, *syntax.Count, *syntax.Render:
		return true
	}
	return false
}
