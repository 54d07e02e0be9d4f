package ledger

import (
	"context"
	"fmt"
	"time"

	"penstock/source"
)

// Start says where the reading of a partition began, and why.
type Start = source.Start

// keepStarts bounds what a partition that is opened again and again leaves behind.
const keepStarts = 180 * 24 * time.Hour

// RecordStart notes where reading of a partition began; noting the same again does nothing. What lies between the last
// message that this process read and a checkpoint that it was given, another process has read.
func (l *Ledger) RecordStart(ctx context.Context, intake, hub, partition string, s Start) error {
	if _, err := l.db.Writer.ExecContext(ctx, `INSERT INTO ledger_start (intake, hub, partition, time, checkpoint, hub_first, hub_last, begins, reason)
		VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING`,
		intake, hub, partition, s.Time.UnixMilli(), s.Checkpoint, s.HubFirst, s.HubLast, s.Begins, s.Reason); err != nil {
		return fmt.Errorf("note where reading of %s/%s began: %w", hub, partition, err)
	}
	if _, err := l.db.Writer.ExecContext(ctx, `DELETE FROM ledger_start WHERE time < ?`, time.Now().Add(-keepStarts).UnixMilli()); err != nil {
		return fmt.Errorf("forget where reading began long ago: %w", err)
	}
	if s.Checkpoint == nil {
		return nil
	}
	if _, err := l.db.Writer.ExecContext(ctx, `UPDATE incident SET kind = ?, closed = ? WHERE intake = ? AND hub = ? AND partition = ? AND kind = ? AND last = ?`,
		ReadElsewhere, time.Now().UnixMilli(), intake, hub, partition, GapUnexplained, *s.Checkpoint); err != nil {
		return fmt.Errorf("explain a gap of %s/%s: %w", hub, partition, err)
	}
	return nil
}

// WatchStarts notes where reading begins, for the intake of that name, until ctx ends.
func (l *Ledger) WatchStarts(ctx context.Context, intake string, status func() source.Status) {
	noted := map[place]time.Time{}
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	for {
		for _, p := range status().Partitions {
			key := place{intake, p.Hub, p.Partition}
			if p.Start == nil || noted[key].Equal(p.Start.Time) {
				continue
			}
			if err := l.RecordStart(ctx, intake, p.Hub, p.Partition, *p.Start); err != nil {
				l.log.Error("it cannot be noted where reading began", "intake", intake, "hub", p.Hub, "partition", p.Partition, "error", err)
				continue
			}
			noted[key] = p.Start.Time
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (l *Ledger) reportStarts(ctx context.Context, r *Report, places map[place]int) error {
	rows, err := l.db.Reader.QueryContext(ctx, `SELECT intake, hub, partition, time, checkpoint, hub_first, hub_last, begins, reason
		FROM ledger_start WHERE time >= ? AND time < ? ORDER BY intake, hub, partition, time`, r.From.UnixMilli(), r.To.UnixMilli())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var p place
		var s Start
		var at int64
		if err := rows.Scan(&p.intake, &p.hub, &p.partition, &at, &s.Checkpoint, &s.HubFirst, &s.HubLast, &s.Begins, &s.Reason); err != nil {
			return err
		}
		s.Time = moment(at)
		part := r.at(p, places)
		part.Starts = append(part.Starts, s)
	}
	return rows.Err()
}
