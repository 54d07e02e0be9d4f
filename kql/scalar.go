package kql

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"penstock/kql/syntax"
)

// scalar binds an expression that gives a single value.
func (b *binder) scalar(x syntax.Expr, e *env) Expr {
	if !b.enter(x.Pos()) || !b.grow(x.Pos()) {
		b.leave()
		return bad{}
	}
	defer b.leave()
	v := b.value(x, e)
	if c, ok := v.(Call); ok && c.Span == (Span{}) {
		c.Span = b.placeOf(x.Pos())
		return c
	}
	return v
}

// placeOf is where the reader sees what stands at a span: the call, for what stands in a built-in function.
func (b *binder) placeOf(span Span) Span {
	if b.inside != nil {
		return *b.inside
	}
	return span
}

func (b *binder) value(x syntax.Expr, e *env) Expr {
	switch x := x.(type) {
	case *syntax.Literal:
		return b.literal(x)
	case *syntax.Ident:
		return b.name(x, e)
	case *syntax.Paren:
		return b.scalar(x.X, e)
	case *syntax.Unary:
		return b.unary(x, e)
	case *syntax.Binary:
		return b.binary(x, e)
	case *syntax.List:
		return b.list(x, e)
	case *syntax.Between:
		return b.between(x, e)
	case *syntax.Call:
		return b.scalarCall(x, e)
	case *syntax.Path:
		return b.member(x, e)
	case *syntax.Index:
		return b.element(x, e)
	case *syntax.Named:
		b.report(x.Span, "to compare, write ==", "a name with = cannot stand here")
	case *syntax.Star:
		b.report(x.Span, "", "* cannot stand here")
	case *syntax.Pipe:
		b.report(x.Span, "use toscalar(…) to make a value of it", "expected a single value, found a table")
	case *syntax.Typeof:
		b.report(x.Span, "", "typeof cannot stand here")
	}
	return bad{}
}

// literal is a constant of the text.
func (b *binder) literal(l *syntax.Literal) Expr {
	t, _ := typeNamed(l.Type)
	if text, ok := l.Value.(string); ok && t == DateTime {
		return b.vagueDatetime(l.Span, text)
	}
	if raw, ok := l.Value.(json.RawMessage); ok {
		return Const{t, raw}
	}
	return Const{t, l.Value}
}

// vagueDatetime is datetime("8:00 AM"), a time of today, or what is no time at all, which published queries hold for the reader to fill in.
func (b *binder) vagueDatetime(span Span, text string) Expr {
	for _, layout := range []string{"3:04:05 PM", "3:04 PM", "15:04:05", "15:04"} {
		if t, err := time.Parse(layout, strings.ToUpper(strings.TrimSpace(text))); err == nil {
			midnight := b.opt.Now.Truncate(24 * time.Hour)
			return Const{DateTime, midnight.Add(time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second)}
		}
	}
	b.warn(span, "write it as 2024-12-31 or 2024-12-31T23:59:59Z", "%q is no datetime: it counts as null", text)
	b.notice(span, strconv.Quote(text)+" is no datetime and counts as null")
	return Const{DateTime, nil}
}

// name resolves a name: a column first, then what let and parameters mean.
func (b *binder) name(x *syntax.Ident, e *env) Expr {
	if x.Name == "" {
		return bad{}
	}
	if x.Name == cursor {
		b.cursor = &seen{scope: e.scope, cols: e.cols, aggs: e.aggs != nil && !e.aggs.within}
		return bad{}
	}
	if i, ok := e.column(x.Name); ok {
		b.meetColumn(x.Span, e.cols[i])
		return ref(e.cols, i)
	}
	if ent := e.scope.find(x.Name); ent != nil {
		b.meet(x.Span, ent)
		switch {
		case ent.scalar != nil && ent.row && e.row:
			b.report(x.Span, "", "%s depends on a row, and cannot be used in a table of its own", x.Name)
			return bad{}
		case ent.scalar != nil:
			return ent.scalar
		case ent.fn != nil && !b.givesTable(ent):
			return b.expandScalar(ent, &syntax.Call{Span: x.Span, Name: x}, e)
		}
		b.report(x.Span, "use toscalar("+x.Name+") to make a value of it", "%s is a table, not a single value", x.Name)
		return bad{}
	}
	if e.left != nil && (x.Name == "$left" || x.Name == "$right") {
		b.report(x.Span, "", "name a column: %s.Column", x.Name)
		return bad{}
	}
	if e.lenient {
		return Const{Dynamic, nil}
	}
	b.unknownColumn(x, e)
	return bad{}
}

