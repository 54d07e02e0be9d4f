package duckdb

import (
	"slices"

	"penstock/kql"
)

// mvExpand gives a row for each item. group, unless empty, is SQL for a number of the input row that mv-apply's body is grouped by.
func (c *compiler) mvExpand(in *rows, n *kql.MvExpand, group string) *rows {
	lists := make([]column, len(n.Items))
	var cols []column
	cols = append(cols, in.cols...)
	for i, item := range n.Items {
		lists[i] = column{c.items(item, in, n.Bag), kql.Dynamic, false}
		if n.Limit != nil {
			lists[i].sql = "(" + lists[i].sql + ")[:" + c.expr(n.Limit, &rows{}) + "]"
		}
		cols = append(cols, lists[i])
	}
	bare := *in
	if group != "" {
		bare.part = append([]column{{group, kql.Long, false}}, in.part...)
	}
	// First the lists, each computed once, then their items side by side: the shorter ones are filled up with null.
	first := c.nest(&bare, cols)
	kept := first.cols[:len(in.cols)]
	cols = append([]column{}, kept...)
	for i := range n.Items {
		cols = append(cols, column{"unnest(" + first.cols[len(in.cols)+i].sql + ")", kql.Dynamic, false})
	}
	longest := ""
	for i := range n.Items {
		length := "len(" + first.cols[len(in.cols)+i].sql + ")"
		if longest == "" {
			longest = length
		} else {
			longest = "greatest(" + longest + ", " + length + ")"
		}
	}
	index := len(cols)
	cols = append(cols, column{"unnest(range(0, " + longest + "))", kql.Long, false})
	ordered := len(first.order) > 0
	second := c.nest(first, cols)
	number := second.cols[index].sql
	if ordered || group != "" {
		second.order = append(second.order, orderKey{sql: number})
		second.total = second.total || group != "" && !ordered
	}
	out := *second
	out.cols = make([]column, len(n.Cols))
	taken := make([]bool, len(n.Cols))
	for i, item := range n.Items {
		sql := second.cols[len(in.cols)+i].sql
		if item.Place < 0 || item.Place >= len(n.Cols) {
			c.fail(errorf("the plan puts %s at column %d of %d", item.Name, item.Place, len(n.Cols)))
			continue
		}
		out.cols[item.Place] = column{c.convertText(sql, kql.Dynamic, item.To), item.To, false}
		taken[item.Place] = true
	}
	if n.Index != "" && len(n.Cols) > 0 {
		out.cols[len(n.Cols)-1] = column{number, kql.Long, false}
		taken[len(n.Cols)-1] = true
	}
	// Input columns fill the rest; those that an item replaces stand where the item does.
	for i := range out.cols {
		if !taken[i] && i < len(in.cols) {
			out.cols[i] = second.cols[i]
		}
	}
	for i := range out.cols {
		if out.cols[i].sql == "" {
			c.fail(errorf("the plan leaves column %s of mv-expand without a value", n.Cols[i].Name))
		}
	}
	return c.nest(&out, out.cols)
}

// items is the list that a value expands to: null and scalars to themselves, an array to its items, a bag to its members.
func (c *compiler) items(item kql.Expansion, in *rows, pairs bool) string {
	d := c.expr(item.Expr, in)
	if item.Expr.Type() != kql.Dynamic {
		return "[" + c.json(item.Expr, d) + "]"
	}
	if pairs {
		return "k_expand_pairs(" + d + ")"
	}
	return "k_expand(" + d + ")"
}

// outerRow is the row that an mv-apply expands, as its body sees it: its columns go with the group as hidden ones.
type outerRow struct {
	cols  []kql.Column
	place map[int]int // of a column among the hidden ones, counted from their end
}

