package duckdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/format/defender"
	"penstock/kql"
)

// published is a query of the corpus that may lie beside the project; tests that want it are skipped without it.
type published struct {
	ID      string `json:"id"`
	Verdict string `json:"ms_parser"`
	Dialect string `json:"dialect"`
	Query   string `json:"query"`
}

func corpus(t testing.TB) []published {
	var data []byte
	var err error
	for _, path := range []string{"../../../shared/kql/queries.json", "../../../../shared/kql/queries.json"} {
		if data, err = os.ReadFile(path); err == nil {
			break
		}
	}
	if err != nil {
		t.Skip("no corpus beside the project")
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	var queries []published
	for _, set := range []string{"core", "cloud_only"} {
		var list []published
		if err := json.Unmarshal(all[set], &list); err != nil {
			t.Fatal(err)
		}
		queries = append(queries, list...)
	}
	return queries
}

// fill makes each table with some rows of every shape that a column may have.
func fill(t testing.TB, conn *sql.Conn, schema kql.Schema) {
	t.Helper()
	if _, err := conn.ExecContext(t.Context(), "CREATE SCHEMA stored"); err != nil {
		t.Fatal(err)
	}
	for _, name := range schema.Names() {
		table, _ := schema.Table(name)
		var items []string
		seen := map[string]bool{}
		for i, col := range table.Columns {
			if seen[strings.ToLower(col.Name)] {
				continue
			}
			seen[strings.ToLower(col.Name)] = true
			value := map[kql.Type]string{
				kql.String:   "CASE (i + %[1]d) %% 7 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN 'cmd.exe' WHEN 3 THEN 'powershell.exe -enc AA==' WHEN 4 THEN '10.0.0.' || i WHEN 5 THEN 'https://a.example/b?c=d' ELSE '{\"a\":[1,2],\"b\":{\"c\":\"d\"}}' END",
				kql.DateTime: "CASE WHEN (i + %[1]d) %% 9 = 0 THEN NULL ELSE TIMESTAMP '2024-03-01 11:00:00' - to_minutes(CAST(i * 37 + %[1]d AS INTEGER)) END",
				kql.Dynamic:  "CASE (i + %[1]d) %% 5 WHEN 0 THEN NULL WHEN 1 THEN '[{\"Name\":\"x\"},\"y\",3]' WHEN 2 THEN '{\"a\":\"1\",\"Name\":\"n\",\"b\":{\"c\":2.5}}' WHEN 3 THEN 'not json' ELSE '{}' END",
				kql.Bool:     "CASE (i + %[1]d) %% 3 WHEN 0 THEN NULL WHEN 1 THEN true ELSE false END",
				kql.Long:     "CASE WHEN (i + %[1]d) %% 6 = 0 THEN NULL ELSE i + %[1]d END",
				kql.Int:      "CASE WHEN (i + %[1]d) %% 6 = 0 THEN NULL ELSE i + %[1]d END",
				kql.Real:     "CASE WHEN (i + %[1]d) %% 6 = 0 THEN NULL ELSE i / 3.0 END",
			}[col.Type]
			if value == "" {
				value = "NULL /* %[1]d */"
			}
			items = append(items, "CAST("+fmt.Sprintf(value, i)+" AS "+storedType(col.Type)+") AS "+ident(col.Name))
		}
		if _, err := conn.ExecContext(t.Context(), "CREATE TABLE stored."+ident(name)+" AS SELECT "+strings.Join(items, ", ")+" FROM range(60) t(i)"); err != nil {
			t.Fatal(err)
		}
	}
}

func storedType(t kql.Type) string {
	if t == kql.DateTime {
		return "TIMESTAMP"
	}
	return sqlType(t)
}

func TestPublishedQueriesRun(t *testing.T) {
	queries := corpus(t)
	tables, err := defender.HuntingTables()
	if err != nil {
		t.Fatal(err)
	}
	schema := kql.NewSchema(tables...)
	conn := openDB(t)
	fill(t, conn, schema)
	ran, count := 0, 0
	var compile, run []time.Duration
	for _, q := range queries {
		if q.Verdict != "ok" {
			continue
		}
		count++
		dialect := ""
		if q.Dialect == "sentinel" {
			dialect = q.Dialect
		}
		start := time.Now()
		plan, diags := kql.Bind(q.Query, kql.Options{Schema: schema, Dialect: dialect, Now: fixedNow})
		if plan == nil {
			t.Errorf("%s: bind: %v", q.ID, diags[0])
			continue
		}
		kql.Narrow(plan)
		compiled, err := Compile(plan, storedRelation(schema))
		if err != nil {
			t.Errorf("%s: compile: %v", q.ID, err)
			continue
		}
		compile = append(compile, time.Since(start))
		start = time.Now()
		if err := drain(t.Context(), conn, compiled); err != nil {
			t.Errorf("%s: %v\n%s\n%s", q.ID, err, q.Query, compiled.SQL)
			continue
		}
		run = append(run, time.Since(start))
		if d := time.Since(start); d > time.Second {
			t.Logf("%s took %s\n%s", q.ID, d, compiled.SQL)
		}
		ran++
	}
	slices.Sort(compile)
	slices.Sort(run)
	if len(run) == 0 {
		t.Fatal("none ran")
	}
	t.Logf("%d of %d ran; parse, bind and compile: median %s, slowest %s; run: median %s, slowest %s", ran, count,
		compile[len(compile)/2], compile[len(compile)-1], run[len(run)/2], run[len(run)-1])
}

// storedRelation adds the columns that a dialect has beyond those stored.
func storedRelation(schema kql.Schema) func(*kql.Scan) (string, error) {
	return func(scan *kql.Scan) (string, error) {
		table, _ := schema.Table(scan.Table.Name)
		more := ""
		for _, col := range scan.Cols {
			if !slices.ContainsFunc(table.Columns, func(c kql.Column) bool { return strings.EqualFold(c.Name, col.Name) }) {
				more += ", CAST(NULL AS " + storedType(col.Type) + ") AS " + ident(col.Name)
			}
		}
		return "(SELECT *" + more + " FROM stored." + ident(scan.Table.Name) + ")", nil
	}
}

func drain(ctx context.Context, conn *sql.Conn, q *Query) error {
	rows, err := conn.QueryContext(ctx, q.SQL)
	if err != nil {
		return err
	}
	defer rows.Close()
	r := q.ReadRows(rows)
	for r.Next() {
		for i, v := range r.Values() {
			JSON(v, q.Columns[i].Type)
		}
	}
	return r.Err()
}
