package retro

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Selection of the matches of a job.
type Selection struct {
	Rule  string // id; empty: of all rules
	Limit int    // of a page; 100, 1000 at most
	After int64  // Next of the page before; 0: the first page
}

// MatchPage is a part of the matches that were kept, in the order in which they were found.
type MatchPage struct {
	Matches []Match
	Next    int64 // 0: this is the last
}

// Matches gives a page of the matches of a job; while it runs, those that were found so far.
func (j *Jobs) Matches(ctx context.Context, id int64, s Selection) (*MatchPage, error) {
	if _, err := j.store.job(ctx, id); err != nil {
		return nil, err
	}
	if s.Limit <= 0 {
		s.Limit = 100
	}
	s.Limit = min(s.Limit, 1000)
	rows, err := j.store.db.Reader.QueryContext(ctx, `SELECT id, rule, event, table_name, time, summary FROM retro_match
		WHERE job = ?1 AND (?2 = '' OR rule = ?2) AND id > ?3 ORDER BY id LIMIT ?4`, id, s.Rule, s.After, s.Limit+1)
	if err != nil {
		return nil, fmt.Errorf("read the matches of job %d: %w", id, err)
	}
	defer rows.Close()
	page := &MatchPage{}
	last := int64(0)
	for rows.Next() {
		var m Match
		var at, number int64
		if err := rows.Scan(&number, &m.Rule, &m.Event, &m.Table, &at, &m.Summary); err != nil {
			return nil, fmt.Errorf("read the matches of job %d: %w", id, err)
		}
		if len(page.Matches) == s.Limit {
			page.Next = last
			break
		}
		last, m.Time = number, time.UnixMilli(at).UTC()
		page.Matches = append(page.Matches, m)
	}
	return page, rows.Err()
}

// RuleCount is how often a rule matched.
type RuleCount struct {
	Rule
	Matches int64 `json:"matches" doc:"All of them, kept or not"`
}

// Rules tells how often each rule matched, the most frequent first; once the job has ended.
func (j *Jobs) Rules(ctx context.Context, id int64) ([]RuleCount, error) {
	if _, err := j.store.job(ctx, id); err != nil {
		return nil, err
	}
	rows, err := j.store.db.Reader.QueryContext(ctx, `SELECT rule, title, level, matches FROM retro_rule WHERE job = ? ORDER BY matches DESC, rule`, id)
	if err != nil {
		return nil, fmt.Errorf("count the matches of job %d: %w", id, err)
	}
	defer rows.Close()
	var list []RuleCount
	for rows.Next() {
		var c RuleCount
		if err := rows.Scan(&c.ID, &c.Title, &c.Level, &c.Matches); err != nil {
			return nil, fmt.Errorf("count the matches of job %d: %w", id, err)
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// Count is how many matches began in a bucket of time.
type Count struct {
	Start   time.Time `json:"start"`
	Matches int64     `json:"matches"`
}

// Noise tells how often a rule (empty: any) matched over time, in buckets of the job's Bucket, empty ones left out; once
// the job has ended.
func (j *Jobs) Noise(ctx context.Context, id int64, rule string) ([]Count, error) {
	if _, err := j.store.job(ctx, id); err != nil {
		return nil, err
	}
	rows, err := j.store.db.Reader.QueryContext(ctx, `SELECT start, sum(matches) FROM retro_count
		WHERE job = ?1 AND (?2 = '' OR rule = ?2) GROUP BY start ORDER BY start`, id, rule)
	if err != nil {
		return nil, fmt.Errorf("count the matches of job %d over time: %w", id, err)
	}
	defer rows.Close()
	var list []Count
	for rows.Next() {
		var start int64
		var c Count
		if err := rows.Scan(&start, &c.Matches); err != nil {
			return nil, fmt.Errorf("count the matches of job %d over time: %w", id, err)
		}
		c.Start = time.UnixMilli(start).UTC()
		list = append(list, c)
	}
	return list, rows.Err()
}

// ErrNotCompared is returned for the difference of a job that is no diff, or has not come to its end.
var ErrNotCompared = errors.New("the job has no difference: it is no diff, or did not come to its end")

// Difference gives what a diff found.
func (j *Jobs) Difference(ctx context.Context, id int64) (*Difference, error) {
	var text sql.NullString
	err := j.store.db.Reader.QueryRowContext(ctx, `SELECT difference FROM retro_job WHERE id = ?`, id).Scan(&text)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, ErrNotFound
	case err != nil:
		return nil, fmt.Errorf("read the difference of job %d: %w", id, err)
	case !text.Valid:
		return nil, ErrNotCompared
	}
	d := &Difference{}
	if err := json.Unmarshal([]byte(text.String), d); err != nil {
		return nil, fmt.Errorf("read the difference of job %d: %w", id, err)
	}
	return d, nil
}
