package kql

import (
	"slices"

	"penstock/kql/syntax"
)

// entity is what a name of let, as or a parameter means: one of scalar, table and function is set.
type entity struct {
	name   string
	scalar Expr
	table  Node
	fn     *syntax.Function
	in     *scope // what the function's body sees: the names before it
	// gives says whether the function gives a table, once that has been found out.
	gives *bool
	// row says that a scalar refers to the row at hand, as a function's argument may.
	row bool
	// tabular stands in for a table whose columns nobody needs: used while finding out whether an expression is a table.
	tabular bool
	// step says that the name is a step of scan, whose columns can be asked for.
	step *stepColumns
}

// stepColumns are the columns of a scan's step.
type stepColumns struct {
	step int
	cols []Column
}

// scope is what names mean, innermost first.
type scope struct {
	parent *scope
	list   []*entity
	// source is where the function stands whose body this is; expanding it within itself is refused.
	function *syntax.Function
}

func (s *scope) find(name string) *entity {
	for ; s != nil; s = s.parent {
		for _, e := range slices.Backward(s.list) {
			if e.name == name {
				return e
			}
		}
	}
	return nil
}

// sofar is the scope as it is now: a function does not see what is named after it, nor itself.
func (s *scope) sofar() *scope {
	return &scope{parent: s.parent, list: slices.Clip(s.list), function: s.function}
}

func (s *scope) add(e *entity) { s.list = append(s.list, e) }

// names are all that can be said here, for suggestions.
func (s *scope) names() []string {
	var all []string
	for ; s != nil; s = s.parent {
		for _, e := range s.list {
			all = append(all, e.name)
		}
	}
	return all
}

// expanding says whether a function's body is being expanded already.
func (s *scope) expanding(f *syntax.Function) bool {
	for ; s != nil; s = s.parent {
		if s.function == f {
			return true
		}
	}
	return false
}

// env is where a scalar expression stands: the row whose columns it sees, and what names mean beside them.
type env struct {
	scope *scope
	cols  []Column
	// row says that there is a row at all; a let or a print has none.
	row bool
	// left and right are the sides of a join, for $left and $right.
	left, right []Column
	// lenient says that an unknown column is null here: search and find ask tables for columns that only some have.
	lenient bool
	// aggs gathers aggregates; nil where none may stand.
	aggs *gathering
}

// rowOf is the env of expressions over a table's rows.
func (b *binder) rowOf(in Node, s *scope) *env {
	return &env{scope: s, cols: in.Columns(), row: true}
}

func (e *env) column(name string) (int, bool) {
	for i, c := range e.cols {
		if c.Name == name {
			return i, true
		}
	}
	return 0, false
}

func columnNames(cols []Column) []string {
	list := make([]string, len(cols))
	for i, c := range cols {
		list[i] = c.Name
	}
	return list
}

// ref is a reference to a column of a list.
func ref(cols []Column, i int) Ref { return Ref{i, cols[i]} }

// refs are items that give all columns as they are.
func refs(cols []Column) []Item {
	items := make([]Item, len(cols))
	for i := range cols {
		items[i] = Item{cols[i].Name, ref(cols, i)}
	}
	return items
}

// statement binds a let, set or declare.
func (b *binder) statement(stmt syntax.Statement, s *scope) {
	switch stmt := stmt.(type) {
	case *syntax.Let:
		b.let(stmt, s)
	case *syntax.Declare:
		b.declare(stmt, s)
	case *syntax.Set:
		b.settings[stmt.Name] = stmt.Value
	case *syntax.Tabular:
		b.result(stmt.X, s)
	}
}

func (b *binder) let(l *syntax.Let, s *scope) {
	if l.Name.Name == "" {
		return
	}
	for _, e := range s.list {
		if e.name == l.Name.Name && s.parent == nil {
			b.report(l.Name.Span, "give it another name", "the name %q has already been declared", l.Name.Name)
			return
		}
	}
	e := &entity{name: l.Name.Name}
	switch value := l.Value.(type) {
	case *syntax.Function:
		e.fn, e.in = value, s.sofar()
		b.checkFunction(value)
	default:
		if b.isTable(value, s) || !b.looksScalar(value, s) {
			node := b.table(value, s)
			if shared, ok := node.(*Shared); ok && shared.Name == "" {
				shared.Name = l.Name.Name
				e.table = shared
			} else {
				e.table = &Shared{Name: l.Name.Name, In: node}
			}
		} else {
			e.scalar = b.scalar(value, &env{scope: s})
			e.row = hasRef(e.scalar)
		}
	}
	s.add(e)
	b.meet(l.Name.Span, e)
}

// checkFunction says what is wrong in a function whether it is called or not.
func (b *binder) checkFunction(f *syntax.Function) {
	if f.Body == nil {
		b.report(f.Span, "end the body with the expression that it gives", "the function gives nothing")
	}
	optional := false
	for _, p := range f.Params {
		if p.Default != nil {
			optional = true
		} else if optional {
			b.report(p.Span, "", "parameter %s needs a default, as the one before it has one", p.Name)
		}
	}
}

func (b *binder) declare(d *syntax.Declare, s *scope) {
	for _, p := range d.Params {
		t, _ := typeNamed(p.Type)
		e := &entity{name: p.Name}
		switch given, ok := b.opt.Parameters[p.Name]; {
		case p.Table:
			b.report(p.Span, "", "a parameter of a query is a single value")
			e.scalar = bad{}
		case ok:
			e.scalar = b.parameter(p, t, given)
		case p.Default != nil:
			e.scalar = b.convert(b.scalar(p.Default, &env{scope: s}), t)
		default:
			b.report(p.Span, "give it a value, or a default: "+p.Name+":"+p.Type+" = …", "parameter %s has no value", p.Name)
			e.scalar = bad{}
		}
		s.add(e)
	}
}

// parameter turns a value that was given with the query into a constant: texts are taken as they are, all else as a literal.
func (b *binder) parameter(p syntax.Param, t Type, given string) Expr {
	if t == String {
		return Const{String, given}
	}
	if c, ok := b.convert(Const{String, given}, t).(Const); ok && c.Value != nil {
		return c
	}
	if t == Dynamic {
		return b.call("parse_json", Dynamic, Const{String, given})
	}
	b.report(p.Span, "", "%q is no %s", given, t)
	return bad{}
}

// typeNamed is the type of a name that the parser let through.
func typeNamed(name string) (Type, bool) {
	for t, n := range typeNames {
		if n == name && n != "" {
			return Type(t), true
		}
	}
	return 0, false
}
