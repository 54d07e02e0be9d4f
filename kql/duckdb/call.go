package duckdb

import (
	"slices"
	"strconv"
	"strings"

	"penstock/kql"
	"penstock/kql/scalar"
)

// writer writes a call.
type writer func(c *compiler, call *kql.Call, r *rows) string

// The tables hold functions that look into the tables: that needs a moment after both are there.
func init() {
	comparisons, writers, aggregates = comparisonTable(), writerTable(), aggregateTable()
}

// call writes a function or an operator.
func (c *compiler) call(call *kql.Call, r *rows) string {
	defer c.within(call.Span)()
	name := call.Func.Name
	if write, ok := comparisons[name]; ok && len(call.Args) >= 2 {
		return write(c, call, r, false)
	}
	if name != "and" && name != "or" && name != "not" {
		if sql, ok := c.aside(call, r); ok {
			return sql
		}
	}
	if write, ok := writers[name]; ok {
		return write(c, call, r)
	}
	if t, ok := templates[name]; ok {
		return c.fill(t, call, r)
	}
	if f, ok := goFunctions[name]; ok {
		sql := c.goCall(name, f, call.Args, r)
		if call.Of == kql.String {
			return "coalesce(" + sql + ", '')"
		}
		return sql
	}
	return c.unsupported("the function %s()", name)
}

// written is an expression that has its SQL already.
type written struct {
	sql string
	typ kql.Type
}

// Type of the expression.
func (w written) Type() kql.Type { return w.typ }

// aside writes a call with subqueries among its arguments: DuckDB's TRY takes none, so that they are computed outside of it.
func (c *compiler) aside(call *kql.Call, r *rows) (string, bool) {
	moved := *call
	moved.Args = slices.Clone(call.Args)
	var queries []string
	all := c.id("v")
	for i, a := range call.Args {
		if hasQuery(a) {
			field := "f" + number(int64(i))
			queries = append(queries, field+" := "+c.expr(a, r))
			moved.Args[i] = written{all + "." + field, a.Type()}
		}
	}
	if len(queries) == 0 {
		return "", false
	}
	return "list_transform([struct_pack(" + strings.Join(queries, ", ") + ")], lambda " + all + ": " + c.call(&moved, r) + ")[1]", true
}

func hasQuery(e kql.Expr) bool {
	found := false
	walkExpr(e, func(e kql.Expr) {
		switch e.(type) {
		case kql.Scalar, *kql.Scalar, kql.InTable, *kql.InTable:
			found = true
		}
	})
	return found
}

// template is SQL with $1, $2, … for arguments, each converted to the type of its letter as scalar.Function has them; x stays as it is.
type template struct {
	params string
	sql    string
}

func (c *compiler) fill(t template, call *kql.Call, r *rows) string {
	args := make([]string, len(call.Args))
	for i, a := range call.Args {
		kind := byte('x')
		if i < len(t.params) {
			kind = t.params[i]
		}
		args[i] = c.coerce(a, kind, r)
	}
	return c.substitute(t.sql, args, call.Func.Name)
}

func (c *compiler) substitute(sql string, args []string, name string) string {
	var b strings.Builder
	for i := 0; i < len(sql); i++ {
		if sql[i] != '$' || i+1 == len(sql) || sql[i+1] < '1' || sql[i+1] > '9' {
			b.WriteByte(sql[i])
			continue
		}
		i++
		n := int(sql[i] - '1')
		if n >= len(args) {
			return c.unsupported("%s() with %d arguments", name, len(args))
		}
		b.WriteString(args[n])
	}
	return b.String()
}

// coerce writes an argument as the type of a letter.
func (c *compiler) coerce(e kql.Expr, kind byte, r *rows) string {
	switch kind {
	case 's':
		return c.textOf(e, r)
	case 'l':
		return c.ofType(e, kql.Long, r, kql.Int, kql.TimeSpan, kql.DateTime)
	case 'r':
		return c.ofType(e, kql.Real, r)
	case 'b':
		return c.ofType(e, kql.Bool, r)
	case 't':
		return c.ofType(e, kql.DateTime, r, kql.Long)
	case 'p':
		return c.ofType(e, kql.TimeSpan, r, kql.Long, kql.Int)
	case 'd':
		return c.dynamicOf(e, r)
	}
	return c.expr(e, r)
}

// ofType converts unless the type is as good as the one asked for.
func (c *compiler) ofType(e kql.Expr, t kql.Type, r *rows, same ...kql.Type) string {
	for _, s := range same {
		if e.Type() == s {
			return c.expr(e, r)
		}
	}
	return c.as(e, t, r)
}

// goFunctions are the functions that Go computes.
var goFunctions = scalar.Table()

func udfName(name string) string { return "kql_" + name }

// goCall writes a call of a Go function: missing arguments are NULL, a repeated parameter is one array.
func (c *compiler) goCall(name string, f scalar.Function, args []kql.Expr, r *rows) string {
	var out []string
	p := f.Params
	i := 0
	for at := 0; at < len(p); at++ {
		kind := p[at]
		repeated := at+1 < len(p) && p[at+1] == '*'
		optional := at+1 < len(p) && p[at+1] == '?'
		if repeated || optional {
			at++
		}
		switch {
		case repeated:
			items := make([]string, 0, len(args))
			for ; i < len(args); i++ {
				items = append(items, "coalesce("+c.dynamicOf(args[i], r)+", 'null')")
			}
			out = append(out, "k_array(["+strings.Join(items, ", ")+"])")
		case i < len(args):
			out = append(out, c.coerce(args[i], kind, r))
			i++
		case optional:
			out = append(out, "CAST(NULL AS "+goTypes[kind]+")")
		default:
			return c.unsupported("%s() with %d arguments", name, len(args))
		}
	}
	if i < len(args) {
		return c.unsupported("%s() with %d arguments", name, len(args))
	}
	return udfName(name) + "(" + strings.Join(out, ", ") + ")"
}

// goTypes are SQL's types of a Go function's letters.
var goTypes = map[byte]string{'s': "VARCHAR", 'd': "VARCHAR", 'l': "BIGINT", 't': "BIGINT", 'p': "BIGINT", 'r': "DOUBLE", 'b': "BOOLEAN"}

// constLong is a whole number that is known.
func constLong(e kql.Expr) (int64, bool) {
	k, ok := asConst(e)
	if !ok {
		return 0, false
	}
	v, ok := k.Value.(int64)
	return v, ok
}

func (c *compiler) argument(call *kql.Call, i int, kind byte, missing string, r *rows) string {
	if i < len(call.Args) {
		return c.coerce(call.Args[i], kind, r)
	}
	return missing
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
