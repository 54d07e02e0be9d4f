package correlate

import (
	"slices"
	"sort"
	"time"

	"penstock/sigma"
)

// window is a run of hits, from the index first to and with last.
type window struct{ first, last int }

// windows finds where a correlation holds within its time span, in hits that are in order of time: every hit, as the
// last of a window that reaches back as far as the span allows. Windows that overlap are one.
func (r *rule) windows(hits []Hit) []window {
	var out []window
	t := newTally(r)
	first := 0
	for i := range hits {
		t.add(&hits[i])
		for hits[i].Time.Sub(hits[first].Time) > r.Timespan {
			t.remove(&hits[first])
			first++
		}
		if i+1 < len(hits) && hits[i+1].Time.Equal(hits[i].Time) {
			continue // what happened at one time is looked at together
		}
		start, ok := t.start(hits, first, i)
		if !ok {
			continue
		}
		if n := len(out); n > 0 && start <= out[n-1].last {
			out[n-1].last = i
		} else {
			out = append(out, window{start, i})
		}
	}
	return out
}

// tally is what a correlation wants to know of a window while the window slides over the hits.
type tally struct {
	rule   *rule
	hits   int
	rules  map[string]int // temporal: hits by rule
	values map[string]int // value_count: hits by value
	sum    float64        // value_sum
	// temporal_ordered: when, at the latest, a chain of matches began that has come as far as the rule with this number.
	chains []time.Time
	moment []string // the rules that matched at the time of the last hit
	last   time.Time
}

func newTally(r *rule) *tally {
	t := &tally{rule: r}
	switch r.Type {
	case sigma.ValueCount:
		t.values = make(map[string]int)
	case sigma.Temporal:
		t.rules = make(map[string]int)
	case sigma.TemporalOrdered:
		t.chains = make([]time.Time, len(r.Rules))
	}
	return t
}

func (t *tally) add(h *Hit) {
	t.hits++
	count(t.rules, h.Rule, 1)
	count(t.values, h.Value, 1)
	t.sum += t.number(h)
	if t.chains == nil {
		return
	}
	if !h.Time.Equal(t.last) {
		t.moment, t.last = t.moment[:0], h.Time
	}
	t.moment = append(t.moment, h.Rule)
	for stage, id := range t.rule.Rules {
		switch {
		case !slices.Contains(t.moment, id):
		case stage == 0:
			t.chains[0] = h.Time
		default:
			t.chains[stage] = later(t.chains[stage], t.chains[stage-1])
		}
	}
}

func (t *tally) remove(h *Hit) {
	t.hits--
	count(t.rules, h.Rule, -1)
	count(t.values, h.Value, -1)
	t.sum -= t.number(h)
}

// number is what a hit adds to the sum.
func (t *tally) number(h *Hit) float64 {
	if t.rule.Type != sigma.ValueSum {
		return 0
	}
	n, _ := sigma.Number(h.Value) // others were not kept
	return n
}

func count(m map[string]int, key string, by int) {
	if m == nil {
		return
	}
	if m[key] += by; m[key] == 0 {
		delete(m, key)
	}
}

// start tells whether the correlation holds for the hits from first to last, and with which of them that begins.
func (t *tally) start(hits []Hit, first, last int) (int, bool) {
	r := t.rule
	switch {
	case r.Type == sigma.EventCount:
		return first, bounded(r.Counts, float64(t.hits))
	case r.Type == sigma.ValueCount:
		return first, bounded(r.Counts, float64(len(t.values)))
	case r.Type == sigma.ValueSum:
		return first, bounded(r.Counts, t.sum)
	case r.Type.OfNumbers():
		return first, bounded(r.Counts, r.figure(hits[first:last+1]))
	case r.Type == sigma.TemporalOrdered:
		return t.chain(hits, first, last)
	case r.Condition != nil:
		return first, holds(r.Condition, t.rules)
	case len(r.Counts) > 0:
		return first, bounded(r.Counts, float64(len(t.rules)))
	}
	return first, len(t.rules) == len(r.ordinal)
}

// chain looks for a chain of matches in the order of the rules that is long enough and began within the window.
func (t *tally) chain(hits []Hit, first, last int) (int, bool) {
	for stage := len(t.chains) - 1; stage >= 0; stage-- {
		long := stage == len(t.chains)-1
		if len(t.rule.Counts) > 0 {
			long = bounded(t.rule.Counts, float64(stage+1))
		}
		if begun := t.chains[stage]; long && !begun.IsZero() && !begun.Before(hits[first].Time) {
			return first + sort.Search(last-first, func(i int) bool { return !hits[first+i].Time.Before(begun) }), true
		}
	}
	return first, false
}

// holds tells the same of all the hits at once.
func (r *rule) holds(hits []Hit) bool {
	t := newTally(r)
	for i := range hits {
		t.add(&hits[i])
	}
	_, ok := t.start(hits, 0, len(hits)-1)
	return ok
}

func holds(n sigma.Node, matched map[string]int) bool {
	switch n := n.(type) {
	case *sigma.And:
		return !slices.ContainsFunc(n.Of, func(n sigma.Node) bool { return !holds(n, matched) })
	case *sigma.Or:
		return slices.ContainsFunc(n.Of, func(n sigma.Node) bool { return holds(n, matched) })
	case *sigma.Not:
		return !holds(n.Of, matched)
	case *sigma.Test:
		return matched[n.Field] > 0
	}
	return false
}

func bounded(bounds []sigma.Bound, n float64) bool {
	for _, b := range bounds {
		ok := false
		switch b.Op {
		case "gt":
			ok = n > b.Count
		case "gte":
			ok = n >= b.Count
		case "lt":
			ok = n < b.Count
		case "lte":
			ok = n <= b.Count
		case "eq":
			ok = n == b.Count
		case "neq":
			ok = n != b.Count
		}
		if !ok {
			return false
		}
	}
	return true
}
