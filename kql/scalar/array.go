package scalar

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
)

var arrayFunctions = map[string]Function{
	"array_length":       {"d", 'l', arrayLength},
	"array_concat":       {"d*", 'd', arrayConcat},
	"array_iff":          {"ddd", 'd', arrayIff},
	"array_index_of":     {"ddl?l?l?", 'l', arrayIndexOf},
	"array_slice":        {"dll", 'd', strict(arraySlice)},
	"array_split":        {"dd", 'd', strict(arraySplit)},
	"array_shift_left":   {"dld?", 'd', func(a []any) any { return arrayShift(a[0], long(a[1], 0), a[2]) }},
	"array_shift_right":  {"dld?", 'd', func(a []any) any { return arrayShift(a[0], -long(a[1], 0), a[2]) }},
	"array_rotate_left":  {"dl", 'd', strict(func(a []any) any { return arrayRotate(a[0], long(a[1], 0)) })},
	"array_rotate_right": {"dl", 'd', strict(func(a []any) any { return arrayRotate(a[0], -long(a[1], 0)) })},
	"array_reverse":      {"d", 'd', strict(arrayReverse)},
	"array_sort_asc":     {"d*", 'd', func(a []any) any { return arraySort(list(a[0]), false) }},
	"array_sort_desc":    {"d*", 'd', func(a []any) any { return arraySort(list(a[0]), true) }},
	"zip":                {"d*", 'd', zip},
	"jaccard_index":      {"d*", 'd', jaccard},
	"set_has_element":    {"dd", 'b', strict(func(a []any) any { return slices.ContainsFunc(list(a[0]), func(v any) bool { return same(v, a[1]) }) })},
	"set_union":          {"d*", 'd', setUnion},
	"set_intersect":      {"d*", 'd', func(a []any) any { return setCombine(list(a[0]), true) }},
	"set_difference":     {"d*", 'd', func(a []any) any { return setCombine(list(a[0]), false) }},
	"set_equals":         {"dd", 'b', strict(setEquals)},
	"repeat":             {"dl", 'd', repeatValue},
	"range_long":         {"lll", 'd', strict(rangeLong)},
	"range_real":         {"rrr", 'd', strict(rangeReal)},
	"range_time":         {"ttl", 'd', strict(rangeTime)},
	"range_span":         {"ttl", 'd', strict(rangeSpan)},
}

func arrayLength(a []any) any {
	l, ok := a[0].([]any)
	if !ok {
		return nil
	}
	return int64(len(l))
}

func arrayConcat(a []any) any {
	out := []any{}
	for _, item := range list(a[0]) {
		if items, ok := item.([]any); ok {
			out = append(out, items...)
		} else if item != nil {
			out = append(out, item)
		}
	}
	return out
}

// arrayIff chooses item by item; what is no array stands for all its places.
func arrayIff(a []any) any {
	conditions, ok := a[0].([]any)
	if !ok {
		return nil
	}
	out := make([]any, len(conditions))
	for i, cond := range conditions {
		from := a[2]
		if truth(cond) {
			from = a[1]
		}
		if cond == nil {
			continue
		}
		if items, ok := from.([]any); ok {
			if i < len(items) {
				out[i] = items[i]
			}
			continue
		}
		out[i] = from
	}
	return out
}

func truth(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case json.Number:
		f, err := v.Float64()
		return err == nil && f != 0
	}
	return false
}

func arrayIndexOf(a []any) any {
	items, ok := a[0].([]any)
	if !ok {
		return nil
	}
	start, length, occurrence := long(a[2], 0), long(a[3], -1), long(a[4], 1)
	if start < 0 {
		start = max(0, start+int64(len(items)))
	}
	end := int64(len(items))
	if length >= 0 {
		end = min(end, start+length)
	}
	for i := start; i < end; i++ {
		if same(items[i], a[1]) {
			if occurrence--; occurrence == 0 {
				return i
			}
		}
	}
	return int64(-1)
}

// arraySlice takes both ends in; negative places count from the end.
func arraySlice(a []any) any {
	items, ok := a[0].([]any)
	if !ok {
		return nil
	}
	n := int64(len(items))
	start, end := long(a[1], 0), long(a[2], 0)
	if start < 0 {
		start = max(0, start+n)
	}
	if end < 0 {
		end += n
	}
	end = min(end, n-1)
	if start > end {
		return []any{}
	}
	return items[start : end+1]
}

func arraySplit(a []any) any {
	items, ok := a[0].([]any)
	if !ok {
		return nil
	}
	places, ok := a[1].([]any)
	if !ok {
		places = []any{a[1]}
	}
	out := []any{}
	last := int64(0)
	for _, p := range places {
		at, ok := integer(p)
		if !ok {
			return nil
		}
		if at < 0 {
			at = max(0, at+int64(len(items)))
		}
		at = min(max(at, last), int64(len(items)))
		out = append(out, slices.Clone(items[last:at]))
		last = at
	}
	return append(out, slices.Clone(items[last:]))
}

func arrayShift(v any, n int64, fill any) any {
	items, ok := v.([]any)
	if !ok {
		return nil
	}
	out := make([]any, len(items))
	for i := range out {
		if from := int64(i) + n; n > -maxItems && n < maxItems && from >= 0 && from < int64(len(items)) {
			out[i] = items[from]
		} else {
			out[i] = fill
		}
	}
	return out
}

func arrayRotate(v any, n int64) any {
	items, ok := v.([]any)
	if !ok {
		return nil
	}
	if len(items) == 0 {
		return items
	}
	size := int64(len(items))
	at := ((n % size) + size) % size
	return append(slices.Clone(items[at:]), items[:at]...)
}

