package duckdb

import (
	"fmt"
	"strings"

	"penstock/kql"
)

// join writes all kinds of join. Keys that are null match nothing; equal keys have equal types, the binder sees to that.
func (c *compiler) join(n *kql.Join) *rows {
	left, right := c.node(n.Left), c.node(n.Right)
	left, right = c.settled(left), c.settled(right)
	if n.Kind == kql.InnerUnique {
		left = c.onePerKey(left, n.On)
	}
	on := make([]string, 0, len(n.On)+1)
	for _, key := range n.On {
		on = append(on, c.joinKey(key, left, right))
	}
	switch {
	case len(left.part) > 0 && len(right.part) > 0:
		on = append(on, left.part[0].sql+" IS NOT DISTINCT FROM "+right.part[0].sql)
	case len(left.part) > 0 && (n.Kind == kql.RightOuter || n.Kind == kql.FullOuter || n.Kind == kql.RightSemi || n.Kind == kql.RightAnti),
		len(right.part) > 0 && (n.Kind == kql.LeftOuter || n.Kind == kql.FullOuter || n.Kind == kql.LeftSemi || n.Kind == kql.LeftAnti):
		return c.unsupportedRows("a %s join of another table with the rows at hand in mv-apply or partition", n.Kind)
	}
	cond := strings.Join(on, " AND ")
	if cond == "" {
		cond = "true"
	}
	switch n.Kind {
	case kql.Inner, kql.InnerUnique:
		return joined(left, right, "JOIN", cond, false, false)
	case kql.LeftOuter:
		return joined(left, right, "LEFT JOIN", cond, false, true)
	case kql.RightOuter:
		return joined(left, right, "RIGHT JOIN", cond, true, false)
	case kql.FullOuter:
		return joined(left, right, "FULL JOIN", cond, true, true)
	case kql.LeftSemi:
		return existing(left, right, "EXISTS", cond)
	case kql.RightSemi:
		return existing(right, left, "EXISTS", cond)
	case kql.LeftAnti:
		return existing(left, right, "NOT EXISTS", cond)
	case kql.RightAnti:
		return existing(right, left, "NOT EXISTS", cond)
	}
	return c.unsupportedRows("join kind=%s", n.Kind)
}

// joinKey compares stored times as they are, all else in KQL's form.
func (c *compiler) joinKey(key kql.JoinKey, left, right *rows) string {
	l, r := c.column(key.Left, left), c.column(key.Right, right)
	if l.typ == kql.DateTime && l.stored && r.stored {
		return l.sql + " = " + r.sql
	}
	if l.typ == kql.Decimal {
		return "k_decimal_compare(" + l.value() + ", " + r.value() + ") = 0"
	}
	return l.value() + " = " + r.value()
}

// onePerKey cuts the left side to one row a key; which one is KQL's to choose, here it is the first where rows have an order.
func (c *compiler) onePerKey(r *rows, on []kql.JoinKey) *rows {
	keys := make([]string, 0, len(on)+1)
	for _, key := range on {
		keys = append(keys, c.column(key.Left, r).value())
	}
	if len(r.part) > 0 {
		keys = append(keys, r.part[0].sql)
	}
	if len(keys) == 0 {
		return r
	}
	tail := ""
	if r.total {
		tail = " ORDER BY " + strings.Join(keys, ", ") + ", " + r.keys()
	}
	return c.nestWith(r, r.cols, "DISTINCT ON ("+strings.Join(keys, ", ")+") ", tail)
}

func joined(left, right *rows, kind, cond string, leftMissing, rightMissing bool) *rows {
	table := right.from
	if right.join {
		table = "(" + table + ")"
	}
	out := &rows{from: fmt.Sprintf("%s %s %s ON %s", left.from, kind, table, cond), join: true}
	out.cols = append(missing(left.cols, leftMissing), missing(right.cols, rightMissing)...)
	// A join in a body stays in the group of the side that has one.
	out.part = left.part
	if len(out.part) == 0 || leftMissing && len(right.part) > 0 && !rightMissing {
		out.part = right.part
	}
	if leftMissing && rightMissing && len(left.part) > 0 {
		out.part = append([]column{}, left.part...)
		for i := range out.part {
			out.part[i].sql = "coalesce(" + left.part[i].sql + ", " + right.part[i].sql + ")"
		}
	}
	return out
}

// missing marks the columns of a side that may have no row: text there is NULL, which the stored form allows.
func missing(cols []column, may bool) []column {
	out := append([]column{}, cols...)
	if may {
		for i := range out {
			out[i].stored = out[i].stored || out[i].typ == kql.String
		}
	}
	return out
}

func existing(keep, other *rows, exists, cond string) *rows {
	out := *keep
	out.where = append(append([]string{}, keep.where...), exists+" (SELECT 1 FROM "+other.from+" WHERE "+cond+")")
	return &out
}

// lookup writes ipv4_lookup and ipv6_lookup: of the networks that hold an address the narrowest one.
func (c *compiler) lookup(n *kql.Lookup) *rows {
	left, right := c.node(n.Left), c.node(n.Right)
	number := column{"row_number() OVER ()", kql.Long, false}
	left = c.nest(left, append(append([]column{}, left.cols...), number))
	width := len(left.cols) - 1
	id := left.cols[width].sql
	left.cols = left.cols[:width]
	network := column{c.textOf(n.Network, right), kql.String, false}
	right = c.nest(right, append(append([]column{}, right.cols...), network))
	last := len(right.cols) - 1
	within := right.cols[last].sql
	right.cols = right.cols[:last]
	f, ok := goFunctions[n.Func.Name]
	if !ok || len(f.Params) != 2 {
		return c.unsupportedRows("a lookup by %s()", n.Func.Name)
	}
	on := []string{udfName(n.Func.Name) + "(" + c.textOf(n.Address, left) + ", " + within + ")"}
	for _, key := range n.On {
		on = append(on, c.joinKey(key, left, right))
	}
	kind := "JOIN"
	if n.Outer {
		kind = "LEFT JOIN"
	}
	out := joined(left, right, kind, strings.Join(on, " AND "), false, n.Outer)
	rank := column{"row_number() OVER (PARTITION BY " + id + " ORDER BY TRY_CAST(split_part(" + within + ", '/', 2) AS INTEGER) DESC NULLS FIRST)", kql.Long, false}
	out = c.nest(out, append(append([]column{}, out.cols...), rank))
	end := len(out.cols) - 1
	out.where = []string{out.cols[end].sql + " = 1"}
	out.cols = out.cols[:end]
	return out
}
