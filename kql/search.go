package kql

import (
	"regexp"
	"slices"
	"strings"

	"penstock/kql/syntax"
)

// search looks for terms in all columns of tables.
func (b *binder) search(op *syntax.Search, in Node, s *scope) Node {
	term := "has"
	for _, o := range op.Options {
		if o.Name == "kind" && propertyText(o.Value) == "case_sensitive" {
			term = "has_cs"
		}
	}
	legs, ok := b.searched(op.Span, op.Tables, in, s)
	if !ok {
		return lost{}
	}
	var kept []leg
	for _, l := range legs {
		e := b.rowOf(l.node, s)
		e.lenient = len(legs) > 1
		condition := b.searchCondition(op.X, e, term)
		if isBad(condition) {
			return lost{}
		}
		kept = append(kept, leg{&Filter{l.node, condition}, l.name})
	}
	b.knownSomewhere(op.X, legs, s)
	return b.together(op.Span, kept, false, "$table")
}

// searched are the tables that search and find read: those named, the input, or all.
func (b *binder) searched(span Span, tables []syntax.Expr, in Node, s *scope) ([]leg, bool) {
	if in != nil {
		if isLost(in) {
			return nil, false
		}
		return []leg{{in, sourceName(in, "")}}, true
	}
	if len(tables) == 0 {
		return b.tablesLike(&syntax.Pattern{Span: span, Text: "*"}, s)
	}
	var legs []leg
	for i, x := range tables {
		if _, star := x.(*syntax.Star); star {
			x = &syntax.Pattern{Span: x.Pos(), Text: "*"}
		}
		more, ok := b.legs(x, s, false, i)
		if !ok {
			return nil, false
		}
		legs = append(legs, more...)
	}
	return legs, true
}

// knownSomewhere complains about a name that is a column of none of the tables.
func (b *binder) knownSomewhere(x syntax.Expr, legs []leg, s *scope) {
	if len(legs) < 2 {
		return
	}
	names := map[string]bool{}
	for _, l := range legs {
		for _, c := range l.node.Columns() {
			names[c.Name] = true
		}
	}
	for _, id := range identifiers(x, nil) {
		if !names[id.Name] && s.find(id.Name) == nil {
			all := make([]Column, 0, len(names))
			for name := range names {
				all = append(all, Column{name, String})
			}
			slices.SortFunc(all, func(a, c Column) int { return strings.Compare(a.Name, c.Name) })
			b.unknownColumn(id, &env{cols: all, row: true, scope: &scope{}})
		}
	}
}

// identifiers are the names in a condition, without those of functions and members.
func identifiers(x syntax.Expr, list []*syntax.Ident) []*syntax.Ident {
	switch x := x.(type) {
	case *syntax.Ident:
		return append(list, x)
	case *syntax.Binary:
		return identifiers(x.Y, identifiers(x.X, list))
	case *syntax.Unary:
		return identifiers(x.X, list)
	case *syntax.Paren:
		return identifiers(x.X, list)
	case *syntax.Path:
		return identifiers(x.X, list)
	case *syntax.Index:
		return identifiers(x.Index, identifiers(x.X, list))
	case *syntax.List:
		return identifiers(x.X, list)
	case *syntax.Between:
		return identifiers(x.To, identifiers(x.From, identifiers(x.X, list)))
	case *syntax.Call:
		for _, a := range x.Args {
			list = identifiers(a, list)
		}
	}
	return list
}

