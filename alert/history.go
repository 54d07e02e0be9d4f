package alert

import (
	"context"
	"fmt"
	"time"
)

// Entry is one thing that was changed of an alert.
type Entry struct {
	ID       int64
	Time     time.Time
	Actor    string // who did it; empty: Penstock
	What     string // status, verdict, assignee, tags, urgency, level, comment, occurrences, description
	Old, New string
	Note     string
}

// roomForHistory refuses what people do when there is too much of it already.
func (w *writing) roomForHistory(alert int64) error {
	var n int
	if err := w.tx.QueryRowContext(w.ctx, `SELECT count(*) FROM alert_history WHERE alert = ? AND actor <> ''`, alert).Scan(&n); err != nil {
		return fmt.Errorf("count the history of alert %d: %w", alert, err)
	}
	if n >= maxHistory {
		return &LimitError{"entries in the history of an alert", maxHistory}
	}
	return nil
}

// saveEntry adds to the history of an alert. What Penstock did is told no more when there is a lot of it.
func (w *writing) saveEntry(alert int64, e *Entry) error {
	return w.exec(insertEntry, alert, e.Time.UnixMilli(), cut(e.Actor, maxName), e.What, cut(e.Old, maxText), cut(e.New, maxText), cut(e.Note, maxText), maxOwn)
}

// History is what was changed of an alert, the oldest first.
func (a *Alerts) History(ctx context.Context, id int64) ([]Entry, error) {
	rows, err := a.db.Reader.QueryContext(ctx, `SELECT id, time, actor, what, old, new, note FROM alert_history WHERE alert = ? ORDER BY id`, id)
	if err != nil {
		return nil, fmt.Errorf("read the history of alert %d: %w", id, err)
	}
	defer rows.Close()
	var list []Entry
	for rows.Next() {
		var e Entry
		var at int64
		if err := rows.Scan(&e.ID, &at, &e.Actor, &e.What, &e.Old, &e.New, &e.Note); err != nil {
			return nil, fmt.Errorf("read the history of alert %d: %w", id, err)
		}
		e.Time = moment(at)
		list = append(list, e)
	}
	return list, rows.Err()
}
