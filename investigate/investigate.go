// Package investigate finds what belongs to an event: who and what it connects, the processes around it, what else the same
// process, host, user or mail did, and where each of its fields came from.
//
// It asks the store for events and the plan for what they mean, and holds nothing itself.
package investigate

import (
	"context"
	"fmt"
	"time"

	"penstock/ecs"
	"penstock/format"
	"penstock/record"
	"penstock/search"
)

// Events finds stored events; the lake does.
type Events interface {
	Search(ctx context.Context, r search.Request) (*search.Page, error)
	Count(ctx context.Context, r search.Request) (int64, error)
	// Referred finds the events that references name; those that are not stored any more are left out.
	Referred(ctx context.Context, list []search.Reference) ([]search.Hit, error)
}

// Investigator answers questions about stored events.
type Investigator struct {
	plan   *format.Plan
	events Events
}

// New makes an investigator. The plan makes the events of their records anew.
func New(plan *format.Plan, events Events) *Investigator { return &Investigator{plan, events} }

// Subject is an event with its record, as an investigation begins with one.
type Subject struct {
	Record   record.Record
	Event    ecs.Event
	Sentence format.Sentence
	Arrived  time.Time
	parser   record.Parser // what the record points into
}

// Subject makes the event of a record anew.
func (i *Investigator) Subject(raw []byte, arrived time.Time) (*Subject, error) {
	s := &Subject{Arrived: arrived}
	if err := s.parser.Parse(raw, &s.Record); err != nil {
		return nil, fmt.Errorf("read the record: %w", err)
	}
	i.plan.Normalize(&s.Event, &s.Record, arrived)
	i.plan.Describe(&s.Sentence, &s.Record, &s.Event)
	return s, nil
}

// time is when the event happened.
func (s *Subject) time() time.Time {
	at, _ := format.TimeOf(s.column("Timestamp"), s.Record.Time(), s.Arrived)
	return at
}

// column is the text of a column; nil where it has none.
func (s *Subject) column(name string) []byte { return columnOf(&s.Record, name) }

func columnOf(rec *record.Record, name string) []byte {
	for i := range rec.Columns {
		if m := &rec.Columns[i]; string(m.Key) == name {
			v := ecs.FromMember(m)
			return v.Text(nil)
		}
	}
	return nil
}

// text is the value of a field as a text; of a list its first element.
func (s *Subject) text(f ecs.Field) string {
	for _, v := range s.Event.Get(f).Elements(nil) {
		return string(v.AppendText(nil))
	}
	return ""
}

// field is a field's value, whether the dictionary has it or not.
func (s *Subject) field(name string) string {
	if f, known := ecs.Lookup(name); known {
		return s.text(f)
	}
	return string(s.Event.GetExtra(name).AppendText(nil))
}
