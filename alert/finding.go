package alert

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/zeebo/xxh3"

	"penstock/ecs"
	"penstock/record"
)

// Finding is what becomes an occurrence of an alert: a match of one event, or what a correlation or a hunt has found.
type Finding struct {
	Rule     string
	Origin   Origin  // empty: FromRule
	Events   []Event // that it consists of, at least one; of many, those worth showing
	Values   []Value // which it has in common with others of its alert, beside the rule
	Entities []Entity
	// First and Last are when it happened; zero: the times of the first and the last of Events.
	First, Last time.Time
	Quiet       bool // nobody is to be notified of an alert that it opens
	// Key tells it from other findings of its rule, where it may grow: raised again with the same key, it is the same
	// occurrence with what is new of Events and Entities. Empty: it is told by Events, and never counted twice.
	Key string
}

// maxFindingEvents is how many events of one finding are referred to, the latest ones.
const maxFindingEvents = 100

// Raise makes findings occurrences of alerts, within tx: of the alert that is there, or of a new one. Findings that were
// raised before are left out. It may be called by any reader of the journal and by a hunt.
func (a *Alerts) Raise(ctx context.Context, tx *sql.Tx, findings ...Finding) error {
	w := a.write(ctx, tx)
	for i := range findings {
		f := findings[i] // what the caller has stays as it is
		if len(f.Events) == 0 {
			return fmt.Errorf("raise an alert of rule %s: the finding has no event", f.Rule)
		}
		f.Events = slices.Clone(f.Events)
		if err := w.recall(&f); err != nil {
			return fmt.Errorf("raise an alert of rule %s: %w", f.Rule, err)
		}
		if err := w.find(&f); err != nil {
			return fmt.Errorf("raise an alert of rule %s: %w", f.Rule, err)
		}
	}
	if err := w.flush(); err != nil {
		return fmt.Errorf("write alerts: %w", err)
	}
	return nil
}

// Match is the finding that a rule matches an event, which ev and rec have, and which came by the intake. It may be called at any time.
func (a *Alerts) Match(rule string, rec *record.Record, ev *ecs.Event, intake string, arrived time.Time) Finding {
	r, _ := a.rule(rule)
	return see(rec, ev, intake, arrived).finding(&r)
}

// sighting is an event in the terms of alerts, for all rules that match it. Its entities and the summary of the event are
// there once look was called: an event that is only counted needs none.
type sighting struct {
	event    Event
	entities []Entity
	looked   bool
	rec      *record.Record // nil: it cannot be read
	ev       *ecs.Event
}

// ahead is how far a clock may run ahead of this one. An event that is said to happen later happened when it arrived.
const ahead = 10 * time.Minute

func see(rec *record.Record, ev *ecs.Event, intake string, arrived time.Time) *sighting {
	return &sighting{event: Event{ID: rec.ID, Table: rec.Table, Intake: intake, Time: eventTime(ev, arrived)}, rec: rec, ev: ev}
}

func (s *sighting) look() *sighting {
	if !s.looked && s.rec != nil {
		s.entities, s.event.Summary = entitiesOf(s.ev, s.rec), summarise(s.ev, s.rec)
	}
	s.looked = true
	return s
}

// unreadable is an event whose record is not at hand.
func unreadable(id record.ID, table, intake string, arrived time.Time) *sighting {
	return &sighting{event: Event{ID: id, Table: table, Intake: intake, Time: arrived}}
}

func eventTime(ev *ecs.Event, arrived time.Time) time.Time {
	text := ev.Get(fieldTimestamp)
	t, err := time.Parse(time.RFC3339Nano, string(text.Text(nil)))
	if err != nil || t.After(arrived.Add(ahead)) && !arrived.IsZero() {
		return arrived
	}
	return t
}

func (s *sighting) finding(r *Rule) Finding {
	s.look()
	e := s.event
	e.Rule = r.ID
	f := Finding{Rule: r.ID, Events: []Event{e}, Entities: s.entities}
	fields := r.Similarity
	if len(fields) == 0 {
		fields = defaultSimilarity
	}
	for _, field := range fields {
		if field == similarRule || s.rec == nil {
			continue
		}
		if v := similar(field, s.ev, s.rec); v != "" {
			f.Values = append(f.Values, Value{field, cut(v, maxTerm)})
		}
	}
	return f
}

// complete fills in what a finding leaves open.
func (f *Finding) complete() {
	if f.Origin == "" {
		f.Origin = FromRule
	}
	f.Rule = cut(f.Rule, maxTerm)
	if len(f.Events) > maxFindingEvents {
		f.Events = f.Events[len(f.Events)-maxFindingEvents:]
	}
	for _, e := range f.Events {
		if f.First.IsZero() || e.Time.Before(f.First) {
			f.First = e.Time
		}
		if f.Last.IsZero() || e.Time.After(f.Last) {
			f.Last = e.Time
		}
	}
	if f.Last.Before(f.First) {
		f.Last = f.First
	}
}

// match identifies what a finding counts: the day it ended, and a hash. Neighbouring numbers are of the same day, so that
// old ones are forgotten together and new ones lie together.
func (f *Finding) match() int64 {
	ids := make([]record.ID, len(f.Events))
	for i := range f.Events {
		ids[i] = f.Events[i].ID
	}
	slices.SortFunc(ids, func(x, y record.ID) int { return bytes.Compare(x[:], y[:]) })
	return matchOf(f.Rule, f.Last, ids...)
}

func matchOf(rule string, at time.Time, ids ...record.ID) int64 {
	text := append([]byte(rule), 0)
	for i := range ids {
		text = append(text, ids[i][:]...)
	}
	return dayOf(at)<<hashBits | int64(xxh3.Hash(text)>>(64-hashBits))
}

// growing identifies a finding that may grow.
func (f *Finding) growing() groupKey {
	return xxh3.Hash128([]byte(f.Rule + "\x00" + f.Key)).Bytes()
}

const hashBits = 47

// dayOf is the number of a day since 1970, within 16 bits.
func dayOf(t time.Time) int64 {
	return min(max(t.Unix()/86400, 0), 1<<16-1)
}
