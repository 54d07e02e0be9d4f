package syntax

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// show writes a tree in a short form, without places.
func show(x any) string {
	switch x := x.(type) {
	case nil:
		return "nothing"
	case *Ident:
		return x.Name
	case *Literal:
		if raw, ok := x.Value.(json.RawMessage); ok {
			return string(raw)
		}
		if t, ok := x.Value.(time.Time); ok {
			return t.Format(time.RFC3339Nano)
		}
		if s, ok := x.Value.(string); ok {
			return fmt.Sprintf("%q", s)
		}
		return fmt.Sprint(x.Value)
	case *Unary:
		return "(" + x.Op + show(x.X) + ")"
	case *Binary:
		return "(" + show(x.X) + " " + x.Op + " " + show(x.Y) + ")"
	case *List:
		return "(" + show(x.X) + " " + x.Op + " [" + showAll(x.Items) + "])"
	case *Between:
		return fmt.Sprintf("(%s between not=%v %s..%s)", show(x.X), x.Not, show(x.From), show(x.To))
	case *Call:
		return x.Name.Name + "(" + showAll(x.Args) + ")"
	case *Path:
		return show(x.X) + "." + x.Name.Name
	case *Index:
		return show(x.X) + "[" + show(x.Index) + "]"
	case *Paren:
		return show(x.X)
	case *Star:
		return "*"
	case *Pattern:
		return "pattern:" + x.Text
	case *Typeof:
		return "typeof:" + x.Type
	case *Named:
		names := make([]string, len(x.Names))
		for i, n := range x.Names {
			names[i] = n.Name
		}
		return strings.Join(names, ",") + "=" + show(x.X)
	case *Pipe:
		s := show(x.Source)
		if x.Source == nil {
			s = ""
		}
		for _, op := range x.Ops {
			s += "|" + reflect.TypeOf(op).Elem().Name()
		}
		return s
	case *Tabular:
		return show(x.X)
	}
	return fmt.Sprintf("%T", x)
}

func showAll(list []Expr) string {
	parts := make([]string, len(list))
	for i, x := range list {
		parts[i] = show(x)
	}
	return strings.Join(parts, ", ")
}

func TestExpressionsBindAsKQLSays(t *testing.T) {
	tests := []struct{ text, want string }{
		{`a or b and c`, `(a or (b and c))`},
		{`a == 1 and b != 2 or c <> 3`, `(((a == 1) and (b != 2)) or (c != 3))`},
		{`a + b * c - d`, `((a + (b * c)) - d)`},
		{`a < b + 1`, `(a < (b + 1))`},
		{`a + b has "x"`, `(a + (b has "x"))`},
		{`not(a) and -b > 1`, `(not(a) and ((-b) > 1))`},
		{`-1 + -2.5 - 1d`, `((-1 + -2.5) - 864000000000)`},
		{`a in ("x", 'y')`, `(a in ["x", "y"])`},
		{`a !in~ (T)`, `(a !in~ [T])`},
		{`a has_any (list) or a has_all ("x")`, `((a has_any [list]) or (a has_all ["x"]))`},
		{`a in (T | project x)`, `(a in [T|Project])`},
		{`a !between (1 .. 5)`, `(a between not=true 1..5)`},
		{`a between(1..5)`, `(a between not=false 1..5)`},
		{`a matches regex @"\d+"`, `(a matches regex "\\d+")`},
		{`a !has_cs "x" and a !contains "y"`, `((a !has_cs "x") and (a !contains "y"))`},
		{`a =~ "x" and a !~ "y"`, `((a =~ "x") and (a !~ "y"))`},
		{`d.a.b[0]["x y"].c`, `d.a.b[0]["x y"].c`},
		{`d.['a b']`, `d.a b`},
		{`['odd name'] == 1`, `(odd name == 1)`},
		{`* has "x"`, `(* has "x")`},
		{`f(a, b = 2, *)`, `f(a, b=2, *)`},
		{`"a" 'b' @"c\"`, `"abc\\"`},
		{`@"a""b"`, `"a\"b"`},
		{`h"secret"`, `"secret"`},
		{`h@'c:\x'`, `"c:\\x"`},
		{"```two\nlines```", `"two\nlines"`},
		{`"tab\tquote\"uA\\"`, `"tab\tquote\"uA\\"`},
		{`0x1F`, `31`},
		{`1e3`, `1000`},
		{`1.5h`, `54000000000`},
		{`10ms`, `100000`},
		{`3microseconds`, `30`},
		{`1tick`, `1`},
		{`2min`, `1200000000`},
		{`time(1.02:03:04.5)`, `937845000000`},
		{`timespan(3)`, `2592000000000`},
		{`datetime(2024-02-29)`, `2024-02-29T00:00:00Z`},
		{`datetime(2024-02-29T10:00:00.1234567+02:00)`, `2024-02-29T08:00:00.1234567Z`},
		{`datetime(null)`, `<nil>`},
		{`long(null)`, `<nil>`},
		{`int(5)`, `5`},
		{`real(nan)`, `NaN`},
		{`guid({74BE27DE-1E4E-49D9-B579-FE0B331D3642})`, `"74be27de-1e4e-49d9-b579-fe0b331d3642"`},
		{`bool(1)`, `true`},
		{`decimal(0.1)`, `"0.1"`},
		{`dynamic([1, 'two', {"a": null, b: [true]}])`, `[1,"two",{"a":null,"b":[true]}]`},
		{`dynamic("<&>")`, `"<&>"`},
		{`dynamic([1d, datetime(2024-01-01), -1.5])`, `["1.00:00:00","2024-01-01T00:00:00.0000000Z",-1.5]`},
		{`dynamic(null)`, `<nil>`},
		{"a\u00a0==\u202f1", `(a == 1)`},
		{"a == 1 // the end", `(a == 1)`},
		{`a has "x" // comment
  and b`, `((a has "x") and b)`},
	}
	for _, test := range tests {
		q := Parse("print x = " + test.text)
		if len(q.Errors) > 0 {
			t.Errorf("%s: %v", test.text, q.Errors[0])
			continue
		}
		print := q.Statements[0].(*Tabular).X.(*Pipe).Ops[0].(*Print)
		if got := show(print.Items[0].(*Named).X); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.text, got, test.want)
		}
	}
}

