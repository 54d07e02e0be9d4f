package intake

import (
	"github.com/prometheus/client_golang/prometheus"

	"penstock/source"
)

type metrics struct {
	messages, bytes, heartbeats, ackFailures prometheus.Counter
	kept, repeated, filtered, refused        prometheus.Counter
	rejected, misfits                        *prometheus.CounterVec
	append                                   prometheus.Histogram
}

func newMetrics(to prometheus.Registerer, intake string, src source.Source) (*metrics, error) {
	labels := prometheus.Labels{"intake": intake}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "penstock_intake_" + name, Help: help, ConstLabels: labels})
	}
	records := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "penstock_intake_records_total", Help: "Records by what became of them.", ConstLabels: labels,
	}, []string{"outcome"})
	m := &metrics{
		messages:    counter("messages_total", "Messages that are durable."),
		bytes:       counter("bytes_total", "Size of the messages that are durable."),
		heartbeats:  counter("heartbeats_total", "Heartbeats, which are dropped."),
		ackFailures: counter("checkpoint_failures_total", "Checkpoints that could not be written; the journal's position counts."),
		kept:        records.WithLabelValues("kept"),
		repeated:    records.WithLabelValues("repeated"),
		filtered:    records.WithLabelValues("filtered"),
		refused:     records.WithLabelValues("rejected"),
		rejected: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "penstock_intake_rejected_total", Help: "Input that went to the quarantine, by reason.", ConstLabels: labels,
		}, []string{"reason"}),
		misfits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "penstock_intake_unfit_values_total", ConstLabels: labels,
			Help: "Values that could not be what their field holds and are in the record only, those of repeated records included.",
		}, []string{"table", "field"}),
		append: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "penstock_intake_append_seconds", Help: "Time to make a batch durable.", ConstLabels: labels,
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 16),
		}),
	}
	if to == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.messages, m.bytes, m.heartbeats, m.ackFailures, records, m.rejected, m.misfits, m.append, source.NewCollector(intake, src)} {
		if err := to.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *metrics) count(c Counts) {
	m.heartbeats.Add(float64(c.Heartbeats))
	m.kept.Add(float64(c.Kept))
	m.repeated.Add(float64(c.Repeated))
	m.filtered.Add(float64(c.Filtered))
	m.refused.Add(float64(c.Rejected))
}
