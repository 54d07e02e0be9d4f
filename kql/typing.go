package kql

import (
	"encoding/json"
	"math"
	"strings"

	"penstock/kql/syntax"
)

// an is a type with its article, for messages.
func an(t Type) string {
	if t == Int {
		return "an int"
	}
	return "a " + t.String()
}

func numeric(t Type) bool { return t == Int || t == Long || t == Real || t == Decimal }

// widest is the type that holds numbers of both.
func widest(a, c Type) Type {
	rank := map[Type]int{Int: 1, Long: 2, Real: 3, Decimal: 4}
	if rank[c] > rank[a] {
		return c
	}
	return a
}

// conversions are the functions that turn a value into a type.
var conversions = map[Type]string{Bool: "tobool", Int: "toint", Long: "tolong", Real: "toreal", Decimal: "todecimal", String: "tostring", DateTime: "todatetime",
	TimeSpan: "totimespan", Dynamic: "dynamic", Guid: "toguid"}

// convert turns a value into a type, by a call unless it has it or is a constant.
func (b *binder) convert(x Expr, to Type) Expr {
	from := x.Type()
	if from == to || from == 0 || to == 0 {
		return x
	}
	if c, ok := x.(Const); ok && c.Value == nil && to != String {
		return Const{to, nil}
	}
	return b.fold(Call{Func: b.conversion(to), Args: []Expr{x}, Of: to})
}

func (b *binder) conversion(to Type) *Function {
	name := conversions[to]
	if f := b.lib.scalars[name]; f != nil {
		return f
	}
	return b.lib.operators[name]
}

// widen is convert, but leaves an int that a long is wanted of: both are stored alike.
func (b *binder) widen(x Expr, to Type) Expr {
	if x.Type() == Int && to == Long || x.Type() == Long && to == Int {
		return x
	}
	return b.convert(x, to)
}

// arithmetic binds + - * / %, with the types that Microsoft's binder gives.
func (b *binder) arithmetic(x *syntax.Binary, l, r Expr) Expr {
	op := b.lib.operators[x.Op]
	lt, rt := l.Type(), r.Type()
	// A dynamic value takes the type that the other side asks for.
	if lt == Dynamic && rt == Dynamic {
		l, r = b.convert(l, Real), b.convert(r, Real)
		return b.convert(Call{Func: op, Args: []Expr{l, r}, Of: Real}, Dynamic)
	}
	if lt == Dynamic {
		l, lt = b.dynamicOperand(l, x.Op, rt, true)
	} else if rt == Dynamic {
		r, rt = b.dynamicOperand(r, x.Op, lt, false)
	}
	of := arithmeticType(x.Op, lt, rt)
	if of == 0 {
		hint := ""
		if lt == String && rt == String && x.Op == "+" {
			hint = "join texts with strcat()"
		} else if lt == String || rt == String {
			hint = "turn the text into a number with tolong() or toreal()"
		}
		b.report(x.Pos(), hint, "%s is not defined for %s and %s", x.Op, lt, rt)
		return bad{}
	}
	if numeric(lt) && numeric(rt) {
		l, r = b.widen(l, of), b.widen(r, of)
	}
	return b.fold(Call{Func: op, Args: []Expr{l, r}, Of: of})
}

// dynamicOperand converts the dynamic side of an arithmetic operation by the type of the other.
func (b *binder) dynamicOperand(x Expr, op string, other Type, left bool) (Expr, Type) {
	to := other
	switch {
	case other == Int:
		to = Long
	case other == DateTime && op == "+":
		to = TimeSpan
	case other == TimeSpan && left && op == "-":
		to = TimeSpan
	case other == TimeSpan && op == "*":
		to = Real
	}
	return b.convert(x, to), to
}

// arithmeticType is the type of l op r; 0 where the operation makes no sense.
func arithmeticType(op string, l, r Type) Type {
	switch {
	case numeric(l) && numeric(r):
		if t := widest(l, r); t != Int {
			return t
		}
		return Long
	case l == DateTime && r == DateTime && op == "-":
		return TimeSpan
	case l == DateTime && r == TimeSpan && (op == "+" || op == "-"), l == TimeSpan && r == DateTime && op == "+":
		return DateTime
	case l == TimeSpan && r == TimeSpan:
		switch op {
		case "+", "-", "%":
			return TimeSpan
		case "/":
			return Real
		}
	case l == TimeSpan && numeric(r) && (op == "*" || op == "/"), numeric(l) && r == TimeSpan && op == "*":
		return TimeSpan
	}
	return 0
}

// comparison binds == != < <= > >=.
func (b *binder) comparison(op string, span Span, l, r Expr) Expr {
	if isBad(l) || isBad(r) {
		return bad{}
	}
	equality := op == "==" || op == "!="
	wereTexts := l.Type() == String && r.Type() == String
	lt, rt := l.Type(), r.Type()
	if cl, cr := b.comparable(l, r); equality || wereTexts || cl.Type() != String || lt == Dynamic || rt == Dynamic {
		l, r = cl, cr
	}
	// Texts have an order of their own, in which "10" comes before "9": a text that is meant as a number is not put in it silently.
	lt, rt = l.Type(), r.Type()
	ok := lt == rt || numeric(lt) && numeric(rt)
	if ok && !equality && (lt == Dynamic || lt == Bool || lt == Guid) {
		ok = lt == Dynamic || lt == Bool
	}
	if !ok {
		hint := ""
		switch {
		case lt == DateTime && rt == TimeSpan:
			hint = "for a time before now use ago()"
		case (lt == String || rt == String) && (numeric(lt) || numeric(rt)):
			hint = "turn the text into a number with toreal() or tolong()"
		case lt == String || rt == String:
			hint = "turn the text into the other type first"
		}
		b.report(span, hint, "%s is not defined for %s and %s", op, lt, rt)
		return bad{}
	}
	return Call{Func: b.lib.operators[op], Args: []Expr{l, r}, Of: Bool}
}

