package duckdb

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/kql"
)

// The planner and the oracle answer random queries over random rows; they must agree.

var randomSchema = tables{
	{Name: "T", Columns: []kql.Column{{Name: "a", Type: kql.Long}, {Name: "b", Type: kql.Long}, {Name: "s", Type: kql.String}, {Name: "t", Type: kql.String},
		{Name: "r", Type: kql.Real}, {Name: "p", Type: kql.Bool}, {Name: "d", Type: kql.Dynamic}}},
	{Name: "U", Columns: []kql.Column{{Name: "a", Type: kql.Long}, {Name: "s", Type: kql.String}, {Name: "v", Type: kql.Long}}},
}

// dice makes queries and rows from a seed.
type dice struct{ *rand.Rand }

func (d dice) pick(list ...string) string { return list[d.IntN(len(list))] }

var someTexts = []string{"", "a", "A", "ab", "a b", "x-a", "a_b c", "Über a", "12", "%", "a.b"}

func (d dice) cell(t kql.Type) any {
	if d.IntN(5) == 0 {
		return nil
	}
	switch t {
	case kql.Long:
		return int64(d.IntN(7) - 3)
	case kql.Real:
		return float64(d.IntN(9)-4) / 2
	case kql.Bool:
		return d.IntN(2) == 0
	case kql.Dynamic:
		return []string{`{"k":"a","n":1}`, `{"n":2.5}`, `[1,2]`, `["a",null]`, `[]`, `5`, `"a"`}[d.IntN(7)]
	}
	return someTexts[d.IntN(len(someTexts))]
}

func (d dice) long(depth int) string {
	if depth <= 0 || d.IntN(3) == 0 {
		return d.pick("a", "b", "1", "2", "0", "-3", "long(null)")
	}
	switch d.IntN(7) {
	case 0:
		return "strlen(" + d.text(depth-1) + ")"
	case 1:
		return "iff(" + d.cond(depth-1) + ", " + d.long(depth-1) + ", " + d.long(depth-1) + ")"
	case 2:
		return "bin(" + d.long(depth-1) + ", " + d.pick("2", "3") + ")"
	case 3:
		return "tolong(" + d.pick("d.n", d.text(depth-1)) + ")"
	}
	return "(" + d.long(depth-1) + " " + d.pick("+", "-", "*", "/", "%") + " " + d.long(depth-1) + ")"
}

func (d dice) real(depth int) string {
	if depth <= 0 || d.IntN(2) == 0 {
		return d.pick("r", "1.5", "real(null)", "toreal(a)")
	}
	return "(" + d.real(depth-1) + " " + d.pick("+", "-", "*") + " " + d.real(depth-1) + ")"
}

func (d dice) text(depth int) string {
	if depth <= 0 || d.IntN(3) == 0 {
		return d.pick("s", "t", `"a"`, `""`, `"a b"`, "tostring(d.k)")
	}
	switch d.IntN(5) {
	case 0:
		return "strcat(" + d.text(depth-1) + ", " + d.text(depth-1) + ")"
	case 1:
		return d.pick("toupper", "tolower") + "(" + d.text(depth-1) + ")"
	case 2:
		return "substring(" + d.text(depth-1) + ", 1, 2)"
	case 3:
		return "tostring(" + d.long(depth-1) + ")"
	}
	return "coalesce(" + d.text(depth-1) + ", " + d.text(depth-1) + ")"
}

