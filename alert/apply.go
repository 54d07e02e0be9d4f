package alert

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"penstock/journal"
	"penstock/state"
)

var _ state.Applier = (*Alerts)(nil)

// Apply makes occurrences of alerts of the matches in a block of the journal, and alerts of Defender's own. The block must
// have the bytes of its records. What is kept in memory from one block to the next only spares reading: see recent.
func (a *Alerts) Apply(ctx context.Context, tx *sql.Tx, block *journal.Block) error {
	w := a.write(ctx, tx)
	w.recent = a.recent
	begun, found := time.Now(), false
	var read time.Time
	for i := range block.Batches {
		b := &block.Batches[i]
		for k := range b.Messages {
			m := &b.Messages[k]
			if m.Read.After(read) {
				read = m.Read
			}
			for n := range m.Entries {
				e := &m.Entries[n]
				if e.Rejected || len(e.Matches) == 0 && !isDefenders(e.Table) {
					continue
				}
				found = true
				if err := w.entry(e, b.Intake, m.Read); err != nil {
					return fmt.Errorf("alerts of %s, %s/%s, message %d: %w", b.Intake, m.Hub, m.Partition, m.Position.Sequence, err)
				}
			}
		}
	}
	if !read.IsZero() {
		a.metrics.delay.Set(max(0, a.now().Sub(read).Seconds()))
	}
	if !found {
		return nil
	}
	if err := w.correlate(); err != nil {
		return fmt.Errorf("correlate matches: %w", err)
	}
	if err := w.flush(); err != nil {
		return fmt.Errorf("write alerts: %w", err)
	}
	a.metrics.applied.Observe(time.Since(begun).Seconds())
	return nil
}

const (
	infoTable     = "AlertInfo"
	evidenceTable = "AlertEvidence"
)

// isDefenders reports whether a table has Defender's own alerts.
func isDefenders(table string) bool {
	return len(table) <= len(evidenceTable) && (strings.EqualFold(table, infoTable) || strings.EqualFold(table, evidenceTable))
}

// entry makes findings of the matches of one record.
func (w *writing) entry(e *journal.Entry, intake string, arrived time.Time) error {
	a := w.alerts
	if err := a.parser.Parse(e.Data, &a.rec); err != nil {
		return w.matches(e, unreadable(e.ID, e.Table, intake, arrived), false)
	}
	a.rec.ID, a.rec.Table = e.ID, e.Table
	a.options.Plan.Normalize(&a.event, &a.rec, arrived)
	s := see(&a.rec, &a.event, intake, arrived)
	own := false
	if isDefenders(e.Table) {
		if id := column(&a.rec, "AlertId"); id != "" {
			own = true
			if err := w.defender(s, id, e.Matches); err != nil {
				return fmt.Errorf("alert %s of Defender: %w", id, err)
			}
		}
	}
	return w.matches(e, s, own)
}

// matches makes a finding of every match. Integration rules have their say in Defender's own alerts instead, and matches of
// silent ones are counted by correlations.
func (w *writing) matches(e *journal.Entry, s *sighting, own bool) error {
	for _, id := range e.Matches {
		r, err := w.activity(id, false)
		if err != nil {
			return err
		}
		if own && r.rule.Integration {
			r.count(s.event.Time, false)
			continue
		}
		w.tell(id, s)
		if r.rule.Silent {
			r.count(s.event.Time, false)
			continue
		}
		if w.full(r, s.event.Time) {
			f := Finding{Rule: id, Events: []Event{s.event}}
			f.complete()
			if err := w.hold(r, &f, tooManyMatches); err != nil {
				return fmt.Errorf("rule %s: %w", id, err)
			}
			continue
		}
		f := s.finding(&r.rule)
		if err := w.find(&f); err != nil {
			return fmt.Errorf("rule %s: %w", id, err)
		}
	}
	return nil
}
