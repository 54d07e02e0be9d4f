// Package correlate finds what only several matches together show: so many failed logons of one account, three steps of
// an attack on one host. It works on event time: a record that comes hours late is counted where it belongs. What it
// knows of the recent past lies in a Store, so that it is bounded and survives a restart.
package correlate

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zeebo/xxh3"

	"penstock/record"
	"penstock/sigma"
)

// DefaultLateness is how much later than others a record may come and still be counted: most of Defender's come within
// minutes, some hours later.
const DefaultLateness = 6 * time.Hour

// Match is a match of a detection rule.
type Match struct {
	Rule  string // its id
	Event record.ID
	Time  time.Time // of the event
	// Values gives the values that the event has in a field, named as the rule names fields.
	Values func(field string) []string
	Note   string // what the caller wants to have back with the hit
}

// Hit is a match as one correlation keeps it.
type Hit struct {
	Rule  string // the rule or correlation that matched
	Event record.ID
	Time  time.Time
	Value string // of the correlation's field
	Note  string // of the match
}

// Finding is that a correlation holds for a group. The same finding comes again as it grows: it has the same ID then.
type Finding struct {
	ID          string // 32 hexadecimal digits, the same whenever the same matches are seen
	Correlation *sigma.Correlation
	Group       []string // the values of the fields of GroupBy, in their order
	Hits        []Hit    // in order of time, maxReported at most, the latest ones then
	Count       int      // of hits
	First, Last time.Time
	New         bool // it was not there before
}

// Set is correlations that are applied together. It is immutable.
type Set struct {
	rules    []*rule
	byRule   map[string][]*rule // what a match of a rule with that id counts for
	lateness time.Duration
}

// rule is a correlation prepared for its work.
type rule struct {
	*sigma.Correlation
	// final: it can only be decided once no more records can come: an upper bound, a not, or a figure that more records may
	// lower as well as raise.
	final   bool
	ordinal map[string]int
}

const (
	maxGroupValues = 8    // of one field of one match: each is a group of its own
	maxGroups      = 16   // of one match
	maxKey         = 1024 // bytes of a group's key; the rest is cut off
	maxReported    = 1000 // hits of a finding
)

// New prepares correlations, which sigma.Resolve has put in an order in which those come first that others refer to.
// lateness 0 means DefaultLateness.
func New(list []*sigma.Correlation, lateness time.Duration) *Set {
	if lateness == 0 {
		lateness = DefaultLateness
	}
	s := &Set{byRule: make(map[string][]*rule), lateness: lateness}
	for _, c := range list {
		r := &rule{Correlation: c, ordinal: make(map[string]int, len(c.Rules)), final: hasNot(c.Condition) || c.Type.OfNumbers() && c.Type != sigma.ValueSum}
		for _, b := range c.Counts {
			r.final = r.final || b.Op != "gt" && b.Op != "gte"
		}
		s.rules = append(s.rules, r)
		for i, id := range c.Rules {
			if _, twice := r.ordinal[id]; !twice {
				s.byRule[id] = append(s.byRule[id], r)
			}
			r.ordinal[id] = i
		}
	}
	return s
}

func hasNot(n sigma.Node) bool {
	switch n := n.(type) {
	case *sigma.Not:
		return true
	case *sigma.And:
		return slices.ContainsFunc(n.Of, hasNot)
	case *sigma.Or:
		return slices.ContainsFunc(n.Of, hasNot)
	}
	return false
}

// Wants tells whether a correlation refers to the rule with this id.
func (s *Set) Wants(id string) bool { return len(s.byRule[id]) > 0 }

// Silent tells whether matches of the rule with this id count only for correlations, and are no findings by themselves.
func (s *Set) Silent(id string) bool {
	list := s.byRule[id]
	return len(list) > 0 && !slices.ContainsFunc(list, func(r *rule) bool { return r.Generate })
}

// Fields are those whose values the correlations want of a match of the rule with this id.
func (s *Set) Fields(id string) []string {
	var fields []string
	for _, r := range s.byRule[id] {
		for _, f := range r.GroupBy {
			fields = append(fields, r.fieldOf(f, id))
		}
		if r.Field != "" {
			fields = append(fields, r.fieldOf(r.Field, id))
		}
	}
	slices.Sort(fields)
	return slices.Compact(fields)
}

