package retro

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/zeebo/xxh3"

	"penstock/ecs"
	"penstock/record"
	"penstock/search"
)

// Version is a mapping with the rules that run on it.
type Version struct {
	Mapping Mapping
	Rules   Rules // nil: rules are not compared
}

// Mapping makes events of records; *format.Plan does.
type Mapping interface {
	Normalize(ev *ecs.Event, rec *record.Record, arrived time.Time)
}

// The bounds of a difference.
const (
	maxFields   = 2_000   // of tables, that are listed
	maxSamples  = 5       // of a field; of a rule as many of either kind
	maxValue    = 500     // bytes of a value in a sample
	maxPairs    = 20_000  // of host and user, of one rule
	maxAllPairs = 500_000 // of all rules, by each worker
)

// Compare runs stored records through two versions and tells how their events and matches differ. The same events and
// versions give the same counts; which samples are shown may differ.
func Compare(ctx context.Context, events Events, r search.ScanRequest, before, after Version) (*Difference, error) {
	c := &comparison{before: before, after: after}
	r.Normalise = false
	summary, err := events.Scan(ctx, r, c.visitor)
	if err != nil {
		return nil, err
	}
	d := c.difference()
	d.Events, d.Unreadable = summary.Events, summary.Unreadable
	return d, nil
}

// comparison is what Compare knows.
type comparison struct {
	before, after Version
	workers       []*comparer // made one after the other, before any of them works
}

func (c *comparison) visitor() search.Visitor {
	w := &comparer{fields: map[fieldKey]*FieldDelta{}, rules: map[string]*ruleTally{}, same: c.before.Mapping == c.after.Mapping}
	for i, v := range []Version{c.before, c.after} {
		w.sides[i] = side{mapping: v.Mapping, rules: v.Rules}
		if v.Rules != nil {
			w.sides[i].matcher = v.Rules.Matcher()
		}
	}
	c.workers = append(c.workers, w)
	return w.visit
}

// comparer compares the events that one worker reads.
type comparer struct {
	sides   [2]side // before and after
	same    bool    // the mapping is the same
	changed int64
	fields  map[fieldKey]*FieldDelta
	others  int64 // changes of fields that found no room
	rules   map[string]*ruleTally
	pairs   int // of all rules
}

// side is an event as one version sees it.
type side struct {
	mapping  Mapping
	rules    Rules
	matcher  Matcher
	event    ecs.Event
	document []byte
	fields   []namedValue
	matches  []int32
	ids      []string // of the rules that matched, sorted
}

type namedValue struct {
	name string
	json []byte
}

type fieldKey struct{ table, field string }

func (w *comparer) visit(e *search.Scanned) error {
	before, after := &w.sides[0], &w.sides[1]
	before.mapping.Normalize(&before.event, e.Record, e.Read)
	if !w.same {
		after.mapping.Normalize(&after.event, e.Record, e.Read)
		w.compareDocuments(e)
	}
	if before.rules == nil && after.rules == nil {
		return nil
	}
	before.match(e.Record, &before.event)
	if w.same {
		after.match(e.Record, &before.event)
	} else {
		after.match(e.Record, &after.event)
	}
	w.compareMatches(e)
	return nil
}

func (s *side) match(rec *record.Record, ev *ecs.Event) {
	s.ids, s.matches = s.ids[:0], s.matches[:0]
	if s.matcher == nil {
		return
	}
	s.matches = s.matcher.Match(rec, ev, s.matches)
	for _, n := range s.matches {
		s.ids = append(s.ids, s.rules.Rule(n).ID)
	}
	slices.Sort(s.ids)
	s.ids = slices.Compact(s.ids)
}

func (w *comparer) compareDocuments(e *search.Scanned) {
	before, after := &w.sides[0], &w.sides[1]
	before.document = before.event.AppendJSON(before.document[:0])
	after.document = after.event.AppendJSON(after.document[:0])
	if bytes.Equal(before.document, after.document) {
		return
	}
	w.changed++
	before.list()
	after.list()
	byName := func(v namedValue, name string) int { return strings.Compare(v.name, name) }
	for _, old := range before.fields {
		i, found := slices.BinarySearchFunc(after.fields, old.name, byName)
		switch {
		case !found:
			w.note(e, old.name, old.json, nil)
		case !bytes.Equal(old.json, after.fields[i].json):
			w.note(e, old.name, old.json, after.fields[i].json)
		}
	}
	for _, now := range after.fields {
		if _, found := slices.BinarySearchFunc(before.fields, now.name, byName); !found {
			w.note(e, now.name, nil, now.json)
		}
	}
}

