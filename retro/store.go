package retro

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"penstock/state"
)

// The bounds of what is kept of jobs that have ended.
const (
	maxJobs    = 200
	maxMatches = 1_000_000 // of all jobs, the newest
	maxTexts   = 20        // jobs of which the files are kept
	chunk      = 5_000     // matches that are written at once; others who write wait no longer
)

// store keeps jobs.
type store struct{ db *state.DB }

const jobColumns = `id, work, state, created, started, finished, done, total, events, unreadable, matches, bucket, error`

type scanner interface{ Scan(into ...any) error }

func scanJob(r scanner) (*Job, error) {
	var j Job
	var work []byte
	var created, bucket int64
	var started, finished *int64
	if err := r.Scan(&j.ID, &work, &j.State, &created, &started, &finished, &j.Done, &j.Total, &j.Events, &j.Unreadable, &j.Matches, &bucket, &j.Error); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(work, &j.Work); err != nil {
		return nil, fmt.Errorf("the work of job %d: %w", j.ID, err)
	}
	j.Created, j.Started, j.Finished = time.UnixMilli(created).UTC(), moment(started), moment(finished)
	j.Bucket = time.Duration(bucket) * time.Millisecond
	return &j, nil
}

func moment(milliseconds *int64) *time.Time {
	if milliseconds == nil {
		return nil
	}
	t := time.UnixMilli(*milliseconds).UTC()
	return &t
}

// add keeps a new job, unless too many wait, and forgets the oldest ones.
func (s *store) add(ctx context.Context, w *Work) (id int64, err error) {
	var files []byte
	if len(w.Files) > 0 {
		if files, err = json.Marshal(w.Files); err != nil {
			return 0, fmt.Errorf("write down the files of a job: %w", err)
		}
	}
	work := *w
	work.Files = nil
	for _, f := range w.Files {
		work.Files = append(work.Files, File{Role: f.Role, Name: f.Name})
	}
	text, err := json.Marshal(&work)
	if err != nil {
		return 0, fmt.Errorf("write down the work of a job: %w", err)
	}
	err = s.db.Change(ctx, func(tx *sql.Tx) error {
		var waiting int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM retro_job WHERE state = ?`, Queued).Scan(&waiting); err != nil {
			return err
		}
		if waiting >= maxQueued {
			return ErrBusy
		}
		err := tx.QueryRowContext(ctx, `INSERT INTO retro_job (kind, work, files, state, created) VALUES (?,?,?,?,?) RETURNING id`,
			w.Kind, string(text), files, Queued, time.Now().UnixMilli()).Scan(&id)
		if err != nil {
			return err
		}
		return forget(ctx, tx)
	})
	if err != nil {
		return 0, fmt.Errorf("keep a job: %w", err)
	}
	return id, nil
}

// forget deletes what is kept no longer.
func forget(ctx context.Context, tx *sql.Tx) error {
	for _, f := range []struct {
		statement string
		most      int
	}{
		{`DELETE FROM retro_job WHERE state NOT IN ('queued', 'running') AND id NOT IN (SELECT id FROM retro_job ORDER BY id DESC LIMIT ?)`, maxJobs},
		{`DELETE FROM retro_match WHERE id <= (SELECT max(id) FROM retro_match) - ?`, maxMatches},
		{`UPDATE retro_job SET files = NULL WHERE files IS NOT NULL AND state NOT IN ('queued', 'running')
			AND id NOT IN (SELECT id FROM retro_job WHERE files IS NOT NULL ORDER BY id DESC LIMIT ?)`, maxTexts},
	} {
		if _, err := tx.ExecContext(ctx, f.statement, f.most); err != nil {
			return err
		}
	}
	return nil
}

// texts reads the files of a job back.
func (s *store) texts(ctx context.Context, j *Job) error {
	if len(j.Work.Files) == 0 {
		return nil
	}
	var files []byte
	if err := s.db.Reader.QueryRowContext(ctx, `SELECT files FROM retro_job WHERE id = ?`, j.ID).Scan(&files); err != nil {
		return fmt.Errorf("read the files of job %d: %w", j.ID, err)
	}
	if files == nil {
		return &WorkError{"The files of this job are no longer kept: start a new one with them."}
	}
	if err := json.Unmarshal(files, &j.Work.Files); err != nil {
		return fmt.Errorf("read the files of job %d: %w", j.ID, err)
	}
	return nil
}

func (s *store) job(ctx context.Context, id int64) (*Job, error) {
	j, err := scanJob(s.db.Reader.QueryRowContext(ctx, `SELECT `+jobColumns+` FROM retro_job WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read job %d: %w", id, err)
	}
	return j, nil
}

// list gives jobs, newest first, those with an id less than before (0: all).
func (s *store) list(ctx context.Context, before int64, limit int) ([]Job, error) {
	rows, err := s.db.Reader.QueryContext(ctx, `SELECT `+jobColumns+` FROM retro_job WHERE ?1 = 0 OR id < ?1 ORDER BY id DESC LIMIT ?2`, before, limit)
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	defer rows.Close()
	var list []Job
	for rows.Next() {
		j, err := scanJob(rows)
		if err != nil {
			return nil, fmt.Errorf("list jobs: %w", err)
		}
		list = append(list, *j)
	}
	return list, rows.Err()
}

// interrupt ends the jobs that ran when the program ended.
func (s *store) interrupt(ctx context.Context) error {
	_, err := s.db.Writer.ExecContext(ctx, `UPDATE retro_job SET state = ?, finished = ?, error = ? WHERE state = ?`,
		Failed, time.Now().UnixMilli(), Interrupted, Running)
	if err != nil {
		return fmt.Errorf("end interrupted jobs: %w", err)
	}
	return nil
}

// claim makes the oldest job that waits a running one; nil where none does.
func (s *store) claim(ctx context.Context) (*Job, error) {
	j, err := scanJob(s.db.Writer.QueryRowContext(ctx, `UPDATE retro_job SET state = ?, started = ?
		WHERE id = (SELECT min(id) FROM retro_job WHERE state = ?) RETURNING `+jobColumns, Running, time.Now().UnixMilli(), Queued))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // there is nothing to do, and nothing wrong
	}
	if err != nil {
		return nil, fmt.Errorf("take a job: %w", err)
	}
	return j, nil
}

