package alert

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Comment is what somebody said about an alert.
type Comment struct {
	ID    int64
	Time  time.Time
	Actor string
	Text  string
}

// comment adds a comment to an alert that is being changed.
func (w *writing) comment(d *draft, actor, text string) error {
	if text = strings.TrimSpace(text); text == "" || len(text) > maxComment {
		return &InputError{fmt.Sprintf("a comment has between 1 and %d bytes", maxComment)}
	}
	var n int
	if err := w.tx.QueryRowContext(w.ctx, `SELECT count(*) FROM alert_comment WHERE alert = ?`, d.ID).Scan(&n); err != nil {
		return fmt.Errorf("count the comments of alert %d: %w", d.ID, err)
	}
	if n >= maxComments {
		return &LimitError{"comments on an alert", maxComments}
	}
	if _, err := w.tx.ExecContext(w.ctx, `INSERT INTO alert_comment (alert, time, actor, text) VALUES (?,?,?,?)`, d.ID, w.now.UnixMilli(), cut(actor, maxName), text); err != nil {
		return fmt.Errorf("comment on alert %d: %w", d.ID, err)
	}
	d.history = append(d.history, Entry{Time: w.now, Actor: actor, What: "comment"})
	return nil
}

// Comment adds a comment to an alert, whatever its version. Its errors are those of Update.
func (a *Alerts) Comment(ctx context.Context, actor string, id int64, text string) error {
	if strings.TrimSpace(text) == "" {
		return &InputError{"a comment needs a text"}
	}
	_, err := a.Update(ctx, actor, id, 0, &Edit{Comment: text})
	return err
}

// Comments are what was said about an alert, the oldest first.
func (a *Alerts) Comments(ctx context.Context, id int64) ([]Comment, error) {
	rows, err := a.db.Reader.QueryContext(ctx, `SELECT id, time, actor, text FROM alert_comment WHERE alert = ? ORDER BY id`, id)
	if err != nil {
		return nil, fmt.Errorf("read the comments of alert %d: %w", id, err)
	}
	defer rows.Close()
	var list []Comment
	for rows.Next() {
		var c Comment
		var at int64
		if err := rows.Scan(&c.ID, &at, &c.Actor, &c.Text); err != nil {
			return nil, fmt.Errorf("read the comments of alert %d: %w", id, err)
		}
		c.Time = moment(at)
		list = append(list, c)
	}
	return list, rows.Err()
}
