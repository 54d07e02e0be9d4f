package kql

// Meaning is what a name in a query stands for: one of its parts is set.
type Meaning struct {
	Column   *Column
	Table    *Table
	Function *Function
	// Let is the name of a let, parameter or as, with Type for a single value and Columns for a table.
	Let     string
	Type    Type
	Columns []Column
}

// meet tells whoever watches what a name of let means.
func (b *binder) meet(span Span, e *entity) {
	if b.watch == nil || b.inside != nil {
		return
	}
	m := Meaning{Let: e.name}
	switch {
	case e.scalar != nil:
		m.Type = e.scalar.Type()
	case e.table != nil:
		m.Columns = e.table.Columns()
	}
	b.watch(span, m)
}

func (b *binder) meetColumn(span Span, c Column) {
	if b.watch != nil && b.inside == nil {
		b.watch(span, Meaning{Column: &c})
	}
}

func (b *binder) meetTable(span Span, t *Table) {
	if b.watch != nil && b.inside == nil {
		b.watch(span, Meaning{Table: t})
	}
}

func (b *binder) meetFunction(span Span, f *Function) {
	if b.watch != nil && b.inside == nil && f != nil {
		b.watch(span, Meaning{Function: f})
	}
}
