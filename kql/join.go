package kql

import (
	"slices"
	"strings"

	"penstock/kql/syntax"
)

// joinKinds are the kinds of join by all their names.
var joinKinds = map[string]JoinKind{"innerunique": InnerUnique, "inner": Inner, "leftouter": LeftOuter, "rightouter": RightOuter, "fullouter": FullOuter,
	"leftsemi": LeftSemi, "rightsemi": RightSemi, "leftanti": LeftAnti, "anti": LeftAnti, "leftantisemi": LeftAnti, "rightanti": RightAnti, "rightantisemi": RightAnti}

// join binds join and lookup.
func (b *binder) join(op *syntax.Join, in Node, s *scope) Node {
	kind := b.joinKind(op)
	right := withoutArrival(b.table(op.Table, s))
	if isLost(right) {
		return lost{}
	}
	j := &Join{Left: in, Right: right, Kind: kind}
	var dropped []int
	for _, on := range op.On {
		for _, condition := range conjuncts(on) {
			key, ok := b.joinKey(condition, j, s)
			if !ok {
				continue
			}
			j.On = append(j.On, key)
			if r, ok := key.Right.(Ref); ok {
				dropped = append(dropped, r.Index)
			} else if c, ok := key.Right.(Call); ok && len(c.Args) == 1 {
				if r, ok := c.Args[0].(Ref); ok {
					dropped = append(dropped, r.Index)
				}
			}
		}
	}
	left, rcols := in.Columns(), right.Columns()
	switch kind {
	case LeftSemi, LeftAnti:
		j.Cols = left
		return j
	case RightSemi, RightAnti:
		j.Cols = rcols
		return j
	}
	j.Cols = sideBySide(left, rcols)
	if !op.Lookup {
		return j
	}
	// lookup drops the keys of the right side before names are made, so they do not use up a number.
	kept := make([]Column, 0, len(rcols))
	for i, c := range rcols {
		if !slices.Contains(dropped, i) {
			kept = append(kept, c)
		}
	}
	names := sideBySide(left, kept)
	items := make([]Item, 0, len(names))
	for i := range left {
		items = append(items, Item{left[i].Name, ref(j.Cols, i)})
	}
	next := len(left)
	for i := range rcols {
		if slices.Contains(dropped, i) {
			continue
		}
		items = append(items, Item{names[next].Name, ref(j.Cols, len(left)+i)})
		next++
	}
	return &Project{j, items}
}

func (b *binder) joinKind(op *syntax.Join) JoinKind {
	kind := InnerUnique
	if op.Lookup {
		kind = LeftOuter
	}
	for _, o := range op.Options {
		if o.Name != "kind" {
			continue
		}
		text := propertyText(o.Value)
		k, ok := joinKinds[strings.ToLower(text)]
		if !ok || op.Lookup && k != LeftOuter && k != Inner {
			names := []string{"innerunique", "inner", "leftouter", "rightouter", "fullouter", "leftsemi", "rightsemi", "leftanti", "rightanti"}
			hint := "kinds are " + strings.Join(names, ", ")
			if op.Lookup {
				hint = "kinds of lookup are leftouter and inner"
			} else if near := syntax.Nearest(text, names); near != "" {
				hint = "did you mean " + near + "?"
			}
			b.report(o.Span, hint, "unknown kind %q", text)
			continue
		}
		kind = k
	}
	return kind
}

// conjuncts are the parts of a condition that and joins.
func conjuncts(x syntax.Expr) []syntax.Expr {
	switch x := x.(type) {
	case *syntax.Binary:
		if x.Op == "and" {
			return append(conjuncts(x.X), conjuncts(x.Y)...)
		}
	case *syntax.Paren:
		return conjuncts(x.X)
	}
	return []syntax.Expr{x}
}

// joinKey binds one condition of a join: the name of a column that both sides have, or $left.a == $right.b.
func (b *binder) joinKey(x syntax.Expr, j *Join, s *scope) (JoinKey, bool) {
	left, right := j.Left.Columns(), j.Right.Columns()
	if name, ok := x.(*syntax.Ident); ok {
		l := b.name(name, &env{cols: left, row: true, scope: &scope{}})
		if isBad(l) {
			return JoinKey{}, false
		}
		r := b.name(name, &env{cols: right, row: true, scope: &scope{}})
		return b.alike(x.Pos(), l, r)
	}
	eq, ok := x.(*syntax.Binary)
	if !ok || eq.Op != "==" {
		b.report(x.Pos(), "write the name of a column of both tables, or $left.A == $right.B", "a join goes by equal columns")
		return JoinKey{}, false
	}
	sides := [2]Expr{}
	for i, side := range []syntax.Expr{eq.X, eq.Y} {
		which := sideOf(side)
		if which == "" || sides[index(which)] != nil {
			b.report(side.Pos(), "write $left.A == $right.B", "a side of the condition must name $left or $right")
			return JoinKey{}, false
		}
		_ = i
		cols := left
		if which == "$right" {
			cols = right
		}
		sides[index(which)] = b.scalar(side, &env{scope: s, cols: cols, row: true, left: left, right: right})
	}
	return b.alike(x.Pos(), sides[0], sides[1])
}

func index(side string) int {
	if side == "$right" {
		return 1
	}
	return 0
}

// sideOf is the side that an expression names, if it names one alone.
func sideOf(x syntax.Expr) string {
	switch x := x.(type) {
	case *syntax.Path:
		if id, ok := x.X.(*syntax.Ident); ok && (id.Name == "$left" || id.Name == "$right") {
			return id.Name
		}
		return sideOf(x.X)
	case *syntax.Index:
		return sideOf(x.X)
	case *syntax.Paren:
		return sideOf(x.X)
	case *syntax.Call:
		found := ""
		for _, a := range x.Args {
			if side := sideOf(a); side != "" {
				if found != "" && found != side {
					return ""
				}
				found = side
			}
		}
		return found
	}
	return ""
}

// alike makes the two sides of a key comparable. A dynamic side takes the type of the other one, as the service does.
func (b *binder) alike(span Span, l, r Expr) (JoinKey, bool) {
	lt, rt := l.Type(), r.Type()
	switch {
	case lt == 0 || rt == 0:
		return JoinKey{}, false
	case lt == rt:
	case numeric(lt) && numeric(rt):
		t := widest(lt, rt)
		l, r = b.widen(l, t), b.widen(r, t)
	case lt == Dynamic:
		l = b.convert(l, rt)
	case rt == Dynamic:
		r = b.convert(r, lt)
	default:
		b.report(span, "convert one side with extend before the join", "the keys of a join must be alike, not %s and %s", lt, rt)
		return JoinKey{}, false
	}
	return JoinKey{l, r}, true
}

// sideBySide are the columns of two tables together: a right one whose name is taken gets a number.
func sideBySide(left, right []Column) []Column {
	taken := make(map[string]bool, len(left)+len(right))
	for _, c := range left {
		taken[c.Name] = true
	}
	// A right column that keeps its name has it before another gets it with a number.
	for _, c := range right {
		taken[c.Name] = true
	}
	cols := slices.Clone(left)
	own := make(map[string]bool, len(left))
	for _, c := range left {
		own[c.Name] = true
	}
	for _, c := range right {
		name := c.Name
		if own[name] {
			for i := 1; taken[name]; i++ {
				name = c.Name + formatLong(int64(i))
			}
			taken[name] = true
		}
		cols = append(cols, Column{name, c.Type})
	}
	return cols
}
