package server

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics(r prometheus.Registerer, tails func() float64) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "penstock_server_requests_total", Help: "HTTP requests answered, by pattern and status.",
		}, []string{"pattern", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "penstock_server_request_seconds", Help: "Time to answer HTTP requests, by pattern.",
			Buckets: []float64{0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60},
		}, []string{"pattern"}),
	}
	if r == nil {
		return m, nil
	}
	open := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "penstock_server_tails", Help: "Live tails being served.",
	}, tails)
	for _, c := range []prometheus.Collector{m.requests, m.seconds, open} {
		if err := r.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics of the server: %w", err)
		}
	}
	return m, nil
}

// observe counts a request under the pattern that the mux found for it, so that the number of series is bounded.
func (m *metrics) observe(r *http.Request, status int, took time.Duration) {
	pattern := r.Pattern
	if pattern == "" {
		pattern = "none"
	}
	m.requests.WithLabelValues(pattern, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(pattern).Observe(took.Seconds())
}
