package duckdb

import (
	"penstock/kql"
)

// windowFunctions look at other rows in their order, which is total by then.
var windowFunctions = map[string]writer{
	"row_number": func(c *compiler, call *kql.Call, r *rows) string {
		sql := "row_number() OVER " + c.restarted(call, r, "")
		if len(call.Args) > 0 {
			return "(" + sql + " + " + bounded(c.coerce(call.Args[0], 'l', r)) + " - 1)"
		}
		return sql
	},
	"row_cumsum": func(c *compiler, call *kql.Call, r *rows) string {
		if call.Of == kql.Decimal {
			return c.unsupported("row_cumsum() of decimals")
		}
		sum := "sum(" + c.expr(call.Args[0], r) + ") OVER " + c.restarted(call, r, "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW")
		if call.Of == kql.Real {
			return "coalesce(" + sum + ", 0)"
		}
		return "TRY_CAST(coalesce(" + sum + ", 0) AS BIGINT)"
	},
	"prev": func(c *compiler, call *kql.Call, r *rows) string { return c.neighbour("lag", call, r) },
	"next": func(c *compiler, call *kql.Call, r *rows) string { return c.neighbour("lead", call, r) },
	"row_rank_dense": func(c *compiler, call *kql.Call, r *rows) string {
		return "CAST(sum(CASE WHEN " + c.changed(call, r) + " THEN 1 ELSE 0 END) OVER " +
			c.restarted(call, r, "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW") + " AS BIGINT)"
	},
	"row_rank_min": func(c *compiler, call *kql.Call, r *rows) string {
		// The first row of a run has the rank; the others take it over.
		return "max(CASE WHEN " + c.changed(call, r) + " THEN " + c.numbered(call, r) + " END) OVER " +
			c.restarted(call, r, "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW")
	},
	"row_window_session": func(c *compiler, call *kql.Call, r *rows) string {
		return c.hiddenColumn("session", call, r)
	},
}

// bounded keeps a number so small that counting from it does not overflow.
func bounded(sql string) string { return "least(greatest(" + sql + ", -1000000000000), 1000000000000)" }

func (c *compiler) neighbour(function string, call *kql.Call, r *rows) string {
	offset := "1"
	if len(call.Args) > 1 {
		offset = bounded(c.coerce(call.Args[1], 'l', r))
	}
	missing := null(call.Of)
	if len(call.Args) > 2 {
		missing = c.as(call.Args[2], call.Of, r)
	}
	return function + "(" + c.as(call.Args[0], call.Of, r) + ", " + offset + ", " + missing + ") OVER " + r.over("")
}

// restarted is the window of a function whose second argument says where counting begins anew.
func (c *compiler) restarted(call *kql.Call, r *rows, frame string) string {
	if len(call.Args) < 2 {
		return r.over(frame)
	}
	narrowed := *r
	group := c.hiddenColumn("restart", call, r)
	narrowed.part = []column{{group, kql.Long, false}}
	if len(r.part) > 0 {
		narrowed.part[0].sql = r.part[0].sql + ", " + group
	}
	return narrowed.over(frame)
}

func (c *compiler) changed(call *kql.Call, r *rows) string { return c.hiddenColumn("changed", call, r) }

func (c *compiler) numbered(call *kql.Call, r *rows) string { return c.hiddenColumn("number", call, r) }

// hiddenKey names a column that a window function needs before it can be written: windows cannot stand within windows.
func (c *compiler) hiddenKey(kind string, call *kql.Call, r *rows) string {
	key := kind
	for _, a := range call.Args {
		key += "\x00" + c.expr(a, r)
	}
	return key
}

func (c *compiler) hiddenColumn(kind string, call *kql.Call, r *rows) string {
	if name, ok := c.hidden[c.hiddenKey(kind, call, r)]; ok {
		return name
	}
	return c.unsupported("%s() within another function of its kind", call.Func.Name)
}

