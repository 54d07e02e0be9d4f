package lake

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	ingested, failures, damaged, compacted prometheus.Counter
}

func newMetrics(reg prometheus.Registerer, l *Lake) *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	m := &metrics{
		ingested:  counter("penstock_lake_events_total", "Events that became searchable."),
		failures:  counter("penstock_lake_write_failures_total", "Attempts to write segments that failed and are repeated."),
		damaged:   counter("penstock_lake_damaged_segments_total", "Segments that were set aside."),
		compacted: counter("penstock_lake_compacted_segments_total", "Segments that were merged into others."),
	}
	if reg == nil {
		return m
	}
	gauge := func(name, help string, value func(Stats) float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return value(l.Stats()) })
	}
	reg.MustRegister(m.ingested, m.failures, m.damaged, m.compacted,
		gauge("penstock_lake_size_bytes", "Of all segments, indexes included.", func(s Stats) float64 { return float64(s.Bytes) }),
		gauge("penstock_lake_behind_seconds", "How long ago that was read which becomes searchable now; 0 while all is.", func(Stats) float64 { return l.Behind().Seconds() }),
		gauge("penstock_lake_segments", "Segments in the catalogue.", func(s Stats) float64 { return float64(s.Segments) }),
		gauge("penstock_lake_head_events", "Events in memory.", func(s Stats) float64 { return float64(s.HeadEvents) }))
	return m
}
