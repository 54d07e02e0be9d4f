package quarantine

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"penstock/source"
)

const watchInterval = 10 * time.Second

// Watch raises an incident while more is kept than should be, until ctx ends.
func (q *Quarantine) Watch(ctx context.Context) {
	if q.options.Incidents == nil {
		return
	}
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	for {
		if err := q.check(ctx); err != nil && ctx.Err() == nil {
			q.log.Error("the size of the quarantine cannot be checked", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Bytes is how much is kept, compressed.
func (q *Quarantine) Bytes(ctx context.Context) (int64, error) {
	var n int64
	if err := q.db.Reader.QueryRowContext(ctx, `SELECT stored FROM quarantine_total`).Scan(&n); err != nil {
		return 0, fmt.Errorf("measure the quarantine: %w", err)
	}
	return n, nil
}

func (q *Quarantine) check(ctx context.Context) error {
	n, err := q.Bytes(ctx)
	if err != nil {
		return err
	}
	if n <= q.options.MaxBytes {
		return q.options.Incidents.Close(ctx, QuarantineFull, "", "", "")
	}
	return q.options.Incidents.Open(ctx, source.Incident{Kind: QuarantineFull, Time: time.Now(), Message: fmt.Sprintf(
		"There are %d MiB in quarantine, more than the %d MiB there should be. Nothing is dropped by itself: look at the reasons, then replay or drop what is there.",
		n>>20, q.options.MaxBytes>>20)})
}

// collector is the metrics of what is kept.
type collector struct{ quarantine *Quarantine }

var (
	itemsDesc = prometheus.NewDesc("penstock_quarantine_items", "What is kept, by reason.", []string{"reason"}, nil)
	bytesDesc = prometheus.NewDesc("penstock_quarantine_size_bytes", "What is kept, compressed.", nil, nil)
)

func (collector) Describe(ch chan<- *prometheus.Desc) { ch <- itemsDesc; ch <- bytesDesc }

func (c collector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if n, err := c.quarantine.Bytes(ctx); err != nil {
		ch <- prometheus.NewInvalidMetric(bytesDesc, err)
	} else {
		ch <- prometheus.MustNewConstMetric(bytesDesc, prometheus.GaugeValue, float64(n))
	}
	reasons, err := c.quarantine.Reasons(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(itemsDesc, err)
	}
	for reason, n := range reasons {
		ch <- prometheus.MustNewConstMetric(itemsDesc, prometheus.GaugeValue, float64(n), reason)
	}
}
