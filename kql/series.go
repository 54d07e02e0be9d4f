package kql

import (
	"strings"

	"penstock/kql/syntax"
)

// makeSeries binds make-series: aggregates by key along an axis, as arrays.
func (b *binder) makeSeries(op *syntax.MakeSeries, in Node, s *scope) Node {
	e := b.rowOf(in, s)
	names := newNaming(nil)
	m := &MakeSeries{In: in, Keys: b.items(op.By, e, names)}
	for _, agg := range op.Aggs {
		a, ok := b.seriesAggregate(agg, e, names)
		if !ok {
			return lost{}
		}
		m.Aggs = append(m.Aggs, a)
	}
	if op.On == nil || op.Step == nil {
		return lost{}
	}
	axis := b.item(op.On, e, names)
	if len(axis) != 1 {
		return lost{}
	}
	m.Axis = axis[0]
	if t := m.Axis.Expr.Type(); t == Dynamic {
		m.Axis.Expr = b.convert(m.Axis.Expr, DateTime)
	} else if !numeric(t) && t != DateTime && t != TimeSpan {
		b.report(op.On.Pos(), "", "make-series runs along numbers, datetimes or timespans, not %s", an(t))
		return lost{}
	}
	if !b.seriesBounds(op, m, s) {
		return lost{}
	}
	return m
}

// seriesAggregate binds an aggregate with what fills its gaps, which is 0 unless the query says otherwise.
func (b *binder) seriesAggregate(agg syntax.SeriesAgg, e *env, names *naming) (Aggregation, bool) {
	a, name, ok := b.levelAggregate(agg.X, e)
	if !ok {
		return a, false
	}
	if name == "" {
		name = resultName(agg.X)
	}
	a.Cols[0].Name = names.unique(name)
	of := a.Cols[0].Type
	if agg.Default == nil {
		if numeric(of) || of == TimeSpan {
			a.Default = Const{of, int64(0)}
			switch of {
			case Real:
				a.Default = Const{Real, 0.0}
			case Decimal:
				a.Default = Const{Decimal, "0"}
			}
		}
		return a, true
	}
	v := b.scalar(agg.Default, &env{scope: e.scope})
	if isBad(v) {
		return a, false
	}
	a.Default = v
	return a, true
}

// seriesBounds binds from, to and step.
func (b *binder) seriesBounds(op *syntax.MakeSeries, m *MakeSeries, s *scope) bool {
	axis := m.Axis.Expr.Type()
	step := axis
	if axis == DateTime {
		step = TimeSpan
	}
	bound := func(x syntax.Expr, to Type) (Expr, bool) {
		if x == nil {
			return nil, true
		}
		v := b.scalar(x, &env{scope: s})
		if isBad(v) {
			return nil, false
		}
		if !suits(v.Type(), to) {
			b.report(x.Pos(), "", "expected %s, found %s", an(to), an(v.Type()))
			return nil, false
		}
		return b.widen(v, to), true
	}
	var ok1, ok2, ok3 bool
	m.From, ok1 = bound(op.From, axis)
	m.To, ok2 = bound(op.To, axis)
	m.Step, ok3 = bound(op.Step, step)
	if !ok1 || !ok2 || !ok3 {
		return false
	}
	if op.InRange {
		m.To = b.justAfter(m.To, axis)
	}
	return true
}

// justAfter makes the end of the old form, which is included, one that is not: it goes a least step further.
func (b *binder) justAfter(to Expr, axis Type) Expr {
	var least Const
	switch axis {
	case DateTime, TimeSpan:
		least = Const{TimeSpan, int64(10)} // a microsecond: what is stored has no finer steps
	case Real, Decimal:
		least = Const{Real, 1e-9}
	default:
		least = Const{Long, int64(1)}
	}
	return b.fold(Call{Func: b.lib.operators["+"], Args: []Expr{to, least}, Of: axis})
}

// steps binds scan: rows that follow each other in steps.
func (b *binder) steps(op *syntax.Scan, in Node, s *scope) Node {
	cols := in.Columns()
	st := &Steps{In: in, MatchID: "match_id", Cols: append([]Column{}, cols...)}
	for _, o := range op.Options {
		if o.Name == "with_match_id" {
			st.MatchID = propertyText(o.Value)
		}
	}
	st.Order = b.sortKeys(op.OrderBy, in, s)
	st.By = b.items(op.By, b.rowOf(in, s), newNaming(nil))
	for _, p := range op.Declares {
		t, _ := typeNamed(p.Type)
		item := Item{p.Name, missing(t)}
		if p.Default != nil {
			item.Expr = b.convert(b.scalar(p.Default, &env{scope: s}), t)
		}
		st.Declares = append(st.Declares, item)
		st.Cols = append(st.Cols, Column{p.Name, t})
	}
	visible := st.Cols
	inner := &scope{parent: s}
	for i, step := range op.Steps {
		inner.add(&entity{name: step.Name.Name, step: &stepColumns{i, visible}})
	}
	for _, step := range op.Steps {
		bound, ok := b.step(step, visible, inner)
		if !ok {
			return lost{}
		}
		st.Steps = append(st.Steps, bound)
	}
	st.Cols = append(st.Cols, Column{st.MatchID, Long})
	return st
}

func (b *binder) step(step syntax.ScanStep, visible []Column, s *scope) (Step, bool) {
	e := &env{scope: s, cols: visible, row: true}
	bound := Step{Name: step.Name.Name, Optional: step.Optional, Output: strings.ToLower(step.Output), Where: b.boolean(step.Where, e)}
	if isBad(bound.Where) {
		return bound, false
	}
	for _, named := range step.Assign {
		name := named.Names[0].Name
		i, ok := e.column(name)
		if !ok {
			b.report(named.Names[0].Span, "declare it: scan declare (…)", "unknown column %s", name)
			return bound, false
		}
		v := b.scalar(named.X, e)
		if isBad(v) {
			return bound, false
		}
		bound.Assign = append(bound.Assign, Item{name, b.convert(v, visible[i].Type)})
	}
	return bound, true
}
