package notify

import "github.com/prometheus/client_golang/prometheus"

type metrics struct{ deliveries *prometheus.CounterVec }

func newMetrics(to prometheus.Registerer) *metrics {
	m := &metrics{prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "penstock_notify_deliveries_total", Help: "Attempts to deliver a notification, by the kind of target and what came of it.",
	}, []string{"kind", "outcome"})}
	if to != nil {
		to.MustRegister(m.deliveries)
	}
	return m
}