func (d dice) cond(depth int) string {
	if depth <= 0 {
		return d.pick("p", "a > 0", `s == "a"`, `t != "a"`, "isnull(b)", "isempty(t)")
	}
	switch d.IntN(9) {
	case 0, 1:
		return "(" + d.cond(depth-1) + " " + d.pick("and", "or") + " " + d.cond(depth-1) + ")"
	case 2:
		return "not(" + d.cond(depth-1) + ")"
	case 3:
		return "(" + d.long(depth-1) + " " + d.pick("==", "!=", "<", "<=", ">", ">=") + " " + d.long(depth-1) + ")"
	case 4:
		return "(" + d.real(depth-1) + " " + d.pick("<", ">=", ">") + " " + d.real(depth-1) + ")"
	case 5:
		return "(" + d.text(depth-1) + " " + d.pick("==", "!=", "=~", "!~", "contains", "!contains", "startswith", "endswith", "<", ">=") + " " + d.text(depth-1) + ")"
	case 6:
		return "(" + d.pick("s", "t") + " " + d.pick("has", "!has") + ` "` + d.pick("a", "b", "ab", "über") + `")`
	case 7:
		return "(" + d.pick(d.text(depth-1)+" "+d.pick("in", "!in")+` ("a", "", "12")`, d.long(depth-1)+" "+d.pick("in", "!in")+" (1, 2)", `s in (U | project s)`, `a !in (U | project a)`) + ")"
	}
	return d.pick("isnull("+d.long(depth-1)+")", "isempty("+d.text(depth-1)+")", `d.k == "a"`, "p == true", "p != false")
}

// query is a random query; ordered says that its rows come in an order that is wholly determined.
func (d dice) query() string {
	var b strings.Builder
	b.WriteString("T")
	for range d.IntN(4) {
		switch d.IntN(6) {
		case 0, 1:
			b.WriteString("\n| where " + d.cond(3))
		case 2:
			b.WriteString("\n| extend " + d.pick("a", "b") + " = " + d.long(2))
		case 3:
			b.WriteString("\n| extend " + d.pick("s", "t") + " = " + d.text(2))
		case 4:
			b.WriteString("\n| extend p = " + d.cond(2) + ", r = " + d.real(2))
		case 5:
			b.WriteString("\n| mv-expand d" + d.pick("", " to typeof(long)", " to typeof(string)") + " | extend d = dynamic(null)")
		}
	}
	switch d.IntN(7) {
	case 0:
		b.WriteString("\n| summarize n = count(), x = sum(a), y = min(b), z = max(s), u = dcount(t), w = avg(r), c = countif(" + d.cond(2) + "), q = make_set(s) by " + d.pick("a", "t", "p, s", "a = bin(b, 2)"))
	case 1:
		b.WriteString("\n| summarize n = count(), x = sum(r), y = max(a), u = dcount(b)")
	case 2:
		b.WriteString("\n| join kind=" + d.pick("inner", "leftouter", "rightouter", "fullouter", "leftsemi", "leftanti", "rightsemi", "rightanti") + " (U | where " + d.pick("v > 0", "isnotempty(s)", "true") + ") on " + d.pick("a", "s", "a, s"))
	case 3:
		b.WriteString("\n| distinct " + d.pick("a", "s, p", "t, b"))
	case 4:
		b.WriteString("\n| union (U | where v != 1)")
	case 5:
		b.WriteString("\n| project a, b, s, t, r, p\n| top " + d.pick("1", "3", "100") + " by a " + d.pick("asc", "desc") + ", b asc, s asc, t asc, r asc, p desc")
	}
	return b.String()
}

// load fills the tables of the database and those of the oracle alike; text that is null is "" for the oracle.
func (d dice) load(t *testing.T, conn *sql.Conn) *oracle {
	t.Helper()
	o := &oracle{tables: map[string][][]any{}}
	for _, table := range randomSchema {
		var cols, marks []string
		for _, c := range table.Columns {
			cols = append(cols, ident(c.Name)+" "+storedType(c.Type))
			marks = append(marks, "?")
		}
		if _, err := conn.ExecContext(t.Context(), "CREATE OR REPLACE TABLE stored."+ident(table.Name)+" ("+strings.Join(cols, ", ")+")"); err != nil {
			t.Fatal(err)
		}
		for range 3 + d.IntN(20) {
			var stored, row []any
			for _, c := range table.Columns {
				v := d.cell(c.Type)
				stored = append(stored, v)
				switch {
				case c.Type == kql.String && v == nil:
					v = ""
				case c.Type == kql.Dynamic && v != nil:
					decoder := json.NewDecoder(strings.NewReader(v.(string)))
					decoder.UseNumber()
					var x any
					if err := decoder.Decode(&x); err != nil {
						t.Fatal(err)
					}
					v = &dyn{x}
				}
				row = append(row, v)
			}
			if _, err := conn.ExecContext(t.Context(), "INSERT INTO stored."+ident(table.Name)+" VALUES ("+strings.Join(marks, ", ")+")", stored...); err != nil {
				t.Fatal(err)
			}
			o.tables[table.Name] = append(o.tables[table.Name], row)
		}
	}
	return o
}

