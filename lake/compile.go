package lake

import (
	"time"

	"penstock/search"
)

// compiled is a query for one table.
type compiled struct {
	builder *sqlBuilder
	filter  string // two values: the time range
	where   string // three values: NULL where only the event tells
	never   bool   // no row of the table can match
}

func (l *Lake) compile(t *tableView, q *search.Query, from, to time.Time) compiled {
	b := &sqlBuilder{plan: l.plan, schema: t.schema, table: l.plan.Table(t.schema.name)}
	c := compiled{builder: b, where: always}
	c.filter = colTime + " >= " + b.bind(from.UTC()) + " AND " + colTime + " < " + b.bind(to.UTC())
	if q == nil || q.Root == nil {
		return c
	}
	c.where = b.where(q.Root)
	if c.never = c.where == "false"; c.never || c.where == always {
		return c
	}
	if may := b.mayHold(q.Root); may != always {
		// Of conditions that stand side by side DuckDB chooses the order.
		c.where = "(CASE WHEN " + may + " THEN " + c.where + " ELSE false END)"
	}
	return c
}
