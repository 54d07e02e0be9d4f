package intakes

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"penstock/config"
	"penstock/secret"
	"penstock/state"
)

// store keeps the intakes that are made through the API.
type store struct {
	db      *state.DB
	secrets *secret.Store
}

func secretName(intake, name string) string { return "intake/" + intake + "/" + name }

// stored is an intake of the store, and why it cannot be run although it was taken once.
type stored struct {
	*Intake
	problem error
}

// all gives every intake that is not deleted. One whose secrets cannot be opened is there all the same, with the problem.
func (s *store) all(ctx context.Context) ([]stored, error) {
	rows, err := s.db.Reader.QueryContext(ctx, `SELECT name, format, settings, paused, created, changed FROM intake WHERE deleted IS NULL ORDER BY created, name`)
	if err != nil {
		return nil, fmt.Errorf("read the intakes: %w", err)
	}
	defer rows.Close()
	var list []stored
	for rows.Next() {
		in := &Intake{Origin: API}
		var settings string
		var created, changed int64
		if err := rows.Scan(&in.Name, &in.Format, &settings, &in.Paused, &created, &changed); err != nil {
			return nil, fmt.Errorf("read the intakes: %w", err)
		}
		if err := json.Unmarshal([]byte(settings), &in.Settings); err != nil {
			return nil, fmt.Errorf("read the intake %s: %w", in.Name, err)
		}
		in.Created, in.Changed = time.UnixMilli(created).UTC(), time.UnixMilli(changed).UTC()
		list = append(list, stored{Intake: in})
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the intakes: %w", err)
	}
	for i := range list {
		list[i].Secrets, list[i].problem = s.open(ctx, list[i].Name)
	}
	return list, nil
}

func (s *store) open(ctx context.Context, intake string) (map[string]config.Secret, error) {
	values := map[string]config.Secret{}
	for _, name := range Secrets {
		value, err := s.secrets.Get(ctx, secretName(intake, name))
		if errors.Is(err, secret.ErrNotFound) {
			continue
		}
		if err != nil {
			return values, err
		}
		values[name] = config.Secret(value)
	}
	return values, nil
}

// save keeps an intake with its secrets, and forgets those that it does not have. also does what belongs to it; nil: nothing.
func (s *store) save(ctx context.Context, in *Intake, also func(*sql.Tx) error) error {
	settings, err := json.Marshal(&in.Settings)
	if err != nil {
		return fmt.Errorf("keep the intake %s: %w", in.Name, err)
	}
	err = s.db.Change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO intake VALUES (?,?,?,?,?,?,NULL) ON CONFLICT DO UPDATE SET
			format = excluded.format, settings = excluded.settings, paused = excluded.paused, created = excluded.created, changed = excluded.changed, deleted = NULL`,
			in.Name, in.Format, string(settings), in.Paused, in.Created.UnixMilli(), in.Changed.UnixMilli())
		if err != nil {
			return err
		}
		for _, name := range Secrets {
			key := secretName(in.Name, name)
			if value := in.Secrets[name]; value != "" {
				err = s.secrets.Put(ctx, tx, key, []byte(value.Reveal()))
			} else {
				err = s.secrets.Delete(ctx, tx, key)
			}
			if err != nil {
				return err
			}
		}
		if also != nil {
			return also(tx)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep the intake %s: %w", in.Name, err)
	}
	return nil
}

// pause notes whether an intake is paused, and touches nothing else of it.
func (s *store) pause(ctx context.Context, name string, paused bool, now time.Time) error {
	if _, err := s.db.Writer.ExecContext(ctx, `UPDATE intake SET paused = ?, changed = ? WHERE name = ? AND paused <> ?`, paused, now.UnixMilli(), name, paused); err != nil {
		return fmt.Errorf("pause or resume the intake %s: %w", name, err)
	}
	return nil
}

// delete forgets an intake and its secrets, and what also forgets of it; its name and where it read stay known.
func (s *store) delete(ctx context.Context, name string, now time.Time, also func(*sql.Tx) error) error {
	err := s.db.Change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE intake SET deleted = ?, paused = 1 WHERE name = ?`, now.UnixMilli(), name); err != nil {
			return err
		}
		for _, secret := range Secrets {
			if err := s.secrets.Delete(ctx, tx, secretName(name, secret)); err != nil {
				return err
			}
		}
		return also(tx)
	})
	if err != nil {
		return fmt.Errorf("delete the intake %s: %w", name, err)
	}
	return nil
}

// before is where a deleted intake of a name read; false where there was none.
func (s *store) before(ctx context.Context, name string) (*Settings, bool, error) {
	var text string
	err := s.db.Reader.QueryRowContext(ctx, `SELECT settings FROM intake WHERE name = ? AND deleted IS NOT NULL`, name).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	var was Settings
	if err == nil {
		err = json.Unmarshal([]byte(text), &was)
	}
	if err != nil {
		return nil, false, fmt.Errorf("look for a deleted intake %s: %w", name, err)
	}
	return &was, true, nil
}
