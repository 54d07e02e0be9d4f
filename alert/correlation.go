package alert

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"penstock/ecs"
	"penstock/journal"
	"penstock/record"
	"penstock/sigma/correlate"
	"penstock/sigma/correlate/sqlite"
	"penstock/state"
)

// Correlations counts the matches in the journal for the correlations in force, and raises alerts of what it finds. It
// is a state.Applier: the state of the correlations changes in the transaction that moves the cursor.
type Correlations struct {
	alerts *Alerts
	set    func() *correlate.Set
	fields FieldValues
	log    *slog.Logger
	parser record.Parser // of Apply, as are rec and event
	rec    record.Record
	event  ecs.Event
}

// FieldValues reads fields of events by the names that rules have for them. It is asked by one goroutine.
type FieldValues interface {
	// Values of a field of an event that a rule matched; none where the event lacks it, or the rule is not known.
	Values(rule, field string, rec *record.Record, ev *ecs.Event) []string
}

var _ state.Applier = (*Correlations)(nil)

// NewCorrelations makes the applier; set gives the correlations that are in force at a moment.
func NewCorrelations(alerts *Alerts, set func() *correlate.Set, fields FieldValues) *Correlations {
	return &Correlations{alerts: alerts, set: set, fields: fields, log: alerts.log}
}

// Apply counts what a block of the journal has of matches. The block must have the bytes of its records.
func (c *Correlations) Apply(ctx context.Context, tx *sql.Tx, block *journal.Block) error {
	set := c.set()
	if set == nil {
		return nil
	}
	var matches []correlate.Match
	for i := range block.Batches {
		b := &block.Batches[i]
		for k := range b.Messages {
			m := &b.Messages[k]
			for n := range m.Entries {
				if e := &m.Entries[n]; !e.Rejected && slices.ContainsFunc(e.Matches, set.Wants) {
					matches = append(matches, c.entry(set, e, m.Read)...)
				}
			}
		}
	}
	if len(matches) == 0 {
		return nil
	}
	found, err := set.Apply(ctx, sqlite.Store{Tx: tx}, matches)
	if err != nil {
		return fmt.Errorf("count matches: %w", err)
	}
	return c.alerts.Raise(ctx, tx, findingsOf(found, matches)...)
}

// correlationInterval is how often it is looked whether the time of a correlation is over.
const correlationInterval = 30 * time.Second

// Run decides what only the passing of time decides, and forgets what is too old to count, until ctx ends.
func (c *Correlations) Run(ctx context.Context) {
	tick := time.NewTicker(correlationInterval)
	defer tick.Stop()
	for {
		if err := c.advance(ctx); err != nil && ctx.Err() == nil {
			c.log.Error("correlations could not be brought up to date; it is tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (c *Correlations) advance(ctx context.Context) error {
	set := c.set()
	if set == nil {
		return nil
	}
	return c.alerts.db.Change(ctx, func(tx *sql.Tx) error {
		found, err := set.Advance(ctx, sqlite.Store{Tx: tx}, c.alerts.now())
		if err != nil || len(found) == 0 {
			return err
		}
		return c.alerts.Raise(ctx, tx, findingsOf(found, nil)...)
	})
}

// hitNote is what an alert says of the event behind a hit.
type hitNote struct {
	Table    string   `json:"table"`
	Summary  string   `json:"summary"`
	Entities []Entity `json:"entities"`
}

// maxHitNote is how many bytes a note may have; one beyond goes without entities.
const maxHitNote = 4 << 10

// entry makes matches of those of an entry that a correlation wants.
func (c *Correlations) entry(set *correlate.Set, e *journal.Entry, arrived time.Time) []correlate.Match {
	if err := c.parser.Parse(e.Data, &c.rec); err != nil {
		return nil // the intake read it, so a record it is; without its fields it is in no group
	}
	c.rec.ID, c.rec.Table = e.ID, e.Table
	c.alerts.options.Plan.Normalize(&c.event, &c.rec, arrived)
	s := see(&c.rec, &c.event, arrived)
	about := hitNote{Table: e.Table, Summary: s.event.Summary, Entities: s.entities}
	text, err := json.Marshal(about)
	if err != nil || len(text) > maxHitNote {
		about.Entities = nil
		text, _ = json.Marshal(about) // two strings
	}
	var list []correlate.Match
	for _, id := range e.Matches {
		if !set.Wants(id) {
			continue
		}
		values := make(map[string][]string)
		for _, f := range set.Fields(id) {
			values[f] = c.fields.Values(id, f, &c.rec, &c.event)
		}
		list = append(list, correlate.Match{
			Rule: id, Event: e.ID, Time: s.event.Time, Note: string(text),
			Values: func(field string) []string { return values[field] },
		})
	}
	return list
}

// findingsOf makes findings for alerts. One that is new has its events; one that grows those that it grew by.
func findingsOf(found []correlate.Finding, fresh []correlate.Match) []Finding {
	arrived := make(map[record.ID]bool, len(fresh))
	for i := range fresh {
		arrived[fresh[i].Event] = true
	}
	var out []Finding
	for i := range found {
		f := &found[i]
		hits, key := f.Hits, f.ID
		if !f.New {
			hits = slices.DeleteFunc(slices.Clone(hits), func(h correlate.Hit) bool { return !arrived[h.Event] })
			if len(hits) == 0 {
				continue
			}
			key += hits[len(hits)-1].Event.String()
		}
		finding := Finding{Rule: f.Correlation.ID, Origin: FromCorrelation, First: f.First, Last: f.Last, Key: key}
		for k, v := range f.Group {
			finding.Values = append(finding.Values, Value{f.Correlation.GroupBy[k], cut(v, maxTerm)})
		}
		// Of many the latest ones: they are what there is to act on.
		for _, h := range hits[max(0, len(hits)-maxFindingEvents):] {
			var about hitNote
			_ = json.Unmarshal([]byte(h.Note), &about) // a finding of another correlation has none
			finding.Events = append(finding.Events, Event{ID: h.Event, Table: about.Table, Rule: h.Rule, Time: h.Time, Summary: about.Summary})
			finding.Entities = append(finding.Entities, about.Entities...)
		}
		out = append(out, finding)
	}
	return out
}
