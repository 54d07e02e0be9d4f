package duckdb

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"penstock/kql"
)

// scan reads a stored table: only the columns that the plan uses, in their stored form.
func (c *compiler) scan(n *kql.Scan) *rows {
	from, err := c.relation(n)
	if err != nil {
		c.fail(fmt.Errorf("read the table %s: %w", n.Table.Name, err))
		from = "(SELECT 1)"
	}
	var items []string
	out := &rows{}
	for i, col := range n.Cols {
		if n.Used != nil && i < len(n.Used) && !n.Used[i] {
			out.cols = append(out.cols, column{null(col.Type), col.Type, false})
			continue
		}
		id := c.id("c")
		items = append(items, ident(col.Name)+" AS "+id)
		stored := col.Type == kql.String || col.Type == kql.DateTime || col.Type == kql.Dynamic
		out.cols = append(out.cols, column{id, col.Type, stored})
	}
	if len(items) == 0 {
		items = []string{"1"}
	}
	out.from = "(SELECT " + strings.Join(items, ", ") + " FROM " + from + " AS " + c.id("s") + ") AS " + c.id("t")
	return out
}

// longTable is from how many rows on a table that is known is written by column: a list of so many tuples takes DuckDB long to read.
const longTable = 500

// values writes rows that are known. Their order counts: it is the one that the query shows.
func (c *compiler) values(n *kql.Values) *rows {
	if len(n.Rows) >= longTable {
		if out, ok := c.valuesByColumn(n); ok {
			return out
		}
	}
	out := &rows{total: true}
	names := make([]string, 0, len(n.Cols)+1)
	for _, col := range n.Cols {
		id := c.id("c")
		names = append(names, id)
		out.cols = append(out.cols, column{id, col.Type, false})
	}
	order := c.id("o")
	names = append(names, order)
	out.order = []orderKey{{sql: order}}
	tuple := func(i int, row []kql.Expr) string {
		items := make([]string, 0, len(names))
		for j, e := range row {
			item := c.expr(e, &rows{})
			if i <= 0 {
				item = "CAST(" + item + " AS " + sqlType(n.Cols[j].Type) + ")"
			}
			items = append(items, item)
		}
		return "(" + strings.Join(append(items, fmt.Sprint(i)), ", ") + ")"
	}
	tuples := make([]string, 0, len(n.Rows)+1)
	for i, row := range n.Rows {
		tuples = append(tuples, tuple(i, row))
	}
	where := ""
	if len(n.Rows) == 0 {
		row := make([]kql.Expr, len(n.Cols))
		for i, col := range n.Cols {
			row[i] = kql.Const{Of: col.Type}
		}
		tuples, where = append(tuples, tuple(-1, row)), " WHERE false"
	}
	alias := c.id("t") + "(" + strings.Join(names, ", ") + ")"
	out.from = "(VALUES " + strings.Join(tuples, ", ") + ") AS " + alias
	if where != "" {
		out.where = []string{"false"}
	}
	return out
}

// valuesByColumn writes each column as one array of JSON; false where a value is not constant, or is none of JSON's.
func (c *compiler) valuesByColumn(n *kql.Values) (*rows, bool) {
	out := &rows{total: true}
	items := make([]string, 0, len(n.Cols)+1)
	for j, col := range n.Cols {
		list := make([]any, len(n.Rows))
		for i, row := range n.Rows {
			k, ok := asConst(row[j])
			if !ok {
				return nil, false
			}
			switch v := k.Value.(type) {
			case time.Time:
				list[i] = ticks(v)
			case json.RawMessage:
				list[i] = string(v)
			case string:
				list[i] = strings.ToValidUTF8(v, "\uFFFD")
			case nil:
				if col.Type == kql.String {
					list[i] = ""
				}
			default:
				list[i] = v
			}
		}
		text, err := json.Marshal(list)
		if err != nil {
			return nil, false
		}
		id := c.id("c")
		items = append(items, "unnest(from_json("+literal(string(text))+", '[\""+sqlType(col.Type)+"\"]')) AS "+id)
		out.cols = append(out.cols, column{id, col.Type, false})
	}
	order := c.id("o")
	items = append(items, fmt.Sprintf("unnest(range(0, %d)) AS %s", len(n.Rows), order))
	out.order = []orderKey{{sql: order}}
	out.from = "(SELECT " + strings.Join(items, ", ") + ") AS " + c.id("t")
	return out, true
}

