package lake

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"penstock/ecs"
	"penstock/search"
)

// Count counts the events of a time range for which the query holds.
func (l *Lake) Count(ctx context.Context, r search.Request) (int64, error) {
	groups, err := l.aggregate(ctx, r.Query, r.From, r.To, 0, "")
	if err != nil {
		return 0, fmt.Errorf("count: %w", err)
	}
	total := int64(0)
	for _, g := range groups {
		total += g.count
	}
	return total, nil
}

// maxBuckets bounds a histogram.
const maxBuckets = 10_000

// Histogram counts events over time, and by the values of a field if one is named.
func (l *Lake) Histogram(ctx context.Context, r search.HistogramRequest) (*search.Histogram, error) {
	width := r.Interval.Microseconds()
	if width <= 0 || r.To.Sub(r.From)/r.Interval > maxBuckets {
		return nil, fmt.Errorf("histogram: an interval of %s makes more than %d buckets", r.Interval, maxBuckets)
	}
	groups, err := l.aggregate(ctx, r.Query, r.From, r.To, width, r.SplitBy)
	if err != nil {
		return nil, fmt.Errorf("histogram: %w", err)
	}
	first := floor(r.From.UnixMicro(), width)
	last := floor(r.To.UnixMicro()-1, width)
	h := &search.Histogram{Interval: r.Interval}
	for b := first; b <= last; b++ {
		h.Buckets = append(h.Buckets, search.Bucket{Start: time.UnixMicro(b * width).UTC()})
	}
	kept := apart(groups, r.Limit)
	for _, g := range groups {
		if g.bucket < first || g.bucket > last {
			continue
		}
		b := &h.Buckets[g.bucket-first]
		if g.counts {
			b.Count += g.count
		}
		if r.SplitBy == "" {
			continue
		}
		if b.Split == nil {
			b.Split = map[string]int64{}
		}
		name := g.value
		switch {
		case !g.has:
			name = search.Missing
		case !kept[name]:
			name = search.Others
		}
		b.Split[name] += g.count
	}
	return h, nil
}

func floor(a, width int64) int64 {
	if q := a / width; a%width >= 0 {
		return q
	} else {
		return q - 1
	}
}

// apart picks the values that are counted apart.
func apart(groups []group, limit int) map[string]bool {
	if limit <= 0 {
		limit = 10
	}
	totals := map[string]int64{}
	for _, g := range groups {
		if g.has {
			totals[g.value] += g.count
		}
	}
	names := make([]string, 0, len(totals))
	for name := range totals {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(totals[b], totals[a]), strings.Compare(a, b))
	})
	kept := map[string]bool{}
	for _, name := range names[:min(len(names), limit)] {
		kept[name] = true
	}
	return kept
}