// fieldOf resolves an alias.
func (r *rule) fieldOf(name, of string) string {
	if field, ok := r.Aliases[name][of]; ok {
		return field
	}
	return name
}

// group is what a correlation counts together.
type group struct {
	rule *rule
	key  string
}

// batch is the groups that have new hits, with the time between the first and last of these.
type batch struct {
	order []group
	spans map[group]*span
}

type span struct{ from, to time.Time }

// Apply counts matches, and returns what they complete or add to: within one transaction of the store.
func (s *Set) Apply(ctx context.Context, store Store, matches []Match) ([]Finding, error) {
	var out []Finding
	pending := map[*rule][]Finding{} // chained: findings of a correlation are matches for others
	touched := batch{spans: map[group]*span{}}
	for i := range matches {
		m := &matches[i]
		for _, r := range s.byRule[m.Rule] {
			if err := touched.add(ctx, store, r, m); err != nil {
				return nil, err
			}
		}
	}
	for _, r := range s.rules { // those that are referred to come first
		for _, f := range pending[r] {
			m := f.asMatch()
			if err := touched.add(ctx, store, r, &m); err != nil {
				return nil, err
			}
		}
		found, err := s.evaluate(ctx, store, r, &touched)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			if !f.New {
				continue // it has been counted
			}
			for _, outer := range s.byRule[r.ID] {
				pending[outer] = append(pending[outer], f)
			}
		}
		if !s.Silent(r.ID) {
			out = append(out, found...)
		}
	}
	return out, nil
}

// asMatch is a finding as the match that it is for a correlation of correlations.
func (f *Finding) asMatch() Match {
	m := Match{Rule: f.Correlation.ID, Time: f.Last}
	if id, err := record.ParseID(f.ID); err == nil {
		m.Event = id
	}
	m.Values = func(field string) []string {
		if i := slices.Index(f.Correlation.GroupBy, field); i >= 0 {
			return f.Group[i : i+1]
		}
		return nil
	}
	return m
}

// add keeps a match as a hit in each of its groups. A match that lacks a field of the group is in none.
func (b *batch) add(ctx context.Context, store Store, r *rule, m *Match) error {
	h := Hit{Rule: m.Rule, Event: m.Event, Note: m.Note, Time: m.Time.UTC().Truncate(time.Microsecond)} // as stores keep it
	if r.Field != "" {
		values := m.Values(r.fieldOf(r.Field, m.Rule))
		if len(values) == 0 {
			return nil
		}
		h.Value = fold(values[0])
		if _, ok := sigma.Number(h.Value); !ok && r.Type.OfNumbers() {
			return nil
		}
	}
	for _, key := range r.keys(m) {
		if err := store.Add(ctx, r.ID, key, h); err != nil {
			return fmt.Errorf("keep a match for correlation %s: %w", r.ID, err)
		}
		g := group{r, key}
		at := b.spans[g]
		if at == nil {
			at = &span{h.Time, h.Time}
			b.spans[g], b.order = at, append(b.order, g)
		}
		if h.Time.Before(at.from) {
			at.from = h.Time
		}
		if h.Time.After(at.to) {
			at.to = h.Time
		}
	}
	return nil
}

// separator stands between the values of a group's key; in values it is replaced.
const separator = "\x1f"

// keys are those of the groups that a match is in: one for each combination of the values that its fields have.
func (r *rule) keys(m *Match) []string {
	keys := []string{""}
	for i, field := range r.GroupBy {
		values := m.Values(r.fieldOf(field, m.Rule))
		var next []string
		for _, key := range keys {
			for _, v := range values[:min(len(values), maxGroupValues)] {
				v = strings.ReplaceAll(fold(v), separator, " ")
				if i > 0 {
					v = key + separator + v
				}
				if v = v[:min(len(v), maxKey)]; len(next) < maxGroups && !slices.Contains(next, v) {
					next = append(next, v)
				}
			}
		}
		keys = next
	}
	return keys
}

// fold makes equal what Defender writes now in this, now in that case: names of hosts and accounts.
func fold(s string) string { return strings.ToLower(s) }

