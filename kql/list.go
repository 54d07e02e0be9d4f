package kql

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"penstock/kql/syntax"
)

// list binds in, has_any and has_all with what stands on their right.
func (b *binder) list(x *syntax.List, e *env) Expr {
	if _, ok := x.X.(*syntax.Star); ok {
		return b.overColumns(x.Span, e, func(column Expr) Expr {
			if !isText(column) {
				return nil
			}
			return b.listOf(x, column, e)
		})
	}
	v := b.scalar(x.X, e)
	if isBad(v) {
		for _, item := range x.Items {
			if !b.isTable(item, e.scope) {
				b.scalar(item, e)
			}
		}
		return v
	}
	return b.listOf(x, v, e)
}

func (b *binder) listOf(x *syntax.List, v Expr, e *env) Expr {
	texts := x.Op == "has_any" || x.Op == "has_all"
	if texts && !isText(v) {
		b.report(x.X.Pos(), "turn it into a text with tostring()", "%s works on texts, not on %s", x.Op, an(v.Type()))
		return bad{}
	}
	if len(x.Items) == 1 && b.isTable(x.Items[0], e.scope) {
		return b.inTable(x, v, e)
	}
	var plain, dynamic []Expr
	for _, item := range x.Items {
		i := b.scalar(item, e)
		switch c, ok := i.(Const); {
		case isBad(i):
			return i
		case i.Type() != Dynamic:
			plain = append(plain, i)
		case ok:
			plain = append(plain, unpacked(c)...)
		default:
			dynamic = append(dynamic, i)
		}
	}
	op := b.lib.operators[x.Op]
	var parts []Expr
	if len(plain) > 0 || len(dynamic) == 0 {
		subject, items, ok := b.listTypes(x, v, plain)
		if !ok {
			return bad{}
		}
		parts = append(parts, Call{Func: op, Args: append([]Expr{subject}, items...), Of: Bool})
	}
	for _, d := range dynamic {
		subject := v
		if texts {
			subject = b.convert(v, String)
		}
		parts = append(parts, Call{Func: op, Args: []Expr{subject, d}, Of: Bool})
	}
	// x in (a, list) is in either; x !in and has_all want every part.
	joint := "or"
	if strings.HasPrefix(x.Op, "!") || x.Op == "has_all" {
		joint = "and"
	}
	return b.joined(joint, parts)
}

// listTypes converts a value and the items that it is looked for in, so that they compare.
func (b *binder) listTypes(x *syntax.List, v Expr, items []Expr) (Expr, []Expr, bool) {
	to := v.Type()
	if x.Op == "has_any" || x.Op == "has_all" || strings.HasSuffix(x.Op, "~") {
		to = String
		if !isText(v) {
			b.report(x.X.Pos(), "turn it into a text with tostring()", "%s works on texts, not on %s", x.Op, an(v.Type()))
			return nil, nil, false
		}
	}
	if to == Dynamic {
		to = commonItem(items)
	}
	if numeric(to) {
		for _, i := range items {
			if numeric(i.Type()) {
				to = widest(to, i.Type())
			}
		}
	}
	converted := make([]Expr, 0, len(items))
	for i, item := range items {
		if t := item.Type(); t != to && !looselyEqual(t, to) {
			span := x.Span
			if i < len(x.Items) {
				span = x.Items[i].Pos()
			}
			b.report(span, "", "%s cannot be among values of type %s", an(t), to)
			return nil, nil, false
		}
		c := b.widen(item, to)
		if k, ok := c.(Const); ok && k.Value == nil && to != String {
			continue // null is in nothing
		}
		converted = append(converted, c)
	}
	return b.widen(v, to), converted, true
}

// looselyEqual says whether Kusto compares two types by converting one of them.
func looselyEqual(t, to Type) bool {
	return t == String || to == String || t == Dynamic || numeric(t) && numeric(to) || t == Bool && numeric(to) || to == Bool && numeric(t)
}

