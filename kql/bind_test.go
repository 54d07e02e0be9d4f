package kql_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"penstock/kql"
)

// every has a column of each type.
var every = kql.NewSchema(
	&kql.Table{Name: "T", Columns: []kql.Column{{Name: "i", Type: kql.Int}, {Name: "l", Type: kql.Long}, {Name: "r", Type: kql.Real}, {Name: "s", Type: kql.String},
		{Name: "d", Type: kql.Dynamic}, {Name: "t", Type: kql.DateTime}, {Name: "ts", Type: kql.TimeSpan}, {Name: "b", Type: kql.Bool}}},
	&kql.Table{Name: "U", Columns: []kql.Column{{Name: "i", Type: kql.Long}, {Name: "s", Type: kql.String}, {Name: "x", Type: kql.String}}},
)

func columnsOf(t *testing.T, query string) string {
	t.Helper()
	plan, diags := kql.Bind(query, kql.Options{Schema: every, Now: noon, AllowExternal: true})
	if plan == nil {
		return fmt.Sprint(diags)
	}
	if err := checkPlan(plan.Root, map[kql.Node]bool{}); err != nil {
		t.Errorf("%s: %v", query, err)
	}
	var list []string
	for _, c := range plan.Columns {
		list = append(list, c.Name+":"+c.Type.String())
	}
	return strings.Join(list, " ")
}

const all = "i:int l:long r:real s:string d:dynamic t:datetime ts:timespan b:bool"

