package defender

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"sync"
	"testing"
	"unicode/utf8"

	"penstock/ecs"
	"penstock/format"
	"penstock/record"
)

func render(p *format.Plan, raw []byte) ([]byte, bool) {
	var parser record.Parser
	var rec record.Record
	if parser.Parse(raw, &rec) != nil {
		return nil, false
	}
	var ev ecs.Event
	p.Normalize(&ev, &rec, arrival)
	format.WithMessage(&ev, &rec)
	return ev.AppendJSON(nil), true
}

// Whatever the record: the document is JSON, has no field twice, holds the record as it came, and is the same every time.
func FuzzNormalise(f *testing.F) {
	p, err := Plan()
	if err != nil {
		f.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join("testdata", "*.test"))
	for _, file := range files {
		for _, c := range readScript(&testing.T{}, file) {
			f.Add([]byte(c.record))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		doc, ok := render(p, raw)
		if !ok {
			return
		}
		again, _ := render(p, raw)
		if !bytes.Equal(doc, again) {
			t.Fatalf("not the same again:\n%s\n%s", doc, again)
		}
		if !utf8.Valid(doc) {
			t.Fatalf("not UTF-8: %q", doc)
		}
		var v struct{ Message string }
		if err := json.Unmarshal(doc, &v); err != nil {
			t.Fatalf("%v\n%s", err, doc)
		}
		if v.Message != string(raw) {
			t.Fatalf("message is %q, want %q", v.Message, raw)
		}
		unique(t, doc)
	})
}

// unique fails for an object that has a key twice, outside of values that came as objects.
func unique(t *testing.T, doc []byte) {
	t.Helper()
	members, err := record.Members(nil, doc)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, m := range members {
		key := string(record.Unescape(nil, m.Key))
		if seen[key] {
			t.Fatalf("%s is there twice in\n%s", key, doc)
		}
		seen[key] = true
		if m.Kind == record.Object {
			unique(t, m.Value)
		}
	}
}

// One plan serves many goroutines.
func TestPlanIsSafeForConcurrentUse(t *testing.T) {
	p, err := Plan()
	if err != nil {
		t.Fatal(err)
	}
	var records [][]byte
	var want [][]byte
	files, _ := filepath.Glob(filepath.Join("testdata", "*.test"))
	for _, file := range files {
		for _, c := range readScript(t, file) {
			doc, _ := render(p, []byte(c.record))
			records, want = append(records, []byte(c.record)), append(want, doc)
		}
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for i, r := range records {
				if doc, _ := render(p, r); !bytes.Equal(doc, want[i]) {
					t.Errorf("another document of %s", r)
				}
			}
		})
	}
	group.Wait()
}

// Normalising takes no memory once the buffers have grown.
func TestNormaliseAllocatesNothing(t *testing.T) {
	p, err := Plan()
	if err != nil {
		t.Fatal(err)
	}
	var parser record.Parser
	var rec record.Record
	var ev ecs.Event
	var doc []byte
	files, _ := filepath.Glob(filepath.Join("testdata", "*.test"))
	for _, file := range files {
		if filepath.Base(file) == "odd.test" {
			continue // the errors of faulty numbers take memory
		}
		for _, c := range readScript(t, file) {
			raw := []byte(c.record)
			fewest := 1.0
			for i := 0; i < 20 && fewest > 0; i++ { // a pool may lose what it holds, and does under the race detector
				fewest = min(fewest, testing.AllocsPerRun(1, func() {
					if parser.Parse(raw, &rec) == nil {
						p.Normalize(&ev, &rec, arrival)
						format.WithMessage(&ev, &rec)
						doc = ev.AppendJSON(doc[:0])
					}
				}))
			}
			if fewest > 0 {
				t.Errorf("takes memory: %s", c.record)
			}
		}
	}
}
