package ledger

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Clocks are the moments of an event's way; zero where unknown.
type Clocks struct {
	Event      time.Time // it happened
	Received   time.Time // Microsoft's service had it
	Published  time.Time // the service streamed it
	Enqueued   time.Time // the hub had it
	Read       time.Time // Penstock had it
	Searchable time.Time // a search could find it
}

// stages of an event's way, each with the clocks it lies between.
var stages = []struct {
	name     string
	from, to func(*Clocks) time.Time
}{
	{"event_received", func(c *Clocks) time.Time { return c.Event }, func(c *Clocks) time.Time { return c.Received }},
	{"received_published", func(c *Clocks) time.Time { return c.Received }, func(c *Clocks) time.Time { return c.Published }},
	{"published_enqueued", func(c *Clocks) time.Time { return c.Published }, func(c *Clocks) time.Time { return c.Enqueued }},
	{"enqueued_read", func(c *Clocks) time.Time { return c.Enqueued }, func(c *Clocks) time.Time { return c.Read }},
	{"read_searchable", func(c *Clocks) time.Time { return c.Read }, func(c *Clocks) time.Time { return c.Searchable }},
	{"enqueued_searchable", func(c *Clocks) time.Time { return c.Enqueued }, func(c *Clocks) time.Time { return c.Searchable }},
	{"event_searchable", func(c *Clocks) time.Time { return c.Event }, func(c *Clocks) time.Time { return c.Searchable }},
}

// A sketch counts durations in buckets that grow by a tenth, from a millisecond to some 30 days: a percentile read from
// it is off by 5 % at most.
const (
	sketchGrowth  = 1.1
	sketchBuckets = 230
	sketchPeriod  = 30 * time.Minute
	maxTables     = 512
	otherTables   = "(other)"
)

var logGrowth = math.Log(sketchGrowth)

type sketch struct {
	counts [sketchBuckets]uint32
	total  int64
	max    float64
}

func (s *sketch) add(seconds float64) {
	i := 0
	if ms := seconds * 1000; ms > 1 {
		i = min(int(math.Log(ms)/logGrowth)+1, sketchBuckets-1)
	}
	s.counts[i]++
	s.total++
	s.max = max(s.max, seconds)
}

func (s *sketch) merge(o *sketch) {
	for i, n := range o.counts {
		s.counts[i] += n
	}
	s.total += o.total
	s.max = max(s.max, o.max)
}

// percentile in seconds; p from 0 to 1.
func (s *sketch) percentile(p float64) float64 {
	rank, seen := int64(math.Ceil(p*float64(s.total))), int64(0)
	for i, n := range s.counts {
		if seen += int64(n); seen >= rank && n > 0 {
			if i == 0 {
				return 0.001
			}
			return min(math.Pow(sketchGrowth, float64(i)-0.5)/1000, s.max)
		}
	}
	return s.max
}

// clocks measures how long events are on their way, per table and stage, over the last half hour to hour.
type clocks struct {
	seconds *prometheus.HistogramVec

	mu      sync.Mutex
	tables  map[string]*tableClocks
	rotated time.Time
}

type tableClocks struct {
	current, before []sketch // by stage
	observers       []prometheus.Observer
}

func newClocks(reg prometheus.Registerer) *clocks {
	c := &clocks{tables: map[string]*tableClocks{}, rotated: time.Now()}
	c.seconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "penstock_ledger_stage_seconds", Help: "How long a stage of an event's way takes, by table.",
		Buckets: []float64{.1, .5, 1, 3, 10, 30, 60, 300, 900, 3600, 21600},
	}, []string{"table", "stage"})
	if reg != nil {
		reg.MustRegister(c.seconds)
	}
	return c
}

func (c *clocks) table(name string) *tableClocks {
	if t := c.tables[name]; t != nil {
		return t
	}
	if len(c.tables) >= maxTables && name != otherTables {
		return c.table(otherTables)
	}
	t := &tableClocks{current: make([]sketch, len(stages)), before: make([]sketch, len(stages))}
	for _, s := range stages {
		t.observers = append(t.observers, c.seconds.WithLabelValues(strings.ToValidUTF8(name, "\uFFFD"), s.name))
	}
	c.tables[name] = t
	return t
}

// rotate forgets what is older than two periods.
func (c *clocks) rotate(now time.Time) {
	if now.Sub(c.rotated) < sketchPeriod {
		return
	}
	stale := now.Sub(c.rotated) >= 2*sketchPeriod
	for _, t := range c.tables {
		t.current, t.before = t.before, t.current
		clear(t.current)
		if stale {
			clear(t.before)
		}
	}
	c.rotated = now
}

// Observe measures one event that has become searchable. Clocks that run ahead of each other count as no time.
func (l *Ledger) Observe(table string, e Clocks) {
	c := l.clocks
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rotate(e.Searchable)
	t := c.table(table)
	for i := range stages {
		from, to := stages[i].from(&e), stages[i].to(&e)
		if from.IsZero() || to.IsZero() {
			continue
		}
		seconds := max(0, to.Sub(from).Seconds())
		t.current[i].add(seconds)
		t.observers[i].Observe(seconds)
	}
}

// Percentiles is how long one stage took for the events of one table that became searchable in the last half hour to
// hour, in seconds.
type Percentiles struct {
	Table, Stage            string
	Count                   int64
	P50, P90, P95, P99, Max float64
}

// Clocks tells the percentiles of every table and stage, by table and in the order of the stages.
func (l *Ledger) Clocks() []Percentiles {
	c := l.clocks
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rotate(time.Now())
	var list []Percentiles
	for name, t := range c.tables {
		for i := range stages {
			s := t.current[i]
			s.merge(&t.before[i])
			if s.total == 0 {
				continue
			}
			list = append(list, Percentiles{
				Table: name, Stage: stages[i].name, Count: s.total,
				P50: s.percentile(.5), P90: s.percentile(.9), P95: s.percentile(.95), P99: s.percentile(.99), Max: s.max,
			})
		}
	}
	slices.SortStableFunc(list, func(a, b Percentiles) int { return cmp.Compare(a.Table, b.Table) })
	return list
}