// Top counts the values of a field.
func (l *Lake) Top(ctx context.Context, r search.TopRequest) (*search.Top, error) {
	if r.Limit <= 0 {
		r.Limit = 10
	}
	if _, ok := l.plan.Field(r.Field); !ok && !isOpen(r.Field) {
		_, err := search.ParseWith(r.Field+": *", l.plan.Field)
		return nil, err
	}
	groups, err := l.aggregate(ctx, r.Query, r.From, r.To, 0, r.Field)
	if err != nil {
		return nil, fmt.Errorf("top values of %s: %w", r.Field, err)
	}
	top := &search.Top{}
	totals := map[string]int64{}
	listed := int64(0)
	for _, g := range groups {
		if g.counts {
			top.Total += g.count
		}
		if !g.has {
			top.Missing += g.count
			continue
		}
		totals[g.value] += g.count
	}
	kept := apart(groups, r.Limit)
	for value, n := range totals {
		if kept[value] {
			top.Values = append(top.Values, search.ValueCount{Value: value, Count: n})
			listed += n
		}
	}
	top.Other = max(top.Total-top.Missing-listed, 0)
	slices.SortFunc(top.Values, func(a, b search.ValueCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	return top, nil
}

func isOpen(field string) bool {
	for _, object := range search.OpenObjects {
		if strings.HasPrefix(field, object+".") {
			return true
		}
	}
	return false
}

// group is how many events have a value in a bucket.
type group struct {
	bucket int64
	value  string
	has    bool // there is a value
	count  int64
	counts bool // false: the same events are counted by another group of theirs as well, for they have several values
}

type groupKey struct {
	bucket int64
	value  string
	has    bool
	counts bool
}

// aggregate counts events by bucket of time (width 0: all in one) and by the values of a field (empty: all in one).
func (l *Lake) aggregate(ctx context.Context, q *search.Query, from, to time.Time, width int64, field string) ([]group, error) {
	sums, err := retry(ctx, l, func(v *view) (map[groupKey]int64, error) {
		var mu sync.Mutex
		sums := map[groupKey]int64{}
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(l.options.Threads)
		for _, name := range v.names() {
			g.Go(func() error {
				a := aggregation{lake: l, table: v.tables[name], query: q, from: from, to: to, width: width, field: field, sums: map[groupKey]int64{}}
				if err := a.run(ctx); err != nil {
					return fmt.Errorf("table %s: %w", name, err)
				}
				mu.Lock()
				defer mu.Unlock()
				for k, n := range a.sums {
					sums[k] += n
				}
				return nil
			})
		}
		return sums, g.Wait()
	}, q, from, to)
	if err != nil {
		return nil, err
	}
	groups := make([]group, 0, len(sums))
	for k, n := range sums {
		groups = append(groups, group{k.bucket, k.value, k.has, n, k.counts})
	}
	return groups, nil
}

// aggregation counts in one table.
type aggregation struct {
	lake     *Lake
	table    *tableView
	query    *search.Query
	from, to time.Time
	width    int64
	field    string
	sums     map[groupKey]int64
}

func (a *aggregation) run(ctx context.Context) error {
	c := a.lake.compile(a.table, a.query, a.from, a.to)
	if c.never {
		return nil
	}
	value, unsure := "NULL", "false"
	if a.field != "" {
		value, unsure = c.builder.value(a.field)
	}
	left, err := a.count(ctx, c, value, "coalesce("+unsure+", true)")
	if err != nil || left == 0 {
		return err
	}
	return a.countUnsure(ctx)
}

// count counts, in SQL, the rows about which SQL can tell, and tells how many are left.
func (a *aggregation) count(ctx context.Context, c compiled, value, unsure string) (left int64, err error) {
	bucket := "0"
	if a.width > 0 {
		bucket = fmt.Sprintf("CAST(floor(epoch_us(%s) / %d.0) AS BIGINT)", colTime, a.width)
	}
	query := fmt.Sprintf(`SELECT told, CASE WHEN told THEN bucket END, CASE WHEN told THEN value END, count(*)
		FROM (SELECT coalesce(holds AND NOT unsure, false) AS told, bucket, value
			FROM (SELECT %s AS holds, %s AS unsure, %s AS bucket, %s AS value FROM %s WHERE %s)
			WHERE holds IS DISTINCT FROM false)
		GROUP BY 1, 2, 3`, c.where, unsure, bucket, value, a.table.all(a.lake.dir), c.filter)
	rows, err := a.lake.engine.db.QueryContext(ctx, query, c.builder.args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var told bool
		var in *int64
		var v *string
		var n int64
		if err := rows.Scan(&told, &in, &v, &n); err != nil {
			return 0, err
		}
		if !told {
			left += n
			continue
		}
		k := groupKey{bucket: *in, counts: true}
		if v == nil {
			a.sums[k] += n
			continue
		}
		k.has = true
		for k.value = range a.values(*v) {
			a.sums[k] += n
			k.counts = false
		}
	}
	return left, rows.Err()
}

// values are those of a column that SQL counted as a whole: there are few combinations of rules, and many events.
func (a *aggregation) values(column string) iter.Seq[string] {
	if a.field == "penstock.rules" {
		return strings.SplitSeq(column, ",")
	}
	return slices.Values([]string{column})
}

// countUnsure decides about the other rows by the events that they are.
func (a *aggregation) countUnsure(ctx context.Context) error {
	c := a.lake.compile(a.table, a.query, a.from, a.to)
	unsure := "false"
	if a.field != "" {
		_, unsure = c.builder.value(a.field)
	}
	query := fmt.Sprintf("SELECT * FROM %s WHERE %s AND ((%s) IS NULL OR (%s) AND coalesce(%s, true))",
		a.table.all(a.lake.dir), c.filter, c.where, c.where, unsure)
	return a.lake.eachRow(ctx, a.table, query, c.builder.args, func(r *row) error {
		var ev ecs.Event
		if err := a.lake.event(&ev, r); err != nil {
			return err
		}
		if a.query.Match(&ev) {
			a.add(r, &ev)
		}
		return nil
	})
}

// add counts an event by each of its values.
func (a *aggregation) add(r *row, ev *ecs.Event) {
	k := groupKey{counts: true}
	if a.width > 0 {
		k.bucket = floor(r.time, a.width)
	}
	var v ecs.Value
	if f, ok := ecs.Lookup(a.field); ok {
		v = ev.Get(f)
	} else if a.field != "" {
		v = ev.GetExtra(a.field)
	}
	if v.Kind == ecs.None {
		a.sums[k]++
		return
	}
	values := []ecs.Value{v}
	if v.Kind == ecs.List {
		values = v.Elements(nil)
	}
	for _, v := range values {
		k.value, k.has = string(v.Text(nil)), true
		a.sums[k]++
		k.counts = false
	}
}

// value is a field's value in SQL, and where only the event tells it.
func (b *sqlBuilder) value(field string) (value, unsure string) {
	if strings.HasPrefix(field, "penstock.") {
		return b.ownValue(field)
	}
	if _, ok := related[field]; ok || len(follows(field)) > 0 {
		return "NULL", "true"
	}
	typ := b.fieldType(field)
	links := b.fieldLinks(field, typ)
	if len(links) == 0 && b.unassigned(field) != "false" {
		return "NULL", "true"
	}
	for i := range links {
		if links[i].value.kind == kindTime {
			links[i].value.unsure = always // written in another way than the event does
		}
	}
	value = chain(links, func(o operand) string { return "CAST(" + o.sql + " AS VARCHAR)" }, "NULL")
	unsure = chain(links, func(operand) string { return "false" }, "false")
	return value, unsure
}

func (b *sqlBuilder) ownValue(field string) (value, unsure string) {
	switch field {
	case "penstock.id":
		return "lower(hex(" + colID + "))", "false"
	case "penstock.table":
		return quote(b.schema.name), "false"
	case "penstock.intake":
		return "nullif(" + colIntake + ", '')", "false"
	case "penstock.hub":
		return "nullif(" + colHub + ", '')", "false"
	case "penstock.partition":
		return "nullif(" + colPartition + ", '')", "false"
	case "penstock.rules":
		return colMatches, "false" // see aggregation.values
	case "penstock.sequence_number":
		return "CAST(" + colSequence + " AS VARCHAR)", "false"
	case "penstock.record_index":
		return "CAST(" + colIndex + " AS VARCHAR)", "false"
	}
	return "NULL", "true"
}
