package duckdb

import (
	"fmt"
	"slices"
	"strings"

	"penstock/kql"
)

// stepsLimit bounds the rows that scan works through: it looks at them one after another.
const stepsLimit = 20_000

// machine writes scan as a recursive query: the state of each partition goes from row to row. For each step the state holds whether a match stands
// there, the match's number, and what conditions ask of the rows that it has matched.
type machine struct {
	c     *compiler
	n     *kql.Steps
	row   *rows // input columns, then the declared ones with their defaults
	asked []kql.StepRef
	moves []move
}

// move takes a match from one step (0: none, a new match begins) to another, or on within one.
type move struct {
	from, to int
	where    string
	assigned []string // by column of the row
}

func stateName(what string, step, ref int) string {
	if ref < 0 {
		return fmt.Sprintf("%s%d", what, step)
	}
	return fmt.Sprintf("%s%d_%d", what, step, ref)
}

// steps writes scan.
func (c *compiler) steps(n *kql.Steps) *rows {
	in := c.node(n.In)
	if len(in.part) > 0 {
		return c.unsupportedRows("scan within mv-apply or partition")
	}
	for _, step := range n.Steps {
		if step.Output != "" && step.Output != "all" && step.Output != "none" {
			return c.unsupportedRows("scan with output=%s", step.Output)
		}
	}
	base, partition, number := c.numberedSteps(n, in)
	m := &machine{c: c, n: n, row: &rows{cols: append([]column{}, base.cols...)}}
	for _, item := range n.Declares {
		m.row.cols = append(m.row.cols, column{c.expr(item.Expr, &rows{}), item.Expr.Type(), false})
	}
	m.asked = stepRefs(n)
	m.possible()
	if c.err != nil {
		return &rows{from: "(SELECT 1)", cols: make([]column, len(n.Cols))}
	}
	return m.write(base, partition, number)
}

// numberedSteps is the input as a CTE with the number of each row's partition, and of each row within it.
func (c *compiler) numberedSteps(n *kql.Steps, in *rows) (*rows, string, string) {
	if len(n.Order) > 0 {
		in = c.sort(&kql.Sort{In: &kql.Input{Cols: n.In.Columns()}, Keys: n.Order}, in)
	}
	in = c.settled(c.serialize(in))
	group := "1::BIGINT"
	if len(n.By) > 0 {
		keys := make([]string, len(n.By))
		for i, item := range n.By {
			keys[i] = c.expr(item.Expr, in)
		}
		group = "dense_rank() OVER (ORDER BY " + strings.Join(keys, ", ") + ")"
	}
	cols := append([]column{}, in.cols...)
	for i := range cols {
		cols[i] = column{cols[i].value(), cols[i].typ, false}
	}
	grouped := c.nest(in, append(cols, column{group, kql.Long, false}))
	last := len(cols)
	window := "(PARTITION BY " + grouped.cols[last].sql + grouped.orderBy() + ")"
	counted := fmt.Sprintf("k_bound(row_number() OVER %s, %d, 'scan works through fewer rows: narrow its input first')", window, stepsLimit)
	numbered := c.nest(grouped, append(append([]column{}, grouped.cols...), column{counted, kql.Long, false}))
	cte := c.id("q")
	c.with = append(c.with, cte+" AS MATERIALIZED (SELECT * FROM "+numbered.from+")")
	partition, number := numbered.cols[last].sql, numbered.cols[last+1].sql
	return &rows{from: cte, cols: numbered.cols[:last], order: numbered.order, total: true}, partition, number
}

// stepRefs are the columns that expressions ask of steps.
func stepRefs(n *kql.Steps) []kql.StepRef {
	var out []kql.StepRef
	for _, e := range exprs(n) {
		walkExpr(e, func(e kql.Expr) {
			ref, ok := e.(kql.StepRef)
			if p, is := e.(*kql.StepRef); is {
				ref, ok = *p, true
			}
			if ok && !slices.Contains(out, ref) {
				out = append(out, ref)
			}
		})
	}
	return out
}

// possible lists the moves in the order in which they are tried: the last step first; within a step, coming from an earlier one before going on, so that
// the newer match wins. At the first step a match goes on before a new one begins.
func (m *machine) possible() {
	for to := len(m.n.Steps); to >= 1; to-- {
		begins := true
		for from := to - 1; from >= 1 && begins; from-- {
			m.move(from, to)
			begins = m.n.Steps[from-1].Optional
		}
		m.move(to, to)
		if begins {
			m.move(0, to)
		}
	}
}

// move writes a move's condition and what it assigns: step.column is what the match that moves has there.
func (m *machine) move(from, to int) {
	step := m.n.Steps[to-1]
	outer := m.c.stepRef
	m.c.stepRef = func(ref kql.StepRef) string {
		at := slices.Index(m.asked, ref)
		if from == 0 || ref.Step+1 > from || at < 0 {
			return m.unmatched(ref)
		}
		if ref.Column.Type == kql.String {
			return "coalesce(" + stateName("v", from, at) + ", '')"
		}
		return stateName("v", from, at)
	}
	defer func() { m.c.stepRef = outer }()
	out := move{from: from, to: to, where: "coalesce(" + m.c.expr(step.Where, m.row) + ", false)"}
	if from > 0 {
		out.where = stateName("a", from, -1) + " AND " + out.where
	}
	for i, col := range m.row.cols {
		sql := col.value()
		if at := i - (len(m.row.cols) - len(m.n.Declares)); at >= 0 {
			for _, item := range step.Assign {
				if item.Name == m.n.Declares[at].Name {
					sql = m.c.expr(item.Expr, m.row)
				}
			}
		}
		out.assigned = append(out.assigned, sql)
	}
	m.moves = append(m.moves, out)
}