// hoistWindows computes the window functions of expressions as columns of their own, those within others first: neither another window nor TRY may stand
// around one. What is left of the expressions refers to these columns, which follow those of r.
func (c *compiler) hoistWindows(r *rows, exprs []kql.Expr) (*rows, []kql.Expr) {
	for range maxWindows {
		var calls []kql.Item
		for _, e := range exprs {
			innermost(e, func(call *kql.Call) kql.Expr {
				calls = append(calls, kql.Item{Expr: call})
				return call
			})
		}
		if len(calls) == 0 {
			return r, exprs
		}
		r = c.prepareWindows(c.settled(c.serialize(r)), calls)
		base := len(r.cols)
		cols := append([]column{}, r.cols...)
		for _, item := range calls {
			cols = append(cols, column{c.expr(item.Expr, r), item.Expr.Type(), false})
		}
		r = c.nest(r, cols)
		out := make([]kql.Expr, len(exprs))
		at := base
		for i, e := range exprs {
			out[i] = innermost(e, func(call *kql.Call) kql.Expr {
				at++
				return kql.Ref{Index: at - 1, Column: kql.Column{Type: call.Of}}
			})
		}
		exprs = out
	}
	c.unsupported("a function of rows within so many others")
	return r, exprs
}

// maxWindows bounds how deep functions of rows stand within each other.
const maxWindows = 20

// innermost gives an expression with each window function that has none within it replaced.
func innermost(e kql.Expr, replace func(*kql.Call) kql.Expr) kql.Expr {
	if e == nil || !hasWindow(e) {
		return e
	}
	switch e := e.(type) {
	case kql.Member:
		return kql.Member{In: innermost(e.In, replace), Name: e.Name}
	case *kql.Member:
		return kql.Member{In: innermost(e.In, replace), Name: e.Name}
	case kql.Element:
		return kql.Element{In: innermost(e.In, replace), Index: innermost(e.Index, replace)}
	case *kql.Element:
		return kql.Element{In: innermost(e.In, replace), Index: innermost(e.Index, replace)}
	case kql.InTable:
		e.X = innermost(e.X, replace)
		return e
	case *kql.InTable:
		return innermost(*e, replace)
	}
	call, ok := asCall(e)
	if !ok {
		return e
	}
	within := false
	out := *call
	out.Args = make([]kql.Expr, len(call.Args))
	for i, a := range call.Args {
		within = within || hasWindow(a)
		out.Args[i] = innermost(a, replace)
	}
	if call.Window && !within {
		return replace(call)
	}
	return out
}

// prepareWindows adds the columns that the window functions of a projection build upon.
func (c *compiler) prepareWindows(r *rows, items []kql.Item) *rows {
	var calls []*kql.Call
	c.hidden = map[string]string{}
	for _, item := range items {
		walkExpr(item.Expr, func(e kql.Expr) {
			if call, ok := asCall(e); ok && call.Window && (len(call.Args) > 1 && call.Func.Name != "prev" && call.Func.Name != "next" || isRank(call)) {
				calls = append(calls, call)
			}
		})
	}
	if len(calls) == 0 {
		return r
	}
	for _, call := range calls {
		if call.Func.Name == "row_window_session" {
			if len(calls) > 1 {
				defer c.within(call.Span)()
				c.unsupported("row_window_session() beside other functions of rows in one operator")
				return r
			}
			return c.keepSession(r, call)
		}
	}
	visible := len(r.cols)
	type wanted struct {
		kind  string
		call  *kql.Call
		place int
	}
	var added []wanted
	cols := append([]column{}, r.cols...)
	add := func(kind string, call *kql.Call, sql string) {
		added = append(added, wanted{kind, call, len(cols)})
		cols = append(cols, column{sql, kql.Long, false})
	}
	for _, call := range calls {
		if len(call.Args) > 1 {
			add("restart", call, "sum(CASE WHEN "+c.cond(call.Args[1], r)+" THEN 1 ELSE 0 END) OVER "+r.over("ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"))
		}
	}
	r = c.keep(r, cols, visible, func(names []column) {
		c.hidden = map[string]string{}
		for _, w := range added {
			c.hidden[c.hiddenKey(w.kind, w.call, &rows{cols: names[:visible]})] = names[w.place].sql
		}
	})
	return c.prepareRanks(r, calls)
}

func isRank(call *kql.Call) bool {
	return call.Func.Name == "row_rank_dense" || call.Func.Name == "row_rank_min" || call.Func.Name == "row_window_session"
}

