package kql

import (
	"strconv"
	"strings"

	"penstock/kql/syntax"
)

// conditional are the aggregates whose last argument but the optional ones is a condition: sumif(x, condition).
func conditional(name string) bool {
	return strings.HasSuffix(name, "if") && name != "if"
}

// aggregate binds an aggregate that gives one column, and gives a reference to it.
func (b *binder) aggregate(x *syntax.Call, f *Function, e *env) Expr {
	if f.Refused != "" {
		b.report(x.Name.Span, f.Refused, "%s is not supported", x.Name.Name)
		return bad{}
	}
	if manyColumns(f, x) && (f.Name != "arg_max" && f.Name != "arg_min" || len(x.Args) != 1) {
		b.report(x.Span, "let it stand alone", "%s gives several columns, and cannot stand within an expression", x.Name.Name)
		return bad{}
	}
	a, ok := b.aggregation(x, f, e.within())
	if !ok {
		return bad{}
	}
	return e.aggs.add(a)[0]
}

// aggregation binds an aggregate with its arguments; e is where they stand.
func (b *binder) aggregation(x *syntax.Call, f *Function, e *env) (Aggregation, bool) {
	a := Aggregation{Func: f, Span: b.placeOf(x.Span)}
	args := x.Args
	if conditional(x.Name.Name) {
		at := 1
		switch f.Name {
		case "count":
			at = 0
		case "covariance", "covariancep":
			at = 2
		}
		if at >= len(args) {
			b.report(x.Span, "", "%s wants a condition", x.Name.Name)
			return a, false
		}
		a.Where = b.boolean(args[at], e)
		if isBad(a.Where) {
			return a, false
		}
		args = append(append([]syntax.Expr{}, args[:at]...), args[at+1:]...)
	}
	for _, arg := range args {
		if star, ok := arg.(*syntax.Star); ok {
			if f.Name == "count" {
				continue
			}
			b.report(star.Span, "", "%s does not take *", x.Name.Name)
			return a, false
		}
		v := b.scalar(arg, e)
		if isBad(v) {
			return a, false
		}
		a.Args = append(a.Args, v)
	}
	of, ok := b.aggregateType(x, &a)
	if !ok {
		return a, false
	}
	a.Cols = []Column{{"", of}}
	return a, true
}

// aggregateType checks the arguments of an aggregate and gives its type.
func (b *binder) aggregateType(x *syntax.Call, a *Aggregation) (Type, bool) {
	f := a.Func
	if strings.HasPrefix(f.Name, "percentile") {
		return b.percentileAggregate(x, a)
	}
	s := chooseSignature(f, a.Args, false)
	if s == nil {
		b.wrongArguments(x, f, a.Args)
		return 0, false
	}
	of := Type(0)
	if f.Name == "sum" || f.Name == "min" || f.Name == "max" {
		// Of dynamic values there is a sum and a greatest as well; Microsoft's binder keeps their type.
		if len(a.Args) == 1 && a.Args[0].Type() == Dynamic {
			of = Dynamic
			if f.Name == "sum" {
				a.Args[0] = b.convert(a.Args[0], Real)
			}
		}
	}
	if of == 0 || f.Name == "sum" {
		args, ok := b.fit(x, f, s, a.Args)
		if !ok {
			return 0, false
		}
		a.Args = args
	}
	switch {
	case of != 0 && f.Name == "sum":
		return Real, true
	case of != 0:
		return of, true
	}
	if f.Name == "take_any" || f.Name == "arg_max" || f.Name == "arg_min" {
		return a.Args[0].Type(), true
	}
	if size := capOf[x.Name.Name]; size > 0 && len(a.Args) == 1 {
		a.Args = append(a.Args, Const{Long, size})
	}
	return resultType(s, a.Args, 0), true
}

// capOf are the sizes at which the old spellings stop.
var capOf = map[string]int64{"makeset": 128, "makelist": 128}

// percentileType is the type of a percentile: whole numbers are long.
func percentileType(t Type) Type {
	if t == Int {
		return Long
	}
	return t
}

// percentileAggregate binds percentile, percentilew and the forms that give an array.
func (b *binder) percentileAggregate(x *syntax.Call, a *Aggregation) (Type, bool) {
	least := 2
	if strings.HasPrefix(strings.TrimPrefix(a.Func.Name, "percentile"), "w") || strings.HasPrefix(a.Func.Name, "percentilesw") {
		least = 3
	}
	if len(a.Args) < least {
		b.wrongArguments(x, a.Func, a.Args)
		return 0, false
	}
	if t := a.Args[0].Type(); t == Dynamic {
		a.Args[0] = b.convert(a.Args[0], Real)
	} else if !numeric(t) && t != DateTime && t != TimeSpan {
		b.report(x.Args[0].Pos(), "", "%s wants a number, a datetime or a timespan, not %s", x.Name.Name, an(t))
		return 0, false
	}
	if strings.HasSuffix(a.Func.Name, "_array") {
		return Dynamic, true
	}
	return percentileType(a.Args[0].Type()), true
}

// percentileColumns binds the arguments of percentiles, which gives a column for each, and their names.
func (b *binder) percentileColumns(x *syntax.Call, a *Aggregation, e *env) []string {
	args, ok := b.arguments(x, e)
	if !ok {
		return nil
	}
	a.Args = args
	if _, ok := b.percentileAggregate(x, a); !ok {
		return nil
	}
	first := 1
	if a.Func.Name == "percentilesw" {
		first = 2
	}
	var names []string
	for i, p := range args[first:] {
		text, ok := percentText(p)
		if !ok {
			b.report(x.Args[first+i].Pos(), "", "a percentile is a constant number")
			return nil
		}
		names = append(names, "percentile_"+resultName(x.Args[0])+"_"+text)
	}
	return names
}

// percentText is how a percentile is written in a column's name: 99_9.
func percentText(x Expr) (string, bool) {
	c, ok := x.(Const)
	if !ok {
		return "", false
	}
	switch v := c.Value.(type) {
	case int64:
		return formatLong(v), true
	case float64:
		return strings.ReplaceAll(strconv.FormatFloat(v, 'f', -1, 64), ".", "_"), true
	}
	return "", false
}
