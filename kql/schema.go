package kql

// Table is a table that queries may read.
type Table struct {
	Name    string
	Columns []Column
}

// Schema knows the tables, by name as queries write them (case-sensitive), in the order of Names.
type Schema interface {
	Table(name string) (*Table, bool)
	Names() []string
}
