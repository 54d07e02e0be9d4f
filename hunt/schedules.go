package hunt

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"penstock/alert"
	"penstock/state"
)

// Schedule is a standing hunt with what has come of it.
type Schedule struct {
	ID int64
	Standing
	CreatedBy  string
	Created    time.Time
	ChangedBy  string
	Changed    time.Time
	Revision   int64     // counts changes by people
	Next       time.Time // when it runs next; zero: it is not enabled
	Suppressed time.Time // until when it rests; zero: it does not
	Last       *Run      // nil: it has not run
}

// Run is a run of a schedule.
type Run struct {
	ID       int64
	Started  time.Time
	From, To time.Time // that it looked at, where the query does not say itself
	Took     time.Duration
	State    RunState
	Rows     int64
	Findings int    // that were handed to alerts
	Error    string // why it failed, or what was missed
}

// RunState is how a run ended.
type RunState string

// The states.
const (
	RunDone   RunState = "done"
	RunFailed RunState = "failed"
	RunMissed RunState = "missed" // runs of a time in which Penstock did not run, too many to make up for
)

// keptRuns is how many runs of a schedule are remembered.
const keptRuns = 200

// The errors of Schedules, beside *Mistake, *QueryError and ErrNotFound.
var (
	ErrChanged     = errors.New("somebody else has changed this schedule meanwhile: load it again")
	ErrTooMany     = fmt.Errorf("there are %d schedules already: delete some", maxStanding)
	ErrNameIsTaken = errors.New("there is a schedule of this name already")
)

// rulePrefix begins the ids under which alerts know schedules.
const rulePrefix = "hunt:"

// Raiser makes findings occurrences of alerts; *alert.Alerts does.
type Raiser interface {
	Raise(ctx context.Context, tx *sql.Tx, findings ...alert.Finding) error
}

// Schedules are all standing hunts, and what runs them. Methods may be called at the same time, Work once.
type Schedules struct {
	db     *state.DB
	hunts  *Hunts
	alerts Raiser
	log    *slog.Logger
	wake   chan struct{}

	mu    sync.Mutex
	rules map[string]alert.Rule // by id, what alerts say of each
}

// OpenSchedules makes the schedules that lie in db.
func OpenSchedules(ctx context.Context, db *state.DB, h *Hunts, alerts Raiser) (*Schedules, error) {
	s := &Schedules{db: db, hunts: h, alerts: alerts, log: h.log, wake: make(chan struct{}, 1), rules: map[string]alert.Rule{}}
	list, err := s.List(ctx)
	if err != nil {
		return nil, err
	}
	for i := range list {
		s.learn(&list[i])
	}
	return s, nil
}

// RuleID is the id under which alerts know a schedule.
func RuleID(schedule int64) string { return rulePrefix + strconv.FormatInt(schedule, 10) }

