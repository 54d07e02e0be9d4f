package alert

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"penstock/journal"
	"penstock/sigma"
)

// anyRule knows every rule.
type anyRule struct{}

func (anyRule) Rule(id string) (Rule, bool) {
	return Rule{ID: id, Title: "Rule " + id, Level: sigma.Medium, Description: strings.Repeat("It says what to look at. ", 8), Tags: []string{"attack.execution", "attack.t1059.001"}}, true
}

// BenchmarkReplay makes the alerts of a journal that a Penstock with rules in force has left behind: of a copy of the folder
// that PENSTOCK_BENCH_JOURNAL names.
func BenchmarkReplay(b *testing.B) {
	dir := os.Getenv("PENSTOCK_BENCH_JOURNAL")
	if dir == "" {
		b.Skip("PENSTOCK_BENCH_JOURNAL is to name a folder")
	}
	j, err := journal.Open(dir, journal.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	var used time.Duration
	var matches, records int64
	for b.Loop() {
		bench := newBench(b, Options{})
		bench.options.Rules, bench.clock = anyRule{}, time.Now()
		r, err := j.Reader("bench")
		if err != nil {
			b.Fatal(err)
		}
		r.AtOnce(8 << 20)
		r.Seek(0)
		for r.End() > 0 {
			ctx, cancel := context.WithTimeout(b.Context(), time.Second)
			block, err := r.Next(ctx)
			cancel()
			if errors.Is(err, context.DeadlineExceeded) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			begun := processorTime(b)
			if err := bench.db.Change(b.Context(), func(tx *sql.Tx) error { return bench.Apply(b.Context(), tx, &block) }); err != nil {
				b.Fatal(err)
			}
			used += processorTime(b) - begun
			for i := range block.Batches {
				for k := range block.Batches[i].Messages {
					records += int64(len(block.Batches[i].Messages[k].Entries))
				}
			}
		}
		if err := bench.db.Reader.QueryRow(`SELECT ?1 + ifnull(sum(matches), 0) FROM alert_rule`, matches).Scan(&matches); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(used.Microseconds())/float64(matches), "µs-processor/match")
	b.ReportMetric(float64(matches)/float64(records), "matches/record")
}
