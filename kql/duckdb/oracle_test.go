package duckdb

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"

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

func dynamicOf(v any) any {
	if v == nil {
		return nil
	}
	return &dyn{v}
}

func jsonOf(v any) string {
	if d, ok := v.(*dyn); ok {
		raw, err := json.Marshal(d.v)
		if err != nil {
			panic(err)
		}
		return string(raw)
	}
	if s, ok := v.(string); ok {
		return strconv.Quote(s)
	}
	return textOfValue(v)
}

// textOfValue is tostring().
func textOfValue(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		switch {
		case math.IsNaN(v):
			return "NaN"
		case math.IsInf(v, 0):
			return map[bool]string{true: "Infinity", false: "-Infinity"}[v > 0]
		}
		return strconv.FormatFloat(v, 'f', -1, 64)
	case *dyn:
		if s, ok := v.v.(string); ok {
			return s
		}
		return jsonOf(v)
	}
	return fmt.Sprint(v)
}

func (o *oracle) convert(v any, to kql.Type) any {
	if v == nil {
		if to == kql.String {
			return ""
		}
		return nil
	}
	switch to {
	case kql.String:
		return textOfValue(v)
	case kql.Real:
		f, err := strconv.ParseFloat(textOfValue(v), 64)
		if err != nil {
			return nil
		}
		return f
	case kql.Long, kql.Int:
		switch v := v.(type) {
		case float64:
			return int64(v)
		case bool:
			return map[bool]int64{false: 0, true: 1}[v]
		case *dyn:
			if n, ok := v.v.(json.Number); ok {
				f, err := n.Float64()
				if err != nil {
					return nil
				}
				return int64(f)
			}
		}
		i, err := strconv.ParseInt(textOfValue(v), 10, 64)
		if err != nil {
			return nil
		}
		return i
	}
	return v
}

func (o *oracle) value(e kql.Expr, row []any) any {
	switch e := e.(type) {
	case kql.Const:
		if raw, ok := e.Value.(json.RawMessage); ok {
			d := json.NewDecoder(strings.NewReader(string(raw)))
			d.UseNumber()
			var v any
			if err := d.Decode(&v); err != nil {
				panic(err)
			}
			return dynamicOf(v)
		}
		return e.Value
	case kql.Ref:
		return row[e.Index]
	case kql.Member:
		if d, ok := o.value(e.In, row).(*dyn); ok {
			if bag, ok := d.v.(map[string]any); ok {
				return dynamicOf(bag[e.Name])
			}
		}
		return nil
	case kql.InTable:
		x := o.value(e.X, row)
		found := false
		for _, r := range o.rows(e.Query) {
			if x != nil && r[0] != nil && keyOf([]any{x}) == keyOf([]any{r[0]}) {
				found = true
			}
		}
		return found != e.Not
	case kql.Call:
		return o.call(e, o.values(e.Args, row))
	}
	panic(fmt.Sprintf("the oracle knows no %T", e))
}

func (o *oracle) call(e kql.Call, a []any) any {
	name := e.Func.Name
	switch name {
	case "and", "or":
		return logical(name, a)
	case "not":
		if a[0] == nil {
			return nil
		}
		return a[0] == false
	case "==", "!=":
		if a[0] == nil && a[1] == nil {
			return nil
		}
		same := a[0] != nil && a[1] != nil && textOfValue(a[0]) == textOfValue(a[1])
		return same == (name == "==")
	case "in", "!in":
		found := false
		for _, x := range a[1:] {
			found = found || a[0] != nil && x != nil && textOfValue(a[0]) == textOfValue(x)
		}
		return found == (name == "in")
	case "iff":
		if a[0] == true {
			return a[1]
		}
		return a[2]
	case "coalesce":
		for _, x := range a {
			if x != nil && x != "" {
				return x
			}
		}
		return a[len(a)-1]
	case "isnull":
		return a[0] == nil
	case "isempty":
		return a[0] == nil || a[0] == ""
	case "isnotempty":
		return a[0] != nil && a[0] != ""
	case "dynamic":
		return a[0]
	case "tostring":
		return textOfValue(a[0])
	case "tolong":
		return o.convert(a[0], kql.Long)
	case "toreal":
		return o.convert(a[0], kql.Real)
	}
	for i, x := range a {
		if x == nil && e.Args[i].Type() != kql.String {
			return nil
		}
	}
	if v, ok := texts(name, a); ok {
		return v
	}
	return numbers(name, a)
}

func logical(name string, a []any) any {
	decisive := name == "or"
	null := false
	for _, x := range a {
		if x == decisive {
			return decisive
		}
		null = null || x == nil
	}
	if null {
		return nil
	}
	return !decisive
}

// texts are the functions of texts; a term is found by cutting the text into its terms.
func texts(name string, a []any) (any, bool) {
	s, isText := a[0].(string)
	if !isText {
		return nil, false
	}
	negated := strings.HasPrefix(name, "!")
	word := func() string { w, _ := a[1].(string); return w }
	switch strings.TrimPrefix(name, "!") {
	case "contains":
		return strings.Contains(strings.ToLower(s), strings.ToLower(word())) != negated, true
	case "startswith":
		return strings.HasPrefix(strings.ToLower(s), strings.ToLower(word())) != negated, true
	case "endswith":
		return strings.HasSuffix(strings.ToLower(s), strings.ToLower(word())) != negated, true
	case "=~":
		return strings.EqualFold(s, word()), true
	case "~":
		return !strings.EqualFold(s, word()), true
	case "has":
		terms := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
		return slices.Contains(terms, strings.ToLower(word())) != negated, true
	case "strlen":
		return int64(len([]rune(s))), true
	case "toupper":
		return strings.ToUpper(s), true
	case "tolower":
		return strings.ToLower(s), true
	case "strcat":
		out := ""
		for _, x := range a {
			out += textOfValue(x)
		}
		return out, true
	case "substring":
		runes := []rune(s)
		from := min(int(a[1].(int64)), len(runes))
		return string(runes[from:min(len(runes), from+int(a[2].(int64)))]), true
	case "<":
		return s < word(), true
	case ">=":
		return s >= word(), true
	}
	return nil, false
}

func numbers(name string, a []any) any {
	x, ok1 := a[0].(int64)
	if name == "bin" && ok1 {
		y := a[1].(int64)
		return int64(math.Floor(float64(x)/float64(y))) * y
	}
	if len(a) > 1 {
		if y, ok2 := a[1].(int64); ok1 && ok2 {
			return wholeNumbers(name, x, y)
		}
	}
	f, g := a[0].(float64), a[1].(float64)
	switch name {
	case "+":
		return f + g
	case "-":
		return f - g
	case "*":
		return f * g
	case "/":
		return f / g
	case "<":
		return f < g
	case "<=":
		return f <= g
	case ">":
		return f > g
	case ">=":
		return f >= g
	}
	panic("the oracle knows no " + name)
}

func wholeNumbers(name string, x, y int64) any {
	switch name {
	case "+":
		return x + y
	case "-":
		return x - y
	case "*":
		return x * y
	case "/":
		if y == 0 {
			return nil
		}
		return x / y
	case "%":
		if y == 0 {
			return nil
		}
		return ((x % y) + max(y, -y)) % max(y, -y)
	case "<":
		return x < y
	case "<=":
		return x <= y
	case ">":
		return x > y
	case ">=":
		return x >= y
	}
	panic("the oracle knows no " + name)
}