func (b *binder) unknownColumn(x *syntax.Ident, e *env) {
	b.unknownNames = true
	kind := "name"
	if e.row {
		kind = "column"
	}
	hint := ""
	names := append(columnNames(e.cols), e.scope.names()...)
	for _, name := range names {
		if strings.EqualFold(name, x.Name) {
			hint = "did you mean " + name + "? Names are told apart by case"
		}
	}
	if hint == "" {
		if near := syntax.Nearest(x.Name, names); near != "" {
			hint = "did you mean " + near + "?"
		} else if b.lib.scalars[x.Name] != nil {
			hint = "a function needs parentheses: " + x.Name + "(…)"
		}
	}
	b.report(x.Span, hint, "unknown %s %s", kind, x.Name)
}

// member binds x.Name.
func (b *binder) member(x *syntax.Path, e *env) Expr {
	if side, ok := x.X.(*syntax.Ident); ok && e.left != nil && (side.Name == "$left" || side.Name == "$right") {
		cols := e.left
		if side.Name == "$right" {
			cols = e.right
		}
		if x.Name.Name == cursor {
			b.cursor = &seen{scope: &scope{}, cols: cols}
			return bad{}
		}
		if i := slices.IndexFunc(cols, func(c Column) bool { return c.Name == x.Name.Name }); i >= 0 {
			b.meetColumn(x.Name.Span, cols[i])
			return ref(cols, i)
		}
		b.unknownColumn(x.Name, &env{cols: cols, row: true, scope: &scope{}})
		return bad{}
	}
	if name, ok := x.X.(*syntax.Ident); ok {
		if ent := e.scope.find(name.Name); ent != nil && ent.step != nil {
			return b.stepColumn(x, ent.step)
		}
	}
	in := b.dynamicOf(b.scalar(x.X, e), x.X)
	if isBad(in) {
		return in
	}
	return Member{in, x.Name.Name}
}

// stepColumn is step.column of a scan.
func (b *binder) stepColumn(x *syntax.Path, step *stepColumns) Expr {
	for i, c := range step.cols {
		if c.Name == x.Name.Name {
			return StepRef{step.step, i, c}
		}
	}
	b.unknownColumn(x.Name, &env{cols: step.cols, row: true, scope: &scope{}})
	return bad{}
}

// dynamicOf is a value whose members are asked for. Hunters write AdditionalFields.X though that column is a text, and mean its JSON.
func (b *binder) dynamicOf(in Expr, x syntax.Expr) Expr {
	switch in.Type() {
	case 0, Dynamic:
		return in
	case String:
		return b.call("parse_json", Dynamic, in)
	}
	b.report(x.Pos(), "", "%s has no members", an(in.Type()))
	return bad{}
}

// element binds x[i].
func (b *binder) element(x *syntax.Index, e *env) Expr {
	in := b.dynamicOf(b.scalar(x.X, e), x.X)
	i := b.scalar(x.Index, e)
	if isBad(in) || isBad(i) {
		return bad{}
	}
	if c, ok := i.(Const); ok && c.Of == String {
		return Member{in, c.Value.(string)}
	}
	switch i.Type() {
	case Int, Long, String:
		return Element{in, i}
	case Real, Decimal:
		return Element{in, b.convert(i, Long)}
	case Dynamic:
		return Element{in, i}
	}
	b.report(x.Index.Pos(), "", "an index is a number or a name, not %s", an(i.Type()))
	return bad{}
}

