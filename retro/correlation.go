package retro

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"penstock/record"
	"penstock/search"
	"penstock/sigma/correlate"
)

// Correlated are rules of which some show only by several matches. A hunt applies its correlations to all that it has
// found at once.
type Correlated interface {
	// Correlations to be applied; nil: there are none.
	Correlations() *correlate.Set
	// Counter makes the matches that count for them; each worker has its own.
	Counter() Counter
	// Silent tells whether matches of a rule are only counted: the Sink is not told of them.
	Silent(rule string) bool
}

// Counter makes a match, as correlations count it, of an event and the rule with a number. Its note is for the Sink.
type Counter interface {
	Count(number int32, e *search.Scanned) correlate.Match
}

// What a job keeps in memory for correlations, until its end.
const (
	maxCounted = 300_000  // matches that are counted
	maxNotes   = 64 << 20 // bytes of their notes; those beyond have none
)

// correlating is what a hunt does for correlations.
type correlating struct {
	source  Correlated // nil: there is nothing to do
	set     *correlate.Set
	counted []correlate.Match
	tables  map[record.ID]string // of the events of those
	notes   int                  // bytes
	left    int64                // matches that were not counted any more
	named   []Rule
}

func newCorrelating(rules Rules) correlating {
	r, ok := rules.(Correlated)
	if !ok || r.Correlations() == nil {
		return correlating{}
	}
	return correlating{source: r, set: r.Correlations(), tables: map[record.ID]string{}}
}

// take keeps a match of an event of a table until the end, as far as there is room.
func (c *correlating) take(m *correlate.Match, table string) {
	if len(c.counted) >= maxCounted {
		c.left++
		return
	}
	if c.notes += len(m.Note); c.notes > maxNotes {
		m.Note = ""
	}
	c.tables[m.Event] = table
	c.counted = append(c.counted, *m)
}

func (c *correlating) counter() Counter {
	if c.source == nil {
		return nil
	}
	return c.source.Counter()
}

// name is the correlation with a number; those of correlations are below zero.
func (c *correlating) name(number int32) Rule { return c.named[-1-number] }

func (c *correlating) number(f *correlate.Finding) int32 {
	rule := Rule{ID: f.Correlation.ID, Title: f.Correlation.Title, Level: string(f.Correlation.Level)}
	i := slices.Index(c.named, rule)
	if i < 0 {
		i = len(c.named)
		c.named = append(c.named, rule)
	}
	return int32(-1 - i)
}

// endOfTime is when no more events can come.
var endOfTime = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// correlate adds what the matches show together to what was found.
func (h *hunt) correlate(ctx context.Context) error {
	c := &h.correlating
	if c.source == nil {
		return nil
	}
	slices.SortFunc(c.counted, func(a, b correlate.Match) int {
		return cmp.Or(a.Time.Compare(b.Time), slices.Compare(a.Event[:], b.Event[:]))
	})
	store := new(correlate.Memory)
	found, err := c.set.Apply(ctx, store, c.counted)
	if err != nil {
		return fmt.Errorf("apply correlations: %w", err)
	}
	decided, err := c.set.Advance(ctx, store, endOfTime)
	if err != nil {
		return fmt.Errorf("apply correlations: %w", err)
	}
	for _, f := range append(found, decided...) {
		if h.shown != nil {
			if err := h.shown(&f); err != nil {
				return err
			}
		}
		last := f.Hits[len(f.Hits)-1]
		m := Match{Rule: f.Correlation.ID, Event: last.Event.String(), Table: c.tables[last.Event], Time: f.Last}
		if m.Summary = fmt.Sprintf("%d matches since %s", f.Count, f.First.Format(time.RFC3339)); len(f.Group) > 0 {
			m.Summary += ": " + strings.Join(f.Group, ", ")
		}
		numbers := []int32{c.number(&f)}
		if keep := h.count(numbers, f.Last, nil); len(keep) > 0 {
			h.mu.Lock()
			h.found = append(h.found, m)
			h.mu.Unlock()
		}
	}
	return nil
}