// The columns are those that Microsoft's binder gives.
func TestResultsHaveTheirNamesAndTypes(t *testing.T) {
	tests := []struct{ query, want string }{
		// Names of expressions.
		{`T | project i + 1, tolower(s), d.x, d["a b"], d[0], d.x[i]`, "Column1:long Column2:string d_x:dynamic d_a b:dynamic d_0:dynamic d_x_:dynamic"},
		{`T | project strlen(s), tostring(d.x), toint(s), bin(t, 1h), bin(l, 5), abs(i)`, "strlen_s:long d_x:string s:int t:datetime l:long i:long"},
		{`T | project tostring(d.x), toint(d.x)`, "d_x:string d_x1:int"},
		{`T | project (s), ((i + 1))`, "s:string Column1:long"},
		{`T | project parse_url(s).Host, split(s, ",")[0], parse_json(s).a.b`, "Host:dynamic s_0:dynamic s_a_b:dynamic"},
		{`T | extend i + 1 | project i + 2`, "Column2:long"},
		{`T | extend s = 1, s2 = s | project s, s2`, "s:long s2:string"},
		{`T | extend tostring(i)`, strings.Replace(all, "i:int", "i:string", 1)},
		{`print 1, a = 2, "x"`, "print_0:long a:long print_2:string"},
		// Types of arithmetic.
		{`T | project i + i, i + l, l + r, l / l, i % 2, r * 2`, "Column1:long Column2:long Column3:real Column4:long Column5:long Column6:real"},
		{`T | project t - t, t + ts, ts * 2, ts / ts, ts / 2, 1d + t, -ts, 2 * 1d`, "Column1:timespan Column2:datetime Column3:timespan Column4:real Column5:timespan Column6:datetime Column7:timespan Column8:timespan"},
		{`T | project d + 1, d * 2.0, t - d.x`, "Column1:long Column2:real Column3:timespan"},
		{`T | project iff(b, 1, 2.0), iff(b, s, d), case(b, i, l), coalesce(i, r), max_of(i, l)`, "Column1:real Column2:string Column3:long Column4:real Column5:long"},
		// Aggregates.
		{`T | summarize count(), countif(b), dcount(s), sum(i), avg(i), min(t), max(r) by s`, "s:string count_:long countif_b:long dcount_s:long sum_i:long avg_i:real min_t:datetime max_r:real"},
		{`T | summarize count(), n = count(), count()`, "count_:long n:long count_1:long"},
		{`T | summarize make_set(s), make_list(i, 5), make_set_if(s, b), sumif(i, b), dcountif(s, b)`, "set_s:dynamic list_i:dynamic set_s1:dynamic sumif_i:long dcountif_s:long"},
		{`T | summarize arg_max(t, *) by s`, "s:string t:datetime i:int l:long r:real d:dynamic ts:timespan b:bool"},
		{`T | summarize arg_max(t, *) by bin(t, 1h), s`, "t:datetime s:string t1:datetime i:int l:long r:real d:dynamic ts:timespan b:bool"},
		{`T | summarize arg_max(t, s, x = i)`, "t:datetime s:string x:int"},
		{`T | summarize m = arg_max(t, s)`, "m:datetime s:string"},
		{`T | summarize argmax(t, s), any(s), any(i, s)`, "max_t:datetime max_t_s:string any_s:string any_i:int any_s1:string"},
		{`T | summarize take_any(s), take_any(i, l) by b`, "b:bool s:string i:int l:long"},
		{`T | summarize percentile(i, 50), percentiles(r, 5, 99.9)`, "percentile_i_50:long percentile_r_5:real percentile_r_99_9:real"},
		{`T | summarize (p5, p9) = percentiles(r, 5, 90), round(avg(i), 2), max(t) - min(t)`, "p5:real p9:real avg_i:real Column1:timespan"},
		{`T | summarize by s, bin(t, 1d)`, "s:string t:datetime"},
		{`T | summarize arg_min(t, *), i = make_set(i) by s`, "s:string t:datetime i:int l:long r:real d:dynamic ts:timespan b:bool i1:dynamic"},
		{`T | summarize sum(i) / count() * 100.0 by s`, "s:string Column1:real"},
		// Operators on columns.
		{`T | project-away i, t* | project-keep s, d*`, "s:string d:dynamic"},
		{`T | project-rename a = i | project-reorder s, r | take 1`, "s:string r:real a:int l:long d:dynamic t:datetime ts:timespan b:bool"},
		{`T | project-reorder t*, b | project-away r, d, l`, "t:datetime ts:timespan b:bool i:int s:string"},
		{`T | distinct s, i`, "s:string i:int"},
		{`T | count`, "Count:long"},
		{`T | getschema`, "ColumnName:string ColumnOrdinal:long DataType:string ColumnType:string"},
		// Joins and unions.
		{`T | project i, s | join U on s`, "i:int s:string i1:long s1:string x:string"},
		{`T | project i, s | join kind=inner (U | extend s1 = 1) on s`, "i:int s:string i1:long s2:string x:string s1:long"},
		{`T | project i, s | join kind=leftsemi U on s`, "i:int s:string"},
		{`T | project i, s | join kind=rightanti U on $left.s == $right.x`, "i:long s:string x:string"},
		{`T | project i, s | lookup U on s`, "i:int s:string i1:long x:string"},
		{`T | project i, s | lookup kind=inner U on $left.s == $right.x`, "i:int s:string i1:long s1:string"},
		{`union (T | project i, s), U`, "i_int:int i_long:long s:string x:string"},
		{`union withsource=Src kind=inner (T | project i, s), U`, "Src:string s:string"},
		{`union isfuzzy=true Nothing, U`, "i:long s:string x:string"},
		{`T | project s | union U | project s`, "s:string"},
		// Expansion.
		{`T | project d, s | mv-expand d`, "d:dynamic s:string"},
		{`T | project d, s | mv-expand with_itemindex=n x = d.a to typeof(long), d`, "d:dynamic s:string x:long n:long"},
		{`T | project s, d, i | mv-apply x = d on (where x == 1 | project y = i)`, "s:string d:dynamic i:int y:int"},
		{`T | project s, d | mv-apply d on (summarize n = count() by s)`, "s:string n:long"},
		{`T | project s | parse s with "a" x "b" y:long *`, "s:string x:string y:long"},
		{`T | make-series n = count(), avg(r) on t from ago(1d) to now() step 1h by s`, "s:string n:dynamic avg_r:dynamic t:dynamic"},
		{`T | project d | extend series_decompose_anomalies(d)`, "d:dynamic series_decompose_anomalies_d_ad_flag:dynamic series_decompose_anomalies_d_ad_score:dynamic series_decompose_anomalies_d_baseline:dynamic"},
		{`T | project d | extend (a, b) = series_fit_line(d) | project a, b`, "a:real b:real"},
		{`T | top-nested 3 of s by count(), top-nested 2 of i by x = sum(l)`, "s:string aggregated_s:long i:int x:long"},
		{`T | top-hitters 3 of s by i`, "s:string approximate_sum_i:int"},
		{`T | evaluate pivot(s, count(), b)`, "b:bool"},
		{`T | evaluate bag_unpack(d) | project s, foo, n = tostring(bar)`, "s:string foo:unknown n:string"},
		{`T | evaluate bag_unpack(d) : (s:string, foo:long)`, "s:string foo:long"},
		{`T | evaluate narrow()`, "Row:long Column:string Value:string"},
		// Names of let.
		{`let a = 5; let f = (x:long, y:string = "z") { strcat(y, x) }; T | project f(i), n = f(l, "q"), a`, "Column1:string n:string a:long"},
		{`let f = (X:(s:string), n:long) { X | where s == "a" | take n }; U | invoke f(5)`, "i:long s:string x:string"},
		{`let V = view () { U | project x }; union V*, U`, "x:string i:long s:string"},
		{`let S = toscalar(U | summarize max(i)); T | where i > S | project i, S`, "i:int Column1:long"},
		{`U | as Z | join kind=inner Z on s | project x1`, "x1:string"},
		{`search in (U) "a"`, "$table:string i:long s:string x:string"},
		{`find in (T, U) where s == "a" project s, x`, "source_:string s:string x:string"},
		{`datatable(a:string, b:long)["x", 1] | extend c = b + 1`, "a:string b:long c:long"},
		{`range n from 1 to 3 step 1`, "n:long"},
		{`externaldata(a:string)["https://x.example/y"] with (format="txt")`, "a:string"},
		{`declare query_parameters(n:long = 5); T | where i > n | project i`, "i:int"},
		{`T | partition by s (top 1 by i | project i)`, "i:int"},
		{`T | project i | scan declare (n:long = 0) with (step a: true => n = a.n + 1;)`, "i:int n:long match_id:long"},
	}
	for _, test := range tests {
		want := test.want
		if test.query == `let S = toscalar(U | summarize max(i)); T | where i > S | project i, S` {
			want = "i:int S:long"
		}
		if got := columnsOf(t, test.query); got != want {
			t.Errorf("%s:\n got %s\nwant %s", test.query, got, want)
		}
	}
}