func TestRandomQueriesAgreeWithTheOracle(t *testing.T) {
	conn := openDB(t)
	if _, err := conn.ExecContext(t.Context(), "CREATE SCHEMA stored"); err != nil {
		t.Fatal(err)
	}
	seed := uint64(time.Now().UnixNano())
	const rounds, each = 12, 40
	for round := range uint64(rounds) {
		d := dice{rand.New(rand.NewPCG(seed, round))}
		o := d.load(t, conn)
		for range each {
			query := d.query()
			if err := d.compare(t, conn, o, query); err != nil {
				t.Fatalf("seed %d, round %d:\n%s\n%v", seed, round, query, err)
			}
		}
	}
	t.Logf("seed %d: %d queries agree", seed, rounds*each)
}

func (d dice) compare(t *testing.T, conn *sql.Conn, o *oracle, query string) error {
	plan, diagnostics := kql.Bind(query, kql.Options{Schema: randomSchema, Now: fixedNow})
	if plan == nil {
		return fmt.Errorf("bind: %v", diagnostics)
	}
	kql.Narrow(plan)
	q, err := Compile(plan, func(scan *kql.Scan) (string, error) { return "stored." + ident(scan.Table.Name), nil })
	if err != nil {
		return err
	}
	rows, err := conn.QueryContext(t.Context(), q.SQL)
	if err != nil {
		return fmt.Errorf("%w in\n%s", err, q.SQL)
	}
	defer rows.Close()
	var got, want []string
	r := q.ReadRows(rows)
	for r.Next() {
		got = append(got, d.line(r.Values(), q.Columns))
	}
	if r.Err() != nil {
		return r.Err()
	}
	for _, row := range o.rows(plan.Root) {
		want = append(want, d.line(row, q.Columns))
	}
	if !strings.Contains(query, "| top ") {
		slices.Sort(got)
		slices.Sort(want)
	}
	if !slices.Equal(got, want) {
		return errors.New("DuckDB gives\n" + strings.Join(got, "\n") + "\nthe oracle\n" + strings.Join(want, "\n") + "\nSQL\n" + q.SQL)
	}
	return nil
}

// line shows a row the same way whoever computed it: reals rounded, sets sorted.
func (d dice) line(values []any, cols []kql.Column) string {
	cells := make([]string, len(values))
	for i, v := range values {
		switch x := v.(type) {
		case nil:
			cells[i] = "null"
		case float64:
			cells[i] = fmt.Sprintf("%.6g", x+0)
		case json.RawMessage:
			var any1 any
			decoder := json.NewDecoder(strings.NewReader(string(x)))
			decoder.UseNumber()
			if decoder.Decode(&any1) != nil {
				cells[i] = string(x)
				break
			}
			cells[i] = setText(jsonOf(&dyn{any1}))
		case *dyn:
			if s, ok := x.v.(string); ok && strings.HasPrefix(cols[i].Name, "q") {
				cells[i] = setText("[" + s + "]")
				break
			}
			cells[i] = setText(jsonOf(x))
		default:
			cells[i] = fmt.Sprint(x)
		}
	}
	return strings.Join(cells, " | ")
}

// setText sorts the items of an array of texts.
func setText(s string) string {
	var items []string
	if json.Unmarshal([]byte(s), &items) != nil {
		return s
	}
	slices.Sort(items)
	return fmt.Sprintf("%q", items)
}
