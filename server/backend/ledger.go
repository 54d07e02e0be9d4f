package backend

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"penstock/access"
	"penstock/lake"
	"penstock/ledger"
	"penstock/server"
)

// Ledger answers for the delivery: what was read, and what of it the lake has.
func Ledger(l *ledger.Ledger, store *lake.Lake) server.Ledger { return account{l, store} }

type account struct {
	ledger *ledger.Ledger
	lake   *lake.Lake
}

func (a account) Report(ctx context.Context, from, to time.Time) (*server.LedgerReport, error) {
	r, err := a.ledger.Report(ctx, from, to)
	if err != nil {
		return nil, err
	}
	within := len(access.Intakes(ctx)) > 0
	if within {
		r.Within(access.From(ctx).Sees)
	}
	out := &server.LedgerReport{
		From: r.From, To: r.To, Complete: r.Complete, Balanced: r.Balanced, Messages: r.Messages, Counts: countsOf(&r.Counts),
	}
	// What the lake has it counts over all intakes.
	if stored, err := a.lake.Read(ctx, r.From, r.To); err == nil && !within { // what was delivered can be told without the lake
		out.Stored = &stored
	}
	for i := range r.Partitions {
		out.Partitions = append(out.Partitions, ledgerPartition(&r.Partitions[i]))
	}
	return out, nil
}

func ledgerPartition(p *ledger.Partition) server.LedgerPartition {
	out := server.LedgerPartition{
		Intake: p.Intake, Hub: p.Hub, Partition: p.Partition, Messages: p.Messages, Counts: countsOf(&p.Counts),
	}
	for _, i := range p.Intervals {
		out.Intervals = append(out.Intervals, server.Interval{First: i.First, Last: i.Last})
	}
	for _, g := range p.Gaps {
		gap := server.Gap{First: g.First, Last: g.First, Open: g.Last == nil, Cause: g.Cause, Detail: g.Detail, Detected: moment(g.Detected)}
		if g.Last != nil {
			gap.Last = *g.Last
		}
		out.Gaps = append(out.Gaps, gap)
	}
	return out
}

func countsOf(c *ledger.Counts) server.Counts {
	return server.Counts{
		Records: c.Records, Kept: c.Kept, Repeated: c.Repeated, Quarantined: c.Quarantined, Filtered: c.Filtered, Heartbeats: c.Heartbeats,
	}
}

func (a account) Incidents(ctx context.Context, from, to time.Time) ([]server.Incident, error) {
	list, err := a.ledger.Incidents(ctx, from, to)
	if err != nil {
		return nil, err
	}
	var out []server.Incident
	for _, i := range list {
		if !access.From(ctx).Sees(i.Intake) {
			continue
		}
		out = append(out, server.Incident{
			ID: strconv.FormatInt(i.ID, 10), Kind: string(i.Kind), Intake: i.Intake, Hub: i.Hub, Partition: i.Partition,
			Message: i.Message, First: i.First, Last: i.Last, Opened: i.Time.UTC(), Closed: moment(i.Closed),
		})
	}
	return out, nil
}

func (a account) Acknowledge(ctx context.Context, id string) error {
	n, err := number(id)
	if err != nil {
		return err
	}
	if err = a.ledger.Acknowledge(ctx, n); errors.Is(err, ledger.ErrNoIncident) {
		return fmt.Errorf("%w: %w", server.ErrNotFound, err)
	}
	return err
}

func (a account) Clocks(context.Context) ([]server.ClockPercentiles, error) {
	list := a.ledger.Clocks()
	out := make([]server.ClockPercentiles, len(list))
	for i, p := range list {
		out[i] = server.ClockPercentiles{Table: p.Table, Stage: p.Stage, Count: p.Count, P50: p.P50, P95: p.P95, P99: p.P99, Max: p.Max}
	}
	return out, nil
}