// cancelQueued cancels a job that waits, and tells whether it did.
func (s *store) cancelQueued(ctx context.Context, id int64) (bool, error) {
	result, err := s.db.Writer.ExecContext(ctx, `UPDATE retro_job SET state = ?, finished = ? WHERE id = ? AND state = ?`,
		Cancelled, time.Now().UnixMilli(), id, Queued)
	if err != nil {
		return false, fmt.Errorf("cancel job %d: %w", id, err)
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// progress writes down how far a job is.
func (s *store) progress(ctx context.Context, j *Job) error {
	_, err := s.db.Writer.ExecContext(ctx, `UPDATE retro_job SET done = ?, total = ?, matches = ? WHERE id = ?`, j.Done, j.Total, j.Matches, j.ID)
	if err != nil {
		return fmt.Errorf("write down the progress of job %d: %w", j.ID, err)
	}
	return nil
}

// matches writes down what a job found, and gives what could not be written.
func (s *store) matches(ctx context.Context, job int64, found []Match) ([]Match, error) {
	for len(found) > 0 {
		part := found[:min(len(found), chunk)]
		err := s.db.Change(ctx, func(tx *sql.Tx) error {
			insert, err := tx.PrepareContext(ctx, `INSERT INTO retro_match (job, rule, event, table_name, time, summary) VALUES (?,?,?,?,?,?)`)
			if err != nil {
				return err
			}
			defer insert.Close()
			for i := range part {
				m := &part[i]
				if _, err := insert.ExecContext(ctx, job, m.Rule, m.Event, m.Table, m.Time.UnixMilli(), m.Summary); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return found, fmt.Errorf("write down the matches of job %d: %w", job, err)
		}
		found = found[len(part):]
	}
	return nil, nil
}

// finish writes down how a job ended, with the counts of its rules or the difference.
func (s *store) finish(ctx context.Context, j *Job, h *hunt, d *Difference) error {
	err := s.db.Change(ctx, func(tx *sql.Tx) error {
		var difference *string
		if d != nil {
			text, err := json.Marshal(d)
			if err != nil {
				return err
			}
			whole := string(text)
			difference = &whole
		}
		if h != nil {
			if err := h.write(ctx, tx, j.ID); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `UPDATE retro_job SET state = ?, finished = ?, done = ?, total = ?, events = ?, unreadable = ?, matches = ?, bucket = ?, error = ?, difference = ? WHERE id = ?`,
			j.State, j.Finished.UnixMilli(), j.Done, j.Total, j.Events, j.Unreadable, j.Matches, j.Bucket.Milliseconds(), j.Error, difference, j.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("write down the end of job %d: %w", j.ID, err)
	}
	return nil
}

// write writes down how often each rule matched, and when.
func (h *hunt) write(ctx context.Context, tx *sql.Tx, job int64) error {
	for n, matches := range h.matches {
		r := h.rule(n)
		_, err := tx.ExecContext(ctx, `INSERT INTO retro_rule (job, rule, title, level, matches) VALUES (?,?,?,?,?)
			ON CONFLICT DO UPDATE SET matches = matches + excluded.matches`, job, r.ID, r.Title, r.Level, matches)
		if err != nil {
			return err
		}
	}
	for k, matches := range h.counts {
		_, err := tx.ExecContext(ctx, `INSERT INTO retro_count (job, rule, start, matches) VALUES (?,?,?,?)
			ON CONFLICT DO UPDATE SET matches = matches + excluded.matches`, job, h.rule(k.rule).ID, k.start*h.bucket.Milliseconds(), matches)
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *store) remove(ctx context.Context, id int64) error {
	result, err := s.db.Writer.ExecContext(ctx, `DELETE FROM retro_job WHERE id = ? AND state NOT IN (?, ?)`, id, Queued, Running)
	if err != nil {
		return fmt.Errorf("delete job %d: %w", id, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(ErrNotFound, err)
	}
	return nil
}