// searchCondition binds a condition in which a text alone is a term to look for in every column.
func (b *binder) searchCondition(x syntax.Expr, e *env, term string) Expr {
	switch x := x.(type) {
	case *syntax.Paren:
		return b.searchCondition(x.X, e, term)
	case *syntax.Literal:
		if text, ok := x.Value.(string); ok && x.Type == "string" {
			return b.overColumns(x.Span, e, func(column Expr) Expr {
				if column.Type() == Bool {
					return nil
				}
				return b.searchTerm(b.convert(column, String), text, term)
			})
		}
	case *syntax.Ident:
		if ent := e.scope.find(x.Name); ent != nil {
			if c, ok := ent.scalar.(Const); ok && c.Of == String {
				return b.searchCondition(&syntax.Literal{Span: x.Span, Type: "string", Value: c.Value}, e, term)
			}
		}
	case *syntax.Star:
		return Const{Bool, true}
	case *syntax.Call:
		if x.Name.Name == "not" && len(x.Args) == 1 {
			inner := b.searchCondition(x.Args[0], e, term)
			if isBad(inner) {
				return inner
			}
			return b.call("not", Bool, inner)
		}
	case *syntax.Binary:
		if x.Op == "and" || x.Op == "or" {
			l, r := b.searchCondition(x.X, e, term), b.searchCondition(x.Y, e, term)
			if isBad(l) || isBad(r) {
				return bad{}
			}
			return Call{Func: b.lib.operators[x.Op], Args: []Expr{l, r}, Of: Bool}
		}
		if x.Op == ":" {
			return b.columnTerm(x, e, term)
		}
	}
	return b.boolean(x, e)
}

// columnTerm is Column:"term".
func (b *binder) columnTerm(x *syntax.Binary, e *env, term string) Expr {
	l, r := b.scalar(x.X, e), b.scalar(x.Y, e)
	if isBad(l) || isBad(r) {
		return bad{}
	}
	c, ok := r.(Const)
	if text, isString := c.Value.(string); ok && isString && c.Of == String {
		return b.searchTerm(b.convert(l, String), text, term)
	}
	return b.comparison("==", x.OpSpan, l, r)
}

// searchTerm looks for a term in a text: whole, or with asterisks for the rest of it.
func (b *binder) searchTerm(column Expr, text, term string) Expr {
	cs := strings.TrimPrefix(term, "has")
	op, needle := term, text
	switch middle := strings.Trim(text, "*"); {
	case text == "*" || text == "":
		return Const{Bool, true}
	case strings.Contains(middle, "*"):
		pattern := strings.ReplaceAll(regexp.QuoteMeta(text), `\*`, ".*")
		if cs == "" {
			pattern = "(?i)" + pattern
		}
		op, needle = "matches regex", pattern
	case strings.HasPrefix(text, "*") && strings.HasSuffix(text, "*"):
		op, needle = "contains"+cs, middle
	case strings.HasPrefix(text, "*"):
		op, needle = "hassuffix"+cs, middle
	case strings.HasSuffix(text, "*"):
		op, needle = "hasprefix"+cs, middle
	}
	return Call{Func: b.lib.operators[op], Args: []Expr{column, Const{String, needle}}, Of: Bool}
}

// find looks for rows in tables and shows some columns of each, the others packed together.
func (b *binder) find(op *syntax.Find, in Node, s *scope) Node {
	source := "source_"
	for _, o := range op.Options {
		if o.Name == "withsource" {
			source = propertyText(o.Value)
		}
	}
	legs, ok := b.searched(op.Span, op.Tables, in, s)
	if !ok {
		return lost{}
	}
	for i := range legs {
		legs[i].node = withoutArrival(legs[i].node)
	}
	var kept []leg
	for _, l := range legs {
		e := b.rowOf(l.node, s)
		e.lenient = len(legs) > 1
		condition := b.searchCondition(op.X, e, "has")
		if isBad(condition) {
			return lost{}
		}
		// A table that lacks what a row must have cannot hold such a row.
		if !neverTrue(condition) {
			kept = append(kept, leg{&Filter{l.node, condition}, l.name})
		}
	}
	b.knownSomewhere(op.X, legs, s)
	if len(kept) == 0 {
		kept = []leg{{&Filter{legs[0].node, Const{Bool, false}}, legs[0].name}}
	}
	cols, pack := b.findColumns(op, legs, kept, s)
	u := &Union{Cols: append([]Column{{source, String}}, cols...)}
	if pack {
		u.Cols = append(u.Cols, Column{"pack_", Dynamic})
	}
	for _, l := range kept {
		u.Of = append(u.Of, b.findLeg(l, source, cols, pack))
	}
	return u
}