// list lists the fields of the event by name.
func (s *side) list() {
	s.fields = s.fields[:0]
	for f, v := range s.event.All() {
		s.fields = append(s.fields, namedValue{f.Name(), v.JSON})
	}
	for name, v := range s.event.Extras() {
		s.fields = append(s.fields, namedValue{name, v.JSON})
	}
	slices.SortStableFunc(s.fields, func(a, b namedValue) int { return strings.Compare(a.name, b.name) })
}

// note counts that a field differs.
func (w *comparer) note(e *search.Scanned, field string, before, after []byte) {
	k := fieldKey{e.Record.Table, field}
	f := w.fields[k]
	if f == nil {
		if len(w.fields) >= 2*maxFields {
			w.others++
			return
		}
		f = &FieldDelta{Table: k.table, Field: k.field}
		w.fields[k] = f
	}
	switch {
	case before == nil:
		f.Added++
	case after == nil:
		f.Removed++
	default:
		f.Changed++
	}
	if len(f.Samples) < maxSamples {
		f.Samples = append(f.Samples, ValueSample{e.Record.ID.String(), cut(string(before), maxValue), cut(string(after), maxValue)})
	}
}

// ruleTally is what is known of a rule. Pairs of host and user are hashes of them, with the sides on which the rule matched.
type ruleTally struct {
	RuleDelta
	pairs map[uint64]uint8
}

const (
	onlyBefore uint8 = 1
	onlyAfter  uint8 = 2
)

func (w *comparer) compareMatches(e *search.Scanned) {
	before, after := &w.sides[0], &w.sides[1]
	for _, id := range before.ids {
		t := w.tally(before, id)
		t.Before++
		w.pair(t, &before.event, onlyBefore)
		if _, still := slices.BinarySearch(after.ids, id); !still {
			t.Lost++
			t.sample(e, &before.event, false)
		}
	}
	event := &after.event
	if w.same {
		event = &before.event
	}
	for _, id := range after.ids {
		t := w.tally(after, id)
		t.After++
		w.pair(t, event, onlyAfter)
		if _, already := slices.BinarySearch(before.ids, id); !already {
			t.Gained++
			t.sample(e, event, true)
		}
	}
}

func (w *comparer) tally(s *side, id string) *ruleTally {
	t := w.rules[id]
	if t == nil {
		t = &ruleTally{pairs: map[uint64]uint8{}}
		for _, n := range s.matches {
			if r := s.rules.Rule(n); r.ID == id {
				t.Rule = r
			}
		}
		w.rules[id] = t
	}
	return t
}

// pair notes the host and user of a match.
func (w *comparer) pair(t *ruleTally, ev *ecs.Event, side uint8) {
	hash := xxh3.HashString(strings.ToLower(text(ev, fieldHost) + "\x00" + text(ev, fieldUser)))
	known, there := t.pairs[hash]
	if !there {
		if len(t.pairs) >= maxPairs || w.pairs >= maxAllPairs {
			t.AlertsCut = true
			return
		}
		w.pairs++
	}
	t.pairs[hash] = known | side
}

func (t *ruleTally) sample(e *search.Scanned, ev *ecs.Event, gained bool) {
	if t.room(gained) {
		t.Samples = append(t.Samples, MatchSample{e.Record.ID.String(), e.Record.Table, e.Time, summary(ev), gained})
	}
}

// room tells whether one more sample of that kind may be shown.
func (t *ruleTally) room(gained bool) bool {
	n := 0
	for i := range t.Samples {
		if t.Samples[i].Gained == gained {
			n++
		}
	}
	return n < maxSamples
}

func (t *ruleTally) merge(o *ruleTally) {
	t.Before, t.After, t.Gained, t.Lost = t.Before+o.Before, t.After+o.After, t.Gained+o.Gained, t.Lost+o.Lost
	t.AlertsCut = t.AlertsCut || o.AlertsCut
	for _, s := range o.Samples {
		if t.room(s.Gained) {
			t.Samples = append(t.Samples, s)
		}
	}
	for hash, sides := range o.pairs {
		t.pairs[hash] |= sides
	}
}

// delta counts the alerts.
func (t *ruleTally) delta() RuleDelta {
	d := t.RuleDelta
	for _, sides := range t.pairs {
		if sides&onlyBefore != 0 {
			d.AlertsBefore++
		} else {
			d.AlertsGained++
		}
		if sides&onlyAfter != 0 {
			d.AlertsAfter++
		} else {
			d.AlertsLost++
		}
	}
	return d
}
