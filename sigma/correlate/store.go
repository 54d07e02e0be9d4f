package correlate

import (
	"context"
	"slices"
	"sort"
	"time"

	"penstock/record"
)

// Store keeps the hits of correlations by group, and the findings made of them. What is older than a correlation can
// look back is pruned; beyond its bounds a store drops the oldest hits.
type Store interface {
	// Add keeps a hit; it does nothing where the same event has one of the same rule.
	Add(ctx context.Context, correlation, group string, h Hit) error
	// Hits between two moments, both included, in the order of time.
	Hits(ctx context.Context, correlation, group string, from, to time.Time) ([]Hit, error)
	// Finding is the latest that overlaps the time between two moments.
	Finding(ctx context.Context, correlation, group string, from, to time.Time) (Kept, bool, error)
	// Keep keeps a finding, or what has become of it.
	Keep(ctx context.Context, correlation, group string, f Kept) error
	// Open are the groups that have a hit at this moment or before.
	Open(ctx context.Context, correlation string, to time.Time) ([]string, error)
	// Decided forgets the hits of a group up to a moment, that included.
	Decided(ctx context.Context, correlation, group string, to time.Time) error
	// Prune forgets all that is before a moment.
	Prune(ctx context.Context, correlation string, before time.Time) error
}

// Kept is what a store knows of a finding.
type Kept struct {
	ID          string
	First, Last time.Time
}

// Bounds of a store. A count that a correlation asks for is far below MaxHits, else it could never be reached.
const (
	MaxHits = 20_000  // of one group
	MaxAll  = 500_000 // of one correlation
)

// Memory is a Store for as long as the process runs: for a look at stored events. The zero value is empty.
type Memory struct{ correlations map[string]map[string]*heap }

type heap struct {
	hits     []Hit // in order of time
	seen     map[hitKey]bool
	findings []Kept
}

type hitKey struct {
	rule  string
	event record.ID
}

func (m *Memory) at(correlation, group string) *heap {
	if m.correlations == nil {
		m.correlations = make(map[string]map[string]*heap)
	}
	groups := m.correlations[correlation]
	if groups == nil {
		groups = make(map[string]*heap)
		m.correlations[correlation] = groups
	}
	h := groups[group]
	if h == nil {
		h = &heap{seen: make(map[hitKey]bool)}
		groups[group] = h
	}
	return h
}

// Add implements Store.
func (m *Memory) Add(_ context.Context, correlation, group string, h Hit) error {
	at := m.at(correlation, group)
	key := hitKey{h.Rule, h.Event}
	if at.seen[key] {
		return nil
	}
	at.seen[key] = true
	i := sort.Search(len(at.hits), func(i int) bool { return at.hits[i].Time.After(h.Time) })
	if at.hits = slices.Insert(at.hits, i, h); len(at.hits) > MaxHits {
		delete(at.seen, hitKey{at.hits[0].Rule, at.hits[0].Event})
		at.hits = at.hits[1:]
	}
	return nil
}

// Hits implements Store.
func (m *Memory) Hits(_ context.Context, correlation, group string, from, to time.Time) ([]Hit, error) {
	hits := m.at(correlation, group).hits
	first := sort.Search(len(hits), func(i int) bool { return !hits[i].Time.Before(from) })
	end := sort.Search(len(hits), func(i int) bool { return hits[i].Time.After(to) })
	return slices.Clone(hits[first:max(first, end)]), nil
}

// Finding implements Store.
func (m *Memory) Finding(_ context.Context, correlation, group string, from, to time.Time) (Kept, bool, error) {
	list := m.at(correlation, group).findings
	for i := len(list) - 1; i >= 0; i-- {
		if !list[i].First.After(to) && !list[i].Last.Before(from) {
			return list[i], true, nil
		}
	}
	return Kept{}, false, nil
}

// Keep implements Store.
func (m *Memory) Keep(_ context.Context, correlation, group string, f Kept) error {
	at := m.at(correlation, group)
	if i := slices.IndexFunc(at.findings, func(k Kept) bool { return k.ID == f.ID }); i >= 0 {
		at.findings[i] = f
		return nil
	}
	at.findings = append(at.findings, f)
	return nil
}

// Open implements Store.
func (m *Memory) Open(_ context.Context, correlation string, to time.Time) ([]string, error) {
	var open []string
	for group, at := range m.correlations[correlation] {
		if len(at.hits) > 0 && !at.hits[0].Time.After(to) {
			open = append(open, group)
		}
	}
	slices.Sort(open)
	return open, nil
}

// Decided implements Store.
func (m *Memory) Decided(_ context.Context, correlation, group string, to time.Time) error {
	at := m.at(correlation, group)
	at.forget(to.Add(1))
	return nil
}

// Prune implements Store.
func (m *Memory) Prune(_ context.Context, correlation string, before time.Time) error {
	for group, at := range m.correlations[correlation] {
		at.forget(before)
		at.findings = slices.DeleteFunc(at.findings, func(k Kept) bool { return k.Last.Before(before) })
		if len(at.hits) == 0 && len(at.findings) == 0 {
			delete(m.correlations[correlation], group)
		}
	}
	return nil
}

func (h *heap) forget(before time.Time) {
	n := sort.Search(len(h.hits), func(i int) bool { return !h.hits[i].Time.Before(before) })
	for i := range h.hits[:n] {
		delete(h.seen, hitKey{h.hits[i].Rule, h.hits[i].Event})
	}
	h.hits = slices.Delete(h.hits, 0, n)
}
