package alert

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"penstock/ecs"
	"penstock/record"
)

// Correlator finds what several matches show together. Its methods are called by one goroutine at a time.
type Correlator interface {
	// Values gives the values that correlations need of an event that matches a rule, by the names that they have for
	// fields; false where no correlation refers to the rule. rec and ev hold until it returns.
	Values(rule string, rec *record.Record, ev *ecs.Event) (map[string][]string, bool)
	// Correlate keeps the matches of a block and gives what they complete or add to, all within tx. It may be told the
	// same match again.
	Correlate(ctx context.Context, tx *sql.Tx, matches []Match) ([]Finding, error)
}

// Match is a match that counts for a correlation.
type Match struct {
	Event    // with the rule that it matches
	Entities []Entity
	Values   map[string][]string
}

// tell keeps a match for the correlator until the end of the block. All of them count, those of noisy rules as well.
func (w *writing) tell(rule string, s *sighting) {
	c := w.alerts.options.Correlator
	if c == nil || s.rec == nil {
		return
	}
	values, wanted := c.Values(rule, s.rec, s.ev)
	if !wanted {
		return
	}
	e := s.look().event
	e.Rule = rule
	w.matched = append(w.matched, Match{e, s.entities, values})
	if w.sightings == nil {
		w.sightings = map[record.ID]*sighting{}
	}
	w.sightings[e.ID] = s
}

// correlate makes occurrences of what the matches of a block show together with earlier ones.
func (w *writing) correlate() error {
	if len(w.matched) == 0 {
		return nil
	}
	found, err := w.alerts.options.Correlator.Correlate(w.ctx, w.tx, w.matched)
	if err != nil {
		return err
	}
	for i := range found {
		if err := w.recall(&found[i]); err != nil {
			return err
		}
		if err := w.find(&found[i]); err != nil {
			return err
		}
	}
	return nil
}

// recall completes events of which whoever found them knows little, and adds their entities, as far as all that is at
// hand.
func (w *writing) recall(f *Finding) error {
	f.Entities = slices.Clip(f.Entities)
	for i := range f.Events {
		e := &f.Events[i]
		if s := w.sightings[e.ID]; s != nil {
			e.Table, e.Intake, e.Summary, e.Time = s.event.Table, s.event.Intake, s.event.Summary, s.event.Time
			f.Entities = append(f.Entities, s.entities...)
			continue
		}
		if e.Table != "" {
			continue
		}
		err := w.queryRow(recallEvent, e.ID[:]).Scan(&e.Table, &e.Summary)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("recall event %s: %w", e.ID, err)
		}
	}
	return nil
}
