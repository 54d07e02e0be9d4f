package duckdb

import (
	"encoding/json"
	"strings"
	"testing"

	"penstock/kql"
)

// left out are the names of the catalogue without SQL, with what stands in for it.
var leftOut = map[string]string{
	"column_ifexists": "the binder answers it", "iscolumnexists": "the binder answers it", "bag_pack_columns": "the binder makes it bag_pack",
	"ingestion_time": "the binder makes it a column", "bin_auto": "the binder makes it bin",
	"hash_combine": "how Kusto combines hashes is not published", "hash_many": "how Kusto combines hashes is not published",
	"current_principal": "it tells of a Kusto cluster",
}

func TestEveryNameOfTheCatalogueHasSQL(t *testing.T) {
	for _, f := range kql.Functions() {
		known := false
		switch f.Kind {
		case kql.AggregateFunction:
			_, known = aggregates[f.Name]
		default:
			_, compared := comparisons[f.Name]
			_, writes := writers[f.Name]
			_, templated := templates[f.Name]
			_, computed := goFunctions[f.Name]
			known = compared || writes || templated || computed
		}
		reason := leftOut[f.Name]
		switch {
		case !known && f.Refused == "" && reason == "":
			t.Errorf("%s has no SQL, and no reason why not", f.Name)
		case known && reason != "":
			t.Errorf("%s has SQL, but is said to be left out: %s", f.Name, reason)
		}
	}
}

func TestWhatHasNoSQLIsAnErrorWithItsName(t *testing.T) {
	for name := range leftOut {
		call := kql.Call{Func: &kql.Function{Name: name}, Of: kql.Long}
		plan := &kql.Plan{Root: &kql.Project{In: &kql.Values{Rows: [][]kql.Expr{{}}}, Items: []kql.Item{{Name: "x", Expr: call}}}}
		if _, err := Compile(plan, testRelation); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s gives the error %v", name, err)
		}
	}
}

