package kql

import (
	"slices"
	"strings"

	"penstock/kql/syntax"
)

// gathering collects the aggregates that the expressions of a summarize hold. Each becomes a column of the Aggregate; expressions around them
// refer to those columns and stand in a Project above.
type gathering struct {
	input []Column
	keys  []Item
	aggs  []Aggregation
	// width is how many columns keys and aggregations have together.
	width int
	// within says that an aggregate's arguments are being bound: no other may stand there.
	within bool
}

// placeholder names keep the columns of an Aggregate apart until the Project above names them; nobody sees them.
func (g *gathering) placeholder() string {
	g.width++
	return "$agg" + formatLong(int64(g.width))
}

// add takes an aggregation in and gives a reference to its columns.
func (g *gathering) add(a Aggregation) []Ref {
	var list []Ref
	at := len(g.keys)
	for _, other := range g.aggs {
		at += len(other.Cols)
	}
	for i := range a.Cols {
		a.Cols[i].Name = g.placeholder()
		list = append(list, Ref{at + i, a.Cols[i]})
	}
	g.aggs = append(g.aggs, a)
	return list
}

// summarize groups rows.
func (b *binder) summarize(op *syntax.Summarize, in Node, s *scope) Node {
	cols := in.Columns()
	n := newNaming(cols)
	keys := b.items(op.By, b.rowOf(in, s), n)
	if len(op.Aggs) == 0 {
		if len(op.By) == 0 {
			b.report(op.Span, "write summarize count() by Column", "summarize wants aggregates or by")
		}
		return &Aggregate{In: in, Keys: keys}
	}
	g := &gathering{input: cols, keys: keys}
	var items []Item
	for i, k := range keys {
		items = append(items, Item{k.Name, Ref{i, Column{k.Name, k.Expr.Type()}}})
	}
	e := &env{scope: s, cols: cols, row: true, aggs: g}
	for _, x := range op.Aggs {
		items = append(items, b.aggregateItems(x, op.By, e, n)...)
	}
	return finishAggregate(in, g, items)
}

// finishAggregate names the columns of an Aggregate, with a Project above it where expressions stand around aggregates or the order differs.
func finishAggregate(in Node, g *gathering, items []Item) Node {
	agg := &Aggregate{In: in, Keys: g.keys, Aggs: g.aggs}
	cols := agg.Columns()
	plain := len(items) == len(cols)
	for i, item := range items {
		r, ok := item.Expr.(Ref)
		plain = plain && ok && r.Index == i
	}
	if !plain {
		return &Project{agg, items}
	}
	at := len(g.keys)
	for i := range agg.Aggs {
		for j := range agg.Aggs[i].Cols {
			agg.Aggs[i].Cols[j].Name = items[at].Name
			at++
		}
	}
	return agg
}

// aggregateItems binds one expression of summarize.
func (b *binder) aggregateItems(x syntax.Expr, by []syntax.Expr, e *env, n *naming) []Item {
	named, _ := x.(*syntax.Named)
	value := x
	if named != nil {
		value = named.X
	}
	for {
		p, ok := value.(*syntax.Paren)
		if !ok {
			break
		}
		value = p.X
	}
	if call, ok := value.(*syntax.Call); ok && e.scope.find(call.Name.Name) == nil {
		if f := b.lib.aggregates[call.Name.Name]; f != nil && manyColumns(f, call) {
			b.meetFunction(call.Name.Span, f)
			return b.manyAggregates(call, f, named, by, e, n)
		}
	}
	v := b.scalar(value, e)
	if !isBad(v) {
		b.onlyAggregated(value, v, e)
	}
	if c, ok := v.(Call); ok && c.Func.Columns {
		return b.severalItems(value, named, c, n)
	}
	if isBad(v) {
		v = Const{Dynamic, nil}
	}
	if named != nil {
		name := b.asked(named.Names[0], n)
		if name == "" {
			return nil
		}
		return []Item{{name, v}}
	}
	if made := resultName(value); made != "" {
		return []Item{{n.unique(made), v}}
	}
	return []Item{{n.column(), v}}
}

// onlyAggregated complains about a column that stands beside aggregates without being one of the keys: references that were bound to the input
// would point into the aggregate's columns.
func (b *binder) onlyAggregated(x syntax.Expr, v Expr, e *env) {
	var stray *Ref
	walk(v, func(x Expr) {
		r, ok := x.(Ref)
		if !ok || strings.HasPrefix(r.Name, "$agg") && r.Index >= len(e.aggs.keys) && r.Index < len(e.aggs.keys)+e.aggs.width {
			return
		}
		stray = &r
	})
	if stray != nil {
		b.report(x.Pos(), "put it in an aggregate such as take_any(), or after by", "column %s stands outside of any aggregate", stray.Name)
	}
}

