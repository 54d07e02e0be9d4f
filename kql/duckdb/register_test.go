package duckdb

import (
	"database/sql"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
)

// openDB is a DuckDB instance of its own, with what compiled statements use.
func openDB(t testing.TB) *sql.Conn {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	for _, setting := range []string{"SET TimeZone = 'UTC'", "SET enable_external_access = false"} {
		if _, err := conn.ExecContext(t.Context(), setting); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Now()
	if err := Register(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	t.Logf("registered in %s", time.Since(start))
	return conn
}

func TestMacrosAreUnderstood(t *testing.T) {
	conn := openDB(t)
	for sql, want := range map[string]string{
		"SELECT k_path('{\"a\":{\"b\":[1,2]}}', '$.\"a\".\"b\"[1]')":                                 "2",
		"SELECT k_dynamic_to_long('\"12\"')":                                                         "12",
		"SELECT k_array(k_expand('{\"a\":1,\"b\":null}'))":                                           `[{"a":1},{"b":null}]`,
		"SELECT k_datetime_text(621355968000000001)":                                                 "1970-01-01T00:00:00.0000001Z",
		"SELECT k_startofweek(k_ticks(TIMESTAMP '2024-01-10'), 0) = k_ticks(TIMESTAMP '2024-01-07')": "true",
		"SELECT kql_parse_command_line('a \"b c\"', 'windows')":                                      `["a","b c"]`,
		"SELECT k_has_cs('a-b c', 'b')":                                                              "true",
		"SELECT k_array([]::VARCHAR[])":                                                              "[]",
		"SELECT k_parse_json('[1, 2')":                                                               `"[1, 2"`,
		"SELECT k_ipv4_is_private('172.16.0.1')":                                                     "true",
		"SELECT k_weighted([{v: 1, w: 1.0}, {v: 2, w: 5.0}], 0.5)":                                   "2",
	} {
		var got string
		if err := conn.QueryRowContext(t.Context(), sql).Scan(&got); err != nil {
			t.Errorf("%s: %v", sql, err)
		} else if got != want {
			t.Errorf("%s = %s, want %s", sql, got, want)
		}
	}
}
