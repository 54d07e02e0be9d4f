package alert

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are counted in the database, where nothing is counted that came to nothing.
type metrics struct {
	alerts  *Alerts
	applied prometheus.Histogram
	delay   prometheus.Gauge
}

var (
	openDesc       = prometheus.NewDesc("penstock_alert_alerts", "Alerts that are kept, by status.", []string{"status"}, nil)
	urgentDesc     = prometheus.NewDesc("penstock_alert_open_alerts", "Alerts that are not closed, by the band of their urgency.", []string{"urgency"}, nil)
	matchesDesc    = prometheus.NewDesc("penstock_alert_matches_total", "Matches of rules.", nil, nil)
	suppressedDesc = prometheus.NewDesc("penstock_alert_suppressed_matches_total", "Matches of noisy rules that were only counted.", nil, nil)
	noisyDesc      = prometheus.NewDesc("penstock_alert_noisy_rules", "Rules that are noisy at this moment.", nil, nil)
)

func newMetrics(a *Alerts) *metrics {
	return &metrics{alerts: a, applied: prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "penstock_alert_apply_seconds", Help: "Time to make alerts of a block of the journal that has matches.",
		Buckets: prometheus.ExponentialBuckets(0.0005, 2, 16),
	}), delay: prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "penstock_alert_delay_seconds", Help: "How long before they were looked at the latest records had been read; it grows where alerts are made more slowly than records arrive.",
	})}
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{openDesc, urgentDesc, matchesDesc, suppressedDesc, noisyDesc} {
		ch <- d
	}
	m.applied.Describe(ch)
	m.delay.Describe(ch)
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(ch chan<- prometheus.Metric) {
	m.applied.Collect(ch)
	m.delay.Collect(ch)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	c, err := m.alerts.Counts(ctx, Filter{})
	if err != nil {
		ch <- prometheus.NewInvalidMetric(openDesc, err)
	} else {
		for _, s := range []Status{StatusNew, StatusAcknowledged, StatusInProgress, StatusClosed} {
			ch <- prometheus.MustNewConstMetric(openDesc, prometheus.GaugeValue, float64(c.Status[s]), string(s))
		}
		for _, b := range []Band{LowBand, MediumBand, HighBand, CriticalBand} {
			ch <- prometheus.MustNewConstMetric(urgentDesc, prometheus.GaugeValue, float64(c.Open[b]), string(b))
		}
	}
	var matches, suppressed float64
	err = m.alerts.db.Reader.QueryRowContext(ctx, `SELECT ifnull(sum(matches), 0), ifnull(sum(suppressed), 0) FROM alert_rule`).Scan(&matches, &suppressed)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(matchesDesc, err)
	} else {
		ch <- prometheus.MustNewConstMetric(matchesDesc, prometheus.CounterValue, matches)
		ch <- prometheus.MustNewConstMetric(suppressedDesc, prometheus.CounterValue, suppressed)
	}
	noisy, err := m.alerts.Noisy(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(noisyDesc, err)
		return
	}
	ch <- prometheus.MustNewConstMetric(noisyDesc, prometheus.GaugeValue, float64(len(noisy)))
}
