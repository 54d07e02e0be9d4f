package defender

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"penstock/ecs"
	"penstock/format"
	"penstock/record"
)

// sharedDir is the directory of data that is not a part of the project, for tests that use it where it is there.
func sharedDir() string {
	if dir := os.Getenv("PENSTOCK_SHARED"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "..", "shared")
}

// document normalises one record, message included.
func document(t testing.TB, p *format.Plan, raw string, arrived time.Time) []byte {
	t.Helper()
	var parser record.Parser
	var rec record.Record
	if err := parser.Parse([]byte(raw), &rec); err != nil {
		t.Fatal(err)
	}
	var ev ecs.Event
	p.Normalize(&ev, &rec, arrived)
	format.WithMessage(&ev, &rec)
	return ev.AppendJSON(nil)
}

// comparable makes documents comparable: arrays of scalars sorted, the product's own fields left out.
func comparable(t testing.TB, doc []byte) any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(doc, &v); err != nil {
		t.Fatalf("%v\n%s", err, doc)
	}
	delete(v, "penstock")
	return sortScalars(v)
}

func sortScalars(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			v[k] = sortScalars(x)
		}
	case []any:
		for i, x := range v {
			v[i] = sortScalars(x)
			switch v[i].(type) {
			case map[string]any, []any:
				return v
			}
		}
		slices.SortFunc(v, func(a, b any) int {
			x, _ := json.Marshal(a)
			y, _ := json.Marshal(b)
			return strings.Compare(string(x), string(y))
		})
	}
	return v
}

func TestConformance(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(sharedDir(), "conformance", "events", "*.json"))
	if err != nil || len(files) == 0 {
		t.Skip("no cases")
	}
	p, err := Plan()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var c struct {
				Input    struct{ Message string }
				Expected json.RawMessage
			}
			if err := json.Unmarshal(data, &c); err != nil {
				t.Fatal(err)
			}
			got := document(t, p, c.Input.Message, time.Now())
			if diff := cmp.Diff(comparable(t, c.Expected), comparable(t, got)); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}