func (b *binder) unary(x *syntax.Unary, e *env) Expr {
	v := b.scalar(x.X, e)
	if isBad(v) {
		return v
	}
	t := v.Type()
	switch t {
	case Int:
		t = Long
	case Long, Real, Decimal, TimeSpan:
	case Dynamic:
		v, t = b.convert(v, Real), Real
	default:
		b.report(x.Span, "", "the sign %s is not defined for %s", x.Op, t)
		return bad{}
	}
	if x.Op == "+" {
		return v
	}
	return b.fold(Call{Func: b.lib.operators["unary-"], Args: []Expr{v}, Of: t})
}

// boolean binds a condition. Microsoft's binder wants a bool; numbers and dynamic values are converted, as the service does.
func (b *binder) boolean(x syntax.Expr, e *env) Expr {
	return b.asBool(b.scalar(x, e), x.Pos())
}

func (b *binder) asBool(v Expr, span Span) Expr {
	switch v.Type() {
	case 0, Bool:
		return v
	case Dynamic, Int, Long, Real:
		return b.convert(v, Bool)
	}
	b.report(span, "compare it with something", "a condition is a bool, not %s", an(v.Type()))
	return bad{}
}

// binary binds an operator between two values. Chains lean to the left, and may be long: they are followed without recursion.
func (b *binder) binary(x *syntax.Binary, e *env) Expr {
	if x.Op == "and" || x.Op == "or" {
		return b.logic(x, e)
	}
	chain := []*syntax.Binary{x}
	for {
		left, ok := chain[len(chain)-1].X.(*syntax.Binary)
		if !ok || left.Op == "and" || left.Op == "or" {
			break
		}
		chain = append(chain, left)
	}
	innermost := chain[len(chain)-1]
	var v Expr
	if _, ok := innermost.X.(*syntax.Star); ok {
		v = b.anyColumn(innermost, e)
		chain = chain[:len(chain)-1]
	} else {
		v = b.scalar(innermost.X, e)
	}
	for _, link := range slices.Backward(chain) {
		v = b.operation(link, v, b.scalar(link.Y, e))
	}
	return v
}

// logic binds a chain of and, or of or.
func (b *binder) logic(x *syntax.Binary, e *env) Expr {
	var parts []syntax.Expr
	var next syntax.Expr = x
	for {
		link, ok := next.(*syntax.Binary)
		if !ok || link.Op != x.Op {
			break
		}
		parts = append(parts, link.Y)
		next = link.X
	}
	parts = append(parts, next)
	slices.Reverse(parts)
	list := make([]Expr, len(parts))
	wrong := false
	for i, part := range parts {
		list[i] = b.boolean(part, e)
		wrong = wrong || isBad(list[i])
	}
	if wrong {
		return bad{}
	}
	return b.joined(x.Op, list)
}

// joined is a balanced tree of and, or of or, over conditions: databases bound how deep an expression may be.
func (b *binder) joined(op string, list []Expr) Expr {
	if len(list) == 1 {
		return list[0]
	}
	half := len(list) / 2
	return Call{Func: b.lib.operators[op], Args: []Expr{b.joined(op, list[:half]), b.joined(op, list[half:])}, Of: Bool}
}

// operation binds an operator that is neither and nor or.
func (b *binder) operation(x *syntax.Binary, l, r Expr) Expr {
	switch x.Op {
	case "like", "likecs", "notlike", "notlikecs":
		b.report(x.OpSpan, "use contains, startswith or matches regex", "like is not supported")
		return bad{}
	case ":":
		return b.textOperator("has", x, l, r)
	}
	if isBad(l) || isBad(r) {
		return bad{}
	}
	switch x.Op {
	case "+", "-", "*", "/", "%":
		return b.arithmetic(x, l, r)
	case "==", "!=", "<", "<=", ">", ">=":
		return b.comparison(x.Op, x.OpSpan, l, r)
	}
	return b.textOperator(x.Op, x, l, r)
}