// evaluate looks at the groups of a correlation that have new hits.
func (s *Set) evaluate(ctx context.Context, store Store, r *rule, touched *batch) ([]Finding, error) {
	if r.final {
		return nil, nil // Advance decides
	}
	var out []Finding
	for _, g := range touched.order {
		if g.rule != r {
			continue
		}
		at := touched.spans[g]
		hits, err := store.Hits(ctx, r.ID, g.key, at.from.Add(-r.Timespan), at.to.Add(r.Timespan))
		if err != nil {
			return nil, fmt.Errorf("read the matches of correlation %s: %w", r.ID, err)
		}
		found, err := r.report(ctx, store, g.key, hits, r.windows(hits), at)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// report makes findings of the windows that have a new hit, and puts them together with those that they overlap.
func (r *rule) report(ctx context.Context, store Store, key string, hits []Hit, windows []window, fresh *span) ([]Finding, error) {
	var out []Finding
	for _, w := range windows {
		first, last := hits[w.first].Time, hits[w.last].Time
		if last.Before(fresh.from) || first.After(fresh.to) {
			continue
		}
		known, found, err := store.Finding(ctx, r.ID, key, first, last)
		if err != nil {
			return nil, fmt.Errorf("read the findings of correlation %s: %w", r.ID, err)
		}
		f := Finding{Correlation: r.Correlation, Hits: hits[max(w.first, w.last+1-maxReported) : w.last+1], Count: w.last + 1 - w.first, First: first, Last: last, New: !found}
		if len(r.GroupBy) > 0 {
			f.Group = strings.Split(key, separator)
		}
		if found {
			f.ID, f.First, f.Last = known.ID, earlier(first, known.First), later(last, known.Last)
		} else {
			f.ID = identify(r.ID, key, &hits[w.first])
		}
		if err := store.Keep(ctx, r.ID, key, Kept{f.ID, f.First, f.Last}); err != nil {
			return nil, fmt.Errorf("keep a finding of correlation %s: %w", r.ID, err)
		}
		out = append(out, f)
	}
	return out, nil
}

func identify(correlation, key string, first *Hit) string {
	h := xxh3.Hash128(slices.Concat([]byte(correlation), []byte{0}, []byte(key), []byte{0}, first.Event[:])).Bytes()
	return hex.EncodeToString(h[:])
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Advance decides what could not be decided before no more records of that time can come (fewer than so many, and not),
// and lets the store forget what is too old to count. now is the clock of the world, or the end of time where there is
// nothing more to come.
func (s *Set) Advance(ctx context.Context, store Store, now time.Time) ([]Finding, error) {
	var out []Finding
	for _, r := range s.rules {
		closed := now.Add(-s.lateness)
		if r.final {
			found, err := s.decide(ctx, store, r, closed)
			if err != nil {
				return nil, err
			}
			if !s.Silent(r.ID) {
				out = append(out, found...)
			}
		}
		if err := store.Prune(ctx, r.ID, closed.Add(-2*r.Timespan)); err != nil {
			return nil, fmt.Errorf("forget old matches of correlation %s: %w", r.ID, err)
		}
	}
	return out, nil
}

// decide goes through the windows that ended before closed: each begins with the first hit that is in no window yet.
func (s *Set) decide(ctx context.Context, store Store, r *rule, closed time.Time) ([]Finding, error) {
	keys, err := store.Open(ctx, r.ID, closed.Add(-r.Timespan))
	if err != nil {
		return nil, fmt.Errorf("read the groups of correlation %s: %w", r.ID, err)
	}
	var out []Finding
	for _, key := range keys {
		hits, err := store.Hits(ctx, r.ID, key, time.Time{}, closed)
		if err != nil {
			return nil, fmt.Errorf("read the matches of correlation %s: %w", r.ID, err)
		}
		var windows []window
		done := time.Time{}
		for i := 0; i < len(hits); {
			end := hits[i].Time.Add(r.Timespan)
			if end.After(closed) {
				break
			}
			last := i
			for last+1 < len(hits) && !hits[last+1].Time.After(end) {
				last++
			}
			if r.holds(hits[i : last+1]) {
				windows = append(windows, window{i, last})
			}
			done, i = hits[last].Time, last+1
		}
		if len(hits) == 0 || done.IsZero() {
			continue
		}
		found, err := r.report(ctx, store, key, hits, windows, &span{hits[0].Time, closed})
		if err != nil {
			return nil, err
		}
		if err := store.Decided(ctx, r.ID, key, done); err != nil {
			return nil, fmt.Errorf("forget decided matches of correlation %s: %w", r.ID, err)
		}
		out = append(out, found...)
	}
	return out, nil
}
