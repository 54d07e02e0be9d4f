package kql

import (
	"penstock/kql/syntax"
)

// print makes one row.
func (b *binder) print(op *syntax.Print, s *scope) Node {
	v := &Values{Rows: [][]Expr{nil}}
	names := newNaming(nil)
	for i, x := range op.Items {
		items := b.printItem(x, i, s, names)
		for _, item := range items {
			v.Cols = append(v.Cols, Column{item.Name, item.Expr.Type()})
			v.Rows[0] = append(v.Rows[0], item.Expr)
		}
	}
	if len(v.Cols) == 0 {
		b.report(op.Span, "write print 1", "print wants values")
		return lost{}
	}
	return v
}

func (b *binder) printItem(x syntax.Expr, i int, s *scope, names *naming) []Item {
	if named, ok := x.(*syntax.Named); ok {
		return b.item(named, &env{scope: s}, names)
	}
	v := b.scalar(x, &env{scope: s})
	if c, ok := v.(Call); ok && c.Func.Columns {
		return b.severalItems(x, nil, c, names)
	}
	if isBad(v) {
		v = Const{Dynamic, nil}
	}
	return []Item{{names.unique("print_" + formatLong(int64(i))), v}}
}

// rangeOf makes numbers, times or spans.
func (b *binder) rangeOf(op *syntax.Range, s *scope) Node {
	e := &env{scope: s}
	from, to, step := b.scalar(op.From, e), b.scalar(op.To, e), b.scalar(op.Step, e)
	if isBad(from) || isBad(to) || isBad(step) {
		return lost{}
	}
	t := from.Type()
	if t == Dynamic {
		t = to.Type()
		from = b.convert(from, t)
	}
	stepType := t
	switch {
	case numeric(t):
		for _, x := range []Expr{to, step} {
			if numeric(x.Type()) {
				t = widest(t, x.Type())
			}
		}
		if t == Int {
			t = Long
		}
		stepType = t
	case t == DateTime:
		stepType = TimeSpan
	case t != TimeSpan:
		b.report(op.From.Pos(), "", "range counts numbers, datetimes or timespans, not %s", an(t))
		return lost{}
	}
	if !suits(to.Type(), t) || !suits(step.Type(), stepType) {
		b.report(op.Span, "", "range from %s to %s with a step of %s makes no sense", t, to.Type(), step.Type())
		return lost{}
	}
	return &Range{Column{op.Name.Name, t}, b.widen(from, t), b.widen(to, t), b.widen(step, stepType)}
}

func suits(t, to Type) bool { return t == to || t == Dynamic || numeric(t) && numeric(to) }

func (b *binder) declared(columns []syntax.Column) []Column {
	cols := make([]Column, len(columns))
	names := newNaming(nil)
	for i, c := range columns {
		t, ok := typeNamed(c.Type)
		if !ok {
			t = Dynamic
		}
		if names.taken[c.Name] {
			b.report(c.Span, "give it another name", "a column %s is declared already", c.Name)
		}
		cols[i] = Column{names.unique(c.Name), t}
	}
	return cols
}

// datatable is a table that stands in the query.
func (b *binder) datatable(op *syntax.Datatable, s *scope) Node {
	v := &Values{Cols: b.declared(op.Columns)}
	width := len(v.Cols)
	if width == 0 || len(op.Values)%width != 0 {
		b.report(op.Span, "", "datatable has %s for %s", count(len(op.Values), "value"), count(width, "column"))
		return v
	}
	for at := 0; at < len(op.Values); at += width {
		row := make([]Expr, width)
		for i := range width {
			x := op.Values[at+i]
			c, ok := b.scalar(x, &env{scope: s}).(Const)
			if !ok {
				if !b.failed {
					b.report(x.Pos(), "", "datatable holds constants")
				}
				c = Const{v.Cols[i].Type, nil}
			}
			row[i] = b.cell(x, c, v.Cols[i].Type)
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// cell is a constant as a column's type has it; a missing text is empty.
func (b *binder) cell(x syntax.Expr, c Const, t Type) Expr {
	switch {
	case c.Value == nil:
		return missing(t)
	case c.Of == t:
		return c
	}
	converted := b.convert(c, t)
	if c.Of == String && t != Dynamic {
		if _, ok := converted.(Const); !ok && t != String {
			b.warn(x.Pos(), "", "%v is no %s: it counts as null", c.Value, t)
		}
	}
	return converted
}

// externalData reads from elsewhere, which only an administrator may allow.
func (b *binder) externalData(op *syntax.ExternalData, s *scope) Node {
	e := &External{Cols: b.declared(op.Columns), With: map[string]string{}, Span: op.Span}
	for _, x := range op.URLs {
		c, ok := b.scalar(x, &env{scope: s}).(Const)
		if !ok || c.Of != String {
			b.report(x.Pos(), "", "externaldata wants addresses as constant texts")
			continue
		}
		e.URLs = append(e.URLs, c.Value.(string))
	}
	for _, o := range op.With {
		text := propertyText(o.Value)
		if o.Name == "format" {
			e.Format = text
		}
		e.With[o.Name] = text
	}
	if !b.opt.AllowExternal {
		b.report(op.Span, "an administrator can allow hosts for it; a datatable can hold the values as well", "externaldata is not allowed here")
	}
	return e
}