func arrayReverse(a []any) any {
	items, ok := a[0].([]any)
	if !ok {
		return nil
	}
	out := slices.Clone(items)
	slices.Reverse(out)
	return out
}

// arraySort sorts the first array and orders the others along with it. The arguments are arrays and perhaps a bool at the end, which says that nulls come last.
func arraySort(args []any, desc bool) any {
	nullsLast := true
	if n := len(args); n > 1 {
		if b, ok := args[n-1].(bool); ok {
			nullsLast, args = b, args[:n-1]
		}
	}
	if len(args) == 0 {
		return nil
	}
	by, ok := args[0].([]any)
	if !ok {
		return make([]any, len(args))
	}
	order := make([]int, len(by))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := by[i], by[j]
		if a == nil || b == nil {
			if (a == nil) == (b == nil) {
				return 0
			}
			if (a == nil) == nullsLast {
				return 1
			}
			return -1
		}
		if desc {
			return compareValues(b, a)
		}
		return compareValues(a, b)
	})
	out := make([]any, len(args))
	for k, arg := range args {
		items, ok := arg.([]any)
		if !ok || len(items) != len(by) {
			continue
		}
		sorted := make([]any, len(items))
		for i, from := range order {
			sorted[i] = items[from]
		}
		out[k] = sorted
	}
	return out
}

func compareValues(a, b any) int {
	x, ok1 := a.(json.Number)
	y, ok2 := b.(json.Number)
	if ok1 && ok2 {
		f, _ := x.Float64()
		g, _ := y.Float64()
		switch {
		case f < g:
			return -1
		case f > g:
			return 1
		}
		return 0
	}
	return strings.Compare(plain(a), plain(b))
}

func zip(a []any) any {
	arrays := list(a[0])
	longest := 0
	for _, v := range arrays {
		items, ok := v.([]any)
		if !ok {
			return nil
		}
		longest = max(longest, len(items))
	}
	out := make([]any, longest)
	for i := range out {
		row := make([]any, len(arrays))
		for j, v := range arrays {
			if items := list(v); i < len(items) {
				row[j] = items[i]
			}
		}
		out[i] = row
	}
	return out
}

func distinct(items []any) []any {
	seen := make(map[string]bool, len(items))
	out := []any{}
	for _, item := range items {
		if k := key(item); !seen[k] {
			seen[k] = true
			out = append(out, item)
		}
	}
	return out
}

func keys(items []any) map[string]bool {
	out := make(map[string]bool, len(items))
	for _, item := range items {
		out[key(item)] = true
	}
	return out
}

func setUnion(a []any) any {
	var all []any
	for _, v := range list(a[0]) {
		items, ok := v.([]any)
		if !ok {
			return nil
		}
		all = append(all, items...)
	}
	return distinct(all)
}

// setCombine keeps of the first array what all others have (or none has).
func setCombine(arrays []any, wanted bool) any {
	if len(arrays) == 0 {
		return nil
	}
	first, ok := arrays[0].([]any)
	if !ok {
		return nil
	}
	out := distinct(first)
	for _, v := range arrays[1:] {
		items, ok := v.([]any)
		if !ok {
			return nil
		}
		has := keys(items)
		out = slices.DeleteFunc(out, func(item any) bool { return has[key(item)] != wanted })
	}
	return out
}

func setEquals(a []any) any {
	x, ok1 := a[0].([]any)
	y, ok2 := a[1].([]any)
	if !ok1 || !ok2 {
		return nil
	}
	left, right := keys(x), keys(y)
	if len(left) != len(right) {
		return false
	}
	for k := range left {
		if !right[k] {
			return false
		}
	}
	return true
}

func jaccard(a []any) any {
	arrays := list(a[0])
	if len(arrays) < 2 {
		return nil
	}
	x, ok1 := arrays[0].([]any)
	y, ok2 := arrays[1].([]any)
	if !ok1 || !ok2 {
		return nil
	}
	left, right := keys(x), keys(y)
	common := 0
	for k := range left {
		if right[k] {
			common++
		}
	}
	all := len(left) + len(right) - common
	if all == 0 {
		return math.NaN()
	}
	return float64(common) / float64(all)
}

func repeatValue(a []any) any {
	if a[1] == nil {
		return nil
	}
	n := long(a[1], 0)
	if n < 0 || n > maxItems {
		return nil
	}
	out := make([]any, n)
	for i := range out {
		out[i] = a[0]
	}
	return out
}

// rangeLimit is how many items range() gives at most, as Kusto does.
const rangeLimit = 1 << 20

func rangeLong(a []any) any {
	from, to, step := long(a[0], 0), long(a[1], 0), long(a[2], 0)
	out := []any{}
	if step == 0 {
		return nil
	}
	for v := from; (step > 0 && v <= to || step < 0 && v >= to) && len(out) < rangeLimit; v += step {
		out = append(out, v)
		if (step > 0 && v > math.MaxInt64-step) || (step < 0 && v < math.MinInt64-step) {
			break
		}
	}
	return out
}

func rangeReal(a []any) any {
	from, to, step := real(a[0], 0), real(a[1], 0), real(a[2], 0)
	out := []any{}
	if step == 0 || math.IsNaN(from+to+step) {
		return nil
	}
	for i := 0; len(out) < rangeLimit; i++ {
		v := from + float64(i)*step
		if step > 0 && v > to || step < 0 && v < to {
			break
		}
		out = append(out, v)
	}
	return out
}

func rangeTicks(a []any, format func(int64) string) any {
	steps, ok := rangeLong(a).([]any)
	if !ok {
		return nil
	}
	for i, v := range steps {
		steps[i] = format(v.(int64))
	}
	return steps
}

func rangeTime(a []any) any { return rangeTicks(a, FormatTime) }

func rangeSpan(a []any) any { return rangeTicks(a, FormatSpan) }
