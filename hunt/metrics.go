package hunt

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics count hunts.
type metrics struct {
	hunts   *prometheus.CounterVec
	seconds prometheus.Histogram
	opened  prometheus.Counter
	skipped prometheus.Counter
	alerts  prometheus.Counter
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		hunts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "penstock_hunt_ended_total", Help: "Hunts that have ended, by how: done, failed, cancelled, timeout, memory.",
		}, []string{"outcome"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "penstock_hunt_seconds", Help: "How long hunts took once their turn had come.", Buckets: prometheus.ExponentialBuckets(0.01, 3, 10),
		}),
		opened:  prometheus.NewCounter(prometheus.CounterOpts{Name: "penstock_hunt_segments_opened_total", Help: "Segments that hunts have opened."}),
		skipped: prometheus.NewCounter(prometheus.CounterOpts{Name: "penstock_hunt_segments_skipped_total", Help: "Segments that hunts have passed over."}),
		alerts:  prometheus.NewCounter(prometheus.CounterOpts{Name: "penstock_hunt_findings_total", Help: "Findings that scheduled hunts have raised."}),
	}
	if r != nil {
		r.MustRegister(m.hunts, m.seconds, m.opened, m.skipped, m.alerts)
	}
	return m
}

func (m *metrics) ended(err error, took time.Duration) {
	outcome := "failed"
	switch {
	case err == nil:
		outcome = "done"
	case errors.Is(err, ErrTimeout):
		outcome = "timeout"
	case errors.Is(err, ErrMemory):
		outcome = "memory"
	case isCancelled(err):
		outcome = "cancelled"
	}
	m.hunts.WithLabelValues(outcome).Inc()
	m.seconds.Observe(took.Seconds())
}
