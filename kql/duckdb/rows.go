package duckdb

import (
	"strings"

	"penstock/kql"
)

// rows is a table while a statement is written: what stands after FROM, conditions that no SELECT has taken up yet, and how its columns are called.
type rows struct {
	from  string
	join  bool // from is a join, which a join around it must keep together
	where []string
	cols  []column
	// order are hidden columns by which the rows are ordered; total says that no two rows are equal in them.
	order []orderKey
	total bool
	// part are hidden columns of a body that is computed for each row or group alone (mv-apply, partition): the first tells the groups apart, the
	// others go with it.
	part []column
}

// column is a column's SQL within rows.
type column struct {
	sql string
	typ kql.Type
	// stored says that the value is in its stored form: text may be NULL, a time is a TIMESTAMP, JSON is unchecked.
	stored bool
}

type orderKey struct {
	sql        string
	desc       bool
	nullsFirst bool
}

// value is the column in KQL's form.
func (col column) value() string {
	if !col.stored {
		return col.sql
	}
	switch col.typ {
	case kql.String:
		return "coalesce(" + col.sql + ", '')"
	case kql.DateTime:
		return "k_ticks(" + col.sql + ")"
	case kql.Dynamic:
		return "k_stored_json(" + col.sql + ")"
	}
	return col.sql
}

func (key orderKey) String() string {
	s := key.sql
	if key.desc {
		s += " DESC"
	} else {
		s += " ASC"
	}
	if key.nullsFirst {
		return s + " NULLS FIRST"
	}
	return s + " NULLS LAST"
}

// source is what follows a SELECT's list.
func (r *rows) source() string {
	if len(r.where) == 0 {
		return " FROM " + r.from
	}
	return " FROM " + r.from + " WHERE " + strings.Join(r.where, " AND ")
}

func (r *rows) selects(items []string) string {
	if len(items) == 0 {
		items = []string{"1"}
	}
	return "SELECT " + strings.Join(items, ", ") + r.source()
}

func (r *rows) keys() string {
	keys := make([]string, len(r.order))
	for i, key := range r.order {
		keys[i] = key.String()
	}
	return strings.Join(keys, ", ")
}

func (r *rows) orderBy() string {
	if len(r.order) == 0 {
		return ""
	}
	return " ORDER BY " + r.keys()
}

// over is the window in which a row sees its neighbours.
func (r *rows) over(frame string) string {
	var parts []string
	if len(r.part) > 0 {
		parts = append(parts, "PARTITION BY "+r.part[0].sql)
	}
	if len(r.order) > 0 {
		parts = append(parts, "ORDER BY "+r.keys())
	}
	if frame != "" {
		parts = append(parts, frame)
	}
	return "(" + strings.Join(parts, " ") + ")"
}

// nest wraps r in a SELECT of its own with the given columns, under fresh names, and keeps the hidden ones.
func (c *compiler) nest(r *rows, cols []column) *rows { return c.nestWith(r, cols, "", "") }

// nestWith is nest with what stands before the list (DISTINCT) and after all (ORDER BY, LIMIT).
func (c *compiler) nestWith(r *rows, cols []column, head, tail string) *rows {
	out := &rows{total: r.total}
	var items []string
	name := func(sql, prefix string) string {
		id := c.id(prefix)
		items = append(items, sql+" AS "+id)
		return id
	}
	seen := map[string]string{}
	for _, col := range cols {
		id, ok := seen[col.sql]
		if !ok {
			id = name(col.sql, "c")
			if !volatile(col.sql) {
				seen[col.sql] = id
			}
		}
		out.cols = append(out.cols, column{id, col.typ, col.stored})
	}
	for _, key := range r.order {
		out.order = append(out.order, orderKey{name(key.sql, "o"), key.desc, key.nullsFirst})
	}
	for _, p := range r.part {
		out.part = append(out.part, column{name(p.sql, "p"), p.typ, p.stored})
	}
	if len(items) == 0 {
		items = []string{"1"}
	}
	out.from = "(SELECT " + head + strings.Join(items, ", ") + r.source() + tail + ") AS " + c.id("t")
	return out
}

// volatile says that an expression gives another value each time, so that two columns of it differ.
func volatile(sql string) bool {
	return strings.Contains(sql, "random()") || strings.Contains(sql, "uuid()")
}

// settled wraps r unless it is bare already: what comes next may add to FROM.
func (c *compiler) settled(r *rows) *rows {
	if len(r.where) == 0 {
		return r
	}
	return c.nest(r, r.cols)
}

// serialize makes the order total, so that every later look at neighbours sees the same one.
func (c *compiler) serialize(r *rows) *rows {
	if r.total {
		return r
	}
	number := "row_number() OVER " + r.over("")
	bare := *r
	bare.order = []orderKey{{sql: number}}
	out := c.nest(&bare, r.cols)
	out.total = true
	return out
}

