package duckdb

import (
	"fmt"
	"strings"

	"penstock/kql"
)

// seriesLimit bounds the points of a series, as Kusto does.
const seriesLimit = 1 << 20

// makeSeries writes make-series: aggregates by key and bin first, then an array of each, filled where a bin has no rows.
func (c *compiler) makeSeries(n *kql.MakeSeries) *rows {
	r := c.node(n.In)
	axisType := n.Axis.Expr.Type()
	if axisType == kql.Decimal {
		return c.unsupportedRows("make-series along decimals")
	}
	axis, step := c.expr(n.Axis.Expr, r), c.expr(n.Step, &rows{})
	axisCol := column{axis, axisType, false}
	cols := append(append([]column{}, r.cols...), axisCol)
	first := c.nest(r, cols)
	axis = first.cols[len(r.cols)].sql
	first.where = append(first.where, axis+" IS NOT NULL")
	if axisType == kql.Real {
		// What bins cannot count is no place on an axis.
		first.where = append(first.where, "abs("+axis+" / "+step+") < 9e15")
		first.where = append(first.where, "isfinite("+axis+")")
	}
	bin := "k_floor_to(" + axis + ", " + step + ")"
	if axisType == kql.Real {
		bin = "floor(" + axis + " / " + step + ")"
	}
	from, to := "", ""
	if n.From != nil {
		from = c.expr(n.From, &rows{})
		first.where = append(first.where, axis+" >= "+from)
		bin = "CAST(floor((" + axis + " - " + from + ") / CAST(" + step + " AS DOUBLE)) AS BIGINT)"
		if axisType != kql.Real {
			bin = "((" + axis + " - " + from + ") // " + step + ")"
		}
	} else {
		bin = "CAST(" + bin + " AS BIGINT)"
	}
	if n.To != nil {
		to = c.expr(n.To, &rows{})
		first.where = append(first.where, axis+" < "+to)
	}
	// The expressions of keys and aggregates refer to the input's columns, which stand first in the nested rows too.
	inner := *first
	inner.cols = first.cols[:len(r.cols)]
	g := c.grouping(&inner)
	for _, key := range n.Keys {
		g.key(column{c.expr(key.Expr, &inner), key.Expr.Type(), false})
	}
	g.key(column{bin, kql.Long, false})
	for _, agg := range n.Aggs {
		g.aggregation(agg)
	}
	return c.gatherSeries(n, g.rows(), from, to, step)
}

// gatherSeries makes arrays of the bins of a key.
func (c *compiler) gatherSeries(n *kql.MakeSeries, bins *rows, from, to, step string) *rows {
	axisType := n.Axis.Expr.Type()
	number := bins.cols[len(n.Keys)].sql
	g := c.grouping(bins)
	for i := range n.Keys {
		g.key(bins.cols[i])
	}
	g.value("min("+number+")", kql.Long)
	g.value("max("+number+")", kql.Long)
	for i, agg := range n.Aggs {
		col := bins.cols[len(n.Keys)+1+i]
		g.value("map(list("+number+"), list("+c.json(typed{col.typ}, col.value())+"))", agg.Cols[0].Type)
	}
	keyed := g.rows()
	if len(n.Keys) == 0 {
		keyed = c.settled(keyed)
	}
	least, most := keyed.cols[len(n.Keys)].sql, keyed.cols[len(n.Keys)+1].sql
	start := "0"
	if n.From == nil {
		start = least
	}
	count := most + " - " + start + " + 1"
	if n.To != nil {
		whole := fmt.Sprintf("CAST(ceil((%s - (%s)) / CAST(%s AS DOUBLE)) AS BIGINT)", to, c.axisStart(from, start, step), step)
		count = whole
	}
	count = fmt.Sprintf("k_bound(coalesce(TRY(%s), %d), %[2]d - 1, 'make-series gives more points than allowed: choose a larger step')", count, seriesLimit+1)
	cols := append([]column{}, keyed.cols...)
	cols = append(cols, column{"range(" + start + ", " + start + " + " + count + ")", kql.Dynamic, false})
	listed := c.nest(keyed, cols)
	places := listed.cols[len(cols)-1].sql
	out := *listed
	out.cols = append([]column{}, listed.cols[:len(n.Keys)]...)
	for i, agg := range n.Aggs {
		fill := "'0'"
		if agg.Default != nil {
			fill = "coalesce(" + c.json(agg.Default, c.expr(agg.Default, &rows{})) + ", 'null')"
		} else if agg.Cols[0].Type == kql.Real {
			fill = "'0.0'"
		} else if agg.Cols[0].Type != kql.Long && agg.Cols[0].Type != kql.Int {
			fill = "'null'"
		}
		values := listed.cols[len(n.Keys)+2+i].sql
		out.cols = append(out.cols, column{fmt.Sprintf("k_array(list_transform(%s, lambda i: coalesce(%s[i], %s)))", places, values, fill), kql.Dynamic, false})
	}
	point := c.axisStart(from, "i", step)
	item := c.json(typed{axisType}, point)
	out.cols = append(out.cols, column{fmt.Sprintf("k_array(list_transform(%s, lambda i: %s))", places, item), kql.Dynamic, false})
	if len(n.Keys) == 0 {
		// Without rows there is no series.
		out.where = []string{listed.cols[0].sql + " IS NOT NULL"}
	}
	return c.nest(&out, out.cols)
}

