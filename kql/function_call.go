package kql

import (
	"penstock/kql/syntax"
)

// expandTable puts the body of a function in a call's place. input is the table of invoke, which is the first argument.
func (b *binder) expandTable(e *entity, x *syntax.Call, input Node, s *scope) Node {
	inner, ok := b.arm(e, x, input, &env{scope: s})
	if !ok || !b.enter(x.Span) {
		return lost{}
	}
	defer b.leave()
	return b.table(e.fn.Body, inner)
}

// expandScalar is expandTable for functions that give a single value.
func (b *binder) expandScalar(e *entity, x *syntax.Call, at *env) Expr {
	if b.givesTable(e) {
		b.report(x.Span, "use toscalar(…) to make a value of it", "%s gives a table, not a single value", x.Name.Name)
		return bad{}
	}
	inner, ok := b.arm(e, x, nil, at)
	if !ok || !b.enter(x.Span) {
		return bad{}
	}
	defer b.leave()
	// The body sees its parameters alone, not the row; arguments carry their references with them.
	return b.scalar(e.fn.Body, &env{scope: inner, aggs: at.aggs})
}

// arm makes the scope of a function's body: its parameters with what the call gives them, and the lets of the body.
func (b *binder) arm(e *entity, x *syntax.Call, input Node, at *env) (*scope, bool) {
	f := e.fn
	if f.Body == nil {
		b.failed = true
		return nil, false
	}
	if e.in.expanding(f) || at.scope.expanding(f) {
		b.report(x.Span, "", "%s calls itself", e.name)
		return nil, false
	}
	inner := &scope{parent: e.in, function: f}
	given, ok := b.give(f, x, input)
	if !ok {
		return nil, false
	}
	for i, p := range f.Params {
		ent := &entity{name: p.Name}
		switch arg := given[i]; {
		case p.Table && i == 0 && input != nil:
			ent.table = b.tableArgument(x.Span, p, input)
		case p.Table && arg != nil:
			ent.table = b.tableArgument(arg.Pos(), p, b.table(arg, at.scope))
		case arg != nil:
			ent.scalar = b.scalarArgument(arg.Pos(), p, b.scalar(arg, at))
			ent.row = hasRef(ent.scalar)
		case p.Default != nil:
			ent.scalar = b.scalarArgument(p.Span, p, b.scalar(p.Default, &env{scope: e.in}))
		default:
			b.report(x.Span, "", "%s needs its parameter %s", e.name, p.Name)
			ok = false
		}
		inner.add(ent)
	}
	if !ok {
		return nil, false
	}
	// The function marks the scope only while its body is bound: arguments may call it.
	for _, stmt := range f.Lets {
		b.statement(stmt, inner)
	}
	return inner, true
}

// give sorts a call's arguments by parameter.
func (b *binder) give(f *syntax.Function, x *syntax.Call, input Node) ([]syntax.Expr, bool) {
	given := make([]syntax.Expr, len(f.Params))
	next := 0
	if input != nil {
		if len(f.Params) == 0 || !f.Params[0].Table {
			b.report(x.Span, "", "%s has no table as its first parameter, which invoke needs", x.Name.Name)
			return nil, false
		}
		next = 1
	}
	for _, arg := range x.Args {
		place := next
		if named, ok := arg.(*syntax.Named); ok && len(named.Names) == 1 {
			place = -1
			for i, p := range f.Params {
				if p.Name == named.Names[0].Name {
					place = i
				}
			}
			if place < 0 {
				b.report(named.Span, "", "%s has no parameter %s", x.Name.Name, named.Names[0].Name)
				return nil, false
			}
			arg = named.X
		} else {
			next++
		}
		if place >= len(given) {
			b.report(x.Span, "", "%s takes %s", x.Name.Name, count(len(f.Params), "argument"))
			return nil, false
		}
		given[place] = arg
	}
	return given, true
}

func (b *binder) scalarArgument(span Span, p syntax.Param, v Expr) Expr {
	t, ok := typeNamed(p.Type)
	if !ok || isBad(v) || v.Type() == t {
		return v
	}
	vt := v.Type()
	if vt == Dynamic || t == Dynamic || numeric(vt) && numeric(t) || t == DateTime && vt == String || t == String && vt == Guid {
		return b.convert(v, t)
	}
	b.report(span, "", "parameter %s is %s, not %s", p.Name, an(t), an(vt))
	return bad{}
}

// tableArgument checks that a table has the columns that a parameter declares; what it has beside them the function sees as well, as Kusto does.
func (b *binder) tableArgument(span Span, p syntax.Param, in Node) Node {
	if isLost(in) {
		return in
	}
	have := &env{cols: in.Columns()}
	for _, c := range p.Columns {
		i, ok := have.column(c.Name)
		t, _ := typeNamed(c.Type)
		switch {
		case !ok:
			b.unknownNames = true
			b.report(span, "", "the table for %s needs a column %s", p.Name, c.Name)
			return lost{}
		case have.cols[i].Type != t && (!numeric(t) || !numeric(have.cols[i].Type)):
			b.report(span, "", "column %s of the table for %s must be %s, not %s", c.Name, p.Name, an(t), an(have.cols[i].Type))
			return lost{}
		}
	}
	if shared, ok := in.(*Shared); ok {
		return shared
	}
	return &Shared{Name: p.Name, In: in}
}

// invoke hands the input to a function as its first argument.
func (b *binder) invoke(op *syntax.Invoke, in Node, s *scope) Node {
	name := op.Call.Name
	if e := s.find(name.Name); e != nil && e.fn != nil {
		b.meet(name.Span, e)
		return b.expandTable(e, op.Call, in, s)
	}
	if name.Name == "SeenBy" && len(op.Call.Args) == 0 {
		return b.seenBy(op.Call, in)
	}
	if f := builtIns[name.Name]; f != nil {
		return b.expandBuiltIn(f, op.Call, in, s)
	}
	hint := ""
	if near := syntax.Nearest(name.Name, append(s.names(), builtInNames()...)); near != "" {
		hint = "did you mean " + near + "?"
	}
	b.report(name.Span, hint, "unknown function %q", name.Name)
	return lost{}
}