// commonItem is the type by which a dynamic value is looked for among items.
func commonItem(items []Expr) Type {
	t := common(items)
	switch t {
	case Int, Long:
		return Real // 5.5 is not among (5)
	case 0, Dynamic:
		return String
	}
	return t
}

// unpacked are the items of a constant array as constants.
func unpacked(c Const) []Expr {
	raw, ok := c.Value.(json.RawMessage)
	if !ok {
		return nil
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return []Expr{plainConst(raw)}
	}
	items := make([]Expr, 0, len(list))
	for _, item := range list {
		items = append(items, plainConst(item))
	}
	return items
}

// plainConst is a JSON value as the constant that it is.
func plainConst(raw json.RawMessage) Expr {
	text := strings.TrimSpace(string(raw))
	switch {
	case text == "null":
		return Const{Dynamic, nil}
	case text == "true" || text == "false":
		return Const{Bool, text == "true"}
	case strings.HasPrefix(text, `"`):
		var s string
		if json.Unmarshal(raw, &s) == nil {
			return Const{String, s}
		}
	case strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{"):
		return Const{Dynamic, raw}
	}
	if v, err := strconv.ParseInt(text, 10, 64); err == nil {
		return Const{Long, v}
	}
	if v, err := strconv.ParseFloat(text, 64); err == nil {
		return Const{Real, v}
	}
	return Const{Dynamic, raw}
}

// inTable binds x in (T), and has_any (T), which looks for each of the values.
func (b *binder) inTable(x *syntax.List, v Expr, e *env) Expr {
	node := b.table(x.Items[0], e.scope)
	cols := node.Columns()
	if isLost(node) || len(cols) == 0 {
		if !isLost(node) {
			b.report(x.Items[0].Pos(), "", "the table has no column to look in")
		}
		return bad{}
	}
	// An array in a table counts as its items.
	if cols[0].Type == Dynamic {
		node = &MvExpand{In: node, Items: []Expansion{{Name: cols[0].Name, Expr: ref(cols, 0), To: Dynamic}}, Cols: cols}
	}
	if x.Op == "has_any" || x.Op == "has_all" {
		return Call{Func: b.lib.operators[x.Op], Args: []Expr{b.convert(v, String), b.gathered(node)}, Of: Bool}
	}
	t := v.Type()
	fold := strings.HasSuffix(x.Op, "~")
	if fold && !isText(v) {
		b.report(x.X.Pos(), "turn it into a text with tostring()", "%s works on texts, not on %s", x.Op, an(v.Type()))
		return bad{}
	}
	column := cols[0].Type
	switch {
	case t == column && t != Dynamic:
	case numeric(t) && numeric(column):
		t = widest(t, column)
	case t == Dynamic && column != Dynamic:
		t = column
	case t == Dynamic || t == String || column == String:
		t = String
	case column != Dynamic:
		b.report(x.Span, "", "%s cannot be among values of type %s", an(v.Type()), column)
		return bad{}
	}
	node = &Project{node, []Item{{cols[0].Name, b.widen(ref(cols, 0), t)}}}
	return InTable{X: b.widen(v, t), Query: node, Not: strings.HasPrefix(x.Op, "!"), Fold: fold}
}

// gathered is the first column of a table as an array of texts.
func (b *binder) gathered(node Node) Expr {
	cols := node.Columns()
	agg := Aggregation{Func: b.lib.aggregates["make_set"], Args: []Expr{b.convert(ref(cols, 0), String)}, Cols: []Column{{"set", Dynamic}}}
	return Scalar{&Aggregate{In: node, Aggs: []Aggregation{agg}}, Dynamic}
}

// timeOf is a constant datetime.
func timeOf(x Expr) (time.Time, bool) {
	if c, ok := x.(Const); ok {
		t, ok := c.Value.(time.Time)
		return t, ok
	}
	return time.Time{}, false
}