func (c *compiler) filter(n *kql.Filter) *rows {
	r := c.node(n.In)
	where := n.Where
	visible := len(r.cols)
	if hasWindow(where) {
		var exprs []kql.Expr
		r, exprs = c.hoistWindows(r, []kql.Expr{where})
		where = exprs[0]
	}
	out := *r
	out.where = append([]string{}, r.where...)
	for _, part := range conjuncts(where) {
		out.where = append(out.where, c.cond(part, r))
	}
	out.cols = out.cols[:visible]
	return &out
}

// conjuncts are the conditions that must all hold: each may reach the files alone.
func conjuncts(e kql.Expr) []kql.Expr {
	call, ok := asCall(e)
	if !ok || call.Func.Name != "and" {
		return []kql.Expr{e}
	}
	var out []kql.Expr
	for _, a := range call.Args {
		out = append(out, conjuncts(a)...)
	}
	return out
}

func (c *compiler) project(n *kql.Project) *rows {
	r := c.node(n.In)
	exprs := make([]kql.Expr, len(n.Items))
	for i, item := range n.Items {
		exprs[i] = item.Expr
	}
	r, exprs = c.hoistWindows(r, exprs)
	plain := true
	cols := make([]column, len(exprs))
	for i, e := range exprs {
		if _, ok := asRef(e); !ok {
			plain = false
		}
		cols[i] = c.column(e, r)
	}
	if plain {
		out := *r
		out.cols = cols
		return &out
	}
	return c.nest(r, cols)
}

// column writes an expression as a column: a bare reference keeps its stored form.
func (c *compiler) column(e kql.Expr, r *rows) column {
	if ref, ok := asRef(e); ok {
		if ref.Index < 0 || ref.Index >= len(r.cols) {
			c.fail(errorf("the plan refers to column %d of %d", ref.Index, len(r.cols)))
			return column{"NULL", e.Type(), false}
		}
		return r.cols[ref.Index]
	}
	return column{c.expr(e, r), e.Type(), false}
}

func (c *compiler) sort(n *kql.Sort, r *rows) *rows {
	out := *r
	out.order, out.total = nil, false
	bare := true
	for _, key := range n.Keys {
		e := c.sortable(key.Expr, r)
		if _, ok := asRef(key.Expr); !ok {
			bare = false
		}
		out.order = append(out.order, orderKey{e, key.Desc, key.NullsFirst})
	}
	// Rows that are equal keep the order that they had, where they had one.
	if r.total {
		out.order, out.total = append(out.order, r.order...), true
	}
	sorted := &out
	if !bare {
		sorted = c.nest(sorted, sorted.cols)
	}
	if n.Limit == nil {
		return sorted
	}
	return c.limit(sorted, n.Limit)
}

// sortable is what rows are sorted by: decimals are texts, which sort otherwise than numbers do.
func (c *compiler) sortable(e kql.Expr, r *rows) string {
	if e.Type() == kql.Decimal {
		return "k_decimal_to_real(" + c.expr(e, r) + ")"
	}
	return c.expr(e, r)
}

func (c *compiler) limit(r *rows, n kql.Expr) *rows {
	count := "greatest(coalesce(" + c.expr(n, &rows{}) + ", 0), 0)"
	if k, ok := asConst(n); ok {
		if v, ok := k.Value.(int64); ok && v >= 0 {
			count = c.expr(n, &rows{})
		}
	}
	if len(r.part) > 0 {
		return c.limitGroups(r, count)
	}
	// The order inside is what LIMIT cuts; the hidden columns carry it on.
	return c.nestWith(r, r.cols, "", r.orderBy()+" LIMIT "+count)
}

// limitGroups keeps the first rows of each group.
func (c *compiler) limitGroups(r *rows, count string) *rows {
	number := column{"row_number() OVER " + r.over(""), kql.Long, false}
	out := c.nest(r, append(append([]column{}, r.cols...), number))
	last := len(out.cols) - 1
	out.where = []string{out.cols[last].sql + " <= " + count}
	out.cols = out.cols[:last]
	return out
}

func (c *compiler) sample(n *kql.Sample) *rows {
	r := c.node(n.In)
	if n.Distinct != nil {
		col := c.expr(n.Distinct.Expr, r)
		inner := *r
		inner.order, inner.total = nil, false
		return c.limit(c.nestWith(&inner, []column{{col, n.Distinct.Expr.Type(), false}}, "DISTINCT ", ""), n.N)
	}
	shuffled := *r
	shuffled.order, shuffled.total = []orderKey{{sql: "random()"}}, false
	out := c.limit(&shuffled, n.N)
	out.order = nil
	return out
}
