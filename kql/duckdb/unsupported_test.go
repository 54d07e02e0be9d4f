package duckdb

import (
	"errors"
	"strings"
	"testing"

	"penstock/kql"
)

func TestWhatIsNotSupportedIsNamedWithItsPlace(t *testing.T) {
	const rows = "datatable(s:string, n:long, m:decimal, t:datetime, p:timespan, d:dynamic)[]\n| "
	cases := []struct{ query, place, message string }{
		// What the planner refuses.
		{rows + "extend x = bin_at(m, decimal(2), decimal(1))", "bin_at(m, decimal(2), decimal(1))", "bin_at() of decimals"},
		{rows + "extend y = 1 | extend x = 1 + strlen(tostring(around(m, m, m)))", "around(m, m, m)", "around() of a decimal value"},
		{rows + "extend x = hash(m)", "hash(m)", "hash() of a decimal value"},
		{rows + "extend x = geo_distance_2points(1, 2, 3, 4, 1)", "geo_distance_2points(1, 2, 3, 4, 1)", "on a spheroid"},
		{rows + "serialize x = row_cumsum(m)", "row_cumsum(m)", "row_cumsum() of decimals"},
		{rows + "sort by t | extend x = row_window_session(t, p, 1h)", "row_window_session(t, p, 1h)", "not constant"},
		{rows + "sort by t | extend x = row_window_session(t, 1h, 1h), y = row_number(0, n == 1)", "row_window_session(t, 1h, 1h)", "beside other functions of rows"},
		{rows + "summarize x = 1 + arg_max(m, s)", "arg_max(m, s)", "several columns"},
		{rows + "summarize arg_max(m, s) by n", "arg_max(m, s)", "arg_max() of decimals"},
		{rows + "summarize count(), x = percentile(m, 5)", "percentile(m, 5)", "percentile() of decimal values"},
		{rows + "summarize count(), x = percentile(n, n)", "percentile(n, n)", "not constant"},
		{rows + "summarize make_list(s, n)", "make_list(s, n)", "not constant"},
		{rows + "summarize binary_all_or(m)", "binary_all_or(m)", "binary_all_or() of decimal values"},
		{rows + "make-series count() on m step decimal(1) | take 1", "make-series count() on m step decimal(1)", "make-series along decimals"},
		{rows + "parse kind=regex flags=x s with 'a' x:long | count", "parse kind=regex flags=x s with 'a' x:long", `the flag 'x'`},
		{rows + "partition by s (partition by n (take 1))", "partition by n (take 1)", "partition within"},
		{rows + "mv-apply x = d on (scan with (step a: true;))", "scan with (step a: true;)", "scan within mv-apply"},
		{rows + "mv-apply x = d on (union (print y = 1))", "union (print y = 1)", "a union of the rows at hand"},
		{"let f = (T:(m:decimal)) { T | summarize b = binary_all_xor(m) };\n" + rows + "invoke f()", "binary_all_xor(m)", "binary_all_xor()"},
		{"externaldata(a:string)['https://example.org/x.csv'] | count", "externaldata(a:string)['https://example.org/x.csv']", "externaldata"},
		// What the binder refuses.
		{rows + "extend x = extent_id()", "extent_id", "extent_id is not supported"},
		{rows + "extend x = hash_many(s, s)", "hash_many", "hash_many is not supported"},
		{rows + "where s like 'x'", "like", "like is not supported"},
		{rows + "evaluate autocluster()", "autocluster", "autocluster"},
		{rows + "join kind=sideways (print s = '') on s", "kind=sideways", "sideways"},
		{rows + "extend x = geo_polygon_to_h3cells(d)", "geo_polygon_to_h3cells", "not supported"},
		// What the parser refuses.
		{rows + "fork (count) (take 1)", "fork", `"fork" is not supported`},
		{rows + "facet by s", "facet", `"facet" is not supported`},
		{rows + "reduce by s", "reduce", `"reduce" is not supported`},
		{rows + "make-graph s --> s with s on s", "make-graph", `"make-graph" is not supported`},
		{rows + "join (print s = '') where s == ''", "where", "join … where is not supported"},
	}
	for _, c := range cases {
		place, message := problemOf(c.query)
		if !strings.Contains(message, c.message) {
			t.Errorf("%s\ngives %q, want %q", c.query, message, c.message)
		}
		if place != c.place {
			t.Errorf("%s\nunderlines %q, want %q", c.query, place, c.place)
		}
	}
}

// problemOf is what a query's first mistake underlines, and says.
func problemOf(query string) (place, message string) {
	plan, found := kql.Bind(query, kql.Options{Schema: testSchema, Now: fixedNow, AllowExternal: true})
	if plan == nil {
		if len(found) == 0 {
			return "", "nothing is said"
		}
		return query[found[0].Start:found[0].End], found[0].Message
	}
	kql.Narrow(plan)
	_, err := Compile(plan, testRelation)
	var unsupported *Unsupported
	if errors.As(err, &unsupported) {
		return query[unsupported.Span.Start:unsupported.Span.End], unsupported.What
	}
	var mistake *Mistake
	if errors.As(err, &mistake) {
		return query[mistake.Span.Start:mistake.Span.End], mistake.Error()
	}
	if err != nil {
		return "", err.Error()
	}
	return "", "it runs"
}