// findLeg is a table of find with the columns that are shown.
func (b *binder) findLeg(l leg, source string, cols []Column, pack bool) Node {
	have := &env{cols: l.node.Columns()}
	items := []Item{{source, Const{String, l.name}}}
	shown := map[string]bool{}
	for _, c := range cols {
		shown[c.Name] = true
		x := missing(c.Type)
		if i, ok := have.column(c.Name); ok {
			x = b.widen(ref(have.cols, i), c.Type)
		}
		items = append(items, Item{c.Name, x})
	}
	if pack {
		bag := Call{Func: b.lib.scalars["bag_pack"], Of: Dynamic}
		for i, c := range have.cols {
			if !shown[c.Name] {
				bag.Args = append(bag.Args, Const{String, c.Name}, ref(have.cols, i))
			}
		}
		items = append(items, Item{"pack_", bag})
	}
	return &Project{l.node, items}
}

// findColumns are the columns that find shows: those asked for, or the ones that all tables have and those of the condition.
func (b *binder) findColumns(op *syntax.Find, all, kept []leg, s *scope) (cols []Column, pack bool) {
	typeOf := func(name string, legs []leg) (Type, int) {
		t, count := Type(0), 0
		for _, l := range legs {
			e := &env{cols: l.node.Columns()}
			if i, ok := e.column(name); ok {
				count++
				switch have := e.cols[i].Type; {
				case t == 0 || numeric(t) && numeric(have):
					t = widest(t, have)
					if !numeric(have) {
						t = have
					}
				case t != have:
					t = String
				}
			}
		}
		return t, count
	}
	if op.Project != nil {
		for _, c := range op.Project {
			if c.Pack {
				pack = true
				continue
			}
			t, found := typeOf(c.Name.Name, all)
			if found == 0 {
				b.unknownColumn(c.Name, &env{cols: kept[0].node.Columns(), row: true, scope: &scope{}})
				continue
			}
			if declared, ok := typeNamed(c.Type); ok {
				t = declared
			}
			cols = append(cols, Column{c.Name.Name, t})
		}
		return cols, pack
	}
	if len(kept) == 1 {
		return kept[0].node.Columns(), false
	}
	for _, c := range kept[0].node.Columns() {
		if t, found := typeOf(c.Name, kept); found == len(kept) {
			cols = append(cols, Column{c.Name, t})
		}
	}
	for _, id := range identifiers(op.X, nil) {
		t, found := typeOf(id.Name, kept)
		if found > 0 && !slices.ContainsFunc(cols, func(c Column) bool { return c.Name == id.Name }) {
			cols = append(cols, Column{id.Name, t})
		}
	}
	if len(op.Away) > 0 {
		away := b.patterns(op.Away, cols, s)
		var left []Column
		for i, c := range cols {
			if !slices.Contains(away, i) {
				left = append(left, c)
			}
		}
		cols = left
	}
	return cols, true
}

// neverTrue says whether a condition is null or false for every row, as one on a column is that a table lacks.
func neverTrue(x Expr) bool {
	switch x := x.(type) {
	case Const:
		return x.Value == nil || x.Value == false
	case Call:
		switch x.Func.Name {
		case "and":
			return neverTrue(x.Args[0]) || neverTrue(x.Args[1])
		case "or":
			return neverTrue(x.Args[0]) && neverTrue(x.Args[1])
		case "==", "<", "<=", ">", ">=", "has", "=~", "contains", "startswith", "endswith", "in", "in~", "between", "has_any", "has_cs", "hasprefix", "matches regex":
			return isMissing(x.Args[0])
		}
	}
	return false
}

// isMissing says whether a value is null for every row: a column that is not there, perhaps converted.
func isMissing(x Expr) bool {
	if c, ok := x.(Call); ok && len(c.Args) == 1 && conversions[c.Of] == c.Func.Name {
		x = c.Args[0]
	}
	c, ok := x.(Const)
	return ok && c.Value == nil
}
