package kql

// Table is a table that queries may read.
type Table struct {
	Name    string
	Columns []Column
	// Other are columns that are stored though no page of Microsoft's names them; Sentinel's form of the table may show them.
	Other []Column
	// Arrival says that whoever reads the table can tell when its rows arrived.
	Arrival bool
}

// Schema knows the tables, by name as queries write them (case-sensitive), in the order of Names.
type Schema interface {
	Table(name string) (*Table, bool)
	Names() []string
}

// NewSchema is a schema of tables, in their order.
func NewSchema(tables ...*Table) Schema {
	s := &fixedSchema{tables: make(map[string]*Table, len(tables))}
	for _, t := range tables {
		s.tables[t.Name] = t
		s.names = append(s.names, t.Name)
	}
	return s
}

type fixedSchema struct {
	tables map[string]*Table
	names  []string
}

func (s *fixedSchema) Table(name string) (*Table, bool) {
	t, ok := s.tables[name]
	return t, ok
}

func (s *fixedSchema) Names() []string { return s.names }
