package kql_test

import (
	"slices"
	"testing"
	"time"

	"penstock/kql"
)

// BenchmarkBindPublished parses and binds each published query, and reports the median beside the mean.
func BenchmarkBindPublished(b *testing.B) {
	schema := hunting(b)
	queries := corpus(b)
	opt := kql.Options{Schema: schema, AllowExternal: true, Now: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)}
	b.ReportAllocs()
	var took []time.Duration
	for b.Loop() {
		for _, q := range queries {
			start := time.Now()
			kql.Bind(q.Query, opt)
			took = append(took, time.Since(start))
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs/median")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs/p99")
}