func TestOperatorsAreReadInAllTheirForms(t *testing.T) {
	tests := []struct{ text, want string }{
		{`T | where a | filter b`, `T|Where|Where`},
		{`T | order by a | sort by b asc nulls last, c | top 3 by d desc`, `T|Sort|Sort|Top`},
		{`T | limit 5 | take 5 | sample 5 | sample-distinct 5 of a`, `T|Take|Take|Sample|Sample`},
		{`T | mvexpand a | mv-expand bagexpansion=array with_itemindex=i b to typeof(long), c limit 10`, `T|MvExpand|MvExpand`},
		{`T | mv-apply x = a to typeof(string) on (where x == 1 | take 2)`, `T|MvExpand`},
		{`T | project-away a*, *b | project-keep c | project-rename x = y | project-reorder a, * asc`, `T|Project|Project|Project|Project`},
		{`T | summarize by a | summarize count(), n = dcount(a) by bin(t, 1h), b | summarize hint.strategy=shuffle count() by a`, `T|Summarize|Summarize|Summarize`},
		{`T | join kind=inner hint.strategy=broadcast (U | take 1) on a, $left.b == $right.c | lookup U on a`, `T|Join|Join`},
		{`union withsource=S kind=outer isfuzzy=true T, (U | take 1), V* | count`, `|Union|Count`},
		{`T | union U, V | distinct *`, `T|Union|Project`},
		{`T | parse kind=regex flags=i a with * "x" b:long "y" c | parse-where a with "x" b | parse-kv a as (b:string) with (pair_delimiter=",", quote='"')`, `T|ParseWith|ParseWith|ParseKV`},
		{`T | make-series n = count() default=0, avg(a) on t from ago(1d) to now() step 1h by b`, `T|MakeSeries`},
		{`T | make-series count() on t in range(ago(1d), now(), 1h)`, `T|MakeSeries`},
		{`T | evaluate bag_unpack(d, 'p_') : (*, a:string) | invoke f(1) | as X | getschema | consume`, `T|Evaluate|Invoke|As|GetSchema|Consume`},
		{`T | render timechart with (title="a", ycolumns=b, c, legend=hidden) `, `T|Render`},
		{`T | render barchart kind=stacked title="x"`, `T|Render`},
		{`range x from 1 to 5 step 1 | serialize n = row_number() | extend y = 1`, `|Range|Project|Project`},
		{`datatable(a:string, ['b c']:long) ["x", 1, "y", 2] | count as N`, `|Datatable|Count`},
		{`externaldata(a:string)["https://x.example/y.csv"] with (format="csv", ignoreFirstRecord=true)`, `|ExternalData`},
		{`search kind=case_sensitive in (T, U*) "x" and a:"y"`, `|Search`},
		{`find withsource=S in (T, U) where a == 1 project a, b:string, pack(*)`, `|Find`},
		{`T | top-nested 3 of a with others="rest" by count(), top-nested 2 of b by sum(c) asc | top-hitters 5 of a by b`, `T|TopNested|TopHitters`},
		{`T | partition hint.strategy=native by a (top 1 by b | project c)`, `T|Partition`},
		{`T | scan with_match_id=id declare (x:long=0) with (step a output=last: b == 1 => x = a.x + 1; step c: true;)`, `T|Scan`},
		{`T
# a directive
| take 5;`, `T|Take`},
	}
	for _, test := range tests {
		q := Parse(test.text)
		if len(q.Errors) > 0 {
			t.Errorf("%s: %v", test.text, q.Errors)
			continue
		}
		if got := show(q.Statements[0].(*Tabular)); got != test.want {
			t.Errorf("%s: got %s, not %s", test.text, got, test.want)
		}
	}
}

