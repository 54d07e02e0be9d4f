package intakes

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"penstock/intake"
)

// Arrival is what an intake has brought of a table, over all its starts.
type Arrival struct {
	// First is zero where it came before that was noted.
	First, Last time.Time
	Events      int64
}

// arrived notes what an intake has brought since it was last noted.
func (s *store) arrived(ctx context.Context, intake string, tables map[string]Arrival) error {
	err := s.db.Change(ctx, func(tx *sql.Tx) error {
		for table, a := range tables {
			if _, err := tx.ExecContext(ctx, `INSERT INTO intake_table (intake, name, first, last, events) VALUES (?,?,?,?,?)
				ON CONFLICT DO UPDATE SET last = max(last, excluded.last), events = events + excluded.events`,
				intake, table, a.First.UnixMilli(), a.Last.UnixMilli(), a.Events); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note what the intake %s brings: %w", intake, err)
	}
	return nil
}

// arrivals are the tables that intakes have brought.
func (s *store) arrivals(ctx context.Context) (map[string]map[string]Arrival, error) {
	rows, err := s.db.Reader.QueryContext(ctx, `SELECT intake, name, first, last, events FROM intake_table`)
	if err != nil {
		return nil, fmt.Errorf("read what intakes have brought: %w", err)
	}
	defer rows.Close()
	all := map[string]map[string]Arrival{}
	for rows.Next() {
		var in, table string
		var first *int64
		var last int64
		var a Arrival
		if err := rows.Scan(&in, &table, &first, &last, &a.Events); err != nil {
			return nil, fmt.Errorf("read what intakes have brought: %w", err)
		}
		if all[in] == nil {
			all[in] = map[string]Arrival{}
		}
		a.Last = time.UnixMilli(last).UTC()
		if first != nil {
			a.First = time.UnixMilli(*first).UTC()
		}
		all[in][table] = a
	}
	return all, rows.Err()
}

// since is what has come of tables since it was last counted.
func since(tables []intake.Table, counted map[string]int64) map[string]Arrival {
	fresh := map[string]Arrival{}
	for _, t := range tables {
		if n := t.Events - counted[t.Table]; n > 0 {
			fresh[t.Table] = Arrival{First: t.Last, Last: t.Last, Events: n}
		}
	}
	return fresh
}

// add takes to a what came later.
func (a Arrival) add(later Arrival) Arrival {
	if a.Last.IsZero() {
		return later
	}
	a.Events += later.Events
	if later.Last.After(a.Last) {
		a.Last = later.Last
	}
	return a
}

// chosen are the tables that are expected of an intake: those that somebody has ticked, or all that are known.
func chosen(ticked, known []string) []string {
	if len(ticked) == 0 {
		return known
	}
	out := make([]string, len(ticked))
	for i, table := range ticked {
		out[i] = table
		if j := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, table) }); j >= 0 {
			out[i] = known[j]
		}
	}
	return out
}

// missing are the expected tables that are not among those that came.
func missing(expected []string, came func(table string) bool) []string {
	return slices.DeleteFunc(slices.Clone(expected), came)
}
