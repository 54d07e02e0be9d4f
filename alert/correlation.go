package alert

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"penstock/ecs"
	"penstock/record"
	"penstock/sigma/correlate"
	"penstock/sigma/correlate/sqlite"
)

// Correlations is the Correlator that applies Sigma's correlations. Their state lies in the state database and changes in
// the transaction that counts the matches.
type Correlations struct {
	set    func() *correlate.Set
	fields FieldValues
}

// FieldValues reads fields of events by the names that rules have for them. It is asked by one goroutine.
type FieldValues interface {
	// Values of a field of an event that a rule matched; none where the event lacks it, or the rule is not known.
	Values(rule, field string, rec *record.Record, ev *ecs.Event) []string
}

var _ Correlator = (*Correlations)(nil)

// NewCorrelations applies the correlations that set gives at every moment.
func NewCorrelations(set func() *correlate.Set, fields FieldValues) *Correlations {
	return &Correlations{set: set, fields: fields}
}

// Values implements Correlator.
func (c *Correlations) Values(rule string, rec *record.Record, ev *ecs.Event) (map[string][]string, bool) {
	set := c.set()
	if !set.Wants(rule) {
		return nil, false
	}
	values := make(map[string][]string)
	for _, field := range set.Fields(rule) {
		values[field] = c.fields.Values(rule, field, rec, ev)
	}
	return values, true
}

// Correlate implements Correlator.
func (c *Correlations) Correlate(ctx context.Context, tx *sql.Tx, matches []Match) ([]Finding, error) {
	list := make([]correlate.Match, len(matches))
	for i := range matches {
		m := &matches[i]
		list[i] = correlate.Match{
			Rule: m.Rule, Event: m.ID, Time: m.Time, Note: m.note(),
			Values: func(field string) []string { return m.Values[field] },
		}
	}
	found, err := c.set().Apply(ctx, sqlite.Store{Tx: tx}, list)
	return findingsOf(found), err
}

// correlationInterval is how often it is looked whether the time of a correlation is over.
const correlationInterval = 30 * time.Second

// Run decides what only the passing of time decides, raises alerts of it and forgets what is too old to count, until ctx
// ends.
func (c *Correlations) Run(ctx context.Context, alerts *Alerts) {
	tick := time.NewTicker(correlationInterval)
	defer tick.Stop()
	for {
		if err := c.advance(ctx, alerts); err != nil && ctx.Err() == nil {
			alerts.log.Error("correlations could not be brought up to date; it is tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (c *Correlations) advance(ctx context.Context, alerts *Alerts) error {
	return alerts.db.Change(ctx, func(tx *sql.Tx) error {
		found, err := c.set().Advance(ctx, sqlite.Store{Tx: tx}, alerts.now())
		if err != nil || len(found) == 0 {
			return err
		}
		return alerts.Raise(ctx, tx, findingsOf(found)...)
	})
}

// hitNote is what an alert says of the event behind a hit, which may be found to matter long after it came.
type hitNote struct {
	Table    string   `json:"table"`
	Intake   string   `json:"intake,omitempty"`
	Summary  string   `json:"summary"`
	Entities []Entity `json:"entities"`
}

// maxHitNote is how many bytes a note may have; one beyond goes without entities.
const maxHitNote = 4 << 10

func (m *Match) note() string {
	n := hitNote{m.Table, m.Intake, m.Summary, m.Entities}
	text, err := json.Marshal(n)
	if err != nil || len(text) > maxHitNote {
		n.Entities = nil
		text, _ = json.Marshal(n) // three strings
	}
	return string(text)
}

// Note is what Correlated wants to know of an event behind a hit, which ev and rec have. It may be called at any time.
func Note(rec *record.Record, ev *ecs.Event, intake string, arrived time.Time) string {
	s := see(rec, ev, intake, arrived).look()
	m := Match{Event: s.event, Entities: s.entities}
	return m.note()
}

func findingsOf(found []correlate.Finding) []Finding {
	var out []Finding
	for i := range found {
		out = append(out, Correlated(&found[i]))
	}
	return out
}

// Correlated is the finding of an alert that a correlation's becomes. The notes of its hits are of Note, or empty: of such
// events little is told.
func Correlated(f *correlate.Finding) Finding {
	out := Finding{Rule: f.Correlation.ID, Origin: FromCorrelation, First: f.First, Last: f.Last, Key: f.ID}
	for k, v := range f.Group {
		out.Values = append(out.Values, Value{f.Correlation.GroupBy[k], cut(v, maxTerm)})
	}
	// Of many the latest ones: they are what there is to act on.
	for _, h := range f.Hits[max(0, len(f.Hits)-maxFindingEvents):] {
		var n hitNote
		if err := json.Unmarshal([]byte(h.Note), &n); err != nil {
			n = hitNote{Summary: fmt.Sprintf("a match of %s", h.Rule)} // it is a finding of another correlation
		}
		out.Events = append(out.Events, Event{ID: h.Event, Table: n.Table, Intake: n.Intake, Rule: h.Rule, Time: h.Time, Summary: n.Summary})
		out.Entities = append(out.Entities, n.Entities...)
	}
	return out
}