// rangeLimit bounds range: more rows than that are an error rather than a machine without memory.
const rangeLimit = 10_000_000

// rangeRows writes range. The values are computed from their number, so that steps of reals do not add up their errors.
func (c *compiler) rangeRows(n *kql.Range) *rows {
	from, to, step := c.expr(n.From, &rows{}), c.expr(n.To, &rows{}), c.expr(n.Step, &rows{})
	bounds, counts := c.id("t"), c.id("t")
	a, z, s, i := c.id("c"), c.id("c"), c.id("c"), c.id("o")
	typ := "BIGINT"
	if n.Col.Type == kql.Real {
		typ = "DOUBLE"
	}
	steps := fmt.Sprintf("CASE WHEN %[3]s = 0 THEN 0 ELSE coalesce(TRY_CAST(floor((%[2]s::DOUBLE - %[1]s::DOUBLE) / %[3]s::DOUBLE) AS BIGINT) + 1, 0) END", a, z, s)
	if typ == "BIGINT" {
		steps = fmt.Sprintf("CASE WHEN %[3]s > 0 AND %[2]s >= %[1]s THEN (%[2]s - %[1]s) // %[3]s + 1 WHEN %[3]s < 0 AND %[2]s <= %[1]s THEN (%[1]s - %[2]s) // (-%[3]s) + 1 ELSE 0 END", a, z, s)
	}
	steps = fmt.Sprintf("k_bound(coalesce(%s, 0), %d, 'range gives more rows than allowed: choose a larger step')", steps, rangeLimit)
	inner := fmt.Sprintf("(SELECT CAST(%s AS %s) AS %s, CAST(%s AS %s) AS %s, CAST(%s AS %s) AS %s) AS %s", from, typ, a, to, typ, z, step, typ, s, bounds)
	rowsOf := fmt.Sprintf("(SELECT %s, %s, unnest(range(0, greatest(%s, 0))) AS %s FROM %s) AS %s", a, s, steps, i, inner, counts)
	id := c.id("c")
	value := fmt.Sprintf("CAST(%s + %s * %s AS %s)", a, i, s, sqlType(n.Col.Type))
	return &rows{
		from:  fmt.Sprintf("(SELECT %s AS %s, %s FROM %s) AS %s", value, id, i, rowsOf, c.id("t")),
		cols:  []column{{id, n.Col.Type, false}},
		order: []orderKey{{sql: i}},
		total: true,
	}
}

// union puts tables one after the other. Columns stay in their stored form where that is so in all of them.
func (c *compiler) union(n *kql.Union) *rows {
	if len(n.Of) == 0 {
		return c.values(&kql.Values{Cols: n.Cols})
	}
	branches := make([]*rows, len(n.Of))
	parted := 0
	for i, of := range n.Of {
		branches[i] = c.node(of)
		if len(branches[i].part) > 0 {
			parted++
		}
		if len(branches[i].cols) != len(n.Cols) {
			return c.unsupportedRows("a union of tables with %d and %d columns", len(branches[i].cols), len(n.Cols))
		}
	}
	if parted > 0 && parted < len(branches) {
		return c.unsupportedRows("a union of the rows at hand with another table in mv-apply or partition")
	}
	out := &rows{}
	for j, col := range n.Cols {
		out.cols = append(out.cols, column{c.id("c"), col.Type, storedIn(branches, j)})
	}
	for _, p := range branches[0].part {
		out.part = append(out.part, column{c.id("p"), p.typ, p.stored})
	}
	selects := make([]string, len(branches))
	for i, b := range branches {
		var items []string
		for j, col := range out.cols {
			sql := b.cols[j].sql
			if !col.stored {
				sql = b.cols[j].value()
			} else if col.typ == kql.DateTime && !b.cols[j].stored {
				sql = "CAST(NULL AS TIMESTAMP)"
			}
			items = append(items, sql+" AS "+col.sql)
		}
		for j, p := range b.part {
			items = append(items, p.sql+" AS "+out.part[j].sql)
		}
		selects[i] = b.selects(items)
	}
	out.from = "(" + strings.Join(selects, " UNION ALL ") + ") AS " + c.id("t")
	return out
}

