package intake

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"penstock/source/file"
)

// BenchmarkFileToJournal measures the river: reading a file, taking it apart, telling repeats and appending.
func BenchmarkFileToJournal(b *testing.B) {
	path := filepath.Join(b.TempDir(), "in.ndjson")
	const records = 20_000
	var text strings.Builder
	filler := strings.Repeat("x", 2500)
	for i := range records {
		text.WriteString(strings.Replace(rec("DeviceInfo", i), `{"n"`, `{"s":"`+filler+`","n"`, 1))
		text.WriteByte('\n')
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		j, w := open(b, b.TempDir())
		r, err := New(Options{Name: "bench", Source: file.New(file.Options{Path: path, Log: slog.New(slog.DiscardHandler)}), Journal: j, Window: w, Plan: plan(b)})
		if err != nil {
			b.Fatal(err)
		}
		if err := r.Run(b.Context()); err != nil {
			b.Fatal(err)
		}
		if n := r.State().Counts.Kept; n != records {
			b.Fatalf("kept %d", n)
		}
	}
	b.ReportMetric(float64(records*b.N)/b.Elapsed().Seconds(), "records/s")
}
