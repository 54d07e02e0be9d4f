package kql

import (
	"fmt"
	"slices"
	"strings"

	"penstock/kql/syntax"
)

// Plugins are the plugins of evaluate that are supported, with what they do.
var Plugins = map[string]string{
	"bag_unpack":  "Makes columns of a bag's members.",
	"pivot":       "Makes columns of a column's values.",
	"narrow":      "Makes a row of each cell.",
	"ipv4_lookup": "Joins with a table of IPv4 networks.",
	"ipv6_lookup": "Joins with a table of IPv6 networks.",
}

// evaluate binds a plugin.
func (b *binder) evaluate(op *syntax.Evaluate, in Node, s *scope) Node {
	var node Node
	switch name := op.Plugin.Name.Name; name {
	case "bag_unpack":
		node = b.bagUnpack(op, in, s)
	case "pivot":
		node = b.pivot(op, in, s)
	case "narrow":
		node = b.narrowRows(in)
	case "ipv4_lookup", "ipv6_lookup":
		node = b.networkLookup(op, in, s)
	default:
		hint := ""
		var known []string
		for plugin := range Plugins {
			known = append(known, plugin)
		}
		slices.Sort(known)
		if near := syntax.Nearest(name, known); near != "" {
			hint = "did you mean " + near + "?"
		}
		b.report(op.Plugin.Name.Span, hint, "the plugin %s is not supported", name)
		return lost{}
	}
	if op.HasSchema && node != nil && !isLost(node) {
		return b.withSchema(op, node)
	}
	return node
}

// withSchema gives a plugin's result the columns that the query declares for it: what the data lacks is null.
func (b *binder) withSchema(op *syntax.Evaluate, in Node) Node {
	cols := in.Columns()
	have := &env{cols: cols}
	names := newNaming(nil)
	declared := map[string]bool{}
	for _, c := range op.Schema {
		declared[c.Column.Name] = true
	}
	var items []Item
	for _, c := range op.Schema {
		if c.Star {
			for i, col := range cols {
				if !declared[col.Name] && !names.taken[col.Name] {
					names.taken[col.Name] = true
					items = append(items, Item{col.Name, ref(cols, i)})
				}
			}
			continue
		}
		t, _ := typeNamed(c.Column.Type)
		x := missing(t)
		if i, ok := have.column(c.Column.Name); ok {
			x = b.convert(ref(cols, i), t)
		}
		if names.taken[c.Column.Name] {
			continue
		}
		names.taken[c.Column.Name] = true
		items = append(items, Item{c.Column.Name, x})
	}
	return &Project{in, items}
}

// bagUnpack makes columns of a bag's members. Which there are, the query declares, or a first pass over the data tells.
func (b *binder) bagUnpack(op *syntax.Evaluate, in Node, s *scope) Node {
	e := b.rowOf(in, s)
	args := op.Plugin.Args
	if len(args) == 0 {
		b.report(op.Plugin.Span, "write evaluate bag_unpack(Column)", "bag_unpack wants a column")
		return lost{}
	}
	bag, ok := b.scalar(args[0], e).(Ref)
	if !ok {
		b.report(args[0].Pos(), "make it with extend before", "bag_unpack wants a column")
		return lost{}
	}
	if bag.Column.Type != Dynamic {
		b.report(args[0].Pos(), "make a bag of it with parse_json() before", "bag_unpack wants a dynamic column, not %s", an(bag.Column.Type))
		return lost{}
	}
	options, ok := b.unpacking(args[1:], e)
	if !ok {
		return lost{}
	}
	keep := keepColumns(in, func(i int) bool { return i != bag.Index }).(*Project)
	names := newNaming(nil)
	for _, item := range keep.Items {
		names.taken[item.Name] = true
	}
	if op.HasSchema {
		// The declared columns are all that anybody can see.
		for _, c := range op.Schema {
			if !c.Star && (!names.taken[c.Column.Name] || options.conflict == "replace_source") {
				t, _ := typeNamed(c.Column.Type)
				member := strings.TrimPrefix(c.Column.Name, options.prefix)
				options.add(keep, names, member, b.convert(Member{bag, member}, t))
			}
		}
		return keep
	}
	rows, ok := b.discover(op.Span, in, func(row Node) Node { return b.bagMembers(row, bag) })
	for _, m := range membersOf(rows) {
		options.add(keep, names, m.Name, b.convert(Member{bag, m.Name}, m.Type))
	}
	if !ok {
		b.notice(op.Span, "the columns that bag_unpack makes are known only when the query runs")
	}
	b.open[keep] = true
	return keep
}

// constText is a constant text; where there is none, it says so.
func (b *binder) constText(x syntax.Expr, e *env) string {
	if c, ok := b.scalar(x, e).(Const); ok && c.Of == String {
		return c.Value.(string)
	}
	b.report(x.Pos(), "", "expected a constant text")
	return ""
}

// discover runs a first pass over the data of a node.
func (b *binder) discover(span Span, in Node, ask func(Node) Node) ([][]any, bool) {
	if b.opt.Discover == nil || b.failed {
		return nil, false
	}
	node := ask(in)
	rows, err := b.opt.Discover(b.ctx, &Plan{Root: node, Columns: node.Columns(), Now: b.opt.Now, Places: b.places})
	if err != nil {
		b.report(span, "", "the first pass over the data failed: %v", err)
		return nil, false
	}
	return rows, true
}

// bagMembers asks for the names in a bag with the types of their values.
func (b *binder) bagMembers(in Node, bag Ref) Node {
	one := Column{"bag", Dynamic}
	only := &Project{in, []Item{{"bag", bag}}}
	each := &MvExpand{In: only, Items: []Expansion{{Name: "key", Expr: b.call("bag_keys", Dynamic, Ref{0, one}), To: String, Place: 1}}, Cols: []Column{one, {"key", String}}}
	cols := each.Columns()
	typ := b.call("gettype", String, Element{ref(cols, 0), ref(cols, 1)})
	return &Aggregate{In: each, Keys: []Item{{"key", ref(cols, 1)}, {"type", typ}}}
}