func TestMistakesAreToldWithTheirPlaceAndAHint(t *testing.T) {
	tests := []struct{ query, want string }{
		{"T | where\n  zzz == 1", `line 2, column 3: unknown column zzz`},
		{`T | where S == "a"`, `line 1, column 11: unknown column S (did you mean s? Names are told apart by case)`},
		{`t | take 1`, `line 1, column 1: unknown table "t" (did you mean T?)`},
		{`T | extend x = strleng(s)`, `line 1, column 16: unknown function "strleng" (did you mean strlen?)`},
		{`T | extend x = strlen()`, `line 1, column 16: strlen does not take 0 arguments (write strlen(string: text))`},
		{`T | where i has "x"`, `line 1, column 11: has works on texts, not on an int (turn it into a text with tostring())`},
		{`T | where s + 1 > 2`, `line 1, column 11: + is not defined for string and long (turn the text into a number with tolong() or toreal())`},
		{`T | where t > 1d`, `line 1, column 13: > is not defined for datetime and timespan (for a time before now use ago())`},
		{`T | where s >= 9.0`, `line 1, column 13: >= is not defined for string and real (turn the text into a number with toreal() or tolong())`},
		{`T | where s`, `line 1, column 11: a condition is a bool, not a string (compare it with something)`},
		{`T | where count() > 1`, `line 1, column 11: the aggregate count cannot stand here (aggregates stand in summarize)`},
		{`T | summarize i by s`, `line 1, column 15: column i stands outside of any aggregate (put it in an aggregate such as take_any(), or after by)`},
		{`T | summarize max(min(i))`, `line 1, column 19: the aggregate min cannot stand here (an aggregate cannot stand within another)`},
		{`T | project a = 1, a = 2`, `line 1, column 20: a column a is declared already (give it another name)`},
		{`T | join kind=innner U on s`, `line 1, column 10: unknown kind "innner" (did you mean inner?)`},
		{`T | join U on $left.s == $right.i`, `line 1, column 15: the keys of a join must be alike, not string and long (convert one side with extend before the join)`},
		{`T | join U on tolower(s)`, `line 1, column 15: a join goes by equal columns (write the name of a column of both tables, or $left.A == $right.B)`},
		{`T | where s matches regex "("`, "line 1, column 27: the regular expression is wrong: missing closing ): `(` (the syntax is RE2's)"},
		{`T | take s`, `line 1, column 10: unknown name s`},
		{`let f = (x:long) { f(x) }; print f(1)`, `line 1, column 20: unknown function "f"`},
		{`let x = 1; let x = 2; print x`, `line 1, column 16: the name "x" has already been declared (give it another name)`},
		{`let x = 1;`, `line 1, column 10: the query has no result (end with a table and its operators, such as DeviceProcessEvents | take 10)`},
		{`T | render piechrt`, `line 1, column 5: unknown kind of chart "piechrt" (did you mean piechart?)`},
		{`T | evaluate python(typeof(*), "x")`, `line 1, column 14: the plugin python is not supported`},
		{`T | extend x = hll(s)`, `line 1, column 16: the aggregate hll cannot stand here (aggregates stand in summarize)`},
		{`T | extend x = datetime_diff("weekend", t, t)`, `line 1, column 30: unknown part of a datetime "weekend" (use year, quarter, month, week, day, hour, minute, second, millisecond, microsecond or nanosecond)`},
		{`declare query_parameters(n:long); T | where i > n`, `line 1, column 26: parameter n has no value (give it a value, or a default: n:long = …)`},
		{`T | project U`, `line 1, column 13: unknown column U`},
		{`T | extend x = (U | take 1)`, `line 1, column 17: expected a single value, found a table (use toscalar(…) to make a value of it)`},
		{`T | mv-expand i`, `line 1, column 15: mv-expand wants an array or a bag, not an int`},
	}
	for _, test := range tests {
		plan, diags := kql.Bind(test.query, kql.Options{Schema: every, Now: noon})
		if plan != nil || len(diags) == 0 {
			t.Errorf("%s: no mistake is told", test.query)
			continue
		}
		if got := diags[0].String(); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.query, got, test.want)
		}
	}
}

