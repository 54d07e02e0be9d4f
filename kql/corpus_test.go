package kql_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"penstock/format/defender"
	"penstock/kql"
)

// published is a query of the corpus that may lie beside the project; tests that want it are skipped without it.
type published struct {
	ID      string      `json:"id"`
	Verdict string      `json:"ms_parser"`
	Dialect string      `json:"dialect"`
	Query   string      `json:"query"`
	Columns [][2]string `json:"output_columns"`
}

func corpus(t testing.TB) []published {
	var data []byte
	var err error
	for _, path := range []string{"../../shared/kql/queries.json", "../../../shared/kql/queries.json"} {
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
	for _, set := range []string{"core", "externaldata", "cloud_only"} {
		var list []published
		if err := json.Unmarshal(all[set], &list); err != nil {
			t.Fatal(err)
		}
		queries = append(queries, list...)
	}
	return queries
}

func hunting(t testing.TB) kql.Schema {
	tables, err := defender.HuntingTables()
	if err != nil {
		t.Fatal(err)
	}
	return kql.NewSchema(tables...)
}

func TestPublishedQueriesHaveTheColumnsOfMicrosoftsBinder(t *testing.T) {
	schema := hunting(t)
	right, count := 0, 0
	for _, q := range corpus(t) {
		if q.Verdict != "ok" {
			continue
		}
		count++
		dialect := ""
		if q.Dialect == "sentinel" {
			dialect = q.Dialect
		}
		plan, diags := kql.Bind(q.Query, kql.Options{Schema: schema, Dialect: dialect, AllowExternal: true, Now: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)})
		if plan == nil {
			t.Errorf("%s: %v", q.ID, diags[0])
			continue
		}
		if err := sameColumns(plan.Columns, q.Columns); err != nil {
			t.Errorf("%s: %v", q.ID, err)
			continue
		}
		right++
	}
	t.Logf("%d of %d have the very columns", right, count)
}

func sameColumns(got []kql.Column, want [][2]string) error {
	for i := range max(len(got), len(want)) {
		g, w := "nothing", "nothing"
		if i < len(got) {
			g = got[i].Name + ":" + got[i].Type.String()
		}
		if i < len(want) {
			w = want[i][0] + ":" + want[i][1]
		}
		if g != w {
			return fmt.Errorf("column %d is %s, not %s", i, g, w)
		}
	}
	return nil
}
