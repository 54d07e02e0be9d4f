package duckdb

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"penstock/kql"
)

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
