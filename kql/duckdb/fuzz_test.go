package duckdb

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// FuzzWholePath takes a text all the way to DuckDB: whatever binds is a statement that DuckDB understands, and the stored tables stay as they were.
func FuzzWholePath(f *testing.F) {
	conn := openDB(f)
	loadTestTables(f, conn)
	files, err := filepath.Glob("testdata/*.test")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		for i, s := range readScripts(f, file) {
			if !s.eval || i%10 == 0 {
				f.Add(s.query)
			}
		}
	}
	for _, query := range typical {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		if len(query) > 2000 {
			return
		}
		plan, err := bound(query)
		if err != nil {
			return
		}
		q, err := Compile(plan, testRelation)
		if err != nil {
			return
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		err = drain(ctx, conn, q)
		if err != nil && misunderstood(err.Error()) {
			t.Errorf("%s\n%v\n%s", query, err, q.SQL)
		}
	})
}

// misunderstood says that an error of DuckDB is the planner's fault and not the data's.
func misunderstood(message string) bool {
	for _, kind := range []string{"Parser Error", "Binder Error", "Catalog Error", "INTERNAL Error", "Not implemented", "Conversion Error", "Out of Range Error", "read the column"} {
		if strings.Contains(message, kind) {
			return true
		}
	}
	return false
}
