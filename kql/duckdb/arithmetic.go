package duckdb

import (
	"strings"

	"penstock/kql"
)

// isTicks says that a type is counted in ticks.
func isTicks(t kql.Type) bool { return t == kql.DateTime || t == kql.TimeSpan }

// arithmetic writes an operator between numbers, times and spans. What has no result is null.
func arithmetic(op string) writer {
	return func(c *compiler, call *kql.Call, r *rows) string {
		if len(call.Args) != 2 {
			return c.unsupported("the operator %s with %d sides", op, len(call.Args))
		}
		a, b := call.Args[0], call.Args[1]
		ta, tb := a.Type(), b.Type()
		switch {
		case isTicks(ta) || isTicks(tb) || isTicks(call.Of):
			return c.tickArithmetic(op, call, r)
		case call.Of == kql.Decimal || ta == kql.Decimal || tb == kql.Decimal:
			name := map[string]string{"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "%": "remainder"}[op]
			return "kql_decimal_" + name + "(" + c.as(a, kql.Decimal, r) + ", " + c.as(b, kql.Decimal, r) + ")"
		case call.Of == kql.Real || ta == kql.Real || tb == kql.Real || ta == kql.Dynamic && tb == kql.Dynamic:
			x, y := c.coerce(a, 'r', r), c.coerce(b, 'r', r)
			if op == "%" {
				return "k_mod(" + x + ", " + y + ")"
			}
			return "(" + x + " " + op + " " + y + ")"
		}
		return wholeArithmetic(op, c.coerce(a, 'l', r), c.coerce(b, 'l', r))
	}
}

func wholeArithmetic(op, x, y string) string {
	switch op {
	case "/":
		return "TRY(" + x + " // " + y + ")"
	case "%":
		return "k_mod(" + x + ", " + y + ")"
	}
	return "TRY(" + x + " " + op + " " + y + ")"
}

// tickArithmetic writes what has a time or a span on one side.
func (c *compiler) tickArithmetic(op string, call *kql.Call, r *rows) string {
	a, b := call.Args[0], call.Args[1]
	ta, tb := a.Type(), b.Type()
	ticksOf := func(e kql.Expr) string {
		if e.Type() == kql.Dynamic || e.Type() == kql.String {
			return c.as(e, kql.TimeSpan, r)
		}
		return c.expr(e, r)
	}
	isReal := func(t kql.Type) bool { return t == kql.Real || t == kql.Decimal }
	switch op {
	case "+", "-":
		x, y := ticksOf(a), ticksOf(b)
		if call.Of == kql.DateTime {
			return "k_time(TRY(" + x + " " + op + " " + y + "))"
		}
		return "TRY(" + x + " " + op + " " + y + ")"
	case "*":
		if isReal(ta) || isReal(tb) {
			return "k_to_long(" + c.tickReal(a, r) + " * " + c.tickReal(b, r) + ")"
		}
		return "TRY(" + ticksOf(a) + " * " + ticksOf(b) + ")"
	case "/":
		switch {
		case isTicks(ta) && isTicks(tb):
			return "(" + ticksOf(a) + "::DOUBLE / " + ticksOf(b) + "::DOUBLE)"
		case isReal(tb):
			return "k_to_long(" + c.tickReal(a, r) + " / " + c.tickReal(b, r) + ")"
		}
		return "TRY(" + ticksOf(a) + " // " + ticksOf(b) + ")"
	}
	return "k_mod(" + ticksOf(a) + ", " + ticksOf(b) + ")"
}

func (c *compiler) tickReal(e kql.Expr, r *rows) string {
	if isTicks(e.Type()) {
		return "CAST(" + c.expr(e, r) + " AS DOUBLE)"
	}
	return c.coerce(e, 'r', r)
}

func negate(c *compiler, call *kql.Call, r *rows) string {
	x := c.expr(call.Args[0], r)
	switch call.Args[0].Type() {
	case kql.Decimal:
		return "kql_decimal_subtract('0', " + x + ")"
	case kql.Real:
		return "(-" + x + ")"
	case kql.Dynamic:
		return "(-" + c.coerce(call.Args[0], 'r', r) + ")"
	}
	return "TRY(-(" + x + "))"
}

// bin rounds down to a multiple: of times, counted from the year 1.
func bin(c *compiler, call *kql.Call, r *rows) string {
	if len(call.Args) == 1 {
		return c.rounded("floor", call, r)
	}
	a, b := call.Args[0], call.Args[1]
	switch {
	case call.Of == kql.Decimal:
		return "kql_decimal_bin(" + c.as(a, kql.Decimal, r) + ", " + c.as(b, kql.Decimal, r) + ")"
	case call.Of == kql.Real || a.Type() == kql.Real || b.Type() == kql.Real && !isTicks(a.Type()):
		return "k_bin_real(" + c.coerce(a, 'r', r) + ", " + c.coerce(b, 'r', r) + ")"
	}
	if step, ok := constLong(b); ok && step > 0 && a.Type() == kql.DateTime {
		// Times are never before the year 1: the common case needs no care for the sign.
		x := c.expr(a, r)
		return "(" + x + " - " + x + " % " + integer(step) + ")"
	}
	return "k_bin_long(" + c.ticksOrLong(a, r) + ", " + c.ticksOrLong(b, r) + ")"
}

func (c *compiler) ticksOrLong(e kql.Expr, r *rows) string {
	if isTicks(e.Type()) {
		return c.expr(e, r)
	}
	return c.coerce(e, 'l', r)
}

func binAt(c *compiler, call *kql.Call, r *rows) string {
	a, b, at := call.Args[0], call.Args[1], call.Args[2]
	if call.Of == kql.Decimal {
		return c.unsupported("bin_at() of decimals")
	}
	if call.Of == kql.Real {
		x := c.coerce(at, 'r', r)
		return "(" + x + " + k_bin_real(" + c.coerce(a, 'r', r) + " - " + x + ", " + c.coerce(b, 'r', r) + "))"
	}
	x := c.ticksOrLong(at, r)
	return "(" + x + " + k_bin_long(" + c.ticksOrLong(a, r) + " - " + x + ", " + c.ticksOrLong(b, r) + "))"
}

func (c *compiler) rounded(function string, call *kql.Call, r *rows) string {
	x := call.Args[0]
	switch x.Type() {
	case kql.Int, kql.Long, kql.TimeSpan, kql.DateTime:
		return c.expr(x, r)
	case kql.Decimal:
		return c.unsupported("%s() of decimals", call.Func.Name)
	}
	return function + "(" + c.coerce(x, 'r', r) + ")"
}

func ceiling(c *compiler, call *kql.Call, r *rows) string { return c.rounded("ceil", call, r) }

func round(c *compiler, call *kql.Call, r *rows) string {
	places := "least(greatest(" + c.argument(call, 1, 'l', "0::BIGINT", r) + ", -300), 300)"
	if n := len(call.Args); n == 1 || isConstant(call.Args[1]) {
		places = c.argument(call, 1, 'l', "0::BIGINT", r)
	}
	x := call.Args[0]
	switch x.Type() {
	case kql.Decimal:
		return "kql_decimal_round(" + c.expr(x, r) + ", " + places + ")"
	case kql.Int, kql.Long:
		return "CAST(round(" + c.expr(x, r) + ", CAST(" + places + " AS INTEGER)) AS BIGINT)"
	}
	return "round(" + c.coerce(x, 'r', r) + ", CAST(" + places + " AS INTEGER))"
}

// now is one moment for the whole query.
func now(c *compiler, call *kql.Call, r *rows) string {
	moment := integer(ticks(c.plan.Now))
	if len(call.Args) == 0 {
		return moment
	}
	sign := "+"
	if call.Func.Name == "ago" {
		sign = "-"
	}
	return "k_time(TRY(" + moment + " " + sign + " " + c.coerce(call.Args[0], 'p', r) + "))"
}

// random gives a real below 1, or a whole one below the argument.
func random(c *compiler, call *kql.Call, r *rows) string {
	if len(call.Args) == 0 {
		return "random()"
	}
	return "floor(random() * " + c.coerce(call.Args[0], 'r', r) + ")"
}

// startOf writes startofday and its kin, and, with next, the last moment before the next start.
func startOf(unit string, next int64) writer {
	return func(c *compiler, call *kql.Call, r *rows) string {
		offset := c.argument(call, 1, 'l', "0::BIGINT", r)
		sql := "k_startof" + unit + "(" + c.coerce(call.Args[0], 't', r) + ", "
		if next == 0 {
			return sql + offset + ")"
		}
		// The last day of all has no next start.
		return "coalesce(" + sql + "TRY(" + offset + " + 1)) - 1, CASE WHEN " + sql + offset + ") IS NOT NULL THEN " + lastTick + " END)"
	}
}

// lastTick is the end of the year 9999.
const lastTick = "3155378975999999999"

func makeDatetime(c *compiler, call *kql.Call, r *rows) string {
	if len(call.Args) == 1 {
		return c.as(call.Args[0], kql.DateTime, r)
	}
	args := make([]string, 6)
	for i := range args {
		kind, missing := byte('l'), "0::BIGINT"
		if i == 5 {
			kind, missing = 'r', "0::DOUBLE"
		}
		args[i] = c.argument(call, i, kind, missing, r)
	}
	return "kql_make_datetime(" + strings.Join(args, ", ") + ")"
}

func makeTimespan(c *compiler, call *kql.Call, r *rows) string {
	switch len(call.Args) {
	case 1:
		return c.as(call.Args[0], kql.TimeSpan, r)
	case 2, 3:
		return "kql_make_timespan(0::BIGINT, " + c.coerce(call.Args[0], 'l', r) + ", " + c.coerce(call.Args[1], 'l', r) + ", " +
			c.argument(call, 2, 'r', "0::DOUBLE", r) + ")"
	case 4:
		return c.goCall("make_timespan", goFunctions["make_timespan"], call.Args, r)
	}
	return c.unsupported("make_timespan() with %d arguments", len(call.Args))
}

// absolute is abs().
func absolute(c *compiler, call *kql.Call, r *rows) string {
	x := c.expr(call.Args[0], r)
	if call.Args[0].Type() == kql.Decimal {
		return "CASE WHEN kql_decimal_compare(" + x + ", '0') < 0 THEN kql_decimal_subtract('0', " + x + ") ELSE " + x + " END"
	}
	return "TRY(abs(" + x + "))"
}

// around says whether a number, time or span lies within a distance of another.
func around(c *compiler, call *kql.Call, r *rows) string {
	center := call.Args[1]
	side := func(op string) *kql.Call {
		return &kql.Call{Func: &kql.Function{Name: op}, Args: []kql.Expr{center, call.Args[2]}, Of: center.Type()}
	}
	for _, a := range call.Args {
		switch a.Type() {
		case kql.Int, kql.Long, kql.Real, kql.DateTime, kql.TimeSpan:
		default:
			return c.unsupported("around() of a %s value", a.Type())
		}
	}
	return "(" + c.ordered(">=", call.Args[0], side("-"), r) + " AND " + c.ordered("<=", call.Args[0], side("+"), r) + ")"
}