// unmatched is a column of a step that has matched nothing: what a declared column holds before it is set, null for others.
func (m *machine) unmatched(ref kql.StepRef) string {
	if first := len(m.row.cols) - len(m.n.Declares); ref.Index >= first && ref.Index < len(m.row.cols) {
		return m.row.cols[ref.Index].value()
	}
	return null(ref.Column.Type)
}

// choose is a value by the move that was made (its number in m, from 1; 0: none).
func (m *machine) choose(value func(move) (string, bool), otherwise string) string {
	var b strings.Builder
	for i, mv := range m.moves {
		if sql, ok := value(mv); ok {
			fmt.Fprintf(&b, " WHEN %d THEN %s", i+1, sql)
		}
	}
	if b.Len() == 0 {
		return otherwise
	}
	return "CASE m" + b.String() + " ELSE " + otherwise + " END"
}

// write is the recursion: from the state after row n and the row n+1 comes the next state.
func (m *machine) write(base *rows, partition, number string) *rows {
	c, steps := m.c, len(m.n.Steps)
	var start, next, names []string
	state := func(name, first, then string) {
		names = append(names, name)
		start, next = append(start, first+" AS "+name), append(next, then+" AS "+name)
	}
	state("pk", partition, "pk")
	state("n", "0::BIGINT", "n + 1")
	state("nm", "0::BIGINT", m.choose(func(mv move) (string, bool) { return "nm + 1", mv.from == 0 }, "nm"))
	state("k", "0", m.choose(func(mv move) (string, bool) { return fmt.Sprint(mv.to), true }, "0"))
	state("id", "0::BIGINT", m.choose(func(mv move) (string, bool) { return m.matchID(mv), true }, "NULL"))
	for k := 1; k <= steps; k++ {
		state(stateName("a", k, -1), "false", m.choose(func(mv move) (string, bool) {
			return fmt.Sprint(mv.to == k), mv.to == k || mv.from == k
		}, stateName("a", k, -1)))
		state(stateName("i", k, -1), "0::BIGINT", m.choose(func(mv move) (string, bool) { return m.matchID(mv), mv.to == k }, stateName("i", k, -1)))
		for at, ref := range m.asked {
			m.remember(k, at, ref, state)
		}
	}
	first := len(m.row.cols) - len(m.n.Declares)
	for i, item := range m.n.Declares {
		state(fmt.Sprintf("d%d", i), null(item.Expr.Type()), m.choose(func(mv move) (string, bool) { return mv.assigned[first+i], true }, null(item.Expr.Type())))
	}
	var made strings.Builder
	for i, mv := range m.moves {
		fmt.Fprintf(&made, " WHEN %s THEN %d", mv.where, i+1)
	}
	cte := c.id("q")
	c.recursive = true
	c.with = append(c.with, fmt.Sprintf("%s(%s) AS (SELECT DISTINCT %s FROM %s UNION ALL SELECT %s FROM (SELECT *, CASE%s ELSE 0 END AS m FROM %s JOIN %s ON %s = pk AND %s = n + 1))",
		cte, strings.Join(names, ", "), strings.Join(start, ", "), base.from, strings.Join(next, ", "), made.String(), cte, base.from, partition, number))
	out := &rows{from: base.from + " JOIN " + cte + " ON pk = " + partition + " AND n = " + number, join: true, order: base.order, total: true}
	out.cols = append(out.cols, base.cols...)
	for i, item := range m.n.Declares {
		out.cols = append(out.cols, column{fmt.Sprintf("d%d", i), item.Expr.Type(), false})
	}
	out.cols = append(out.cols, column{"id", kql.Long, false})
	shown := []string{"0"}
	for k, step := range m.n.Steps {
		if step.Output != "none" {
			shown = append(shown, fmt.Sprint(k+1))
		}
	}
	out.where = []string{"k <> 0", "k IN (" + strings.Join(shown, ", ") + ")"}
	return c.nest(out, out.cols)
}

func (m *machine) matchID(mv move) string {
	if mv.from == 0 {
		return "nm"
	}
	return stateName("i", mv.from, -1)
}

// remember keeps what is asked of a step in the match that stands at step k.
func (m *machine) remember(k, at int, ref kql.StepRef, state func(name, first, then string)) {
	name := stateName("v", k, at)
	state(name, "CAST(NULL AS "+sqlType(ref.Column.Type)+")", m.choose(func(mv move) (string, bool) {
		switch {
		case mv.to != k:
			return "", false
		case ref.Step+1 == k:
			return mv.assigned[ref.Index], true
		case mv.from == 0 || ref.Step+1 > mv.from:
			return m.unmatched(ref), true
		}
		return stateName("v", mv.from, at), true
	}, name))
}