// hostile are texts that would do harm if they were taken for SQL.
var hostile = []string{
	`'; DROP TABLE stored.DeviceProcessEvents; --`, `"; DROP TABLE stored.DeviceProcessEvents; --`, `') OR 1=1 --`, "a'b", `a"b`, `a\'b`, "a\x00b", "$1", "?", "/* x */", "E'\\n'",
	"%_", "x'||(SELECT 1)||'", "\xff\xfe", "'' || read_text('/etc/passwd') || ''", `\`, "'\\", "\u2028", strings.Repeat("'", 999),
}

func TestHostileTextsAreTexts(t *testing.T) {
	conn := openDB(t)
	loadTestTables(t, conn)
	for _, text := range hostile {
		want := strings.ToValidUTF8(text, "\uFFFD")
		text := kql.Const{Of: kql.String, Value: text}
		columns := []kql.Item{{Name: "x", Expr: text}}
		for _, op := range []string{"==", "has", "contains", "startswith", "in", "=~", "hasprefix"} {
			columns = append(columns, kql.Item{Name: op, Expr: kql.Call{Func: &kql.Function{Name: op}, Args: []kql.Expr{text, text}, Of: kql.Bool}})
		}
		quoted, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		columns = append(columns, kql.Item{Name: "d", Expr: kql.Call{Func: &kql.Function{Name: "tostring"}, Args: []kql.Expr{kql.Const{Of: kql.Dynamic, Value: json.RawMessage(quoted)}}, Of: kql.String}})
		columns = append(columns, kql.Item{Name: "m", Expr: kql.Member{In: kql.Const{Of: kql.Dynamic, Value: json.RawMessage(`{"a":1}`)}, Name: want}})
		plan := &kql.Plan{Root: &kql.Project{In: &kql.Values{Rows: [][]kql.Expr{{}}}, Items: columns}}
		_, rows, err := answerPlan(t.Context(), conn, plan)
		if err != nil {
			t.Errorf("%q: %v", want, err)
			continue
		}
		row := rows[0]
		if row[0] != want || row[8] != want {
			t.Errorf("%q came back as %q and %q", want, row[0], row[8])
		}
		for i := 1; i <= 7; i++ {
			if row[i] != "true" {
				t.Errorf("%q %s itself is %s", want, columns[i].Name, row[i])
			}
		}
	}
	if _, rows, err := answer(t.Context(), conn, "DeviceProcessEvents | count"); err != nil || rows[0][0] != "4" {
		t.Errorf("after that the table has %v rows: %v", rows, err)
	}
}

func TestHostileNamesAreNames(t *testing.T) {
	conn := openDB(t)
	for _, name := range append(hostile, "", "select", "c1", "o1", strings.Repeat("x", 5000)) {
		plan := &kql.Plan{Root: &kql.Project{In: &kql.Values{Cols: []kql.Column{{Name: name, Type: kql.Long}}, Rows: [][]kql.Expr{{kql.Const{Of: kql.Long, Value: int64(7)}}}},
			Items: []kql.Item{{Name: name, Expr: kql.Ref{Index: 0, Column: kql.Column{Name: name, Type: kql.Long}}}}}}
		_, rows, err := answerPlan(t.Context(), conn, plan)
		if err != nil || len(rows) != 1 || rows[0][0] != "7" {
			t.Errorf("%q: %v, %v", name, rows, err)
		}
	}
}

// typical queries, for the time that their compilation takes.
var typical = map[string]string{
	"filter":    `DeviceProcessEvents | where Timestamp > ago(7d) | where FileName in~ ("cmd.exe", "powershell.exe") and ProcessCommandLine has_any ("whoami", "net user") | project Timestamp, DeviceName, ProcessCommandLine`,
	"summarize": `DeviceProcessEvents | where Timestamp > ago(1d) | summarize n = count(), devices = dcount(DeviceId), arg_max(Timestamp, *) by bin(Timestamp, 1h), FileName | sort by n desc`,
	"join": `let Bad = DeviceProcessEvents | where FileName == "cmd.exe"; Bad | join kind=inner (DeviceNetworkEvents | where RemotePort == 443) on DeviceId
		| extend gap = Timestamp1 - Timestamp | where gap between (0min .. 5min) | summarize make_set(RemoteIP, 10) by DeviceName`,
	"dynamic": `DeviceProcessEvents | extend Tag = tostring(AdditionalFields.Tag), N = tolong(AdditionalFields.N) | mv-expand L = AdditionalFields.List to typeof(long) | where Tag startswith "a" | top 10 by N`,
}

func BenchmarkCompile(b *testing.B) {
	for name, query := range typical {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				plan, err := bound(query)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := Compile(plan, testRelation); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestConditionsReachTheStoredColumns(t *testing.T) {
	for query, want := range map[string]string{
		`DeviceProcessEvents | where FileName == "cmd.exe"`:                                         ` = 'cmd.exe'`,
		`DeviceProcessEvents | where FileName in ("a", "b")`:                                        ` IN ('a', 'b')`,
		`DeviceProcessEvents | where Timestamp >= datetime(2024-01-02 03:04:05)`:                    ` >= TIMESTAMP '2024-01-02 03:04:05.000000'`,
		`DeviceProcessEvents | project T = Timestamp | where T < datetime(2024-01-02)`:              ` < TIMESTAMP '2024-01-02 00:00:00.000000'`,
		`union DeviceProcessEvents, DeviceNetworkEvents | where DeviceName == "h"`:                  ` = 'h'`,
		`DeviceProcessEvents | extend x = 1 | where Timestamp between (datetime(2024-01-01) .. 1d)`: ` <= TIMESTAMP '2024-01-02 00:00:00.000000'`,
	} {
		plan, err := bound(query)
		if err != nil {
			t.Fatal(err)
		}
		q, err := Compile(plan, testRelation)
		if err != nil {
			t.Fatal(err)
		}
		if at := strings.Index(q.SQL, want); at < 1 || q.SQL[at-1] < '0' || q.SQL[at-1] > '9' {
			t.Errorf("%s\nhas no bare column%s in\n%s", query, want, q.SQL)
		}
	}
}

func TestLongTablesAreAsShortOnes(t *testing.T) {
	conn := openDB(t)
	cols := []kql.Column{{Name: "n", Type: kql.Long}, {Name: "s", Type: kql.String}, {Name: "d", Type: kql.Dynamic}, {Name: "t", Type: kql.DateTime}, {Name: "r", Type: kql.Real}, {Name: "b", Type: kql.Bool}}
	values := &kql.Values{Cols: cols}
	for i := range 20_000 {
		row := []kql.Expr{kql.Const{Of: kql.Long, Value: int64(i)}, kql.Const{Of: kql.String, Value: hostile[i%len(hostile)]},
			kql.Const{Of: kql.Dynamic, Value: json.RawMessage(`{"a":["x'"]}`)}, kql.Const{Of: kql.DateTime, Value: fixedNow}, kql.Const{Of: kql.Real, Value: 1.5}, kql.Const{Of: kql.Bool, Value: true}}
		if i%3 == 0 {
			for j, col := range cols[2:] {
				row[j+2] = kql.Const{Of: col.Type}
			}
		}
		values.Rows = append(values.Rows, row)
	}
	_, rows, err := answerPlan(t.Context(), conn, &kql.Plan{Root: &kql.External{Cols: cols, Values: values}})
	if err != nil || len(rows) != len(values.Rows) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	short := &kql.Values{Cols: cols, Rows: values.Rows[:100]}
	_, few, err := answerPlan(t.Context(), conn, &kql.Plan{Root: short})
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range few {
		if strings.Join(row, "|") != strings.Join(rows[i], "|") {
			t.Errorf("row %d is %q among many, %q among few", i, rows[i], row)
		}
	}
}