// axisStart is the axis' value of a bin's number.
func (c *compiler) axisStart(from, number, step string) string {
	if from == "" {
		return "(" + number + ") * " + step
	}
	return from + " + (" + number + ") * " + step
}

// typed is an expression of which only the type is known.
type typed struct{ of kql.Type }

func (t typed) Type() kql.Type { return t.of }

// topNested writes top-nested level by level: the values of a level are ranked within those of the level above it.
func (c *compiler) topNested(n *kql.TopNested) *rows {
	r := c.node(n.In)
	in := c.materialise(r)
	// tops are the values and aggregates chosen so far, one row a combination; rows tagged with them are what the next level counts.
	var tops *rows
	tagged := in
	for i, level := range n.Levels {
		by := c.nest(tagged, append(append([]column{}, tagged.cols...), column{c.expr(level.By.Expr, tagged), level.By.Expr.Type(), false}))
		value := by.cols[len(by.cols)-1]
		inner := *by
		inner.cols = by.cols[:len(in.cols)]
		g := c.grouping(&inner)
		for j := range i {
			g.key(by.cols[len(in.cols)+j])
		}
		g.key(value)
		g.aggregation(level.Agg)
		groups := g.rows()
		ranked := c.rankLevel(groups, level, i)
		tops = c.joinLevel(tops, ranked, level, i)
		if level.Others != nil {
			tops = c.withOthers(tops, &inner, by, ranked, level, i, len(in.cols))
		}
		if i == len(n.Levels)-1 {
			break
		}
		tagged = c.tag(by, ranked, level, i, len(in.cols))
	}
	return c.topNestedColumns(n, tops)
}

// materialise makes rows a CTE, because they are read many times and must be the same each time.
func (c *compiler) materialise(r *rows) *rows {
	shared := &kql.Shared{}
	c.shared[shared] = &sharedTable{}
	t := c.shared[shared]
	var items []string
	model := rows{}
	for _, col := range r.cols {
		id := c.id("c")
		items = append(items, col.sql+" AS "+id)
		model.cols = append(model.cols, column{id, col.typ, col.stored})
	}
	for _, p := range r.part {
		id := c.id("p")
		items = append(items, p.sql+" AS "+id)
		model.part = append(model.part, column{id, p.typ, p.stored})
	}
	t.cte = c.id("q")
	c.with = append(c.with, t.cte+" AS MATERIALIZED ("+r.selects(items)+")")
	model.from = t.cte
	return &model
}

// rankLevel numbers the groups within their parents. Columns: parents, value, aggregate, rank.
func (c *compiler) rankLevel(groups *rows, level kql.TopLevel, depth int) *rows {
	direction := "ASC NULLS LAST"
	if level.Desc {
		direction = "DESC NULLS LAST"
	}
	partition := ""
	keys := make([]string, 0, depth+1)
	if len(groups.part) > 0 {
		keys = append(keys, groups.part[0].sql)
	}
	for j := range depth {
		keys = append(keys, groups.cols[j].sql)
	}
	if len(keys) > 0 {
		partition = "PARTITION BY " + strings.Join(keys, ", ") + " "
	}
	by := groups.cols[depth+1]
	if by.typ == kql.Decimal {
		by.sql = "k_decimal_to_real(" + by.sql + ")"
	}
	rank := fmt.Sprintf("row_number() OVER (%sORDER BY %s %s, %s)", partition, by.sql, direction, groups.cols[depth].sql)
	return c.materialise(c.nest(groups, append(append([]column{}, groups.cols...), column{rank, kql.Long, false})))
}

func (c *compiler) levelCount(level kql.TopLevel) string {
	if level.N == nil {
		return "9223372036854775807"
	}
	return c.expr(level.N, &rows{})
}

// alias gives rows that are read more than once names of their own.
func (c *compiler) alias(r *rows) *rows {
	return c.nest(r, r.cols)
}

