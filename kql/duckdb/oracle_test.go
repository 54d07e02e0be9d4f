package duckdb

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"penstock/kql"
)

// oracle evaluates a plan row by row, slowly and obviously: what the planner's SQL must agree with. Values are nil, bool, int64, float64, string and, for
// dynamic, *dyn.
type oracle struct {
	tables map[string][][]any
}

// dyn is a dynamic value: decoded JSON with json.Number.
type dyn struct{ v any }

func (o *oracle) rows(n kql.Node) [][]any {
	switch n := n.(type) {
	case *kql.Scan:
		return o.tables[n.Table.Name]
	case *kql.Values:
		var out [][]any
		for _, row := range n.Rows {
			out = append(out, o.values(row, nil))
		}
		return out
	case *kql.Shared:
		return o.rows(n.In)
	case *kql.Serialize:
		return o.rows(n.In)
	case *kql.Filter:
		var out [][]any
		for _, row := range o.rows(n.In) {
			if o.value(n.Where, row) == true {
				out = append(out, row)
			}
		}
		return out
	case *kql.Project:
		var out [][]any
		for _, row := range o.rows(n.In) {
			var made []any
			for _, item := range n.Items {
				made = append(made, o.value(item.Expr, row))
			}
			out = append(out, made)
		}
		return out
	case *kql.Sort:
		return o.sorted(n)
	case *kql.Limit:
		rows := o.rows(n.In)
		return rows[:min(len(rows), int(o.value(n.N, nil).(int64)))]
	case *kql.Union:
		var out [][]any
		for _, of := range n.Of {
			out = append(out, o.rows(of)...)
		}
		return out
	case *kql.Aggregate:
		return o.aggregated(n)
	case *kql.Join:
		return o.joined(n)
	case *kql.MvExpand:
		return o.expanded(n)
	}
	panic(fmt.Sprintf("the oracle knows no %T", n))
}

func (o *oracle) values(list []kql.Expr, row []any) []any {
	out := make([]any, len(list))
	for i, e := range list {
		out[i] = o.value(e, row)
	}
	return out
}

func (o *oracle) sorted(n *kql.Sort) [][]any {
	rows := slices.Clone(o.rows(n.In))
	sort.SliceStable(rows, func(i, j int) bool {
		for _, k := range n.Keys {
			a, b := o.value(k.Expr, rows[i]), o.value(k.Expr, rows[j])
			if (a == nil) != (b == nil) {
				return (a == nil) == k.NullsFirst
			}
			if c := order(a, b); c != 0 {
				return (c < 0) != k.Desc
			}
		}
		return false
	})
	if n.Limit != nil {
		rows = rows[:min(len(rows), int(o.value(n.Limit, nil).(int64)))]
	}
	return rows
}

func order(a, b any) int {
	switch a := a.(type) {
	case int64:
		return cmp.Compare(a, b.(int64))
	case float64:
		return cmp.Compare(a, b.(float64))
	case string:
		return strings.Compare(a, b.(string))
	case bool:
		return cmp.Compare(strconv.FormatBool(a), strconv.FormatBool(b.(bool)))
	}
	return 0
}

// key writes values so that equal ones are equal texts.
func keyOf(values []any) string {
	var b strings.Builder
	for _, v := range values {
		fmt.Fprintf(&b, "%T:%s\x00", v, textOfValue(v))
	}
	return b.String()
}

func (o *oracle) aggregated(n *kql.Aggregate) [][]any {
	groups := map[string][][]any{}
	firsts := map[string][]any{}
	var names []string
	for _, row := range o.rows(n.In) {
		var k []any
		for _, item := range n.Keys {
			k = append(k, o.value(item.Expr, row))
		}
		name := keyOf(k)
		if _, ok := groups[name]; !ok {
			names = append(names, name)
			firsts[name] = k
		}
		groups[name] = append(groups[name], row)
	}
	if len(n.Keys) == 0 && len(names) == 0 {
		names = append(names, "")
	}
	var out [][]any
	for _, name := range names {
		row := slices.Clone(firsts[name])
		for _, agg := range n.Aggs {
			row = append(row, o.aggregate(agg, groups[name])...)
		}
		out = append(out, row)
	}
	return out
}