// Rule is what alerts say of a schedule, by that id; false where it is none.
func (s *Schedules) Rule(id string) (alert.Rule, bool) {
	if s == nil || !strings.HasPrefix(id, rulePrefix) {
		return alert.Rule{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.rules[id]
	return r, ok
}

func (s *Schedules) learn(sched *Schedule) {
	id := RuleID(sched.ID)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules[id] = sched.rule(id)
}

const scheduleColumns = `id, standing, enabled, revision, created, created_by, changed, changed_by, due, suppressed`

type scanner interface{ Scan(into ...any) error }

func scanSchedule(r scanner) (*Schedule, error) {
	var s Schedule
	var standing []byte
	var created, changed, due, suppressed int64
	if err := r.Scan(&s.ID, &standing, &s.Enabled, &s.Revision, &created, &s.CreatedBy, &changed, &s.ChangedBy, &due, &suppressed); err != nil {
		return nil, err
	}
	enabled := s.Enabled
	if err := json.Unmarshal(standing, &s.Standing); err != nil {
		return nil, fmt.Errorf("schedule %d: %w", s.ID, err)
	}
	s.Enabled = enabled
	s.Created, s.Changed = moment(created), moment(changed)
	if enabled {
		s.Next = moment(due).Add(settle)
	}
	if suppressed > 0 {
		s.Suppressed = moment(suppressed)
		if enabled && s.Suppressed.After(s.Next) {
			s.Next = s.Suppressed
		}
	}
	return &s, nil
}

// List gives all schedules, by name.
func (s *Schedules) List(ctx context.Context) ([]Schedule, error) {
	rows, err := s.db.Reader.QueryContext(ctx, `SELECT `+scheduleColumns+` FROM hunt_schedule ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("list schedules: %w", err)
	}
	defer rows.Close()
	var list []Schedule
	for rows.Next() {
		one, err := scanSchedule(rows)
		if err != nil {
			return nil, fmt.Errorf("list schedules: %w", err)
		}
		list = append(list, *one)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list schedules: %w", err)
	}
	for i := range list {
		if err := s.addLast(ctx, &list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Find gives a schedule.
func (s *Schedules) Find(ctx context.Context, id int64) (*Schedule, error) {
	one, err := scanSchedule(s.db.Reader.QueryRowContext(ctx, `SELECT `+scheduleColumns+` FROM hunt_schedule WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read schedule %d: %w", id, err)
	}
	return one, s.addLast(ctx, one)
}

func (s *Schedules) addLast(ctx context.Context, one *Schedule) error {
	runs, err := s.Runs(ctx, one.ID, 1)
	if len(runs) > 0 {
		one.Last = &runs[0]
	}
	return err
}

// Runs gives what runs of a schedule came to, newest first.
func (s *Schedules) Runs(ctx context.Context, id int64, most int) ([]Run, error) {
	rows, err := s.db.Reader.QueryContext(ctx, `SELECT id, started, range_from, range_to, milliseconds, state, rows, findings, error FROM hunt_run
		WHERE schedule = ? ORDER BY id DESC LIMIT ?`, id, most)
	if err != nil {
		return nil, fmt.Errorf("list the runs of schedule %d: %w", id, err)
	}
	defer rows.Close()
	var list []Run
	for rows.Next() {
		var r Run
		var started, from, to, took int64
		if err := rows.Scan(&r.ID, &started, &from, &to, &took, &r.State, &r.Rows, &r.Findings, &r.Error); err != nil {
			return nil, fmt.Errorf("list the runs of schedule %d: %w", id, err)
		}
		r.Started, r.From, r.To, r.Took = moment(started), moment(from), moment(to), time.Duration(took)*time.Millisecond
		list = append(list, r)
	}
	return list, rows.Err()
}

// Add makes a schedule. It looks for the first time at what happened before now.
func (s *Schedules) Add(ctx context.Context, who string, standing Standing) (*Schedule, error) {
	text, err := s.prepare(ctx, &standing)
	if err != nil {
		return nil, err
	}
	now := s.hunts.options.Now().UnixMilli()
	var one *Schedule
	err = s.db.Change(ctx, func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM hunt_schedule`).Scan(&n); err != nil {
			return err
		}
		if n >= maxStanding {
			return ErrTooMany
		}
		if err := nameIsFree(ctx, tx, standing.Name, 0); err != nil {
			return err
		}
		one, err = scanSchedule(tx.QueryRowContext(ctx, `INSERT INTO hunt_schedule (name, standing, enabled, revision, created, created_by, changed, changed_by, due)
			VALUES (?,?,?,1,?,?,?,?,?) RETURNING `+scheduleColumns, standing.Name, text, standing.Enabled, now, who, now, who, now))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("make a schedule: %w", err)
	}
	s.learn(one)
	s.rouse()
	return one, nil
}

// Replace puts another standing hunt in place of one, which has the revision (0: whichever).
func (s *Schedules) Replace(ctx context.Context, who string, id, revision int64, standing Standing) (*Schedule, error) {
	text, err := s.prepare(ctx, &standing)
	if err != nil {
		return nil, err
	}
	now := s.hunts.options.Now().UnixMilli()
	var one *Schedule
	err = s.db.Change(ctx, func(tx *sql.Tx) error {
		before, err := scanSchedule(tx.QueryRowContext(ctx, `SELECT `+scheduleColumns+` FROM hunt_schedule WHERE id = ?`, id))
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return ErrNotFound
		case err != nil:
			return err
		case revision != 0 && revision != before.Revision:
			return ErrChanged
		}
		if err := nameIsFree(ctx, tx, standing.Name, id); err != nil {
			return err
		}
		// One that was off does not make up for the time.
		renew := standing.Enabled && (!before.Enabled || standing.Every != before.Every)
		one, err = scanSchedule(tx.QueryRowContext(ctx, `UPDATE hunt_schedule SET name = ?, standing = ?, enabled = ?, revision = revision + 1, changed = ?, changed_by = ?,
			due = iif(?, ?, due), attempts = 0, suppressed = 0 WHERE id = ? RETURNING `+scheduleColumns,
			standing.Name, text, standing.Enabled, now, who, renew, now, id))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("change schedule %d: %w", id, err)
	}
	s.learn(one)
	s.rouse()
	return one, s.addLast(ctx, one)
}

// prepare checks a standing hunt and writes it down.
func (s *Schedules) prepare(ctx context.Context, standing *Standing) (string, error) {
	if err := s.hunts.checkStanding(ctx, standing); err != nil {
		return "", err
	}
	text, err := json.Marshal(standing)
	if err != nil {
		return "", fmt.Errorf("write down a schedule: %w", err)
	}
	return string(text), nil
}

func nameIsFree(ctx context.Context, tx *sql.Tx, name string, but int64) error {
	var n int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM hunt_schedule WHERE name = ? AND id <> ?`, name, but).Scan(&n)
	if err == nil && n > 0 {
		return &Mistake{"name", ErrNameIsTaken.Error() + "."}
	}
	return err
}

// Delete forgets a schedule. Its alerts stay.
func (s *Schedules) Delete(ctx context.Context, id int64) error {
	result, err := s.db.Writer.ExecContext(ctx, `DELETE FROM hunt_schedule WHERE id = ?`, id)
	if err != nil {
		return fmt.Errorf("delete schedule %d: %w", id, err)
	}
	if n, err := result.RowsAffected(); err == nil && n == 0 {
		return ErrNotFound
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.rules, RuleID(id))
	return nil
}

// rouse makes the work look again at what is due.
func (s *Schedules) rouse() {
	select {
	case s.wake <- struct{}{}:
	default: // it will
	}
}
