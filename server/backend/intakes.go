// Package backend lets the rooms of Penstock answer the questions of its server: it turns what they know into what the
// API says, and nothing else.
package backend

import (
	"context"
	"time"

	"penstock/access"
	"penstock/format"
	"penstock/intake"
	"penstock/server"
	"penstock/source"
)

// Intakes answers for the intakes of this process, in the order given; the plan knows the columns of a field.
func Intakes(plan *format.Plan, rivers ...*intake.River) server.Intakes { return intakes{plan, rivers} }

type intakes struct {
	plan   *format.Plan
	rivers []*intake.River
}

func (i intakes) Intakes(ctx context.Context) ([]server.Intake, error) {
	var seen []server.Intake
	for _, r := range i.rivers {
		state := r.State()
		if !access.From(ctx).Sees(state.Name) {
			continue
		}
		one := intakeOf(state)
		for _, u := range state.Unfit[:min(len(state.Unfit), maxUnfit)] {
			one.Unfit = append(one.Unfit, server.UnfitValues{
				Table: u.Table, Field: u.Field, Columns: i.plan.Table(u.Table).ColumnsOf(u.Field), Values: u.Values, Last: moment(u.Last),
			})
		}
		seen = append(seen, one)
	}
	return seen, nil
}

// maxUnfit is how many places with values that do not fit are shown of an intake.
const maxUnfit = 500

func intakeOf(s intake.State) server.Intake {
	in := server.Intake{
		Name: s.Name, Source: s.Source.Kind, State: string(s.State), Problem: problemText(s.Source.Problem), Warnings: s.Warnings,
		Since: moment(s.Since), LastMessage: moment(s.LastMessage), EventsPerSecond: s.EventsPerSecond,
		Counts: server.Counts{
			Records: s.Counts.Records, Kept: s.Counts.Kept, Repeated: s.Counts.Repeated, Quarantined: s.Counts.Rejected,
			Filtered: s.Counts.Filtered, Heartbeats: s.Counts.Heartbeats,
		},
	}
	for i := range s.Source.Partitions {
		in.Partitions = append(in.Partitions, partitionOf(&s.Source.Partitions[i]))
	}
	for _, t := range s.Tables {
		in.Tables = append(in.Tables, server.IntakeTable{
			Table: t.Table, Events: t.Events, EventsPerSecond: t.EventsPerSecond, Unmapped: t.Unmapped, Last: moment(t.Last),
		})
	}
	return in
}

func partitionOf(p *source.Partition) server.Partition {
	out := server.Partition{
		Hub: p.Hub, Partition: p.Partition, State: string(p.State), Owner: p.Owner, Owned: p.Owned,
		LastSequence: p.LastSequence, HubFirst: p.HubFirst, HubLast: p.HubLast,
		LagMessages: p.LagMessages, LagSeconds: p.LagSeconds, RunwaySeconds: p.RunwaySeconds,
		LastMessage: moment(p.LastRead), Error: problemText(p.Problem),
	}
	if p.Problem != nil {
		out.ErrorTime = moment(p.Problem.Time)
	}
	if s := p.Start; s != nil {
		out.Start = &server.Start{
			Checkpoint: s.Checkpoint, HubFirst: s.HubFirst, HubLast: s.HubLast, Begins: s.Begins, Reason: s.Reason, Time: moment(s.Time),
		}
	}
	return out
}

func problemText(p *source.Problem) string {
	if p == nil {
		return ""
	}
	return p.Error()
}

// moment is nil for a time that is not known.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
