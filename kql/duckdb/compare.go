package duckdb

import (
	"math"
	"regexp"
	"strings"
	"time"

	"penstock/kql"
)

// comparisons write operators that give a bool. filter says that null may stand for false.
var comparisons map[string]func(c *compiler, call *kql.Call, r *rows, filter bool) string

// textComparisons are the operators between two texts; each has a negated form.
var textComparisons = map[string]func(c *compiler, x string, y term) string{
	"=~":            func(_ *compiler, x string, y term) string { return "lower(" + x + ") = " + y.lower() },
	"contains":      func(_ *compiler, x string, y term) string { return "contains(lower(" + x + "), " + y.lower() + ")" },
	"contains_cs":   func(_ *compiler, x string, y term) string { return "contains(" + x + ", " + y.sql + ")" },
	"startswith":    func(_ *compiler, x string, y term) string { return "starts_with(lower(" + x + "), " + y.lower() + ")" },
	"startswith_cs": func(_ *compiler, x string, y term) string { return "starts_with(" + x + ", " + y.sql + ")" },
	"endswith":      func(_ *compiler, x string, y term) string { return "ends_with(lower(" + x + "), " + y.lower() + ")" },
	"endswith_cs":   func(_ *compiler, x string, y term) string { return "ends_with(" + x + ", " + y.sql + ")" },
	"has":           func(_ *compiler, x string, y term) string { return hasTerm(x, y, true, true, true) },
	"has_cs":        func(_ *compiler, x string, y term) string { return hasTerm(x, y, true, true, false) },
	"hasprefix":     func(_ *compiler, x string, y term) string { return hasTerm(x, y, true, false, true) },
	"hasprefix_cs":  func(_ *compiler, x string, y term) string { return hasTerm(x, y, true, false, false) },
	"hassuffix":     func(_ *compiler, x string, y term) string { return hasTerm(x, y, false, true, true) },
	"hassuffix_cs":  func(_ *compiler, x string, y term) string { return hasTerm(x, y, false, true, false) },
	"matches regex": matchesRegex,
}

// term is the right side of a text operator.
type term struct {
	sql      string
	text     string // if constant
	constant bool
}

