package duckdb

import (
	"strings"

	"penstock/kql"
)

// textOf writes an expression as text, as tostring() does.
func (c *compiler) textOf(e kql.Expr, r *rows) string {
	sql := c.expr(e, r)
	// The text of a member is read from the document itself.
	if inner, ok := strings.CutPrefix(sql, "k_path("); ok && e.Type() == kql.Dynamic {
		return "k_path_text(" + inner
	}
	return c.convert(sql, e.Type(), kql.String)
}

// dynamicOf writes an expression as JSON text.
func (c *compiler) dynamicOf(e kql.Expr, r *rows) string { return c.json(e, c.expr(e, r)) }

// json writes sql, of e's type, as JSON text; null stays NULL.
func (c *compiler) json(e kql.Expr, sql string) string { return c.convert(sql, e.Type(), kql.Dynamic) }

// convertText converts text, or JSON, to a type; what does not convert is null.
func (c *compiler) convertText(sql string, from, to kql.Type) string { return c.convert(sql, from, to) }

// conversions are macros and functions by the types they lead from and to.
var conversions = map[kql.Type]map[kql.Type]string{
	kql.String: {
		kql.Bool: "k_text_to_bool", kql.Int: "k_text_to_int", kql.Long: "k_text_to_long", kql.Real: "k_text_to_real", kql.Decimal: "k_text_to_decimal",
		kql.DateTime: "k_text_to_datetime", kql.TimeSpan: "k_text_to_timespan", kql.Dynamic: "k_text_json", kql.Guid: "k_text_to_guid",
	},
	kql.Dynamic: {
		kql.Bool: "k_dynamic_to_bool", kql.Int: "k_dynamic_to_int", kql.Long: "k_dynamic_to_long", kql.Real: "k_dynamic_to_real",
		kql.Decimal: "k_dynamic_to_decimal", kql.DateTime: "k_dynamic_to_datetime", kql.TimeSpan: "k_dynamic_to_timespan",
		kql.String: "k_dynamic_to_text", kql.Guid: "k_dynamic_to_guid",
	},
	kql.Bool: {
		kql.Int: "k_bool_to_long", kql.Long: "k_bool_to_long", kql.Real: "k_bool_to_real", kql.String: "k_plain_to_text", kql.Dynamic: "k_plain_json",
		kql.Decimal: "k_bool_to_decimal",
	},
	kql.Int: {
		kql.Bool: "k_long_to_bool", kql.Long: "", kql.Real: "k_long_to_real", kql.Decimal: "k_plain_json", kql.String: "k_plain_to_text",
		kql.Dynamic: "k_plain_json", kql.DateTime: "", kql.TimeSpan: "",
	},
	kql.Long: {
		kql.Bool: "k_long_to_bool", kql.Int: "k_long_to_int", kql.Real: "k_long_to_real", kql.Decimal: "k_plain_json", kql.String: "k_plain_to_text",
		kql.Dynamic: "k_plain_json", kql.DateTime: "k_long_to_datetime", kql.TimeSpan: "",
	},
	kql.Real: {
		kql.Bool: "k_real_to_bool", kql.Int: "k_real_to_int", kql.Long: "k_real_to_long", kql.Decimal: "k_real_to_decimal", kql.String: "k_real_to_text",
		kql.Dynamic: "k_real_json", kql.TimeSpan: "k_real_to_timespan", kql.DateTime: "k_real_to_datetime",
	},
	kql.Decimal: {
		kql.Bool: "k_decimal_to_bool", kql.Int: "k_decimal_to_int", kql.Long: "k_decimal_to_long", kql.Real: "k_decimal_to_real", kql.String: "k_plain_to_text",
		kql.Dynamic: "k_quoted_json",
	},
	kql.DateTime: {
		kql.Int: "", kql.Long: "", kql.Real: "k_long_to_real", kql.String: "k_datetime_to_text", kql.Dynamic: "k_datetime_json",
		kql.Decimal: "k_plain_json",
	},
	kql.TimeSpan: {
		kql.Int: "", kql.Long: "", kql.Real: "k_long_to_real", kql.String: "k_timespan_to_text", kql.Dynamic: "k_timespan_json",
		kql.Decimal: "k_plain_json",
	},
	kql.Guid: {kql.String: "k_plain_to_text", kql.Dynamic: "k_quoted_json"},
}

func (c *compiler) convert(sql string, from, to kql.Type) string {
	if from == to {
		return sql
	}
	macro, ok := conversions[from][to]
	switch {
	case !ok:
		return c.unsupported("the conversion of %s to %s", from, to)
	case macro == "":
		return sql
	}
	if from == kql.Dynamic {
		return c.once(macro, sql)
	}
	return macro + "(" + sql + ")"
}

// once calls a macro that uses its argument more than once, so that a costly one is computed once.
func (c *compiler) once(macro, arg string) string {
	if !strings.ContainsAny(arg, "( ") || macro == "k_dynamic_to_text" || strings.HasPrefix(arg, "'") {
		return macro + "(" + arg + ")"
	}
	v := c.id("v")
	return "list_transform([" + arg + "], lambda " + v + ": " + macro + "(" + v + "))[1]"
}

// converter makes tolong() and its kin.
func converter(to kql.Type) func(*compiler, *kql.Call, *rows) string {
	return func(c *compiler, call *kql.Call, r *rows) string {
		if len(call.Args) == 0 {
			return c.unsupported("%s() without an argument", call.Func.Name)
		}
		x := call.Args[0]
		if x.Type() == to && to == kql.Int {
			return c.expr(x, r)
		}
		if to == kql.String {
			return c.textOf(x, r)
		}
		return c.convert(c.expr(x, r), x.Type(), to)
	}
}
