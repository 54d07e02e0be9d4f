package hunt

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"penstock/state"
)

// Past is a hunt that somebody has run.
type Past struct {
	Number   int64
	Query    string
	From, To time.Time
	Started  time.Time
	Seconds  float64
	Rows     int64
	Cut      Cut
	Outcome  Outcome
	Error    string // empty: it did not fail
}

// Outcome is how a hunt ended.
type Outcome string

// The outcomes.
const (
	Done      Outcome = "done"
	Failed    Outcome = "failed"
	Cancelled Outcome = "cancelled"
)

// maxHistory is how many hunts of one user are remembered.
const maxHistory = 500

// history is what users have run, in the state.
type history struct{ db *state.DB }

func (h *history) add(ctx context.Context, r *Request, began time.Time, s *Summary, failed error) error {
	outcome, text := Done, ""
	switch {
	case failed == nil:
	case isCancelled(failed):
		outcome = Cancelled
	default:
		outcome, text = Failed, failed.Error()
	}
	return h.db.Change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO hunt_history (owner, query, range_from, range_to, started, milliseconds, rows, cut, outcome, error) VALUES (?,?,?,?,?,?,?,?,?,?)`,
			r.Who, r.Query, r.From.UnixMilli(), r.To.UnixMilli(), began.UnixMilli(), s.Elapsed.Milliseconds(), s.Rows, s.Cut, outcome, text)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM hunt_history WHERE owner = ?1 AND id <= (SELECT id FROM hunt_history WHERE owner = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`, r.Who, maxHistory)
		return err
	})
}

// History gives what who has run, newest first: before a number (0: from the newest), so many at most.
func (h *Hunts) History(ctx context.Context, who string, before int64, most int) ([]Past, error) {
	if h.history == nil {
		return nil, nil
	}
	rows, err := h.history.db.Reader.QueryContext(ctx, `SELECT id, query, range_from, range_to, started, milliseconds, rows, cut, outcome, error FROM hunt_history
		WHERE owner = ? AND (? = 0 OR id < ?) ORDER BY id DESC LIMIT ?`, who, before, before, most)
	if err != nil {
		return nil, fmt.Errorf("read the history of hunts: %w", err)
	}
	defer rows.Close()
	var list []Past
	for rows.Next() {
		var p Past
		var from, to, started, milliseconds int64
		if err := rows.Scan(&p.Number, &p.Query, &from, &to, &started, &milliseconds, &p.Rows, &p.Cut, &p.Outcome, &p.Error); err != nil {
			return nil, fmt.Errorf("read the history of hunts: %w", err)
		}
		p.From, p.To, p.Started = moment(from), moment(to), moment(started)
		p.Seconds = float64(milliseconds) / 1000
		list = append(list, p)
	}
	return list, rows.Err()
}

// Forget takes a hunt out of who's history; 0: all of them.
func (h *Hunts) Forget(ctx context.Context, who string, number int64) error {
	if h.history == nil {
		return ErrNotFound
	}
	result, err := h.history.db.Writer.ExecContext(ctx, `DELETE FROM hunt_history WHERE owner = ? AND (? = 0 OR id = ?)`, who, number, number)
	if err != nil {
		return fmt.Errorf("forget a hunt: %w", err)
	}
	n, err := result.RowsAffected()
	if err == nil && n == 0 && number != 0 {
		err = ErrNotFound
	}
	return err
}

func moment(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