// joinLevel adds a level's chosen values to those of the levels above. Columns: value and aggregate of each level.
func (c *compiler) joinLevel(tops, ranked *rows, level kql.TopLevel, depth int) *rows {
	chosen := c.alias(ranked)
	rank := chosen.cols[depth+2].sql
	chosen.where = append(chosen.where, rank+" <= "+c.levelCount(level))
	if tops == nil {
		chosen.cols = chosen.cols[:2]
		return c.settled(chosen)
	}
	chosen = c.settled(chosen)
	tops = c.settled(tops)
	on := make([]string, 0, depth+1)
	for j := range depth {
		on = append(on, tops.cols[2*j].sql+" IS NOT DISTINCT FROM "+chosen.cols[j].sql)
	}
	if len(tops.part) > 0 {
		on = append(on, tops.part[0].sql+" IS NOT DISTINCT FROM "+chosen.part[0].sql)
	}
	out := joined(tops, chosen, "JOIN", strings.Join(on, " AND "), false, false)
	out.cols = append(append([]column{}, tops.cols...), chosen.cols[depth], chosen.cols[depth+1])
	return c.nest(out, out.cols)
}

// withOthers adds one row a parent for all values that were not chosen.
func (c *compiler) withOthers(tops, inner, by, ranked *rows, level kql.TopLevel, depth, width int) *rows {
	chosen := c.alias(ranked)
	on := []string{chosen.cols[depth+2].sql + " <= " + c.levelCount(level)}
	for j := range depth + 1 {
		on = append(on, by.cols[width+j].sql+" IS NOT DISTINCT FROM "+chosen.cols[j].sql)
	}
	rest := *inner
	rest.where = append(append([]string{}, inner.where...), "NOT EXISTS (SELECT 1 FROM "+chosen.from+" WHERE "+strings.Join(on, " AND ")+")")
	g := c.grouping(&rest)
	for j := range depth {
		g.key(by.cols[width+j])
	}
	g.key(column{c.convertText(c.textOf(level.Others, &rows{}), kql.String, level.By.Expr.Type()), level.By.Expr.Type(), false})
	g.aggregation(level.Agg)
	others := g.rows()
	var tail *rows
	if depth == 0 {
		tail = c.nest(others, others.cols)
	} else {
		// The aggregates of the levels above are taken from the rows already there.
		above := c.alias(tops)
		pick := c.nestWith(above, above.cols[:2*depth], "DISTINCT ", "")
		on := make([]string, depth)
		for j := range depth {
			on[j] = pick.cols[2*j].sql + " IS NOT DISTINCT FROM " + others.cols[j].sql
		}
		both := joined(pick, others, "JOIN", strings.Join(on, " AND "), false, false)
		both.cols = append(append([]column{}, pick.cols...), others.cols[depth], others.cols[depth+1])
		tail = c.nest(both, both.cols)
	}
	names := func(r *rows) string {
		items := make([]string, len(r.cols))
		for i, col := range r.cols {
			items[i] = col.value()
		}
		return r.selects(items)
	}
	out := &rows{}
	items := make([]string, len(tops.cols))
	for i, col := range tops.cols {
		id := c.id("c")
		items[i] = col.value() + " AS " + id
		out.cols = append(out.cols, column{id, col.typ, false})
	}
	out.from = "(" + tops.selects(items) + " UNION ALL " + names(tail) + ") AS " + c.id("t")
	return out
}

// tag keeps the rows of chosen values (and, with others, the rest under its common name), each with the values of the levels so far.
func (c *compiler) tag(by, ranked *rows, level kql.TopLevel, depth, width int) *rows {
	chosen := c.alias(ranked)
	chosen.where = append(chosen.where, chosen.cols[depth+2].sql+" <= "+c.levelCount(level))
	chosen = c.settled(chosen)
	var on []string
	for j := range depth + 1 {
		on = append(on, by.cols[width+j].sql+" IS NOT DISTINCT FROM "+chosen.cols[j].sql)
	}
	if len(by.part) > 0 {
		on = append(on, by.part[0].sql+" IS NOT DISTINCT FROM "+chosen.part[0].sql)
	}
	kind := "JOIN"
	value := by.cols[width+depth]
	if level.Others != nil {
		kind = "LEFT JOIN"
		other := c.convertText(c.textOf(level.Others, &rows{}), kql.String, level.By.Expr.Type())
		value.sql = "CASE WHEN " + chosen.cols[depth+2].sql + " IS NULL THEN " + other + " ELSE " + value.sql + " END"
	}
	out := joined(by, chosen, kind, strings.Join(on, " AND "), false, false)
	out.cols = append(append([]column{}, by.cols[:width+depth]...), value)
	return c.nest(out, out.cols)
}

// topNestedColumns puts values and aggregates under the plan's columns.
func (c *compiler) topNestedColumns(n *kql.TopNested, tops *rows) *rows {
	if len(tops.cols) != len(n.Cols) {
		return c.unsupportedRows("top-nested with %d columns for %d levels", len(n.Cols), len(n.Levels))
	}
	return tops
}
