package alert

import (
	"context"
	"fmt"
	"time"
)

// Change is something about an alert that somebody may want to be notified of. It is written in the same transaction as
// what it tells of.
type Change struct {
	ID      int64 // ascending
	Alert   int64
	Kind    ChangeKind
	Time    time.Time
	Urgency int // at that moment
}

// ChangeKind is what happened.
type ChangeKind string

// The kinds of changes.
const (
	Created   ChangeKind = "created"
	Reopened  ChangeKind = "reopened"
	Escalated ChangeKind = "escalated" // its urgency has come into a higher band
)

const maxChanges = 1000

// Changes lists what happened after the change with the given id, in order; limit is 1000 at most. Whoever asks keeps
// the id of the last one that it has dealt with.
func (a *Alerts) Changes(ctx context.Context, after int64, limit int) ([]Change, error) {
	rows, err := a.db.Reader.QueryContext(ctx, `SELECT id, alert, kind, time, urgency FROM alert_change WHERE id > ? ORDER BY id LIMIT ?`, after, min(max(limit, 1), maxChanges))
	if err != nil {
		return nil, fmt.Errorf("list changes of alerts: %w", err)
	}
	defer rows.Close()
	var list []Change
	for rows.Next() {
		var c Change
		var at int64
		if err := rows.Scan(&c.ID, &c.Alert, &c.Kind, &at, &c.Urgency); err != nil {
			return nil, fmt.Errorf("list changes of alerts: %w", err)
		}
		c.Time = moment(at)
		list = append(list, c)
	}
	return list, rows.Err()
}

// LastChange is the id of the latest change, after which somebody who begins to listen goes on; 0: there is none.
func (a *Alerts) LastChange(ctx context.Context) (int64, error) {
	var id int64
	// The sequence also knows changes that were deleted.
	if err := a.db.Reader.QueryRowContext(ctx, `SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = 'alert_change'`).Scan(&id); err != nil {
		return 0, fmt.Errorf("find the latest change of alerts: %w", err)
	}
	return id, nil
}
