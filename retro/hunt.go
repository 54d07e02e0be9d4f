package retro

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"penstock/search"
	"penstock/sigma/correlate"
)

// The bounds of what a job keeps of its matches. Counts go beyond them.
const (
	maxKept        = 100_000 // matches of a job
	maxKeptPerRule = 10_000
	maxBuckets     = 800 // in which the matches of a rule are counted
)

// Match is one event that fulfilled a rule.
type Match struct {
	Rule    string    `json:"rule"`
	Event   string    `json:"event"`
	Table   string    `json:"table"`
	Time    time.Time `json:"time"`
	Summary string    `json:"summary" doc:"Where, who and what, in short"`
}

// hunt runs rules over events. Its visitors count together.
type hunt struct {
	rules  Rules
	bucket time.Duration
	sink   func(rules []Rule, e *search.Scanned) error // nil: nobody is told
	shown  func(f *correlate.Finding) error            // told of what several matches show; nil where sink is

	mu      sync.Mutex
	total   int64
	matches map[int32]int64
	counts  map[bucketKey]int64
	kept    int
	of      map[int32]int // kept, by rule
	found   []Match       // that nobody has drained
	correlating
}

type bucketKey struct {
	rule  int32
	start int64 // number of the bucket since 1970
}

// bucketWidth is an hour, or what keeps the buckets of a long time range few.
func bucketWidth(from, to time.Time) time.Duration {
	for _, width := range []time.Duration{time.Hour, 24 * time.Hour, 30 * 24 * time.Hour} {
		if to.Sub(from)/width <= maxBuckets {
			return width
		}
	}
	return max(to.Sub(from)/maxBuckets, time.Hour).Round(time.Hour)
}

func newHunt(rules Rules, from, to time.Time) *hunt {
	return &hunt{
		rules: rules, bucket: bucketWidth(from, to), correlating: newCorrelating(rules),
		matches: map[int32]int64{}, counts: map[bucketKey]int64{}, of: map[int32]int{},
	}
}

// run tries the rules on every event that r asks for and that can fulfil one.
func (h *hunt) run(ctx context.Context, events Events, r search.ScanRequest) (search.ScanSummary, error) {
	r.Normalise = true
	r.Tables = common(r.Tables, h.rules.Tables())
	summary, err := events.Scan(ctx, r, h.visitor)
	if err == nil {
		err = h.correlate(ctx)
	}
	return summary, err
}

// rule is the rule, or the correlation, with a number.
func (h *hunt) rule(number int32) Rule {
	if number < 0 {
		return h.name(number)
	}
	return h.rules.Rule(number)
}

// common are the tables that are in both lists; nil is the list of all.
func common(a, b []string) []string {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	both := []string{}
	for _, table := range a {
		if slices.ContainsFunc(b, func(other string) bool { return strings.EqualFold(table, other) }) {
			both = append(both, table)
		}
	}
	return both
}

func (h *hunt) visitor() search.Visitor {
	matcher, counter := h.rules.Matcher(), h.counter()
	var numbers, keep []int32
	var named []Rule
	return func(e *search.Scanned) error {
		numbers = matcher.Match(e.Record, e.Event, numbers[:0])
		if len(numbers) == 0 {
			return nil
		}
		if keep = h.count(numbers, e.Time, keep[:0]); len(keep) > 0 {
			h.keep(keep, e)
		}
		if counter != nil {
			h.forCorrelations(counter, numbers, e)
		}
		if h.sink == nil {
			return nil
		}
		named = named[:0]
		for _, n := range numbers {
			if r := h.rule(n); h.source == nil || !h.source.Silent(r.ID) {
				named = append(named, r)
			}
		}
		if len(named) == 0 {
			return nil
		}
		return h.sink(named, e)
	}
}

// count counts the matches of an event and appends the rules for which it is to be kept.
func (h *hunt) count(numbers []int32, at time.Time, keep []int32) []int32 {
	start := at.UnixMilli() / h.bucket.Milliseconds()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, n := range numbers {
		h.total++
		h.matches[n]++
		h.counts[bucketKey{n, start}]++
		if h.kept < maxKept && h.of[n] < maxKeptPerRule {
			h.kept++
			h.of[n]++
			keep = append(keep, n)
		}
	}
	return keep
}

// forCorrelations keeps the matches of an event that correlations count.
func (h *hunt) forCorrelations(counter Counter, numbers []int32, e *search.Scanned) {
	for _, n := range numbers {
		if !h.set.Wants(h.rules.Rule(n).ID) {
			continue
		}
		m := counter.Count(n, e)
		h.mu.Lock()
		h.take(&m, e.Record.Table)
		h.mu.Unlock()
	}
}

func (h *hunt) keep(numbers []int32, e *search.Scanned) {
	m := Match{Event: e.Record.ID.String(), Table: e.Record.Table, Time: e.Time, Summary: summary(e.Event)}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, n := range numbers {
		m.Rule = h.rule(n).ID
		h.found = append(h.found, m)
	}
}

// drain gives the matches that were found since it was asked last, and how many there are in all, kept or not.
func (h *hunt) drain() (found []Match, total int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	found, h.found = h.found, nil
	return found, h.total
}
