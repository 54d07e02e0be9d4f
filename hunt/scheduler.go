package hunt

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

const (
	// settle is how long after a moment a run looks at what happened before it: events arrive late.
	settle = 2 * time.Minute
	// maxAttempts is how often a run is tried, retryAfter how long it waits between.
	maxAttempts = 3
	retryAfter  = time.Minute
	// maxMissed is how many runs are made up for after a time in which Penstock did not run: the latest ones.
	maxMissed = 24
	// longestSleep is after which time it is looked what is due, whatever is known: clocks are set.
	longestSleep = time.Minute
)

// Work runs what is due until ctx ends, one run at a time. Runs that were missed are made up for, the oldest first.
func (s *Schedules) Work(ctx context.Context) error {
	for ctx.Err() == nil {
		due, at, err := s.nextDue(ctx)
		now := s.hunts.options.Now()
		switch {
		case err != nil && ctx.Err() == nil:
			s.log.Error("it cannot be found out which hunts are due; it is tried again", "error", err)
			at = now.Add(longestSleep)
		case due != nil && !at.After(now):
			s.work(ctx, due)
			continue
		}
		sleep := longestSleep
		if !at.IsZero() {
			sleep = min(max(at.Sub(now), 0), longestSleep)
		}
		timer := time.NewTimer(sleep)
		select {
		case <-timer.C:
		case <-s.wake:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return nil
}

// dueRun is a run that is to be.
type dueRun struct {
	*Schedule
	to       time.Time // up to which it looks
	attempts int
}

// nextDue is the run that is due first, and when that is; nil: there is none.
func (s *Schedules) nextDue(ctx context.Context) (*dueRun, time.Time, error) {
	rows, err := s.db.Reader.QueryContext(ctx, `SELECT id, due, attempts, suppressed FROM hunt_schedule WHERE enabled`)
	if err != nil {
		return nil, time.Time{}, err
	}
	defer rows.Close()
	var first dueRun
	var id int64
	var at time.Time
	for rows.Next() {
		var one, due, suppressed int64
		var attempts int
		if err := rows.Scan(&one, &due, &attempts, &suppressed); err != nil {
			return nil, at, err
		}
		when := moment(due).Add(settle + time.Duration(attempts)*retryAfter)
		if until := moment(suppressed); until.After(when) {
			when = until
		}
		if id == 0 || when.Before(at) {
			id, at, first = one, when, dueRun{to: moment(due), attempts: attempts}
		}
	}
	if err := rows.Err(); err != nil || id == 0 {
		return nil, at, err
	}
	first.Schedule, err = s.Find(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return nil, at, nil // it was deleted meanwhile
	}
	return &first, at, err
}

// work does a run and writes down what came of it.
func (s *Schedules) work(ctx context.Context, d *dueRun) {
	now := s.hunts.options.Now()
	next := d.to.Add(d.Every)
	// After a rest, and after too long a time without Penstock, it goes on with the latest.
	if latest := now.Add(-settle); d.Suppressed.After(d.to) || latest.Sub(d.to) > maxMissed*d.Every {
		skipped := int64(latest.Sub(d.to) / d.Every)
		if !d.Suppressed.After(d.to) {
			skipped -= maxMissed
			s.note(ctx, d, &Run{Started: now, From: d.to, To: d.to.Add(time.Duration(skipped) * d.Every), State: RunMissed,
				Error: fmt.Sprintf("%d runs were missed while Penstock did not run; the latest %d are made up for", skipped, maxMissed)})
		}
		d.to = d.to.Add(time.Duration(max(skipped, 0)) * d.Every)
		next = d.to.Add(d.Every)
	}
	run, err := s.run(ctx, d, next)
	if err == nil || ctx.Err() != nil {
		return
	}
	s.log.Warn("a scheduled hunt has failed", "schedule", d.Name, "attempt", d.attempts+1, "error", err)
	run.State, run.Error = RunFailed, err.Error()
	s.note(ctx, d, run)
	attempts, due := d.attempts+1, d.to
	if attempts >= maxAttempts {
		attempts, due = 0, next
	}
	if _, err := s.db.Writer.ExecContext(ctx, `UPDATE hunt_schedule SET due = ?, attempts = ? WHERE id = ? AND revision = ?`, due.UnixMilli(), attempts, d.ID, d.Revision); err != nil && ctx.Err() == nil {
		s.log.Error("the failure of a scheduled hunt cannot be written down", "schedule", d.Name, "error", err)
		s.pause(ctx)
	}
}

// pause keeps a database that does not take anything from being asked without end.
func (s *Schedules) pause(ctx context.Context) {
	select {
	case <-time.After(retryAfter):
	case <-ctx.Done():
	}
}

// run hunts, and raises alerts in the transaction in which the next run is determined: nothing is raised twice.
func (s *Schedules) run(ctx context.Context, d *dueRun, next time.Time) (*Run, error) {
	started := s.hunts.options.Now()
	r := &Run{Started: started, From: d.to.Add(-d.Lookback), To: d.to, State: RunDone}
	result := &found{}
	summary, err := s.hunts.Run(ctx, d.request("schedule", d.to), result)
	r.Took = s.hunts.options.Now().Sub(started)
	if err != nil {
		return r, err
	}
	r.Rows = summary.Rows
	id := RuleID(d.ID)
	var suppressed int64
	hit := d.Threshold.met(r.Rows)
	err = s.db.Change(ctx, func(tx *sql.Tx) error {
		r.Findings, suppressed = 0, 0
		if hit {
			findings := d.findings(id, result, d.to)
			if err := s.alerts.Raise(ctx, tx, findings...); err != nil {
				return err
			}
			r.Findings = len(findings)
			if d.Suppress > 0 {
				suppressed = d.to.Add(d.Suppress).UnixMilli()
			}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE hunt_schedule SET due = ?, attempts = 0, suppressed = ? WHERE id = ? AND revision = ?`,
			next.UnixMilli(), suppressed, d.ID, d.Revision); err != nil {
			return err
		}
		return addRun(ctx, tx, d.ID, r)
	})
	if err == nil {
		s.hunts.metrics.alerts.Add(float64(r.Findings))
	}
	return r, err
}

// note writes a run down that came to nothing.
func (s *Schedules) note(ctx context.Context, d *dueRun, r *Run) {
	err := s.db.Change(ctx, func(tx *sql.Tx) error { return addRun(ctx, tx, d.ID, r) })
	if err != nil && ctx.Err() == nil {
		s.log.Error("a run of a scheduled hunt cannot be written down", "schedule", d.Name, "error", err)
	}
}

func addRun(ctx context.Context, tx *sql.Tx, schedule int64, r *Run) error {
	var there int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM hunt_schedule WHERE id = ?`, schedule).Scan(&there); err != nil || there == 0 {
		return err // it was deleted meanwhile
	}
	err := tx.QueryRowContext(ctx, `INSERT INTO hunt_run (schedule, started, range_from, range_to, milliseconds, state, rows, findings, error)
		VALUES (?,?,?,?,?,?,?,?,?) RETURNING id`, schedule, r.Started.UnixMilli(), r.From.UnixMilli(), r.To.UnixMilli(), r.Took.Milliseconds(), r.State, r.Rows, r.Findings, r.Error).Scan(&r.ID)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM hunt_run WHERE schedule = ?1 AND id <= (SELECT id FROM hunt_run WHERE schedule = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`, schedule, keptRuns)
	return err
}

// RunNow runs a schedule at once, up to this moment, enabled or not. Its regular runs stay as they are.
func (s *Schedules) RunNow(ctx context.Context, id int64) (*Run, error) {
	one, err := s.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	now := s.hunts.options.Now()
	d := &dueRun{Schedule: one, to: now}
	d.Revision = -1 // what is due stays
	r, err := s.run(ctx, d, now)
	if err != nil {
		r.State, r.Error = RunFailed, err.Error()
		s.note(ctx, d, r)
	}
	return r, err
}