// manyColumns says whether an aggregate gives one column for each argument.
func manyColumns(f *Function, x *syntax.Call) bool {
	switch f.Name {
	case "arg_max", "arg_min", "percentiles", "percentilesw":
		return true
	case "take_any":
		if strings.HasSuffix(x.Name.Name, "if") {
			return false
		}
		star := false
		for _, a := range x.Args {
			if _, ok := a.(*syntax.Star); ok {
				star = true
			}
		}
		return len(x.Args) > 1 || star
	}
	return false
}

// chosen is a column that an aggregate with several gives.
type chosen struct {
	name string
	expr Expr
}

// manyAggregates binds arg_max, take_any of several and percentiles.
func (b *binder) manyAggregates(x *syntax.Call, f *Function, named *syntax.Named, by []syntax.Expr, e *env, n *naming) []Item {
	inner := e.within()
	a := Aggregation{Func: f, Span: b.placeOf(x.Span)}
	var names []string
	if strings.HasPrefix(f.Name, "percentiles") {
		names = b.percentileColumns(x, &a, inner)
	} else {
		names = b.pickedColumns(x, f, &a, by, inner)
	}
	if names == nil {
		return nil
	}
	for range names {
		a.Cols = append(a.Cols, Column{})
	}
	for i := range a.Cols {
		a.Cols[i].Type = typeOr(b.columnOf(a, i), Dynamic)
	}
	refs := e.aggs.add(a)
	var items []Item
	for i, r := range refs {
		name := names[i]
		if named != nil && i < len(named.Names) {
			if name = b.asked(named.Names[i], n); name == "" {
				return nil
			}
		} else {
			name = n.unique(name)
		}
		items = append(items, Item{name, r})
	}
	return items
}

// columnOf is an expression with the type of an aggregation's column.
func (b *binder) columnOf(a Aggregation, i int) Expr {
	if strings.HasPrefix(a.Func.Name, "percentiles") {
		return Const{percentileType(a.Args[0].Type()), nil}
	}
	return a.Args[i]
}

// within is the env of an aggregate's arguments.
func (e *env) within() *env {
	g := *e.aggs
	g.within = true
	inner := *e
	inner.aggs = &g
	return &inner
}

// pickedColumns binds the arguments of arg_max, arg_min and take_any; * stands for all columns that by does not name.
func (b *binder) pickedColumns(x *syntax.Call, f *Function, a *Aggregation, by []syntax.Expr, e *env) []string {
	prefix := ""
	if p, ok := f.prefixes[x.Name.Name]; ok {
		prefix = p + "_"
	}
	var list []chosen
	for i, arg := range x.Args {
		if _, star := arg.(*syntax.Star); star {
			if i == 0 && f.Name != "take_any" {
				b.report(arg.Pos(), "write arg_max(Timestamp, *)", "%s wants a value to compare first", f.Name)
				return nil
			}
			list = append(list, starColumns(e.cols, by, x.Args[:i])...)
			continue
		}
		var name string
		if named, ok := arg.(*syntax.Named); ok && len(named.Names) == 1 {
			name, arg = named.Names[0].Name, named.X
		} else {
			name = resultName(arg)
		}
		v := b.scalar(arg, e)
		if isBad(v) {
			return nil
		}
		if name == "" && i == 0 && f.Name != "take_any" && prefix == "" {
			name = strings.TrimPrefix(f.Name, "arg_") + "_"
		}
		list = append(list, chosen{name, v})
	}
	if len(list) == 0 {
		b.report(x.Span, "", "%s wants arguments", x.Name.Name)
		return nil
	}
	names := make([]string, len(list))
	for i, c := range list {
		a.Args = append(a.Args, c.expr)
		names[i] = c.name
		if prefix != "" {
			names[i] = prefixed(prefix, list, i, f.Name)
		}
		if names[i] == "" {
			names[i] = "Column1"
		}
	}
	return names
}

// prefixed are the names of the old argmax: max_t, max_t_s; and of any: any_s.
func prefixed(prefix string, list []chosen, i int, function string) string {
	if function == "take_any" || i == 0 {
		return prefix + list[i].name
	}
	return prefix + list[0].name + "_" + list[i].name
}

// starColumns are the columns that * means beside arguments: all but those that by or the arguments name.
func starColumns(cols []Column, by, args []syntax.Expr) []chosen {
	var named []string
	for _, x := range slices.Concat(by, args) {
		if id, ok := x.(*syntax.Ident); ok {
			named = append(named, id.Name)
		}
		// by Name = Name keeps its column out as well.
		if n, ok := x.(*syntax.Named); ok {
			if id, ok := n.X.(*syntax.Ident); ok && len(n.Names) == 1 && n.Names[0].Name == id.Name {
				named = append(named, id.Name)
			}
		}
	}
	var list []chosen
	for i, c := range cols {
		if !slices.Contains(named, c.Name) && !hidden(c.Name) {
			list = append(list, chosen{c.Name, ref(cols, i)})
		}
	}
	return list
}