// maxMembers bounds how many columns data can make.
const maxMembers = 1000

// membersOf are the columns that a first pass found, in the order of their names; a name with values of several types is dynamic.
func membersOf(rows [][]any) []Column {
	types := map[string]Type{}
	for _, row := range rows {
		if len(row) != 2 {
			continue
		}
		name, kind := fmt.Sprint(row[0]), fmt.Sprint(row[1])
		if kind == "null" || name == "" {
			if _, ok := types[name]; !ok && name != "" {
				types[name] = 0
			}
			continue
		}
		t := gettypes[kind]
		if t == 0 {
			t = Dynamic
		}
		switch have := types[name]; {
		case have == 0 || have == t:
			types[name] = t
		case numeric(have) && numeric(t):
			types[name] = widest(have, t)
		default:
			types[name] = Dynamic
		}
	}
	cols := make([]Column, 0, len(types))
	for name, t := range types {
		if t == 0 {
			t = Dynamic
		}
		cols = append(cols, Column{name, t})
	}
	slices.SortFunc(cols, func(a, c Column) int { return strings.Compare(a.Name, c.Name) })
	return cols[:min(len(cols), maxMembers)]
}

// gettypes are the types that gettype names, for values of JSON.
var gettypes = map[string]Type{"string": String, "long": Long, "int": Long, "double": Real, "real": Real, "bool": Bool, "datetime": DateTime, "timespan": TimeSpan}

// pivot makes columns of the values of a column: pivot(column, aggregate, other columns).
func (b *binder) pivot(op *syntax.Evaluate, in Node, s *scope) Node {
	cols := in.Columns()
	e := b.rowOf(in, s)
	args := op.Plugin.Args
	if len(args) == 0 {
		b.report(op.Plugin.Span, "write evaluate pivot(Column, count())", "pivot wants a column")
		return lost{}
	}
	by, ok := b.scalar(args[0], e).(Ref)
	if !ok {
		b.report(args[0].Pos(), "make it with extend before", "pivot wants a column")
		return lost{}
	}
	agg := Aggregation{Func: b.lib.aggregates["count"], Cols: []Column{{"", Long}}}
	used := []int{by.Index}
	if len(args) > 1 {
		a, _, ok := b.levelAggregate(args[1], e)
		if !ok {
			return lost{}
		}
		agg = a
		for _, x := range a.Args {
			walk(x, func(x Expr) {
				if r, ok := x.(Ref); ok {
					used = append(used, r.Index)
				}
			})
		}
	}
	var keep []int
	for _, x := range args[min(2, len(args)):] {
		if r, ok := b.scalar(x, e).(Ref); ok {
			keep = append(keep, r.Index)
		}
	}
	if len(args) <= 2 {
		for i := range cols {
			if !slices.Contains(used, i) {
				keep = append(keep, i)
			}
		}
	}
	return b.pivoted(op, in, by, agg, keep)
}

// pivoted is an Aggregate by the kept columns, with one conditional aggregation for each value.
func (b *binder) pivoted(op *syntax.Evaluate, in Node, by Ref, agg Aggregation, keep []int) Node {
	cols := in.Columns()
	result := &Aggregate{In: in}
	names := newNaming(nil)
	for _, i := range keep {
		result.Keys = append(result.Keys, Item{cols[i].Name, ref(cols, i)})
		names.taken[cols[i].Name] = true
	}
	text := b.convert(by, String)
	var values []string
	if op.HasSchema {
		for _, c := range op.Schema {
			if !c.Star && !names.taken[c.Column.Name] {
				values = append(values, c.Column.Name)
			}
		}
	} else {
		rows, ok := b.discover(op.Span, in, func(in Node) Node { return &Aggregate{In: in, Keys: []Item{{"value", text}}} })
		for _, row := range rows {
			values = append(values, fmt.Sprint(row[0]))
		}
		slices.Sort(values)
		values = values[:min(len(values), maxMembers)]
		if !ok {
			b.notice(op.Span, "the columns that pivot makes are known only when the query runs")
		}
	}
	for _, v := range values {
		one := agg
		one.Where = Call{Func: b.lib.operators["=="], Args: []Expr{text, Const{String, v}}, Of: Bool}
		if agg.Where != nil {
			one.Where = Call{Func: b.lib.operators["and"], Args: []Expr{agg.Where, one.Where}, Of: Bool}
		}
		one.Cols = []Column{{names.unique(v), agg.Cols[0].Type}}
		result.Aggs = append(result.Aggs, one)
	}
	b.open[result] = true
	return result
}

// narrowRows makes a row of each cell: Row, Column, Value.
func (b *binder) narrowRows(in Node) Node {
	cols := in.Columns()
	if len(cols) == 0 {
		return lost{}
	}
	numbered := &Project{&Serialize{in}, append(refs(cols), Item{"$row", Call{Func: b.lib.scalars["row_number"], Args: []Expr{Const{Long, int64(0)}}, Of: Long, Window: true}})}
	shared := &Shared{Name: "narrow", In: numbered}
	at := numbered.Columns()
	out := []Column{{"Row", Long}, {"Column", String}, {"Value", String}}
	u := &Union{Cols: out}
	for i, c := range cols {
		u.Of = append(u.Of, &Project{shared, []Item{{"Row", ref(at, len(cols))}, {"Column", Const{String, c.Name}}, {"Value", b.convert(ref(at, i), String)}}})
	}
	return u
}
