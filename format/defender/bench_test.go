package defender

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bytedance/sonic"

	"penstock/ecs"
	"penstock/format"
	"penstock/record"
)

// benchRecords are the records of the shared cases where they are there, and our own otherwise.
func benchRecords(b testing.TB) [][]byte {
	var out [][]byte
	files, _ := filepath.Glob(filepath.Join(sharedDir(), "conformance", "events", "*.json"))
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		var c struct{ Input struct{ Message string } }
		if err := json.Unmarshal(data, &c); err != nil {
			b.Fatal(err)
		}
		out = append(out, []byte(c.Input.Message))
	}
	if len(out) > 0 {
		return out
	}
	files, _ = filepath.Glob(filepath.Join("testdata", "*.test"))
	for _, file := range files {
		for _, c := range readScript(b, file) {
			out = append(out, []byte(c.record))
		}
	}
	return out
}

// each runs do over the records and reports records a second.
func each(b *testing.B, records [][]byte, do func([]byte)) {
	size := 0
	for _, r := range records {
		size += len(r)
	}
	for _, r := range records {
		do(r) // buffers grow, caches fill
	}
	b.SetBytes(int64(size / len(records)))
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		do(records[i])
		if i++; i == len(records) {
			i = 0
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

func benchmarkNormalise(b *testing.B, message, render bool) {
	p, err := Plan()
	if err != nil {
		b.Fatal(err)
	}
	var parser record.Parser
	var rec record.Record
	var ev ecs.Event
	var doc []byte
	now := time.Now()
	each(b, benchRecords(b), func(raw []byte) {
		if err := parser.Parse(raw, &rec); err != nil {
			b.Fatal(err)
		}
		p.Normalize(&ev, &rec, now)
		if message {
			format.WithMessage(&ev, &rec)
		}
		if render {
			doc = ev.AppendJSON(doc[:0])
		}
	})
}

// What it costs to decode a record, to normalise it as well, and to write the document as well, against what others take
// for decoding alone.
func BenchmarkRecords(b *testing.B) {
	b.Run("decode", func(b *testing.B) {
		var parser record.Parser
		var rec record.Record
		each(b, benchRecords(b), func(raw []byte) {
			if err := parser.Parse(raw, &rec); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.Run("normalise", func(b *testing.B) { benchmarkNormalise(b, false, false) })
	b.Run("document", func(b *testing.B) { benchmarkNormalise(b, false, true) })
	b.Run("documentWithMessage", func(b *testing.B) { benchmarkNormalise(b, true, true) })
	b.Run("sonicIntoMap", func(b *testing.B) {
		each(b, benchRecords(b), func(raw []byte) {
			var v map[string]any
			if err := sonic.Unmarshal(raw, &v); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.Run("sonicValid", func(b *testing.B) {
		each(b, benchRecords(b), func(raw []byte) {
			if !sonic.Valid(raw) {
				b.Fatal("not valid")
			}
		})
	})
}
