package alert

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"testing"
	"time"
	"unicode/utf8"

	"penstock/journal"
	"penstock/record"
)

// BenchmarkApply measures blocks of a thousand records of which so many match, each block with records of its own.
func BenchmarkApply(b *testing.B) {
	for _, c := range []struct {
		name     string
		matching int // of a thousand
		hosts    int
		rules    int
		limit    Noise
	}{
		{"none of 1000", 0, 1, 1, Noise{}},
		{"10 of 1000, 10 rules", 10, 10, 10, Noise{}},
		{"all of one cause", 1000, 1, 1, Noise{Matches: 1 << 30}},
		{"all, 100 hosts", 1000, 100, 1, Noise{Matches: 1 << 30}},
		{"all of a noisy rule", 1000, 1000, 1, Noise{Matches: 1000}},
	} {
		b.Run(c.name, func(b *testing.B) {
			bench := newBench(b, Options{Noise: c.limit})
			bench.clock = noon.Add(time.Hour)
			var entries []journal.Entry
			for i := range 1000 {
				e := started(b, noon, fmt.Sprint("pc", i%c.hosts), "ann", i)
				if i < c.matching {
					e.Matches = []string{fmt.Sprint("rule", i%c.rules)}
				}
				entries = append(entries, e)
			}
			block := blockOf(bench.clock, entries...)
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				for i := range entries { // ids that were never seen
					n++
					entries[i].ID = record.ID{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24), 1}
				}
				if err := bench.db.Change(b.Context(), func(tx *sql.Tx) error { return bench.Apply(b.Context(), tx, block) }); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(1000*b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// FuzzApply: whatever a record says, applying it neither fails nor makes an alert without bounds.
func FuzzApply(f *testing.F) {
	f.Add("AlertEvidence", `{"AlertId":"a","EntityType":"Process","Categories":"[\"x\"]","AttackTechniques":"[1,{}]","AdditionalFields":"{\"ImageFile\":{\"Name\":1}}"}`)
	f.Add("AlertInfo", `{"AlertId":"a","Title":7,"Severity":null,"Timestamp":"9999-12-31T23:59:59Z"}`)
	f.Add("DeviceProcessEvents", `{"Timestamp":"0001-01-01T00:00:00Z","DeviceName":"é\ud83d\ude00","ProcessCommandLine":""}`)
	f.Add("EmailEvents", `{"NetworkMessageId":"n","RecipientEmailAddress":"a@b","SenderFromAddress":["x"]}`)
	b := newBench(f, Options{})
	b.clock = noon
	f.Fuzz(func(t *testing.T, table, properties string) {
		if !json.Valid([]byte(properties)) {
			t.Skip()
		}
		raw := fmt.Appendf(nil, `{"tenantId":"t","category":"AdvancedHunting-X","properties":%s}`, properties)
		b.t = t
		b.apply(journal.Entry{ID: record.ID{1}, Table: table, Data: raw, Matches: []string{"r1"}})
		for _, a := range b.list(Filter{}) {
			if len(a.Title) > maxTitle || !utf8.ValidString(a.Title) {
				t.Errorf("title %q", a.Title)
			}
		}
		if _, err := b.db.Writer.Exec(`DELETE FROM alert`); err != nil {
			t.Fatal(err)
		}
		if _, err := b.db.Writer.Exec(`DELETE FROM alert_seen`); err != nil {
			t.Fatal(err)
		}
	})
}
