package kql

import (
	"slices"

	"penstock/kql/syntax"
)

// mvExpand binds mv-expand and mv-apply.
func (b *binder) mvExpand(op *syntax.MvExpand, in Node, s *scope) Node {
	cols := in.Columns()
	e := b.rowOf(in, s)
	m := &MvExpand{In: in, Cols: slices.Clone(cols)}
	for _, o := range op.Options {
		switch o.Name {
		case "bagexpansion", "kind":
			m.Bag = propertyText(o.Value) == "array"
		case "with_itemindex":
			m.Index = propertyText(o.Value)
		}
	}
	var placed []int
	for _, item := range op.Items {
		x, ok := b.expansion(item, e, m)
		if !ok {
			return lost{}
		}
		m.Items = append(m.Items, x)
		placed = append(placed, x.Place)
	}
	if m.Index != "" {
		m.Cols = append(m.Cols, Column{m.Index, Long})
		placed = append(placed, len(m.Cols)-1)
	}
	switch {
	case op.Limit != nil:
		m.Limit = b.number(op.Limit, s)
	case op.Word == "mvexpand":
		m.Limit = Const{Long, int64(128)}
	}
	if op.Word == "mv-apply" {
		return b.mvApply(op, m, placed, s)
	}
	return m
}

// expansion binds one column of mv-expand, and puts it into the columns.
func (b *binder) expansion(item syntax.MvItem, e *env, m *MvExpand) (Expansion, bool) {
	x := Expansion{To: Dynamic}
	value := item.X
	if named, ok := value.(*syntax.Named); ok && len(named.Names) == 1 {
		x.Name, value = named.Names[0].Name, named.X
	} else {
		x.Name = resultName(value)
	}
	x.Expr = b.scalar(value, e)
	switch x.Expr.Type() {
	case 0:
		return x, false
	case Dynamic:
	case String:
		// Columns that hold JSON as text are expanded as what they hold; Microsoft's binder wants parse_json around them.
		x.Expr = b.call("parse_json", Dynamic, x.Expr)
	default:
		b.report(value.Pos(), "", "mv-expand wants an array or a bag, not %s", an(x.Expr.Type()))
		return x, false
	}
	if item.To != "" {
		x.To, _ = typeNamed(item.To)
	}
	if x.Name == "" {
		x.Name = "Column1"
	}
	x.Place = slices.IndexFunc(m.Cols, func(c Column) bool { return c.Name == x.Name })
	if x.Place < 0 {
		x.Place = len(m.Cols)
		m.Cols = append(m.Cols, Column{})
	}
	m.Cols[x.Place] = Column{x.Name, x.To}
	return x, true
}

// mvApply computes its subquery over the expanded items of each row. The subquery sees the items as its table, and the row's own columns as
// constants.
func (b *binder) mvApply(op *syntax.MvExpand, m *MvExpand, placed []int, s *scope) Node {
	a := &Apply{Expand: m}
	input := &Input{}
	for _, place := range placed {
		input.Cols = append(input.Cols, m.Cols[place])
	}
	a.Input = input
	cols := m.In.Columns()
	inner := &scope{parent: s}
	for i, c := range cols {
		inner.add(&entity{name: c.Name, scalar: Outer{i, c}})
		if !slices.Contains(placed, i) {
			a.Keep = append(a.Keep, i)
			a.Cols = append(a.Cols, c)
		}
	}
	if op.On == nil {
		return lost{}
	}
	a.Body = b.pipe(op.On, inner, input)
	if isLost(a.Body) {
		return lost{}
	}
	// A column of the body that the row has already is not repeated.
	made := a.Body.Columns()
	var fresh []Item
	for i, c := range made {
		if !slices.ContainsFunc(a.Cols, func(k Column) bool { return k.Name == c.Name }) {
			fresh = append(fresh, Item{c.Name, ref(made, i)})
		}
	}
	if len(fresh) < len(made) {
		a.Body = &Project{a.Body, fresh}
	}
	a.Cols = append(a.Cols, a.Body.Columns()...)
	return a
}

// partition computes its subquery over each group of rows.
func (b *binder) partition(op *syntax.Partition, in Node, s *scope) Node {
	by := b.scalar(op.By, b.rowOf(in, s))
	if isBad(by) || op.Body == nil {
		return lost{}
	}
	if by.Type() == Dynamic {
		b.report(op.By.Pos(), "turn it into a text with tostring()", "partition goes by a value, not by a dynamic one")
		return lost{}
	}
	if op.Body.Source != nil {
		b.report(op.Body.Span, "write partition by Column (where … | …)", "the form of partition with braces is not supported")
		return lost{}
	}
	a := &Apply{In: in, By: by, Input: &Input{Cols: in.Columns()}}
	a.Body = b.pipe(op.Body, s, a.Input)
	if isLost(a.Body) {
		return lost{}
	}
	a.Cols = a.Body.Columns()
	return a
}