// textOperator binds has, contains and all operators that look into texts.
func (b *binder) textOperator(op string, x *syntax.Binary, l, r Expr) Expr {
	if isBad(l) || isBad(r) {
		return bad{}
	}
	if !isText(l) || !isText(r) {
		wrong, side := l, x.X
		if isText(l) {
			wrong, side = r, x.Y
		}
		b.report(side.Pos(), "turn it into a text with tostring()", "%s works on texts, not on %s", op, an(wrong.Type()))
		return bad{}
	}
	l, r = b.convert(l, String), b.convert(r, String)
	if c, ok := r.(Const); ok && op == "matches regex" {
		b.checkRegex(x.Y.Pos(), c.Value.(string))
	}
	return Call{Func: b.lib.operators[op], Args: []Expr{l, r}, Of: Bool}
}

func isText(x Expr) bool { return x.Type() == String || x.Type() == Dynamic }

// anyColumn binds * has "x": an or over the columns that hold text.
func (b *binder) anyColumn(x *syntax.Binary, e *env) Expr {
	r := b.scalar(x.Y, e)
	if isBad(r) {
		return r
	}
	return b.overColumns(x.Span, e, func(column Expr) Expr {
		switch x.Op {
		case "==", "!=":
			if column.Type() != r.Type() && column.Type() != Dynamic {
				return nil
			}
			return b.comparison(x.Op, x.OpSpan, column, r)
		}
		if !isText(column) || !isText(r) {
			return nil
		}
		return b.textOperator(x.Op, x, column, r)
	})
}

// overColumns is an or of a condition over columns; those for which it gives nil do not count.
func (b *binder) overColumns(span Span, e *env, condition func(Expr) Expr) Expr {
	if !b.spend(len(e.cols), span) {
		return bad{}
	}
	var list []Expr
	for i := range e.cols {
		if c := condition(ref(e.cols, i)); c != nil && !isBad(c) {
			list = append(list, c)
		}
	}
	if len(list) == 0 {
		return Const{Bool, false}
	}
	return b.joined("or", list)
}

func (b *binder) between(x *syntax.Between, e *env) Expr {
	v, from, to := b.scalar(x.X, e), b.scalar(x.From, e), b.scalar(x.To, e)
	if isBad(v) || isBad(from) || isBad(to) {
		return bad{}
	}
	if v.Type() == Dynamic {
		v = b.convert(v, from.Type())
	}
	// A span as the upper bound is counted from the lower one.
	if v.Type() == DateTime && to.Type() == TimeSpan && from.Type() == DateTime {
		to = b.fold(Call{Func: b.lib.operators["+"], Args: []Expr{from, to}, Of: DateTime})
	}
	t := v.Type()
	for _, bound := range []Expr{from, to} {
		if numeric(t) && numeric(bound.Type()) {
			t = widest(t, bound.Type())
		}
	}
	ordered := numeric(t) || t == DateTime || t == TimeSpan
	for _, bound := range []Expr{from, to} {
		ordered = ordered && (bound.Type() == t || bound.Type() == Dynamic || numeric(t) && numeric(bound.Type()))
	}
	if !ordered {
		b.report(x.Span, "", "between is not defined for %s, %s and %s", v.Type(), from.Type(), to.Type())
		return bad{}
	}
	op := "between"
	if x.Not {
		op = "!between"
	}
	return Call{Func: b.lib.operators[op], Args: []Expr{b.widen(v, t), b.widen(from, t), b.widen(to, t)}, Of: Bool}
}

// call makes a call of a function that the binder itself puts in.
func (b *binder) call(name string, of Type, args ...Expr) Expr {
	f := b.lib.scalars[name]
	if f == nil {
		f = b.lib.operators[name]
	}
	return Call{Func: f, Args: args, Of: of}
}
