package duckdb

import (
	"fmt"
	"strconv"
	"strings"

	"penstock/kql"
)

// aggregate writes summarize and distinct.
func (c *compiler) aggregate(n *kql.Aggregate) *rows {
	r := c.node(n.In)
	g := c.grouping(r)
	for _, key := range n.Keys {
		col := c.column(key.Expr, r)
		if col.typ != kql.DateTime {
			col = column{col.value(), col.typ, false}
		}
		g.key(col)
	}
	for _, agg := range n.Aggs {
		g.aggregation(agg)
	}
	return g.rows()
}

// grouping is a SELECT with GROUP BY while it is written. Aggregates that give several columns at once give a struct, which a SELECT around it takes apart.
type grouping struct {
	c       *compiler
	in      *rows
	items   []string // of the inner SELECT, the keys first
	keys    int
	cols    []column // of the result, over the inner SELECT
	part    []column
	carried []string // hidden columns that go with the first part
}

func (c *compiler) grouping(r *rows) *grouping {
	g := &grouping{c: c, in: r}
	for i, p := range r.part {
		id := c.id("p")
		g.part = append(g.part, column{id, p.typ, p.stored})
		if i == 0 {
			g.items = append(g.items, p.sql+" AS "+id)
			g.keys++
		} else {
			g.carried = append(g.carried, "first("+p.sql+") AS "+id)
		}
	}
	return g
}

func (g *grouping) key(col column) {
	id := g.c.id("c")
	g.items = append(g.items, col.sql+" AS "+id)
	g.keys++
	g.cols = append(g.cols, column{id, col.typ, col.stored})
}

// value adds an aggregate that gives one column.
func (g *grouping) value(sql string, typ kql.Type) {
	id := g.c.id("c")
	g.items = append(g.items, sql+" AS "+id)
	g.cols = append(g.cols, column{id, typ, typ == kql.String})
}

// record adds an aggregate that gives a struct of f0, f1, …
func (g *grouping) record(sql string, cols []kql.Column) {
	id := g.c.id("v")
	g.items = append(g.items, sql+" AS "+id)
	for i, col := range cols {
		field := "(" + id + ").f" + strconv.Itoa(i)
		if col.Type == kql.String {
			field = "coalesce(" + field + ", '')"
		}
		g.cols = append(g.cols, column{field, col.Type, false})
	}
}

func (g *grouping) rows() *rows {
	var tail string
	if g.keys > 0 {
		places := make([]string, g.keys)
		for i := range places {
			places[i] = strconv.Itoa(i + 1)
		}
		tail = " GROUP BY " + strings.Join(places, ", ")
	}
	items := append(append([]string{}, g.items...), g.carried...)
	return &rows{from: "(" + g.in.selects(items) + tail + ") AS " + g.c.id("t"), cols: g.cols, part: g.part}
}

// call is one aggregation while it is written.
type aggCall struct {
	*grouping
	kql.Aggregation
	filter string // " FILTER (WHERE …)" or nothing
	order  string // " ORDER BY …" or nothing
}

func (g *grouping) aggregation(agg kql.Aggregation) {
	defer g.c.within(agg.Span)()
	a := &aggCall{grouping: g, Aggregation: agg, order: g.in.orderBy()}
	if agg.Where != nil {
		a.filter = " FILTER (WHERE " + g.c.cond(agg.Where, g.in) + ")"
	}
	write, ok := aggregates[strings.TrimSuffix(strings.TrimSuffix(agg.Func.Name, "_if"), "if")]
	if !ok {
		write, ok = aggregates[agg.Func.Name]
	}
	if !ok || len(agg.Cols) == 0 {
		g.c.unsupported("the aggregate %s()", agg.Func.Name)
		for _, col := range agg.Cols {
			g.value("NULL", col.Type)
		}
		return
	}
	write(a)
}

func (a *aggCall) arg(i int) string {
	if i >= len(a.Args) {
		return a.c.unsupported("%s() with %d arguments", a.Func.Name, len(a.Args))
	}
	return a.c.expr(a.Args[i], a.in)
}

func (a *aggCall) typ() kql.Type { return a.Cols[0].Type }

// put gives the aggregate's column.
func (a *aggCall) put(format string, args ...any) { a.value(fmt.Sprintf(format, args...), a.typ()) }