func (t term) lower() string {
	if t.constant && isASCII(t.text) {
		return literal(strings.ToLower(t.text))
	}
	return "lower(" + t.sql + ")"
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func (c *compiler) term(e kql.Expr, r *rows) term {
	text, ok := constText(e)
	return term{c.textOf(e, r), text, ok}
}

func comparisonTable() map[string]func(*compiler, *kql.Call, *rows, bool) string {
	out := map[string]func(*compiler, *kql.Call, *rows, bool) string{
		"==": func(c *compiler, call *kql.Call, r *rows, filter bool) string {
			return c.equality(call, r, filter, false)
		},
		"!=": func(c *compiler, call *kql.Call, r *rows, filter bool) string {
			return c.equality(call, r, filter, true)
		},
		"<>": func(c *compiler, call *kql.Call, r *rows, filter bool) string {
			return c.equality(call, r, filter, true)
		},
		"between": func(c *compiler, call *kql.Call, r *rows, _ bool) string {
			return c.between(call, r)
		},
		"!between": func(c *compiler, call *kql.Call, r *rows, _ bool) string { return "(NOT " + c.between(call, r) + ")" },
	}
	for _, op := range []string{"<", "<=", ">", ">="} {
		out[op] = func(c *compiler, call *kql.Call, r *rows, _ bool) string {
			return c.ordered(op, call.Args[0], call.Args[1], r)
		}
	}
	for name, write := range textComparisons {
		out[name] = func(c *compiler, call *kql.Call, r *rows, filter bool) string {
			y := c.term(call.Args[1], r)
			x := c.textOf(call.Args[0], r)
			// Missing text has no part that is not empty: its stored form will do.
			if ref, ok := asRef(call.Args[0]); ok && filter && y.constant && y.text != "" && name != "matches regex" {
				if col := c.column(ref, r); col.typ == kql.String {
					x = col.sql
				}
			}
			return "(" + write(c, x, y) + ")"
		}
		negated := "!" + name
		if name == "=~" {
			negated = "!~"
		}
		out[negated] = func(c *compiler, call *kql.Call, r *rows, _ bool) string {
			return "(NOT (" + write(c, c.textOf(call.Args[0], r), c.term(call.Args[1], r)) + "))"
		}
	}
	for _, name := range []string{"in", "in~"} {
		fold := name == "in~"
		out[name] = func(c *compiler, call *kql.Call, r *rows, filter bool) string { return c.in(call, r, fold, filter) }
		out["!"+name] = func(c *compiler, call *kql.Call, r *rows, _ bool) string {
			return "(NOT " + c.in(call, r, fold, false) + ")"
		}
	}
	out["has_any"] = func(c *compiler, call *kql.Call, r *rows, filter bool) string {
		return c.hasList(call, r, " OR ", filter)
	}
	out["has_all"] = func(c *compiler, call *kql.Call, r *rows, filter bool) string {
		return c.hasList(call, r, " AND ", filter)
	}
	for _, name := range []string{"has_any", "has_all"} {
		write := out[name]
		out["!"+name] = func(c *compiler, call *kql.Call, r *rows, _ bool) string {
			return "(NOT " + write(c, call, r, false) + ")"
		}
	}
	return out
}

// operands writes two sides in one type: a dynamic side takes the other's.
func (c *compiler) operands(a, b kql.Expr, r *rows) (string, string, kql.Type) {
	ta, tb := a.Type(), b.Type()
	switch {
	case ta == kql.Dynamic && tb != kql.Dynamic:
		return c.as(a, tb, r), c.expr(b, r), tb
	case tb == kql.Dynamic && ta != kql.Dynamic:
		return c.expr(a, r), c.as(b, ta, r), ta
	case ta == kql.Real && (tb == kql.Long || tb == kql.Int):
		return c.expr(a, r), c.as(b, ta, r), ta
	case tb == kql.Real && (ta == kql.Long || ta == kql.Int):
		return c.as(a, tb, r), c.expr(b, r), tb
	case ta == kql.Decimal && tb != kql.Decimal:
		return c.expr(a, r), c.as(b, ta, r), ta
	case tb == kql.Decimal && ta != kql.Decimal:
		return c.as(a, tb, r), c.expr(b, r), tb
	case ta == kql.Guid && tb == kql.String:
		return c.expr(a, r), c.as(b, ta, r), ta
	case tb == kql.Guid && ta == kql.String:
		return c.as(a, tb, r), c.expr(b, r), tb
	}
	return c.expr(a, r), c.expr(b, r), ta
}

// as writes an expression as a type.
func (c *compiler) as(e kql.Expr, t kql.Type, r *rows) string {
	if t == kql.String {
		return c.textOf(e, r)
	}
	return c.convert(c.expr(e, r), e.Type(), t)
}

func (c *compiler) equality(call *kql.Call, r *rows, filter, not bool) string {
	a, b := call.Args[0], call.Args[1]
	if sql, ok := c.storedComparison(map[bool]string{false: "==", true: "!="}[not], a, b, r, filter); ok {
		return sql
	}
	x, y, typ := c.operands(a, b, r)
	if typ == kql.Decimal {
		x, y = "k_decimal_compare("+x+", "+y+")", "0"
		if not {
			return "(" + x + " <> " + y + ")"
		}
		return "(" + x + " = " + y + ")"
	}
	same := "(" + x + " = " + y + ")"
	if typ == kql.Real && !isNumber(a) && !isNumber(b) {
		// NaN equals nothing, itself included.
		same = "(" + x + " = " + y + " AND NOT isnan(" + x + "))"
	}
	an, bn := nullable(a) || a.Type() == kql.Dynamic && typ != kql.String, nullable(b) || b.Type() == kql.Dynamic && typ != kql.String
	if typ == kql.String {
		an, bn = false, false
	}
	switch {
	case !not && (filter || !an && !bn):
		return same
	case !not && (!an || !bn):
		return "coalesce(" + same + ", false)"
	case !not:
		return "k_eq(" + x + ", " + y + ")"
	case !an && !bn:
		return "(NOT " + same + ")"
	case !an || !bn:
		return "(" + x + " IS DISTINCT FROM " + y + ")"
	}
	return "k_ne(" + x + ", " + y + ")"
}

func isConstant(e kql.Expr) bool {
	_, ok := asConst(e)
	return ok
}

// isNumber says that an expression is a constant that is not NaN.
func isNumber(e kql.Expr) bool {
	k, ok := asConst(e)
	f, isReal := 0.0, false
	if ok {
		f, isReal = k.Value.(float64)
	}
	return ok && !(isReal && math.IsNaN(f))
}

func (c *compiler) ordered(op string, a, b kql.Expr, r *rows) string {
	if sql, ok := c.storedComparison(op, a, b, r, true); ok {
		return sql
	}
	x, y, typ := c.operands(a, b, r)
	switch typ {
	case kql.Decimal:
		return "(k_decimal_compare(" + x + ", " + y + ") " + op + " 0)"
	case kql.Dynamic:
		switch op {
		case "<":
			return "k_dynamic_less(" + x + ", " + y + ")"
		case ">":
			return "k_dynamic_less(" + y + ", " + x + ")"
		case "<=":
			return "(NOT k_dynamic_less(" + y + ", " + x + "))"
		}
		return "(NOT k_dynamic_less(" + x + ", " + y + "))"
	case kql.Real:
		guard := ""
		for i, side := range []kql.Expr{a, b} {
			if !isNumber(side) {
				guard += " AND NOT isnan(" + []string{x, y}[i] + ")"
			}
		}
		return "(" + x + " " + op + " " + y + guard + ")"
	}
	return "(" + x + " " + op + " " + y + ")"
}

func (c *compiler) between(call *kql.Call, r *rows) string {
	x, from, to := call.Args[0], call.Args[1], call.Args[2]
	return "(" + c.ordered(">=", x, from, r) + " AND " + c.ordered("<=", x, to, r) + ")"
}

// storedComparison compares a column in its stored form with a constant, so that the files' statistics can answer it.
func (c *compiler) storedComparison(op string, a, b kql.Expr, r *rows, filter bool) (string, bool) {
	if isConstant(a) && !isConstant(b) {
		a, b = b, a
		op = map[string]string{"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}[op]
	}
	ref, ok := asRef(a)
	k, isConst := asConst(b)
	if !ok || !isConst || ref.Column.Type != k.Of {
		return "", false
	}
	col := c.column(ref, r)
	if !col.stored {
		return "", false
	}
	switch v := k.Value.(type) {
	case string:
		if v == "" || col.typ != kql.String {
			return "", false
		}
		switch {
		case op == "==" && filter:
			return "(" + col.sql + " = " + literal(v) + ")", true
		case op == "!=":
			return "(" + col.sql + " IS DISTINCT FROM " + literal(v) + ")", true
		}
	case time.Time:
		return storedTime(op, col.sql, ticks(v), filter)
	}
	return "", false
}

// storedTime compares a stored time, in whole microseconds, with ticks.
func storedTime(op, sql string, t int64, filter bool) (string, bool) {
	if t < 0 {
		return "", false
	}
	micro, whole := t/10, t%10 == 0
	switch op {
	case "==":
		if !whole || !filter {
			return "", false
		}
		op = "="
	case "!=":
		return "", false
	case ">", "<=":
		// Between two microseconds the lower one decides.
	case ">=":
		if !whole {
			op = ">"
		}
	case "<":
		if !whole {
			op = "<="
		}
	}
	stamp := time.UnixMicro(micro - ticksAtUnixEpoch/10).UTC().Format("2006-01-02 15:04:05.000000")
	return "(" + sql + " " + op + " TIMESTAMP '" + stamp + "')", true
}

// in writes x in (a, b, …); items may be arrays, which stand for their items.
func (c *compiler) in(call *kql.Call, r *rows, fold, filter bool) string {
	x := call.Args[0]
	var items []kql.Expr
	var arrays []kql.Expr
	for _, a := range call.Args[1:] {
		if list, ok := constItems(a); ok {
			items = append(items, list...)
		} else if a.Type() == kql.Dynamic && !isConstant(a) {
			arrays = append(arrays, a)
		} else {
			items = append(items, a)
		}
	}
	var alternatives []string
	if len(items) > 0 {
		alternatives = append(alternatives, c.inItems(x, items, r, fold, filter && len(arrays) == 0))
	}
	for _, a := range arrays {
		text, list := c.textOf(x, r), "k_strings("+c.expr(a, r)+")"
		if fold {
			text, list = "lower("+text+")", "list_transform("+list+", lambda s: lower(s))"
		}
		found := "coalesce(list_contains(" + list + ", " + text + "), false)"
		if nullable(x) {
			found = "(" + c.expr(x, r) + " IS NOT NULL AND " + found + ")"
		}
		alternatives = append(alternatives, found)
	}
	if len(alternatives) == 0 {
		return "false"
	}
	if len(alternatives) == 1 {
		return alternatives[0]
	}
	return "(" + strings.Join(alternatives, " OR ") + ")"
}

func (c *compiler) inItems(x kql.Expr, items []kql.Expr, r *rows, fold, filter bool) string {
	typ := x.Type()
	if typ == kql.Dynamic || fold {
		typ = kql.String
	}
	if typ == kql.Decimal {
		parts := make([]string, len(items))
		for i, item := range items {
			parts[i] = "k_decimal_compare(" + c.expr(x, r) + ", " + c.as(item, typ, r) + ") = 0"
		}
		return "coalesce(" + strings.Join(parts, " OR ") + ", false)"
	}
	text := c.as(x, typ, r)
	list := make([]string, 0, len(items))
	empty := false
	for _, item := range items {
		if k, ok := asConst(item); ok && k.Value == nil && typ != kql.String {
			continue
		}
		s, known := constText(item)
		empty = empty || !known || s == ""
		if fold {
			list = append(list, c.term(item, r).lower())
			continue
		}
		list = append(list, c.as(item, typ, r))
	}
	if len(list) == 0 {
		return "false"
	}
	ref, isRef := asRef(x)
	if isRef && typ == kql.String && !empty && filter {
		text = c.column(ref, r).sql
	}
	if fold {
		text = "lower(" + text + ")"
	}
	in := text + " IN (" + strings.Join(list, ", ") + ")"
	if filter || typ == kql.String {
		return "(" + in + ")"
	}
	return "coalesce(" + in + ", false)"
}

// matchesRegex checks a constant pattern now, so that the query's author hears of it before anything runs.
func matchesRegex(c *compiler, x string, y term) string {
	if y.constant {
		c.checkRegex(y.text)
		return "regexp_matches(" + x + ", " + literal(y.text) + ")"
	}
	return "coalesce(TRY(regexp_matches(" + x + ", " + y.sql + ")), false)"
}

func (c *compiler) checkRegex(pattern string) {
	if _, err := regexp.Compile(pattern); err != nil {
		c.mistake(errorf("the regular expression %q cannot be used: %w", pattern, err))
	}
}