// comparable converts two sides so that they can be compared.
func (b *binder) comparable(l, r Expr) (Expr, Expr) {
	lt, rt := l.Type(), r.Type()
	switch {
	case lt == rt:
	case numeric(lt) && numeric(rt):
		t := widest(lt, rt)
		return b.widen(l, t), b.widen(r, t)
	case lt == Dynamic:
		return b.dynamicLike(l, r)
	case rt == Dynamic:
		r, l = b.dynamicLike(r, l)
	case lt == String:
		return b.textLike(l, r)
	case rt == String:
		r, l = b.textLike(r, l)
	case lt == Bool && numeric(rt):
		return l, b.convert(r, Bool)
	case rt == Bool && numeric(lt):
		return b.convert(l, Bool), r
	}
	return l, r
}

// dynamicLike converts a dynamic value, and what it is compared with, to the other's type. Whole numbers are compared as reals, lest 5.5 count as 5.
func (b *binder) dynamicLike(d, other Expr) (Expr, Expr) {
	t := other.Type()
	if t == Int || t == Long {
		const exact = 1 << 53
		if c, ok := other.(Const); ok {
			if v, ok := c.Value.(int64); ok && (v > exact || v < -exact) {
				return b.convert(d, Long), other
			}
		}
		return b.convert(d, Real), b.convert(other, Real)
	}
	return b.convert(d, t), other
}

// textLike converts a text that is compared with another type: a constant text into that type where it can be read as it, else both to text.
func (b *binder) textLike(text, other Expr) (Expr, Expr) {
	if _, ok := text.(Const); ok {
		if c, ok := b.convert(text, other.Type()).(Const); ok && c.Value != nil {
			return c, other
		}
	}
	return text, b.convert(other, String)
}

// common is the type that all of several values can take: numbers widen, and beside a dynamic value the other type wins. It is 0 where there
// is none.
func common(list []Expr) Type {
	var t Type
	dynamic := false
	for _, x := range list {
		xt := x.Type()
		if c, ok := x.(Const); ok && c.Value == nil && c.Of == Dynamic {
			// null goes with everything.
			dynamic = true
			continue
		}
		switch {
		case xt == 0:
			return 0
		case xt == Dynamic:
			dynamic = true
		case t == 0 || t == xt:
			t = xt
		case numeric(t) && numeric(xt):
			t = widest(t, xt)
		default:
			return 0
		}
	}
	if t == 0 && dynamic {
		return Dynamic
	}
	return t
}

// fold computes a call of constants where that is cheap and sure; else it is the call.
func (b *binder) fold(x Call) Expr {
	consts := make([]Const, len(x.Args))
	for i, a := range x.Args {
		c, ok := a.(Const)
		if !ok || c.Value == nil {
			return x
		}
		consts[i] = c
	}
	var v any
	switch len(consts) {
	case 1:
		v = foldOne(x.Func.Name, consts[0])
	case 2:
		v = foldTwo(x.Func.Name, consts[0], consts[1])
	}
	if v == nil && len(consts) > 0 {
		v = foldTime(x.Func.Name, consts)
	}
	if v == nil {
		return x
	}
	return Const{x.Of, v}
}

func foldOne(name string, c Const) any {
	switch v := c.Value.(type) {
	case int64:
		switch {
		case name == "unary-" && v != math.MinInt64:
			return -v
		case name == "toreal" && (c.Of == Long || c.Of == Int):
			return float64(v)
		case (name == "tolong" || name == "toint" && v == int64(int32(v))) && (c.Of == Long || c.Of == Int):
			return v
		case name == "tobool" && c.Of != TimeSpan:
			return v != 0
		case name == "tostring" && c.Of != TimeSpan:
			return formatLong(v)
		}
	case float64:
		if name == "unary-" {
			return -v
		}
	case string:
		if c.Of == String {
			return foldText(name, v)
		}
	case json.RawMessage:
		if name == "tostring" {
			var s string
			if json.Unmarshal(v, &s) == nil {
				return s
			}
		}
	case bool:
		if name == "not" {
			return !v
		}
	}
	return nil
}

// foldText reads a constant text as another type; nil where that is left to the database.
func foldText(name, v string) any {
	switch name {
	case "todatetime":
		if t, ok := syntax.ParseDatetime(v); ok {
			return t
		}
	case "totimespan":
		if t, ok := syntax.ParseTimespan(v); ok {
			return int64(t)
		}
	case "tolong", "toint":
		if n, ok := parseLong(v); ok && (name == "tolong" || n == int64(int32(n))) {
			return n
		}
	case "toreal":
		if f, ok := parsePlainReal(v); ok {
			return f
		}
	case "toguid":
		if g, ok := syntax.ParseGUID(v); ok {
			return g
		}
	case "tolower":
		return strings.ToLower(v)
	case "dynamic":
		return jsonText(v)
	case "tobool":
		switch strings.ToLower(v) {
		case "true", "1":
			return true
		case "false", "0":
			return false
		}
	}
	return nil
}
