package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"penstock/kql"
)

// script is one case of a file in testdata: a query, and the table or the error that it must give.
//
//	== name                    == eval name                  == name unordered
//	query                      expression => value           (rows are compared as a set)
//	--
//	column:type | column:type
//	value | value              or   error: part of the message
type script struct {
	name      string
	query     string
	columns   []string
	rows      []string
	problem   string
	eval      bool
	unordered bool
}

func readScripts(t testing.TB, file string) []script {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []script
	for block := range strings.SplitSeq("\n"+string(raw), "\n== ") {
		head, body, _ := strings.Cut(block, "\n")
		if strings.HasPrefix(head, "#") || strings.TrimSpace(body) == "" || strings.TrimSpace(head) == "" {
			continue
		}
		if name, ok := strings.CutPrefix(head, "eval "); ok {
			for line := range strings.Lines(body) {
				line = strings.TrimRight(line, "\n")
				if line == "" || strings.HasPrefix(line, "#") {
					continue
				}
				x, want, ok := strings.Cut(line+" ", " => ")
				if !ok {
					t.Fatalf("%s: %q has no =>", file, line)
				}
				out = append(out, script{name: name + ": " + x, query: "print x = " + x, rows: []string{strings.TrimSpace(want)}, eval: true})
			}
			continue
		}
		name, unordered := strings.CutSuffix(head, " unordered")
		query, result, ok := strings.Cut(body, "\n--\n")
		if !ok {
			t.Fatalf("%s: %s has no --", file, name)
		}
		s := script{name: name, query: query, unordered: unordered}
		lines := strings.Split(strings.TrimRight(result, "\n"), "\n")
		if problem, ok := strings.CutPrefix(lines[0], "error: "); ok {
			s.problem = problem
		} else {
			for col := range strings.SplitSeq(lines[0], "|") {
				s.columns = append(s.columns, strings.TrimSpace(col))
			}
			s.rows = lines[1:]
		}
		out = append(out, s)
	}
	return out
}

// fixedNow is what now() is in tests.
var fixedNow = time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)

// bound binds a query or fails.
func bound(query string) (*kql.Plan, error) {
	plan, diagnostics := kql.Bind(query, kql.Options{Schema: testSchema, Now: fixedNow})
	if plan != nil {
		kql.Narrow(plan)
		return plan, nil
	}
	var problems []error
	for _, d := range diagnostics {
		problems = append(problems, errors.New(d.String()))
	}
	return nil, errors.Join(problems...)
}

// answer runs a query: its columns as name:type, and its rows as they are shown.
func answer(ctx context.Context, conn *sql.Conn, query string) ([]string, [][]string, error) {
	plan, err := bound(query)
	if err != nil {
		return nil, nil, err
	}
	return answerPlan(ctx, conn, plan)
}

func answerPlan(ctx context.Context, conn *sql.Conn, plan *kql.Plan) ([]string, [][]string, error) {
	q, err := Compile(plan, testRelation)
	if err != nil {
		return nil, nil, err
	}
	rows, err := conn.QueryContext(ctx, q.SQL)
	if err != nil {
		return nil, nil, fmt.Errorf("%w in\n%s", err, q.SQL)
	}
	defer rows.Close()
	var columns []string
	for _, col := range q.Columns {
		columns = append(columns, col.Name+":"+col.Type.String())
	}
	var out [][]string
	r := q.ReadRows(rows)
	for r.Next() {
		var row []string
		for i, v := range r.Values() {
			text := Text(v, q.Columns[i].Type)
			if v == nil {
				text = "null"
			}
			row = append(row, text)
		}
		out = append(out, row)
	}
	if r.Err() != nil {
		return nil, nil, fmt.Errorf("%w in\n%s", r.Err(), q.SQL)
	}
	return columns, out, nil
}

func TestScripts(t *testing.T) {
	conn := openDB(t)
	loadTestTables(t, conn)
	files, err := filepath.Glob("testdata/*.test")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	count := 0
	for _, file := range files {
		for _, s := range readScripts(t, file) {
			count++
			t.Run(filepath.Base(file)+"/"+s.name, func(t *testing.T) { s.check(t, conn) })
		}
	}
	if count < 500 {
		t.Errorf("only %d cases", count)
	}
}

func (s *script) check(t *testing.T, conn *sql.Conn) {
	columns, rows, err := answer(t.Context(), conn, s.query)
	if s.problem != "" {
		if err == nil || !strings.Contains(err.Error(), s.problem) {
			t.Fatalf("%s\ngave %v and the error %v, want %q", s.query, rows, err, s.problem)
		}
		return
	}
	if err != nil {
		t.Fatalf("%s\n%v", s.query, err)
	}
	if s.eval {
		if len(rows) != 1 || len(rows[0]) != 1 || !alike(rows[0][0], s.rows[0]) {
			t.Errorf("%s\n= %v, want %s", s.query, rows, s.rows[0])
		}
		return
	}
	if !slices.Equal(columns, s.columns) {
		t.Errorf("%s\nhas columns %v, want %v", s.query, columns, s.columns)
	}
	var want [][]string
	for _, line := range s.rows {
		var row []string
		for cell := range strings.SplitSeq(line, "|") {
			row = append(row, strings.TrimSpace(cell))
		}
		want = append(want, row)
	}
	if s.unordered {
		slices.SortFunc(rows, slices.Compare[[]string])
		slices.SortFunc(want, slices.Compare[[]string])
	}
	if !slices.EqualFunc(rows, want, func(a, b []string) bool { return slices.EqualFunc(a, b, alike) }) {
		t.Errorf("%s\ngave\n%s\nwant\n%s", s.query, shown(rows), shown(want))
	}
}

func shown(rows [][]string) string {
	var b strings.Builder
	for _, row := range rows {
		b.WriteString(strings.Join(row, " | ") + "\n")
	}
	return b.String()
}

// alike compares numbers with the tolerance that binary fractions need.
func alike(a, b string) bool {
	if a == b {
		return true
	}
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return err1 == nil && err2 == nil && strings.ContainsAny(a+b, ".e") && math.Abs(x-y) <= 1e-9*math.Max(1, math.Abs(y))
}