// storedIn says that a column of a union can stay in its stored form: text and JSON of any form can; times must all be stored, or missing.
func storedIn(branches []*rows, j int) bool {
	some, all := false, true
	for _, b := range branches {
		some = some || b.cols[j].stored
		all = all && (b.cols[j].stored || b.cols[j].sql == null(kql.DateTime))
	}
	return some && (all || branches[0].cols[j].typ != kql.DateTime)
}

// sharedTable is a let's table: how often the plan refers to it, and its CTE once that is written.
type sharedTable struct {
	uses  int
	cte   string
	model *rows // the columns within the CTE
}

// countShared counts the references, each body once.
func (c *compiler) countShared(n kql.Node) {
	walk(n, func(n kql.Node) bool {
		s, ok := n.(*kql.Shared)
		if !ok {
			return true
		}
		t := c.shared[s]
		if t == nil {
			t = &sharedTable{}
			c.shared[s] = t
		}
		t.uses++
		return t.uses == 1
	})
}

// sharedRows writes a shared table: in place where it is used once or is no more than a narrowed table, whose conditions differ from use to use and
// must reach the files each time; else as a materialised CTE.
func (c *compiler) sharedRows(n *kql.Shared) *rows {
	t := c.shared[n]
	if t == nil {
		t = &sharedTable{uses: 1}
		c.shared[n] = t
	}
	if refersToInput(n.In) || !n.Materialize && (t.uses < 2 || cheap(n.In)) {
		return c.node(n.In)
	}
	if t.cte == "" {
		r := c.node(n.In)
		out := rows{total: r.total}
		var items []string
		for _, col := range r.cols {
			id := c.id("c")
			out.cols = append(out.cols, column{id, col.typ, col.stored})
			items = append(items, col.sql+" AS "+id)
		}
		for _, key := range r.order {
			id := c.id("o")
			out.order = append(out.order, orderKey{id, key.desc, key.nullsFirst})
			items = append(items, key.sql+" AS "+id)
		}
		t.cte, t.model = c.id("q"), &out
		c.with = append(c.with, t.cte+" AS MATERIALIZED ("+r.selects(items)+")")
	}
	// Each use has names of its own: a table may be joined with itself.
	out := &rows{total: t.model.total}
	var names []string
	for _, col := range t.model.cols {
		id := c.id("c")
		names = append(names, id)
		out.cols = append(out.cols, column{id, col.typ, col.stored})
	}
	for _, key := range t.model.order {
		id := c.id("o")
		names = append(names, id)
		out.order = append(out.order, orderKey{id, key.desc, key.nullsFirst})
	}
	out.from = t.cte + " AS " + c.id("t")
	if len(names) > 0 {
		out.from += "(" + strings.Join(names, ", ") + ")"
	}
	return out
}

// cheap says that computing a table again costs no more than keeping it.
func cheap(n kql.Node) bool {
	ok := true
	walk(n, func(n kql.Node) bool {
		switch n := n.(type) {
		case *kql.Scan, *kql.Values, *kql.Filter, *kql.Project, *kql.Union, *kql.Shared:
		default:
			_ = n
			ok = false
		}
		return ok
	})
	walkExprs(n, func(e kql.Expr) {
		switch e := e.(type) {
		case kql.Scalar, *kql.Scalar, kql.InTable, *kql.InTable:
			ok = false
		default:
			if call, is := asCall(e); is && (call.Window || changing[call.Func.Name]) {
				ok = false
			}
		}
	})
	return ok
}

// changing are the functions that give another value each time.
var changing = map[string]bool{"rand": true, "new_guid": true, "new_activity_id": true}

func refersToInput(n kql.Node) bool {
	found := false
	walk(n, func(n kql.Node) bool {
		if _, ok := n.(*kql.Input); ok {
			found = true
		}
		return !found
	})
	return found
}
