package saved

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"penstock/state"
)

// Queries are all saved queries. What others have not shared is, for whoever asks, not there.
type Queries struct{ db *state.DB }

// New gives the queries that lie in db.
func New(db *state.DB) *Queries { return &Queries{db} }

const columns = `id, owner, name, query, range_from, range_to, columns, split, shared, created, changed, kind, folder, parameters`

type scanner interface{ Scan(into ...any) error }

func scan(r scanner) (*Query, error) {
	var q Query
	var list, parameters []byte
	var created, changed int64
	if err := r.Scan(&q.ID, &q.Owner, &q.Name, &q.Query, &q.From, &q.To, &list, &q.Split, &q.Shared, &created, &changed, &q.Kind, &q.Folder, &parameters); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(list, &q.Columns); err != nil {
		return nil, fmt.Errorf("the columns of saved query %d: %w", q.ID, err)
	}
	if err := json.Unmarshal(parameters, &q.Parameters); err != nil {
		return nil, fmt.Errorf("the parameters of saved query %d: %w", q.ID, err)
	}
	q.Created, q.Changed = time.UnixMilli(created).UTC(), time.UnixMilli(changed).UTC()
	return &q, nil
}

// List gives the queries of a kind (empty: of any) of who, and those that others have shared, by name.
func (s *Queries) List(ctx context.Context, who string, kind Kind) ([]Query, error) {
	rows, err := s.db.Reader.QueryContext(ctx, `SELECT `+columns+` FROM saved_query WHERE (owner = ? OR shared) AND (? = '' OR kind = ?) ORDER BY name, id`, who, kind, kind)
	if err != nil {
		return nil, fmt.Errorf("list saved queries: %w", err)
	}
	defer rows.Close()
	var list []Query
	for rows.Next() {
		q, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list saved queries: %w", err)
		}
		list = append(list, *q)
	}
	return list, rows.Err()
}

// Add saves a search for who.
func (s *Queries) Add(ctx context.Context, who string, w Search) (q *Query, err error) {
	if err := w.check(); err != nil {
		return nil, err
	}
	list, parameters, err := w.lists()
	if err != nil {
		return nil, err
	}
	now := time.Now().UnixMilli()
	err = s.db.Change(ctx, func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM saved_query WHERE owner = ?`, who).Scan(&n); err != nil {
			return err
		}
		if n >= maxSaved {
			return ErrTooMany
		}
		if err := nameIsFree(ctx, tx, who, w.Name, 0); err != nil {
			return err
		}
		q, err = scan(tx.QueryRowContext(ctx, `INSERT INTO saved_query (owner, name, query, range_from, range_to, columns, split, shared, created, changed, kind, folder, parameters)
			VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?) RETURNING `+columns, who, w.Name, w.Query, w.From, w.To, list, w.Split, w.Shared, now, now, w.Kind, w.Folder, parameters))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("save a query: %w", err)
	}
	return q, nil
}

// lists are the columns and the parameters as they are kept.
func (s *Search) lists() (columns, parameters string, err error) {
	list, err := json.Marshal(s.Columns)
	if err != nil {
		return "", "", fmt.Errorf("write down columns: %w", err)
	}
	text, err := json.Marshal(s.Parameters)
	if err != nil {
		return "", "", fmt.Errorf("write down parameters: %w", err)
	}
	return string(list), string(text), nil
}

// Replace saves something else in place of a query of who's.
func (s *Queries) Replace(ctx context.Context, who string, id int64, w Search) (q *Query, err error) {
	if err := w.check(); err != nil {
		return nil, err
	}
	list, parameters, err := w.lists()
	if err != nil {
		return nil, err
	}
	err = s.db.Change(ctx, func(tx *sql.Tx) error {
		if err := owned(ctx, tx, who, id); err != nil {
			return err
		}
		if err := nameIsFree(ctx, tx, who, w.Name, id); err != nil {
			return err
		}
		q, err = scan(tx.QueryRowContext(ctx, `UPDATE saved_query SET name = ?, query = ?, range_from = ?, range_to = ?, columns = ?, split = ?, shared = ?, changed = ?,
			kind = ?, folder = ?, parameters = ? WHERE id = ? RETURNING `+columns, w.Name, w.Query, w.From, w.To, list, w.Split, w.Shared, time.Now().UnixMilli(), w.Kind, w.Folder, parameters, id))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("save query %d: %w", id, err)
	}
	return q, nil
}

// Delete forgets a query of who's.
func (s *Queries) Delete(ctx context.Context, who string, id int64) error {
	err := s.db.Change(ctx, func(tx *sql.Tx) error {
		if err := owned(ctx, tx, who, id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM saved_query WHERE id = ?`, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("delete saved query %d: %w", id, err)
	}
	return nil
}

// owned tells why who may not change a query; nil when he may.
func owned(ctx context.Context, tx *sql.Tx, who string, id int64) error {
	var owner string
	var shared bool
	err := tx.QueryRowContext(ctx, `SELECT owner, shared FROM saved_query WHERE id = ?`, id).Scan(&owner, &shared)
	switch {
	case errors.Is(err, sql.ErrNoRows), err == nil && owner != who && !shared:
		return ErrNotFound
	case err != nil:
		return err
	case owner != who:
		return &NotOwner{owner}
	}
	return nil
}

func nameIsFree(ctx context.Context, tx *sql.Tx, who, name string, but int64) error {
	var n int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM saved_query WHERE owner = ? AND name = ? AND id <> ?`, who, name, but).Scan(&n)
	if err == nil && n > 0 {
		return &Mistake{"name", "You have a saved query of this name already."}
	}
	return err
}