// outer is a column of the row that an mv-apply around expands.
func (c *compiler) outer(e kql.Outer, r *rows) column {
	for i := len(c.applies) - 1; i >= 0; i-- {
		a := c.applies[i]
		if e.Index >= len(a.cols) || a.cols[e.Index] != e.Column {
			continue
		}
		at, ok := a.place[e.Index]
		if !ok || at > len(r.part) {
			break
		}
		return r.part[len(r.part)-at]
	}
	return column{c.unsupported("the column %s of the expanded row, seen from another table,", e.Name), e.Column.Type, false}
}

// outersIn are the columns of an expanded row that a body refers to.
func outersIn(body kql.Node) []kql.Outer {
	var out []kql.Outer
	walkExprs(body, func(e kql.Expr) {
		switch e := e.(type) {
		case kql.Outer:
			out = append(out, e)
		case *kql.Outer:
			out = append(out, *e)
		}
	})
	return out
}

// apply writes mv-apply and partition: the body runs over all groups at once, each operator within its group.
func (c *compiler) apply(n *kql.Apply) *rows {
	if n.Expand != nil {
		return c.mvApply(n)
	}
	return c.partition(n)
}

func (c *compiler) mvApply(n *kql.Apply) *rows {
	in := c.node(n.Expand.In)
	level := &outerRow{cols: n.Expand.In.Columns(), place: map[int]int{}}
	var carried []column
	var carry []int
	add := func(i int) bool {
		if i < 0 || i >= len(in.cols) {
			c.fail(errorf("the plan refers to column %d of %d", i, len(in.cols)))
			return false
		}
		carried, carry = append(carried, in.cols[i]), append(carry, i)
		return true
	}
	for _, i := range n.Keep {
		if !add(i) {
			return c.unsupportedRows("mv-apply")
		}
	}
	keep := len(carried)
	for _, o := range outersIn(n.Body) {
		if o.Index < len(level.cols) && level.cols[o.Index] == o.Column && !slices.Contains(carry, o.Index) {
			add(o.Index)
		}
	}
	outer := in.part
	for at, i := range carry {
		if _, ok := level.place[i]; !ok {
			level.place[i] = len(carried) - at + len(outer)
		}
	}
	bare := *in
	bare.part = append(append([]column{}, carried...), outer...)
	expanded := c.mvExpand(&bare, n.Expand, "row_number() OVER ()")
	input := *expanded
	input.cols = make([]column, 0, len(n.Input.Cols))
	for _, item := range n.Expand.Items {
		input.cols = append(input.cols, expanded.cols[item.Place])
	}
	if n.Expand.Index != "" {
		input.cols = append(input.cols, expanded.cols[len(expanded.cols)-1])
	}
	c.applies = append(c.applies, level)
	body := c.body(n, &input)
	c.applies = c.applies[:len(c.applies)-1]
	if len(body.part) != 1+len(carried)+len(outer) {
		return c.unsupportedRows("an mv-apply whose body does not use the rows at hand")
	}
	out := *body
	out.cols = append(append([]column{}, body.part[1:1+keep]...), body.cols...)
	out.part = body.part[1+len(carried):]
	out.order, out.total = nil, false
	return c.nest(&out, out.cols)
}

func (c *compiler) partition(n *kql.Apply) *rows {
	in := c.settled(c.node(n.In))
	outer := in.part
	bare := *in
	bare.part = append([]column{{c.expr(n.By, in), n.By.Type(), false}}, outer...)
	input := c.nest(&bare, bare.cols)
	if len(outer) > 0 {
		return c.unsupportedRows("partition within mv-apply or partition")
	}
	body := c.body(n, input)
	if len(body.part) == 0 {
		return c.unsupportedRows("a partition whose body does not use the rows at hand")
	}
	out := *body
	out.part, out.order, out.total = nil, nil, false
	return c.settled(&out)
}

func (c *compiler) body(n *kql.Apply, input *rows) *rows {
	c.inputs[n.Input] = input
	defer delete(c.inputs, n.Input)
	return c.node(n.Body)
}