func TestSeveralMistakesAreToldAtOnce(t *testing.T) {
	_, diags := kql.Bind(`T | where aa == 1 | extend x = nofunction(s) | project s, zz | join Nope on s`, kql.Options{Schema: every, Now: noon})
	if len(diags) != 4 {
		t.Errorf("%d mistakes: %v", len(diags), diags)
	}
}

func TestExternalDataNeedsLeave(t *testing.T) {
	plan, diags := kql.Bind(`externaldata(a:string)["https://x.example/y"]`, kql.Options{Schema: every, Now: noon})
	if plan != nil || !strings.Contains(diags[0].Message, "externaldata is not allowed here") {
		t.Errorf("got %v", diags)
	}
}

func TestNoticesTellWhatIsMissing(t *testing.T) {
	for query, want := range map[string]string{
		`T | where b = true`:                                 "a single = in a condition was read as ==",
		`T | extend geo_info_from_ip_address(s)`:             "geo_info_from_ip_address gives null",
		`union isfuzzy=true U, Nothing`:                      "table Nothing is not here",
		`T | where t > datetime("a date") `:                  "is no datetime and counts as null",
		`T | evaluate bag_unpack(d)`:                         "known only when the query runs",
		`U | extend SHA1 = s | invoke FileProfile(SHA1, 10)`: "FileProfile knows the certificates",
	} {
		plan, diags := kql.Bind(query, kql.Options{Schema: every, Now: noon})
		if plan == nil || len(plan.Notices) == 0 || !strings.Contains(plan.Notices[0].Message, want) {
			t.Errorf("%s: %v %+v", query, diags, plan)
		}
	}
}

func TestSentinelHasItsColumns(t *testing.T) {
	schema := kql.NewSchema(&kql.Table{Name: "DeviceEvents", Columns: []kql.Column{{Name: "Timestamp", Type: kql.DateTime}, {Name: "FileName", Type: kql.String}}})
	for query, want := range map[string]string{
		`DeviceEvents | where TimeGenerated > ago(1d) | project TimeGenerated`: "TimeGenerated",
		`DeviceEvents | where TimeGenerated > ago(1d)`:                         "Timestamp FileName TenantId MachineGroup TimeGenerated SourceSystem Type _IsBillable _BilledSize _ResourceId",
		`DeviceEvents`: "Timestamp FileName",
	} {
		plan, diags := kql.Bind(query, kql.Options{Schema: schema, Now: noon})
		if plan == nil {
			t.Errorf("%s: %v", query, diags)
			continue
		}
		var names []string
		for _, c := range plan.Columns {
			names = append(names, c.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: %s", query, got)
		}
	}
}

func TestFunctionsThatCallFunctionsStayBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("let f0 = (x:long) { x + 1 };")
	for i := range 40 {
		fmt.Fprintf(&b, "let f%d = (x:long) { f%d(x) + f%d(x) };", i+1, i, i)
	}
	b.WriteString("print f40(1)")
	if plan, diags := kql.Bind(b.String(), kql.Options{Schema: every, Now: noon}); plan != nil || len(diags) == 0 {
		t.Error("a query that grows without end is bound")
	}
}

