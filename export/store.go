package export

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"penstock/state"
)

// maxJobs is how many exports without a file are remembered.
const maxJobs = 200

// store keeps the list of exports.
type store struct{ db *state.DB }

const jobColumns = `id, owner, wanted, state, created, started, finished, done, total, bytes, cut, error`

type scanner interface{ Scan(into ...any) error }

func scanJob(r scanner) (*Job, error) {
	var j Job
	var wanted []byte
	var created int64
	var started, finished *int64
	if err := r.Scan(&j.ID, &j.Owner, &wanted, &j.State, &created, &started, &finished, &j.Done, &j.Total, &j.Bytes, &j.Cut, &j.Error); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(wanted, &j.Order); err != nil {
		return nil, fmt.Errorf("the order of export %d: %w", j.ID, err)
	}
	j.Created, j.Started, j.Finished = time.UnixMilli(created).UTC(), moment(started), moment(finished)
	return &j, nil
}

func moment(milliseconds *int64) *time.Time {
	if milliseconds == nil {
		return nil
	}
	return new(time.UnixMilli(*milliseconds).UTC())
}

// add keeps a new job, unless too many wait or the files of others take all the room.
func (s *store) add(ctx context.Context, who string, w *Order, room int64) (j *Job, err error) {
	text, err := json.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("write down an export: %w", err)
	}
	err = s.db.Change(ctx, func(tx *sql.Tx) error {
		var waiting, taken int64
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE state IN ('queued', 'running')), coalesce(sum(bytes) FILTER (WHERE state = 'done'), 0) FROM export_job`).Scan(&waiting, &taken); err != nil {
			return err
		}
		if waiting >= maxQueued {
			return ErrBusy
		}
		if taken >= room {
			return ErrFull
		}
		j, err = scanJob(tx.QueryRowContext(ctx, `INSERT INTO export_job (owner, wanted, state, created) VALUES (?,?,?,?) RETURNING `+jobColumns,
			who, string(text), Queued, time.Now().UnixMilli()))
		if err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM export_job WHERE state NOT IN ('queued', 'running', 'done') AND id NOT IN
			(SELECT id FROM export_job WHERE state NOT IN ('queued', 'running', 'done') ORDER BY id DESC LIMIT ?)`, maxJobs)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("keep an export: %w", err)
	}
	return j, nil
}

func (s *store) job(ctx context.Context, who string, id int64) (*Job, error) {
	j, err := scanJob(s.db.Reader.QueryRowContext(ctx, `SELECT `+jobColumns+` FROM export_job WHERE id = ? AND owner = ?`, id, who))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read export %d: %w", id, err)
	}
	return j, nil
}

func (s *store) list(ctx context.Context, who string) ([]Job, error) {
	return s.several(ctx, `SELECT `+jobColumns+` FROM export_job WHERE owner = ? ORDER BY id DESC LIMIT ?`, who, maxJobs)
}

func (s *store) finishedBefore(ctx context.Context, t time.Time) ([]Job, error) {
	return s.several(ctx, `SELECT `+jobColumns+` FROM export_job WHERE state = ? AND finished < ?`, Done, t.UnixMilli())
}

func (s *store) several(ctx context.Context, query string, args ...any) ([]Job, error) {
	rows, err := s.db.Reader.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list exports: %w", err)
	}
	defer rows.Close()
	var list []Job
	for rows.Next() {
		j, err := scanJob(rows)
		if err != nil {
			return nil, fmt.Errorf("list exports: %w", err)
		}
		list = append(list, *j)
	}
	return list, rows.Err()
}

// interrupt ends the exports that ran when the program ended.
func (s *store) interrupt(ctx context.Context) error {
	return s.exec(ctx, "end interrupted exports", `UPDATE export_job SET state = ?, finished = ?, bytes = 0, error = ? WHERE state = ?`,
		Failed, time.Now().UnixMilli(), interrupted, Running)
}

// claim makes the oldest export that waits a running one; nil where none does.
func (s *store) claim(ctx context.Context) (*Job, error) {
	j, err := scanJob(s.db.Writer.QueryRowContext(ctx, `UPDATE export_job SET state = ?, started = ?
		WHERE id = (SELECT min(id) FROM export_job WHERE state = ?) RETURNING `+jobColumns, Running, time.Now().UnixMilli(), Queued))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // there is nothing to do, and nothing wrong
	}
	if err != nil {
		return nil, fmt.Errorf("take an export: %w", err)
	}
	return j, nil
}

func (s *store) cancelQueued(ctx context.Context, id int64) error {
	return s.exec(ctx, "cancel an export", `UPDATE export_job SET state = ?, finished = ? WHERE id = ? AND state = ?`,
		Cancelled, time.Now().UnixMilli(), id, Queued)
}

func (s *store) expire(ctx context.Context, id int64) error {
	return s.exec(ctx, "expire an export", `UPDATE export_job SET state = ? WHERE id = ?`, Expired, id)
}

func (s *store) remove(ctx context.Context, id int64) error {
	return s.exec(ctx, "delete an export", `DELETE FROM export_job WHERE id = ?`, id)
}

// write writes down how far a job is, or how it ended.
func (s *store) write(ctx context.Context, j *Job) error {
	var finished *int64
	if j.Finished != nil {
		finished = new(j.Finished.UnixMilli())
	}
	return s.exec(ctx, "write down the progress of an export", `UPDATE export_job SET state = ?, finished = ?, done = ?, total = ?, bytes = ?, cut = ?, error = ? WHERE id = ?`,
		j.State, finished, j.Done, j.Total, j.Bytes, j.Cut, j.Error, j.ID)
}

func (s *store) exec(ctx context.Context, doing, statement string, args ...any) error {
	if _, err := s.db.Writer.ExecContext(ctx, statement, args...); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
