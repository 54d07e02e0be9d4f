package source

import "github.com/prometheus/client_golang/prometheus"

// NewCollector makes metrics of the status of a source, at the moment they are asked for.
func NewCollector(intake string, s Source) prometheus.Collector {
	describe := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("penstock_source_"+name, help, labels, prometheus.Labels{"intake": intake})
	}
	return &collector{
		source:  s,
		up:      describe("up_state", "1 while the source is running, 0 otherwise."),
		owned:   describe("partition_owned_state", "1 while this process reads the partition.", "hub", "partition"),
		last:    describe("last_sequence_number", "Last sequence number that is durable.", "hub", "partition"),
		lag:     describe("lag_messages", "Messages in the hub that are not read yet.", "hub", "partition"),
		bytes:   describe("lag_bytes", "Bytes in the source that are not read yet, where messages cannot be counted.", "hub", "partition"),
		seconds: describe("lag_seconds", "Age of the oldest message that is not read yet.", "hub", "partition"),
		runway:  describe("runway_seconds", "Time until unread messages expire at this rate; absent while reading keeps up.", "hub", "partition"),
	}
}

type collector struct {
	source                                       Source
	up, owned, last, lag, bytes, seconds, runway *prometheus.Desc
}

func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.up, c.owned, c.last, c.lag, c.bytes, c.seconds, c.runway} {
		to <- d
	}
}

func (c *collector) Collect(to chan<- prometheus.Metric) {
	s := c.source.Status()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(c.up, truth(s.State == Running))
	for _, p := range s.Partitions {
		gauge(c.owned, truth(p.Owned), p.Hub, p.Partition)
		if p.LastSequence != nil {
			gauge(c.last, float64(*p.LastSequence), p.Hub, p.Partition)
		}
		if p.LagMessages != nil {
			gauge(c.lag, float64(*p.LagMessages), p.Hub, p.Partition)
		}
		if p.LagBytes != nil {
			gauge(c.bytes, float64(*p.LagBytes), p.Hub, p.Partition)
		}
		if p.LagSeconds != nil {
			gauge(c.seconds, *p.LagSeconds, p.Hub, p.Partition)
		}
		if p.RunwaySeconds != nil {
			gauge(c.runway, *p.RunwaySeconds, p.Hub, p.Partition)
		}
	}
}

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