// prepareRanks adds, for ranks, whether a row's term differs from the one before and its number; and the starts of sessions.
func (c *compiler) prepareRanks(r *rows, calls []*kql.Call) *rows {
	visible := len(r.cols)
	cols := append([]column{}, r.cols...)
	type wanted struct {
		kind  string
		call  *kql.Call
		place int
	}
	var added []wanted
	add := func(kind string, call *kql.Call, sql string) {
		added = append(added, wanted{kind, call, len(cols)})
		cols = append(cols, column{sql, kql.Long, false})
	}
	before := map[string]string{}
	for key, name := range c.hidden {
		before[key] = name
	}
	for _, call := range calls {
		if !isRank(call) {
			continue
		}
		term := c.expr(call.Args[0], r)
		window := c.restarted(call, r, "")
		add("changed", call, "(row_number() OVER "+window+" = 1 OR "+term+" IS DISTINCT FROM lag("+term+") OVER "+window+")")
		add("number", call, "row_number() OVER "+window)
	}
	if len(added) == 0 {
		return r
	}
	restarts := map[*kql.Call]string{}
	for _, call := range calls {
		if name, ok := c.hidden[c.hiddenKey("restart", call, r)]; ok {
			restarts[call] = name
			cols = append(cols, column{name, kql.Long, false})
		}
	}
	carried := len(cols) - len(restarts)
	return c.keep(r, cols, visible, func(names []column) {
		c.hidden = map[string]string{}
		for _, w := range added {
			c.hidden[c.hiddenKey(w.kind, w.call, &rows{cols: names[:visible]})] = names[w.place].sql
		}
		i := carried
		for _, call := range calls {
			if _, ok := restarts[call]; ok {
				c.hidden[c.hiddenKey("restart", call, &rows{cols: names[:visible]})] = names[i].sql
				i++
			}
		}
	})
}

// keep nests r with more columns than can be seen, tells their names, and hides them.
func (c *compiler) keep(r *rows, cols []column, visible int, tell func([]column)) *rows {
	out := c.nest(r, cols)
	tell(out.cols)
	out.cols = out.cols[:visible]
	return out
}

func (c *compiler) keepSession(r *rows, call *kql.Call) *rows {
	defer c.within(call.Span)()
	for _, a := range call.Args[1:3] {
		if !isConstant(a) {
			c.unsupported("row_window_session() with a distance that is not constant")
			return r
		}
	}
	visible := len(r.cols)
	out := c.sessionColumn(r, call)
	start := out.cols[visible].sql
	out.cols = out.cols[:visible]
	c.hidden[c.hiddenKey("session", call, out)] = start
	return out
}

// sessionColumn adds the start of each row's session: all rows of a group go through a function at once, in their order.
func (c *compiler) sessionColumn(r *rows, call *kql.Call) *rows {
	at, first, neighbour := c.coerce(call.Args[0], 't', r), c.coerce(call.Args[1], 'p', &rows{}), c.coerce(call.Args[2], 'p', &rows{})
	restart := "false"
	if len(call.Args) > 3 {
		restart = "coalesce(" + c.coerce(call.Args[3], 'b', r) + ", false)"
	}
	visible := len(r.cols)
	cols := append(append([]column{}, r.cols...),
		column{"'[' || coalesce(CAST(" + at + " AS VARCHAR), 'null') || ',' || " + restart + " || ']'", kql.Dynamic, false},
		column{"row_number() OVER " + r.over(""), kql.Long, false})
	numbered := c.nest(r, cols)
	cte := c.id("q")
	c.with = append(c.with, cte+" AS MATERIALIZED (SELECT * FROM "+numbered.from+")")
	numbered.from = cte + " AS " + c.id("t")
	item, number := numbered.cols[visible].sql, numbered.cols[visible+1].sql
	starts, place, group, all := c.id("c"), c.id("c"), c.id("p"), c.id("c")
	key, by := "0", ""
	if len(numbered.part) > 0 {
		key, by = numbered.part[0].sql, " GROUP BY "+numbered.part[0].sql
	}
	gathered := "(SELECT " + key + " AS " + group + ", kql_session_starts(k_array(list(" + item + " ORDER BY " + number + ")), " + first + ", " + neighbour + ") AS " + all +
		" FROM " + cte + by + ") AS " + c.id("t")
	listed := "(SELECT " + group + ", unnest(CAST(" + all + " AS BIGINT[])) AS " + starts + ", unnest(range(1, json_array_length(" + all + ")::BIGINT + 1)) AS " + place +
		" FROM " + gathered + ") AS " + c.id("t")
	numbered.join = true
	numbered.from += " JOIN " + listed + " ON " + place + " = " + number
	if len(numbered.part) > 0 {
		numbered.from += " AND " + group + " IS NOT DISTINCT FROM " + numbered.part[0].sql
	}
	numbered.cols = append(append([]column{}, numbered.cols[:visible]...), column{starts, kql.DateTime, false})
	return numbered
}
