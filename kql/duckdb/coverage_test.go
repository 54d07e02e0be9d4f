package duckdb

import (
	"fmt"
	"strings"
	"testing"

	"penstock/kql"
)

// everything is a table with a column of each type, values and nulls, none of them constant for the binder.
const everything = `datatable(s:string, l:long, i:int, r:real, b:bool, t:datetime, p:timespan, d:dynamic, g:guid, m:decimal)[
	"abc", 5, 3, 2.5, true, datetime(2024-02-03 04:05:06.7), 1h, dynamic([1, "x", null]), guid(70fc66f7-8279-44fc-9092-d364d70fce44), decimal(1.5),
	"10.0.0.1/8", -7, -1, real(nan), false, datetime(0001-01-01), -1d, dynamic({"a":{"b":1}}), guid(null), decimal(-2),
	"", long(null), int(null), real(null), bool(null), datetime(null), time(null), dynamic(null), guid(null), decimal(null),
	"{\"a\":[1]}", 9223372036854775807, 2147483647, 1e100, true, datetime(9999-12-31 23:59:59.9999999), 10000000d, dynamic("text"), guid(null), decimal(1e30)]
`

// columnsOf are columns that suit a kind of parameter.
func columnsOf(kind string) []string {
	switch kind {
	case "any", "common", "column":
		return []string{"s", "l", "i", "r", "b", "t", "p", "d", "g", "m"}
	case "simple":
		return []string{"s", "l", "r", "b", "t", "p", "g"}
	case "orderable":
		return []string{"s", "l", "r", "t", "p", "m"}
	case "number":
		return []string{"l", "i", "r", "m"}
	case "integer":
		return []string{"l", "i"}
	case "summable":
		return []string{"l", "i", "r", "t", "p", "m"}
	case "text":
		return []string{"s", "d"}
	case "array", "bag", "dynamic":
		return []string{"d"}
	}
	short := map[string]string{"string": "s", "long": "l", "int": "i", "real": "r", "bool": "b", "datetime": "t", "timespan": "p", "guid": "g", "decimal": "m"}[kind]
	if short == "" {
		return nil
	}
	return []string{short}
}

// calls are calls of a function over columns, one for each signature and each column that its parameters may have.
func calls(f *kql.Function) []string {
	var out []string
	for _, s := range f.Signatures {
		widest := 1
		for _, p := range s.Params {
			widest = max(widest, len(columnsOf(p.Kind)))
		}
		for i := range widest {
			var args []string
			for _, p := range s.Params {
				choice := columnsOf(p.Kind)
				switch {
				case p.Kind == "type":
					args = append(args, "typeof(long)")
				case len(choice) > 0:
					for range max(1, p.Min) {
						args = append(args, choice[i%len(choice)])
					}
				}
			}
			out = append(out, f.Name+"("+strings.Join(args, ", ")+")")
		}
	}
	return out
}

func TestEveryFunctionRunsOverColumnsOfEveryType(t *testing.T) {
	conn := openDB(t)
	ran := 0
	try := func(query string) {
		plan, err := bound(query)
		if err != nil {
			return // constants are wanted, or types do not fit: the binder says so
		}
		q, err := Compile(plan, testRelation)
		if err != nil {
			if !strings.Contains(err.Error(), "not supported") {
				t.Errorf("%s\n%v", query, err)
			}
			return
		}
		ran++
		if err := drain(t.Context(), conn, q); err != nil && misunderstood(err.Error()) {
			t.Errorf("%s\n%v", query, err)
		}
	}
	for _, f := range kql.Functions() {
		for _, call := range calls(f) {
			switch f.Kind {
			case kql.AggregateFunction:
				try(everything + "| summarize x = " + call + " by b")
			case kql.ScalarFunction:
				order := ""
				if f.Window {
					order = "| serialize "
				}
				try(everything + order + "| extend x = " + call)
			}
		}
	}
	columns := columnsOf("any")
	for _, op := range []string{"==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "has", "contains", "startswith", "=~", "in", "!in", "in~", "has_any", "between"} {
		for _, a := range columns {
			for _, b := range columns {
				right := b
				if strings.HasPrefix(op, "in") || strings.HasPrefix(op, "!in") || op == "has_any" {
					right = "(" + b + ", " + b + ")"
				}
				if op == "between" {
					right = fmt.Sprintf("(%s .. %s)", b, b)
				}
				try(everything + "| extend x = " + a + " " + op + " " + right)
				try(everything + "| where not(" + a + " " + op + " " + right + ")")
			}
		}
	}
	for _, a := range columns {
		for _, rest := range []string{"| sort by " + a, "| summarize count() by " + a, "| distinct " + a, "| join kind=fullouter (" + everything + ") on " + a, "| top 2 by " + a,
			"| mv-expand x = pack_array(" + a + ", " + a + ")", "| union (" + everything + ")", "| project x = bag_pack('k', " + a + ")", "| make-series count() on " + a + " step 1h", "| make-series count() on " + a + " step 1",
			"| top-nested 2 of " + a + " by count()", "| partition by " + a + " (take 1)", "| where " + a + " in ((" + everything + " | project " + a + "))", "| serialize x = prev(" + a + "), y = next(" + a + ")"} {
			try(everything + rest)
		}
	}
	if ran < 1000 {
		t.Errorf("only %d queries ran", ran)
	}
	t.Logf("%d queries ran", ran)
}