func TestLongChainsOfConditionsAreBound(t *testing.T) {
	for _, query := range []string{
		`T | where s == "a"` + strings.Repeat(` or s has "b"`, 3000),
		`T | where i == 1` + strings.Repeat(` and l != 2`, 3000),
		`T | extend x = i` + strings.Repeat(` + 1`, 3000),
		`T | where s in ("a"` + strings.Repeat(`, "b"`, 10000) + `)`,
	} {
		if plan, diags := kql.Bind(query, kql.Options{Schema: every, Now: noon}); plan == nil {
			t.Errorf("%.30s…: %v", query, diags)
		}
	}
}

func TestWhatMultipliesColumnsIsBounded(t *testing.T) {
	var tables []*kql.Table
	for i := range 60 {
		table := &kql.Table{Name: fmt.Sprint("Table", i)}
		for c := range 50 {
			table.Columns = append(table.Columns, kql.Column{Name: fmt.Sprint("c", i, "_", c), Type: kql.String})
		}
		tables = append(tables, table)
	}
	for _, query := range []string{
		"union *" + strings.Repeat(", *", 2000),
		`search "a"` + strings.Repeat(` and "b"`, 5000),
		"Table1" + strings.Repeat(" | where c1_1 == 'a'", 5000),
		"Table1 | where * has 'a'" + strings.Repeat(" or * has 'b'", 90_000/2),
	} {
		if plan, diags := kql.Bind(query, kql.Options{Schema: kql.NewSchema(tables...), Now: noon}); plan != nil || len(diags) == 0 {
			t.Errorf("%.30s… is bound", query)
		}
	}
}

func TestFirstPassTellsTheColumnsOfBags(t *testing.T) {
	discover := func(_ context.Context, p *kql.Plan) ([][]any, error) {
		if err := checkPlan(p.Root, map[kql.Node]bool{}); err != nil {
			t.Error(err)
		}
		if len(p.Columns) == 1 {
			return [][]any{{"north"}, {"east"}}, nil
		}
		return [][]any{{"b", "long"}, {"a", "string"}, {"b", "double"}, {"s", "array"}, {"c", "bool"}, {"c", "string"}, {"n", "null"}}, nil
	}
	for query, want := range map[string]string{
		`T | project d, s | evaluate bag_unpack(d)`:                                      "s:string a:string b:real c:dynamic n:dynamic s1:dynamic",
		`T | project d | evaluate bag_unpack(d, "p_") | project p_a, z`:                  "p_a:string z:unknown",
		`T | project s, i, b | evaluate pivot(s, sum(i), b)`:                             "b:bool east:long north:long",
		`T | project s, i | evaluate pivot(s)`:                                           "i:int east:long north:long",
		`T | project s, i | evaluate pivot(s, count(), i) : (i:int, north:long, x:real)`: "i:int north:long x:real",
	} {
		plan, diags := kql.Bind(query, kql.Options{Schema: every, Now: noon, Discover: discover})
		if plan == nil {
			t.Errorf("%s: %v", query, diags)
			continue
		}
		if err := checkPlan(plan.Root, map[kql.Node]bool{}); err != nil {
			t.Errorf("%s: %v", query, err)
		}
		var list []string
		for _, c := range plan.Columns {
			list = append(list, c.Name+":"+c.Type.String())
		}
		if got := strings.Join(list, " "); got != want {
			t.Errorf("%s:\n got %s\nwant %s", query, got, want)
		}
	}
}

func FuzzBind(f *testing.F) {
	for _, seed := range []string{`T | where i == 1 | summarize count() by bin(t, 1h)`, `let f = (x:string) { U | where s == x }; f("y") | union T`, `T | join kind=inner (U) on s | mv-expand d`,
		`search in (T, U) "x*" and s:"y"`, `T | evaluate bag_unpack(d) | where foo == 1`, `T | make-series count() on t step 1h`, `T | extend (a, b) = series_fit_line(d)`,
		`T | mv-apply x = d on (where x == i | top 1 by x)`, `T | where s in (U | project s) and * has "x"`, `T | scan with (step s: true;)`, `()=`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		plan, diags := kql.Bind(query, kql.Options{Schema: every, Now: noon, AllowExternal: true})
		if plan == nil {
			if len(diags) == 0 {
				t.Fatal("neither a plan nor a mistake")
			}
			return
		}
		if err := checkPlan(plan.Root, map[kql.Node]bool{}); err != nil {
			t.Fatal(err)
		}
		kql.Narrow(plan)
		kql.Complete(query, len(query)/2, every)
		kql.Describe(query, len(query)/2, every)
	})
}
