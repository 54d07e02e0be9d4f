package kql

import (
	"slices"
	"strings"

	"penstock/kql/syntax"
)

// leg is one table of a union with the name that withsource shows.
type leg struct {
	node Node
	name string
}

// union puts tables together.
func (b *binder) union(op *syntax.Union, in Node, s *scope) Node {
	inner, fuzzy, source := false, false, ""
	for _, o := range op.Options {
		switch o.Name {
		case "kind":
			inner = propertyText(o.Value) == "inner"
		case "isfuzzy", "best_effort":
			fuzzy = propertyText(o.Value) == "true"
		case "withsource", "with_source":
			source = propertyText(o.Value)
		}
	}
	var legs []leg
	if in != nil {
		if isLost(in) {
			return in
		}
		legs = append(legs, leg{in, sourceName(in, "union_arg0")})
	}
	for _, x := range op.Tables {
		more, ok := b.legs(x, s, fuzzy, len(legs))
		if !ok {
			return lost{}
		}
		legs = append(legs, more...)
		if !b.spend(widthOf(more), x.Pos()) {
			return lost{}
		}
	}
	if len(legs) == 0 {
		b.report(op.Span, "", "union has no table to read")
		return lost{}
	}
	return b.together(op.Span, legs, inner, source)
}

// widthOf counts the columns of tables.
func widthOf(legs []leg) int {
	width := 0
	for _, l := range legs {
		width += len(l.node.Columns())
	}
	return width
}

// legs are the tables that an argument of union stands for.
func (b *binder) legs(x syntax.Expr, s *scope, fuzzy bool, count int) ([]leg, bool) {
	unnamed := "union_arg" + formatLong(int64(count))
	switch x := x.(type) {
	case *syntax.Pattern:
		return b.tablesLike(x, s)
	case *syntax.Paren:
		if !fuzzy {
			return b.legs(x.X, s, fuzzy, count)
		}
	case *syntax.Ident:
		if _, ok := b.tableNamed(x.Name); !ok && s.find(x.Name) == nil && builtIns[x.Name] == nil && fuzzy {
			b.notice(x.Span, "table "+x.Name+" is not here; union isfuzzy goes on without it")
			return nil, true
		}
		unnamed = x.Name
	}
	if fuzzy {
		return b.fuzzyLeg(x, s, unnamed)
	}
	node := b.table(x, s)
	if isLost(node) {
		return nil, false
	}
	return []leg{{node, sourceName(node, unnamed)}}, true
}

// fuzzyLeg binds a table of a fuzzy union: one that cannot be bound for want of a table is left out.
func (b *binder) fuzzyLeg(x syntax.Expr, s *scope, unnamed string) ([]leg, bool) {
	diags, failed, unknown := len(b.diags), b.failed, b.unknownNames
	node := b.table(x, s)
	if !isLost(node) && b.failed == failed {
		return []leg{{node, sourceName(node, unnamed)}}, true
	}
	missing := slices.ContainsFunc(b.diags[diags:], func(d Diagnostic) bool { return strings.HasPrefix(d.Message, "unknown table") })
	if !missing {
		return nil, false
	}
	b.diags, b.failed, b.unknownNames = b.diags[:diags], failed, unknown
	b.notice(x.Pos(), "a table of the fuzzy union is not here; the union goes on without it")
	return nil, true
}

// sourceName is what withsource shows of a table: its name, or that of the let.
func sourceName(n Node, otherwise string) string {
	for {
		switch node := n.(type) {
		case *Scan:
			return node.Table.Name
		case *Filter:
			n = node.In
			continue
		case *Shared:
			if node.Name != "" {
				return node.Name
			}
		}
		return otherwise
	}
}

// tablesLike are the tables and views that a pattern names.
func (b *binder) tablesLike(x *syntax.Pattern, s *scope) ([]leg, bool) {
	var legs []leg
	for _, name := range b.opt.Schema.Names() {
		if t, ok := b.tableNamed(name); ok && matches(x.Text, name) {
			legs = append(legs, leg{b.scan(t), name})
		}
	}
	for sc := s; sc != nil; sc = sc.parent {
		for _, e := range sc.list {
			if e.fn != nil && e.fn.View && len(e.fn.Params) == 0 && matches(x.Text, e.name) {
				legs = append(legs, leg{b.expandTable(e, &syntax.Call{Span: x.Span, Name: &syntax.Ident{Span: x.Span, Name: e.name}}, nil, s), e.name})
			}
		}
	}
	if len(legs) == 0 {
		b.unknownNames = true
		b.report(x.Span, "", "no table fits %s", x.Text)
		return nil, false
	}
	return legs, true
}

// together unites tables by column name. Columns of one name with different types become several, with the type in the name.
func (b *binder) together(span Span, legs []leg, inner bool, source string) Node {
	cols, placeOf := unitedColumns(legs, inner)
	if !b.spend(len(legs)*len(cols), span) {
		return lost{}
	}
	u := &Union{}
	width := 0
	if source != "" {
		// Where the tables have such a column as well, theirs gets a number.
		names := newNaming(nil)
		names.taken[source] = true
		for i := range cols {
			cols[i].Name = names.unique(cols[i].Name)
		}
		u.Cols = append(u.Cols, Column{source, String})
		width = 1
	}
	u.Cols = append(u.Cols, cols...)
	for i, l := range legs {
		items := make([]Item, len(u.Cols))
		if source != "" {
			items[0] = Item{source, Const{String, l.name}}
		}
		for c := range cols {
			items[width+c] = Item{cols[c].Name, missing(cols[c].Type)}
		}
		have := l.node.Columns()
		plain := source == "" && len(have) == len(cols)
		for from, to := range placeOf[i] {
			if to < 0 {
				plain = false
				continue
			}
			items[width+to] = Item{cols[to].Name, ref(have, from)}
			plain = plain && from == to && have[from].Name == cols[to].Name
		}
		if plain {
			u.Of = append(u.Of, l.node)
		} else {
			u.Of = append(u.Of, &Project{l.node, items})
		}
	}
	return u
}

// missing is what a column holds in rows of a table that lacks it.
func missing(t Type) Expr {
	if t == String {
		return Const{String, ""}
	}
	return Const{t, nil}
}

// unitedColumns are the columns of a union, and for each table where its own columns stand among them; -1 for those that are left out.
func unitedColumns(legs []leg, inner bool) ([]Column, [][]int) {
	type variant struct {
		name  string
		types []Type
		legs  int
	}
	var order []*variant
	byName := map[string]*variant{}
	for _, l := range legs {
		for _, c := range l.node.Columns() {
			v := byName[c.Name]
			if v == nil {
				v = &variant{name: c.Name}
				byName[c.Name] = v
				order = append(order, v)
			}
			v.legs++
			if !slices.Contains(v.types, c.Type) {
				v.types = append(v.types, c.Type)
			}
		}
	}
	var cols []Column
	place := map[Column]int{}
	taken := map[string]bool{}
	for name := range byName {
		taken[name] = true
	}
	for _, v := range order {
		if inner && (v.legs < len(legs) || len(v.types) > 1) {
			continue
		}
		for _, t := range v.types {
			name := v.name
			if len(v.types) > 1 {
				name += "_" + t.String()
				for taken[name] {
					name += "1"
				}
				taken[name] = true
			}
			place[Column{v.name, t}] = len(cols)
			cols = append(cols, Column{name, t})
		}
	}
	places := make([][]int, len(legs))
	for i, l := range legs {
		for _, c := range l.node.Columns() {
			at, ok := place[c]
			if !ok {
				at = -1
			}
			places[i] = append(places[i], at)
		}
	}
	return cols, places
}