// notNull narrows the filter to rows where an expression has a value.
func (a *aggCall) notNull(sql string, typ kql.Type) string {
	if typ == kql.String {
		return a.filter
	}
	if a.filter == "" {
		return " FILTER (WHERE " + sql + " IS NOT NULL)"
	}
	return strings.TrimSuffix(a.filter, ")") + " AND " + sql + " IS NOT NULL)"
}

// percentage is a constant one, as a fraction.
func (a *aggCall) percentage(e kql.Expr) string {
	if a.Args[0].Type() == kql.Decimal || a.Args[0].Type() == kql.Dynamic {
		return a.c.unsupported("%s() of %s values", a.Func.Name, a.Args[0].Type())
	}
	p, ok := constNumber(e)
	if !ok {
		return a.c.unsupported("%s() with a percentage that is not constant", a.Func.Name)
	}
	return real(min(max(p, 0), 100) / 100)
}

// constNumber is a number that is known.
func constNumber(e kql.Expr) (float64, bool) {
	k, ok := asConst(e)
	if !ok {
		return 0, false
	}
	switch v := k.Value.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// maxItems is how many values make_list and its kin keep, as Kusto does.
const maxItems = 1048576

func (a *aggCall) cap(i int) string {
	if i >= len(a.Args) {
		return strconv.Itoa(maxItems)
	}
	n, ok := constNumber(a.Args[i])
	if !ok {
		return a.c.unsupported("%s() with a maximal size that is not constant", a.Func.Name)
	}
	return strconv.FormatInt(int64(min(max(n, 0), maxItems)), 10)
}

// aggregates by name; the forms in …if are their plain ones with a filter.
var aggregates map[string]func(*aggCall)

func aggregateTable() map[string]func(*aggCall) {
	return map[string]func(*aggCall){
		"count": func(a *aggCall) { a.put("count(*)%s", a.filter) },
		"sum":   sumOf,
		"avg":   averageOf,
		"min":   func(a *aggCall) { extremeOf(a, "min") },
		"max":   func(a *aggCall) { extremeOf(a, "max") },
		"dcount": func(a *aggCall) {
			a.put("count(DISTINCT %s)%s", a.arg(0), a.filter)
		},
		"count_distinct":       func(a *aggCall) { a.put("count(DISTINCT %s)%s", a.arg(0), a.filter) },
		"stdev":                func(a *aggCall) { spreadOf(a, "stddev_samp") },
		"stdevp":               func(a *aggCall) { spreadOf(a, "stddev_pop") },
		"variance":             func(a *aggCall) { spreadOf(a, "var_samp") },
		"variancep":            func(a *aggCall) { spreadOf(a, "var_pop") },
		"covariance":           func(a *aggCall) { togetherOf(a, "covar_samp") },
		"covariancep":          func(a *aggCall) { togetherOf(a, "covar_pop") },
		"binary_all_and":       func(a *aggCall) { bitsOf(a, "bit_and") },
		"binary_all_or":        func(a *aggCall) { bitsOf(a, "bit_or") },
		"binary_all_xor":       func(a *aggCall) { bitsOf(a, "bit_xor") },
		"make_list":            func(a *aggCall) { listOf(a, false) },
		"make_list_with_nulls": func(a *aggCall) { listOf(a, true) },
		"make_set":             setOf,
		"make_bag":             func(a *aggCall) { gathered(a, "make_bag") },
		"buildschema":          func(a *aggCall) { gathered(a, "buildschema") },
		"take_any":             anyOf,
		"arg_max":              func(a *aggCall) { argOf(a, "arg_max") },
		"arg_min":              func(a *aggCall) { argOf(a, "arg_min") },
		"percentile":           func(a *aggCall) { percentilesOf(a, 1) },
		"percentiles":          func(a *aggCall) { percentilesOf(a, 1) },
		"percentilew":          func(a *aggCall) { weightedPercentilesOf(a) },
		"percentilesw":         func(a *aggCall) { weightedPercentilesOf(a) },
		"percentiles_array":    func(a *aggCall) { percentileArray(a, false) },
		"percentile_array":     func(a *aggCall) { percentileArray(a, false) },
		"percentilesw_array":   func(a *aggCall) { percentileArray(a, true) },
		"percentilew_array":    func(a *aggCall) { percentileArray(a, true) },
		"hll":                  distinctSketch,
		"hll_merge":            func(a *aggCall) { gathered(a, "hll_merge") },
		"tdigest":              distribution,
		"tdigest_merge":        func(a *aggCall) { gathered(a, "tdigest_merge") },
	}
}

func sumOf(a *aggCall) {
	x := a.arg(0)
	switch a.Args[0].Type() {
	case kql.Real:
		a.put("coalesce(sum(%s)%s, 0)", x, a.filter)
	case kql.Decimal:
		a.put("coalesce(k_decimal_sum(list(%s)%s), '0')", x, a.notNull(x, kql.Decimal))
	default:
		a.put("TRY_CAST(coalesce(sum(%s)%s, 0) AS BIGINT)", x, a.filter)
	}
}

func averageOf(a *aggCall) {
	x := a.arg(0)
	switch a.Args[0].Type() {
	case kql.TimeSpan, kql.DateTime:
		a.put("TRY_CAST(sum(%s)%s // count(%s)%s AS BIGINT)", x, a.filter, x, a.filter)
	case kql.Decimal:
		a.put("k_decimal_avg(list(%s)%s)", x, a.notNull(x, kql.Decimal))
	default:
		a.put("coalesce(avg(%s)%s, 'nan'::DOUBLE)", x, a.filter)
	}
}

func extremeOf(a *aggCall, name string) {
	x := a.arg(0)
	switch a.Args[0].Type() {
	case kql.Decimal:
		a.put("k_decimal_%s(list(%s)%s)", name, x, a.notNull(x, kql.Decimal))
	case kql.Real:
		// NaN is greater than all for DuckDB, and no number for KQL.
		a.put("coalesce(%s(nullif(%s, 'nan'::DOUBLE))%s, %s(%s)%s)", name, x, a.filter, name, x, a.filter)
	default:
		a.put("%s(%s)%s", name, x, a.filter)
	}
}

func spreadOf(a *aggCall, name string) {
	x := a.c.ofType(a.Args[0], kql.Real, a.in, kql.Long, kql.Int, kql.TimeSpan, kql.DateTime)
	filter := a.filter
	if a.Args[0].Type() == kql.Real {
		// Of what is no number there is no deviation, and DuckDB would fail.
		finite := "isfinite(" + x + ")"
		filter = strings.TrimSuffix(a.filter, ")") + " AND " + finite + ")"
		if a.filter == "" {
			filter = " FILTER (WHERE " + finite + ")"
		}
		a.put("CASE WHEN coalesce(bool_or(NOT %s)%s, false) THEN 'nan'::DOUBLE ELSE coalesce(%s(%s)%s, 0) END", finite, a.filter, name, x, filter)
		return
	}
	a.put("coalesce(%s(%s)%s, 0)", name, x, filter)
}

// bitsOf joins the bits of whole numbers.
func bitsOf(a *aggCall, name string) {
	if a.typ() == kql.Decimal || a.typ() == kql.Real {
		a.c.unsupported("%s() of %s values", a.Func.Name, a.typ())
	}
	a.put("%s(%s)%s", name, a.c.ofType(a.Args[0], kql.Long, a.in, kql.Int, kql.TimeSpan, kql.DateTime), a.filter)
}

// togetherOf is a measure of two numbers.
func togetherOf(a *aggCall, name string) {
	if len(a.Args) != 2 {
		a.c.unsupported("%s() with %d arguments", a.Func.Name, len(a.Args))
		return
	}
	a.put("coalesce(%s(%s, %s)%s, 0)", name, a.c.as(a.Args[0], kql.Real, a.in), a.c.as(a.Args[1], kql.Real, a.in), a.filter)
}

func listOf(a *aggCall, nulls bool) {
	x := a.arg(0)
	filter := a.filter
	if !nulls {
		filter = a.notNull(x, a.Args[0].Type())
	}
	item := a.c.json(a.Args[0], x)
	if nulls {
		item = "coalesce(" + item + ", 'null')"
	}
	a.put("k_array(list(%s%s)%s[:%s])", item, a.order, filter, a.cap(1))
}

// setOf gives the values in their own order, as DuckDB gives them in any; in that of the rows where they are few and have one.
func setOf(a *aggCall) {
	x := a.arg(0)
	filter := a.notNull(x, a.Args[0].Type())
	limit := a.cap(1)
	if a.in.total {
		a.put("k_array(k_first_of_each(list(%s%s)%s)[:%s])", a.c.json(a.Args[0], x), a.order, filter, limit)
		return
	}
	a.put("k_array(list_transform(list_sort(list(DISTINCT %s)%s)[:%s], lambda x: %s))", x, filter, limit, a.c.json(a.Args[0], "x"))
}

// gathered hands all values as one array to a function.
func gathered(a *aggCall, function string) {
	x := a.arg(0)
	a.put("%s(k_array(list(%s%s)%s))", udfName(function), a.c.json(a.Args[0], x), a.order, a.notNull(x, a.Args[0].Type()))
}

func anyOf(a *aggCall) {
	if len(a.Cols) == 1 {
		x := a.arg(0)
		if a.typ() == kql.String {
			x = "nullif(" + x + ", '')"
		}
		a.put("any_value(%s)%s", x, a.filter)
		return
	}
	a.record("any_value("+a.fields(a.Args)+")"+a.filter, a.Cols)
}

// fields packs expressions as a struct.
func (a *aggCall) fields(args []kql.Expr) string {
	parts := make([]string, len(args))
	for i, e := range args {
		parts[i] = "f" + strconv.Itoa(i) + " := " + a.c.expr(e, a.in)
	}
	return "struct_pack(" + strings.Join(parts, ", ") + ")"
}

// argOf takes each column from the row with the greatest value. All columns see the rows in the same order and replace what they have for a strictly
// greater value alone, so that they come from one row; a struct of them would be copied for every row that is greater.
func argOf(a *aggCall, name string) {
	if len(a.Cols) != len(a.Args) || len(a.Args) == 0 {
		a.c.unsupported("%s() with %d arguments for %d columns", a.Func.Name, len(a.Args), len(a.Cols))
		return
	}
	by := a.c.column(a.Args[0], a.in)
	if by.typ == kql.Decimal {
		a.c.unsupported("%s() of decimals", a.Func.Name)
	}
	if by.typ != kql.DateTime {
		by = column{by.value(), by.typ, false}
	}
	for i, e := range a.Args {
		col := a.c.column(e, a.in)
		sql := name + "_null(" + col.sql + ", " + by.sql + ")" + a.filter
		if i == 0 {
			col = by
			sql = strings.TrimPrefix(name, "arg_") + "(" + by.sql + ")" + a.filter
		}
		id := a.c.id("c")
		a.items = append(a.items, sql+" AS "+id)
		a.cols = append(a.cols, column{id, col.typ, col.stored || col.typ == kql.String})
	}
}

func percentilesOf(a *aggCall, first int) {
	x := a.arg(0)
	for i, col := range a.Cols {
		if first+i >= len(a.Args) {
			a.c.unsupported("%s() with %d arguments", a.Func.Name, len(a.Args))
			return
		}
		a.value(fmt.Sprintf("quantile_disc(%s, %s)%s", x, a.percentage(a.Args[first+i]), a.filter), col.Type)
	}
}

// weightedPercentilesOf walks the sorted values until their weights reach the percentage.
func weightedPercentilesOf(a *aggCall) {
	if len(a.Args) < 2+len(a.Cols) {
		a.c.unsupported("%s() with %d arguments", a.Func.Name, len(a.Args))
		return
	}
	x, w := a.arg(0), a.arg(1)
	for i, col := range a.Cols {
		p := a.percentage(a.Args[2+i])
		a.value(fmt.Sprintf("k_weighted(list(struct_pack(v := %[1]s, w := CAST(%[2]s AS DOUBLE)) ORDER BY %[1]s)%[3]s, %[4]s)",
			x, w, a.notNull(x, a.Args[0].Type()), p), col.Type)
	}
}

// percentileArray is the percentiles as one array; they are given one by one or as a constant array.
func percentileArray(a *aggCall, weighted bool) {
	first := 1
	if weighted {
		first = 2
	}
	var wanted []string
	for i := first; i < len(a.Args); i++ {
		if items, ok := constItems(a.Args[i]); ok {
			for _, item := range items {
				wanted = append(wanted, a.percentage(item))
			}
			continue
		}
		wanted = append(wanted, a.percentage(a.Args[i]))
	}
	x, weight := a.arg(0), "1.0"
	if weighted {
		weight = a.arg(1)
	}
	sorted := fmt.Sprintf("list(struct_pack(v := %[1]s, w := CAST(%[2]s AS DOUBLE)) ORDER BY %[1]s)%[3]s", x, weight, a.notNull(x, a.Args[0].Type()))
	for i, p := range wanted {
		wanted[i] = "coalesce(" + a.c.json(a.Args[0], "k_weighted("+sorted+", "+p+")") + ", 'null')"
	}
	a.put("k_array([%s])", strings.Join(wanted, ", "))
}