func (o *oracle) aggregate(agg kql.Aggregation, rows [][]any) []any {
	var kept [][]any
	for _, row := range rows {
		if agg.Where == nil || o.value(agg.Where, row) == true {
			kept = append(kept, row)
		}
	}
	if agg.Func.Name == "count" {
		return []any{int64(len(kept))}
	}
	var xs []any
	for _, row := range kept {
		if x := o.value(agg.Args[0], row); x != nil {
			xs = append(xs, x)
		}
	}
	switch agg.Func.Name {
	case "dcount":
		seen := map[string]bool{}
		for _, x := range xs {
			seen[keyOf([]any{x})] = true
		}
		return []any{int64(len(seen))}
	case "sum", "avg":
		total, whole := 0.0, int64(0)
		for _, x := range xs {
			if i, ok := x.(int64); ok {
				total, whole = total+float64(i), whole+i
			} else {
				total += x.(float64)
			}
		}
		switch {
		case agg.Func.Name == "avg":
			return []any{total / float64(len(xs))}
		case agg.Cols[0].Type == kql.Real:
			return []any{total}
		}
		return []any{whole}
	case "min", "max":
		var best any
		for _, x := range xs {
			if best == nil || (order(x, best) < 0) == (agg.Func.Name == "min") && order(x, best) != 0 {
				best = x
			}
		}
		if best == nil && agg.Cols[0].Type == kql.String {
			best = ""
		}
		return []any{best}
	case "make_set":
		seen := map[string]bool{}
		for _, x := range xs {
			seen[jsonOf(x)] = true
		}
		items := make([]string, 0, len(seen))
		for s := range seen {
			items = append(items, s)
		}
		sort.Strings(items)
		return []any{&dyn{strings.Join(items, ",")}}
	}
	panic("the oracle knows no aggregate " + agg.Func.Name)
}

func (o *oracle) joined(n *kql.Join) [][]any {
	left, right := o.rows(n.Left), o.rows(n.Right)
	keys := func(rows [][]any, side func(kql.JoinKey) kql.Expr) []string {
		out := make([]string, len(rows))
		for i, row := range rows {
			var k []any
			null := false
			for _, on := range n.On {
				v := o.value(side(on), row)
				null = null || v == nil
				k = append(k, v)
			}
			if out[i] = keyOf(k); null {
				out[i] = ""
			}
		}
		return out
	}
	lk := keys(left, func(k kql.JoinKey) kql.Expr { return k.Left })
	rk := keys(right, func(k kql.JoinKey) kql.Expr { return k.Right })
	match := func(a, b string) bool { return a == b && a != "" }
	empty := func(cols []kql.Column) []any {
		out := make([]any, len(cols))
		for i, c := range cols {
			if c.Type == kql.String {
				out[i] = ""
			}
		}
		return out
	}
	var out [][]any
	usedRight := make([]bool, len(right))
	for i, l := range left {
		found := false
		for j, r := range right {
			if !match(lk[i], rk[j]) {
				continue
			}
			found, usedRight[j] = true, true
			switch n.Kind {
			case kql.Inner, kql.LeftOuter, kql.RightOuter, kql.FullOuter:
				out = append(out, append(slices.Clone(l), r...))
			}
		}
		switch {
		case found && n.Kind == kql.LeftSemi, !found && n.Kind == kql.LeftAnti:
			out = append(out, l)
		case !found && (n.Kind == kql.LeftOuter || n.Kind == kql.FullOuter):
			out = append(out, append(slices.Clone(l), empty(n.Right.Columns())...))
		}
	}
	for j, r := range right {
		switch {
		case usedRight[j] && n.Kind == kql.RightSemi, !usedRight[j] && n.Kind == kql.RightAnti:
			out = append(out, r)
		case !usedRight[j] && (n.Kind == kql.RightOuter || n.Kind == kql.FullOuter):
			out = append(out, append(empty(n.Left.Columns()), r...))
		}
	}
	return out
}

func (o *oracle) expanded(n *kql.MvExpand) [][]any {
	var out [][]any
	for _, row := range o.rows(n.In) {
		item := n.Items[0]
		var items []any
		switch v := o.value(item.Expr, row).(type) {
		case nil:
			items = []any{nil}
		case *dyn:
			switch d := v.v.(type) {
			case []any:
				for _, x := range d {
					items = append(items, dynamicOf(x))
				}
			case map[string]any:
				for k, x := range d {
					items = append(items, &dyn{map[string]any{k: x}})
				}
			default:
				items = []any{v}
			}
		}
		for _, x := range items {
			made := slices.Clone(row)
			for len(made) < len(n.Cols) {
				made = append(made, nil)
			}
			made[item.Place] = o.convert(x, item.To)
			out = append(out, made)
		}
	}
	return out
}
