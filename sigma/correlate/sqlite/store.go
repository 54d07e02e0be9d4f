// Package sqlite keeps the state of correlations in the state database, within the transaction that brings the journal
// there: each match is counted once, whatever is killed.
package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"penstock/sigma/correlate"
)

// Store is a correlate.Store for the time of a transaction.
type Store struct {
	Tx   *sql.Tx
	most int // hits of one correlation; correlate.MaxAll where it is 0
}

var _ correlate.Store = Store{}

// openAtOnce is how many groups are decided in one transaction.
const openAtOnce = 1000

// Add implements correlate.Store.
func (s Store) Add(ctx context.Context, correlation, group string, h correlate.Hit) error {
	_, err := s.Tx.ExecContext(ctx, `INSERT INTO correlation_hit (correlation, grp, time, rule, event, value, note) VALUES (?,?,?,?,?,?,?) ON CONFLICT DO NOTHING`,
		correlation, group, h.Time.UnixMicro(), h.Rule, h.Event[:], h.Value, h.Note)
	return err
}

// Hits implements correlate.Store.
func (s Store) Hits(ctx context.Context, correlation, group string, from, to time.Time) ([]correlate.Hit, error) {
	// The latest count where there are too many.
	rows, err := s.Tx.QueryContext(ctx, `SELECT time, rule, event, value, note FROM (
			SELECT time, rule, event, value, note FROM correlation_hit WHERE correlation = ? AND grp = ? AND time BETWEEN ? AND ? ORDER BY time DESC LIMIT ?
		) ORDER BY time, event, rule`, correlation, group, micros(from), micros(to), correlate.MaxHits)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []correlate.Hit
	for rows.Next() {
		var h correlate.Hit
		var at int64
		var event []byte
		if err := rows.Scan(&at, &h.Rule, &event, &h.Value, &h.Note); err != nil {
			return nil, err
		}
		if copy(h.Event[:], event) != len(h.Event) {
			return nil, fmt.Errorf("an event's id has %d bytes", len(event))
		}
		h.Time = time.UnixMicro(at).UTC()
		list = append(list, h)
	}
	return list, rows.Err()
}

// micros keeps the ends of time within an integer.
func micros(t time.Time) int64 {
	switch {
	case t.Year() < 1970:
		return 0
	case t.Year() > 9999:
		return math.MaxInt64
	}
	return t.UnixMicro()
}

// Finding implements correlate.Store.
func (s Store) Finding(ctx context.Context, correlation, group string, from, to time.Time) (correlate.Kept, bool, error) {
	var k correlate.Kept
	var first, last int64
	err := s.Tx.QueryRowContext(ctx, `SELECT id, first, last FROM correlation_finding
		WHERE correlation = ? AND grp = ? AND first <= ? AND last >= ? ORDER BY last DESC, id LIMIT 1`, correlation, group, micros(to), micros(from)).Scan(&k.ID, &first, &last)
	if errors.Is(err, sql.ErrNoRows) {
		return k, false, nil
	}
	k.First, k.Last = time.UnixMicro(first).UTC(), time.UnixMicro(last).UTC()
	return k, err == nil, err
}

// Keep implements correlate.Store.
func (s Store) Keep(ctx context.Context, correlation, group string, f correlate.Kept) error {
	_, err := s.Tx.ExecContext(ctx, `INSERT INTO correlation_finding (correlation, grp, id, first, last) VALUES (?,?,?,?,?)
		ON CONFLICT DO UPDATE SET first = excluded.first, last = excluded.last`, correlation, group, f.ID, f.First.UnixMicro(), f.Last.UnixMicro())
	return err
}

// Open implements correlate.Store.
func (s Store) Open(ctx context.Context, correlation string, to time.Time) ([]string, error) {
	rows, err := s.Tx.QueryContext(ctx, `SELECT DISTINCT grp FROM correlation_hit WHERE correlation = ? AND time <= ? ORDER BY grp LIMIT ?`, correlation, micros(to), openAtOnce)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var group string
		if err := rows.Scan(&group); err != nil {
			return nil, err
		}
		list = append(list, group)
	}
	return list, rows.Err()
}

// Decided implements correlate.Store.
func (s Store) Decided(ctx context.Context, correlation, group string, to time.Time) error {
	_, err := s.Tx.ExecContext(ctx, `DELETE FROM correlation_hit WHERE correlation = ? AND grp = ? AND time <= ?`, correlation, group, micros(to))
	return err
}

// Prune implements correlate.Store.
func (s Store) Prune(ctx context.Context, correlation string, before time.Time) error {
	if _, err := s.Tx.ExecContext(ctx, `DELETE FROM correlation_hit WHERE correlation = ? AND time < ?`, correlation, micros(before)); err != nil {
		return err
	}
	_, err := s.Tx.ExecContext(ctx, `DELETE FROM correlation_hit WHERE correlation = ? AND time <=
		(SELECT time FROM correlation_hit WHERE correlation = ? ORDER BY time DESC LIMIT 1 OFFSET ?)`, correlation, correlation, cmp.Or(s.most, correlate.MaxAll))
	if err != nil {
		return err
	}
	_, err = s.Tx.ExecContext(ctx, `DELETE FROM correlation_finding WHERE correlation = ? AND last < ?`, correlation, micros(before))
	return err
}
