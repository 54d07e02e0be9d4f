package kql

import (
	"slices"

	"penstock/kql/syntax"
)

// askedOf adds the columns that an operator asks of a table whose columns only data tells, where they are not there: they are null. Microsoft's
// binder shows them from then on, with an unknown type.
func (b *binder) askedOf(in Node, op syntax.Operator, s *scope) Node {
	cols := in.Columns()
	items := refs(cols)
	for _, id := range mentioned(op) {
		known := slices.ContainsFunc(items, func(i Item) bool { return i.Name == id.Name })
		if known || s.find(id.Name) != nil || id.Name == "" {
			continue
		}
		b.undetermined[id.Name] = true
		b.notice(id.Span, "column "+id.Name+" depends on the data: it is null where no row has it")
		items = append(items, Item{id.Name, Const{Dynamic, nil}})
	}
	if len(items) == len(cols) {
		return in
	}
	more := &Project{in, items}
	b.open[more] = true
	return more
}

// mentioned are the names that an operator asks of its input.
func mentioned(op syntax.Operator) []*syntax.Ident {
	var exprs []syntax.Expr
	switch op := op.(type) {
	case *syntax.Where:
		exprs = []syntax.Expr{op.X}
	case *syntax.Project:
		exprs = op.Items
	case *syntax.Summarize:
		exprs = slices.Concat(op.Aggs, op.By)
	case *syntax.Sort:
		for _, k := range op.Keys {
			exprs = append(exprs, k.X)
		}
	case *syntax.Top:
		for _, k := range op.Keys {
			exprs = append(exprs, k.X)
		}
	case *syntax.MvExpand:
		for _, item := range op.Items {
			exprs = append(exprs, item.X)
		}
	case *syntax.Join:
		for _, x := range op.On {
			exprs = append(exprs, leftKeys(x)...)
		}
	case *syntax.ParseWith:
		exprs = []syntax.Expr{op.X}
	case *syntax.ParseKV:
		exprs = []syntax.Expr{op.X}
	}
	var list []*syntax.Ident
	for _, x := range exprs {
		if o, ok := x.(*syntax.Ordered); ok {
			x = o.X
		}
		if n, ok := x.(*syntax.Named); ok {
			x = n.X
		}
		list = identifiers(x, list)
	}
	return list
}

// leftKeys are the names that a join's condition asks of the left side.
func leftKeys(x syntax.Expr) []syntax.Expr {
	var list []syntax.Expr
	for _, part := range conjuncts(x) {
		switch part := part.(type) {
		case *syntax.Ident:
			list = append(list, part)
		case *syntax.Binary:
			for _, side := range []syntax.Expr{part.X, part.Y} {
				if p, ok := side.(*syntax.Path); ok && sideOf(p) == "$left" {
					list = append(list, p.Name)
				}
			}
		}
	}
	return list
}
