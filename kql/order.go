package kql

import (
	"penstock/kql/syntax"
)

// number binds the count of take, top and sample: a whole number that no row changes.
func (b *binder) number(x syntax.Expr, s *scope) Expr {
	v := b.scalar(x, &env{scope: s})
	switch v.Type() {
	case 0:
		return Const{Long, int64(0)}
	case Int, Long:
	case Real, Decimal, Dynamic:
		v = b.convert(v, Long)
	default:
		b.report(x.Pos(), "", "a count is a number, not %s", an(v.Type()))
	}
	if hasRef(v) {
		b.report(x.Pos(), "", "a count cannot depend on a row")
	}
	if c, ok := v.(Const); ok {
		if n, ok := c.Value.(int64); ok && n < 0 {
			b.report(x.Pos(), "", "a count cannot be negative")
		}
	}
	return v
}

// sortKeys binds the keys of sort and top: greatest first unless the query says otherwise, nulls last then.
func (b *binder) sortKeys(list []syntax.Ordered, in Node, s *scope) []SortKey {
	e := b.rowOf(in, s)
	var keys []SortKey
	for _, o := range list {
		x := o.X
		if named, ok := x.(*syntax.Named); ok {
			x = named.X
		}
		v := b.scalar(x, e)
		if isBad(v) {
			continue
		}
		key := SortKey{Expr: v, Desc: o.Dir != "asc"}
		key.NullsFirst = !key.Desc
		switch o.Nulls {
		case "first":
			key.NullsFirst = true
		case "last":
			key.NullsFirst = false
		}
		keys = append(keys, key)
	}
	return keys
}

// sample takes rows, or values, at random.
func (b *binder) sample(op *syntax.Sample, in Node, s *scope) Node {
	sample := &Sample{In: in, N: b.number(op.N, s)}
	if op.Of != nil {
		items := b.item(op.Of, b.rowOf(in, s), newNaming(nil))
		if len(items) != 1 {
			return lost{}
		}
		sample.Distinct = &items[0]
	}
	return sample
}

// topHitters are the values with the most rows, or the greatest sum.
func (b *binder) topHitters(op *syntax.TopHitters, in Node, s *scope) Node {
	e := b.rowOf(in, s)
	n := newNaming(nil)
	keys := b.item(op.Of, e, n)
	if len(keys) != 1 {
		return lost{}
	}
	agg := Aggregation{Func: b.lib.aggregates["count"], Cols: []Column{{"approximate_count_" + keys[0].Name, Long}}}
	if op.By != nil {
		by := b.scalar(op.By, e)
		if isBad(by) {
			return lost{}
		}
		t := by.Type()
		if t == Dynamic {
			by, t = b.convert(by, Real), Real
		}
		agg = Aggregation{Func: b.lib.aggregates["sum"], Args: []Expr{by}, Cols: []Column{{"approximate_sum_" + resultName(op.By), t}}}
	}
	grouped := &Aggregate{In: in, Keys: keys, Aggs: []Aggregation{agg}}
	key := SortKey{Expr: ref(grouped.Columns(), 1), Desc: true}
	return &Sort{In: grouped, Keys: []SortKey{key}, Limit: b.number(op.N, s)}
}

// topNested are the greatest values by an aggregate, within each of them the greatest of the next level.
func (b *binder) topNested(op *syntax.TopNested, in Node, s *scope) Node {
	t := &TopNested{In: in}
	names := newNaming(nil)
	for _, l := range op.Levels {
		e := b.rowOf(in, s)
		by := b.item(l.Of, e, names)
		agg, name, ok := b.levelAggregate(l.By.X, e)
		if len(by) != 1 || !ok {
			return lost{}
		}
		level := TopLevel{By: by[0], Agg: agg, Desc: l.By.Dir != "asc"}
		if l.N != nil {
			level.N = b.number(l.N, s)
		}
		if l.Others != nil {
			level.Others = b.convert(b.scalar(l.Others, &env{scope: s}), level.By.Expr.Type())
		}
		if name == "" {
			name = "aggregated_" + level.By.Name
		}
		level.Name = names.unique(name)
		level.Agg.Cols[0].Name = level.Name
		t.Levels = append(t.Levels, level)
		t.Cols = append(t.Cols, Column{level.By.Name, level.By.Expr.Type()}, Column{level.Name, level.Agg.Cols[0].Type})
	}
	return t
}

// levelAggregate binds the aggregate of a level or of make-series, with the name that the query gives it.
func (b *binder) levelAggregate(x syntax.Expr, e *env) (agg Aggregation, name string, ok bool) {
	if named, isNamed := x.(*syntax.Named); isNamed {
		name, x = named.Names[0].Name, named.X
	}
	call, isCall := x.(*syntax.Call)
	var f *Function
	if isCall {
		f = b.lib.aggregates[call.Name.Name]
	}
	if f == nil || manyColumns(f, call) {
		b.report(x.Pos(), "write an aggregate such as count() or sum(Column)", "expected an aggregate")
		return agg, "", false
	}
	b.meetFunction(call.Name.Span, f)
	if f.Refused != "" {
		b.report(call.Name.Span, f.Refused, "%s is not supported", call.Name.Name)
		return agg, "", false
	}
	inner := *e
	inner.aggs = &gathering{within: true}
	agg, ok = b.aggregation(call, f, &inner)
	return agg, name, ok
}
