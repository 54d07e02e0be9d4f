package journal

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	appended, synced prometheus.Histogram
	damaged          prometheus.Counter
	reminded         time.Time // when it was last said that the journal is full
}

func newMetrics(reg prometheus.Registerer, j *Journal) *metrics {
	m := &metrics{
		appended: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "penstock_journal_append_seconds", Help: "From handing a batch over until it is durable.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 16),
		}),
		synced: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "penstock_journal_sync_seconds", Help: "Duration of an fsync.", Buckets: prometheus.ExponentialBuckets(0.0001, 2, 16),
		}),
		damaged: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "penstock_journal_damaged_blocks_total", Help: "Blocks that could not be read back.",
		}),
	}
	if reg == nil {
		return m
	}
	reg.MustRegister(m.appended, m.synced, m.damaged,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "penstock_journal_size_bytes", Help: "Of all segments."},
			func() float64 { return float64(j.State().Bytes) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "penstock_journal_waiting", Help: "1 while nothing can be appended."},
			func() float64 {
				if j.State().Waiting != "" {
					return 1
				}
				return 0
			}),
	)
	return m
}