func TestStatements(t *testing.T) {
	q := Parse(`set notruncation; declare query_parameters(a:string = "x", b:long = 5);
let c = 1d; let T2 = T | where a == 1; let f = (x:string, T:(a:long), U:(*), y:int = 5) { let z = 1; T | take z };
let v = view () { T }; f("x", T2) | union v`)
	if len(q.Errors) > 0 {
		t.Fatal(q.Errors)
	}
	f := q.Statements[4].(*Let).Value.(*Function)
	if len(f.Params) != 4 || !f.Params[1].Table || len(f.Params[1].Columns) != 1 || f.Params[2].Columns != nil || f.Params[3].Default == nil || len(f.Lets) != 1 {
		t.Errorf("the function is %+v", f)
	}
	if v := q.Statements[5].(*Let).Value.(*Function); !v.View {
		t.Error("view is not kept")
	}
}

func TestMistakesHaveTheirPlaceAndDoNotHideOthers(t *testing.T) {
	tests := []struct {
		text string
		want []string // place in the text and what the message has in it
	}{
		{`T | where a ==`, []string{`14 expected an expression`}},
		{`T | wehre a == 1 | taake 5`, []string{`4 unknown operator`, `19 unknown operator`}},
		{`T | where (a == 1 | take 5`, []string{`26 expected ")"`}},
		{`T | extend x = "abc | take 5`, []string{`15 string without its end`}},
		{`let a = ; T | take`, []string{`8 expected an expression`, `18 expected an expression`}},
		{`T | fork (take 1) (take 2) | take 3`, []string{`4 "fork" is not supported`}},
		{`T | where a = = 1`, []string{`14 expected an expression`}},
		{`T | project a b`, []string{`14 expected`}},
		{`T | extend x = 1weeks`, []string{}},
		{`.show tables`, []string{`0 management commands`}},
		{`alias database x = y; T`, []string{`0 "alias database"`}},
		{`T | where a == "\q"`, []string{`16 unknown escape`}},
		{`T | where a == 99999999999999999999`, []string{`15 number out of range`}},
		{`T | extend x = guid(nonsense), y = int(x)`, []string{`15 "nonsense" is no guid`, `35 "x" is no int`}},
		{`T | take 5 let x = 1; T`, []string{`10 expected ";"`}},
		{`T ¤ | take 5`, []string{`2 unexpected character`}},
	}
	for _, test := range tests {
		q := Parse(test.text)
		var got []string
		for _, e := range q.Errors {
			got = append(got, fmt.Sprintf("%d %s", e.Start, e.Message))
		}
		if len(got) != len(test.want) {
			t.Errorf("%s: %d mistakes: %v", test.text, len(got), got)
			continue
		}
		for i := range got {
			if !strings.HasPrefix(got[i], test.want[i]) {
				t.Errorf("%s: %q is not %q", test.text, got[i], test.want[i])
			}
		}
	}
}

func TestNestingAndLengthAreBounded(t *testing.T) {
	deep := "print " + strings.Repeat("(", 10_000) + "1" + strings.Repeat(")", 10_000)
	for _, text := range []string{deep, "print " + strings.Repeat("-", 10_000) + "1", "print dynamic(" + strings.Repeat("[", 10_000), strings.Repeat("x", MaxBytes+1),
		"T | where " + strings.Repeat("not(", 5_000)} {
		if q := Parse(text); len(q.Errors) == 0 {
			t.Errorf("%.20s… is taken", text)
		}
	}
	long := "T | where a == 0" + strings.Repeat(" or a == 1", 5_000)
	if q := Parse(long); len(q.Errors) > 0 {
		t.Errorf("a long chain is refused: %v", q.Errors[0])
	}
}

func TestNearestNames(t *testing.T) {
	names := []string{"InitiatingProcessFileName", "InitiatingProcessFolderPath", "FileName", "count", "countif"}
	for word, want := range map[string]string{"InitiatingProcesName": "InitiatingProcessFileName", "filename": "FileName", "FielName": "FileName", "cuont": "count", "xyz": ""} {
		if got := Nearest(word, names); got != want {
			t.Errorf("%s: %q, not %q", word, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{`T | where a == 1`, `let f = (x:string) { x }; print f("y")`, `print dynamic({"a": [1, 2]})`, `T | join kind=inner (U) on $left.a == $right.b`,
		"search in (T) \"x*\" and a:'y'", `T | scan with (step s: true => x = 1;)`, `print "\u00e4" 'b' @"c"`, `T | mv-apply a on (take 1) | parse b with * "x" c`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q := Parse(text)
		for _, e := range q.Errors {
			if e.Start < 0 || e.End > len(text) || e.Start > e.End {
				t.Fatalf("mistake at %d..%d of %d bytes", e.Start, e.End, len(text))
			}
		}
		for _, s := range q.Statements {
			if p := s.Pos(); p.Start < 0 || p.End > len(text) || p.Start > p.End {
				t.Fatalf("statement at %d..%d of %d bytes", p.Start, p.End, len(text))
			}
		}
		at := 0
		for _, token := range Tokens(text) {
			if token.Start < at || token.End > len(text) {
				t.Fatalf("token at %d..%d after %d", token.Start, token.End, at)
			}
			at = token.End
		}
	})
}
