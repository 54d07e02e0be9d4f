// Package secret keeps what nobody may read in a copy of the state database: passwords, connection strings, signing keys.
// Each lies there encrypted (XChaCha20-Poly1305) under a key that lies in a file of its own, which is made when it is first
// needed and can be replaced at any time.
package secret

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"

	"penstock/state"
)

// Errors of this package.
var (
	ErrNotFound = errors.New("there is no such secret")
	ErrNoKey    = errors.New("the key that opens it is not in the key file; restore the file from its copy, or enter the secret again")
)

// maxValue bounds a secret.
const maxValue = 64 << 10

// Store keeps secrets by name. Its methods may be called at the same time.
type Store struct {
	db   *state.DB
	path string

	mu   sync.RWMutex
	keys []key // the first one seals, every one opens
}

// Open opens the store whose key file is at path. Where there is no file one is made, unless there are secrets already:
// a new key would not open them.
func Open(ctx context.Context, db *state.DB, path string) (*Store, error) {
	keys, err := readKeys(path)
	if err != nil {
		return nil, err
	}
	if keys == nil {
		var n int
		if err := db.Reader.QueryRowContext(ctx, `SELECT count(*) FROM secret`).Scan(&n); err != nil {
			return nil, fmt.Errorf("count secrets: %w", err)
		}
		if n > 0 {
			return nil, fmt.Errorf("the key file %s is gone, and %d secrets cannot be opened without: restore it from its copy, "+
				"or forget them (penstock secrets forget) and enter them again", path, n)
		}
		keys = []key{newKey()}
		if err := writeKeys(path, keys); err != nil {
			return nil, err
		}
	}
	return &Store{db: db, path: path, keys: keys}, nil
}

// Look opens the store to read alone, beside a process that has it open: nothing is made where there is no key file, and no
// secret can be opened then.
func Look(db *state.DB, path string) (*Store, error) {
	keys, err := readKeys(path)
	if err != nil {
		return nil, err
	}
	return &Store{db: db, path: path, keys: keys}, nil
}

// Put keeps a secret under a name, in place of the one that was there, within tx. A name says what the secret belongs
// to, as notify/3 or intake/defender/storage: the ciphertext is bound to it.
func (s *Store) Put(ctx context.Context, tx *sql.Tx, name string, value []byte) error {
	if len(value) > maxValue {
		return fmt.Errorf("keep secret %s: it is longer than %d bytes", name, maxValue)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return put(ctx, tx, name, &s.keys[0], value)
}

func put(ctx context.Context, tx *sql.Tx, name string, k *key, value []byte) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO secret VALUES (?,?,?) ON CONFLICT DO UPDATE SET key = excluded.key, sealed = excluded.sealed`,
		name, k.id, k.seal(name, value))
	if err != nil {
		return fmt.Errorf("keep secret %s: %w", name, err)
	}
	return nil
}

// Get gives the secret of a name away; ErrNotFound where there is none.
func (s *Store) Get(ctx context.Context, name string) ([]byte, error) {
	var id string
	var sealed []byte
	err := s.db.Reader.QueryRowContext(ctx, `SELECT key, sealed FROM secret WHERE name = ?`, name).Scan(&id, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read secret %s: %w", name, err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return open(s.keys, name, id, sealed)
}

func open(keys []key, name, id string, sealed []byte) ([]byte, error) {
	i := slices.IndexFunc(keys, func(k key) bool { return k.id == id })
	if i < 0 {
		return nil, fmt.Errorf("open secret %s (key %s): %w", name, id, ErrNoKey)
	}
	value, err := keys[i].open(name, sealed)
	if err != nil {
		return nil, fmt.Errorf("open secret %s: %w", name, err)
	}
	return value, nil
}

// Delete forgets the secret of a name, if there is one, within tx.
func (s *Store) Delete(ctx context.Context, tx *sql.Tx, name string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM secret WHERE name = ?`, name); err != nil {
		return fmt.Errorf("forget secret %s: %w", name, err)
	}
	return nil
}

// Rotate makes a new key, seals every secret with it and forgets the keys before; it says how many there were. Killed at
// any moment, everything can still be opened: the old keys leave the file last.
func (s *Store) Rotate(ctx context.Context) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := append([]key{newKey()}, s.keys...)
	if err := writeKeys(s.path, keys); err != nil {
		return 0, err
	}
	s.keys = keys
	var n int
	err := s.db.Change(ctx, func(tx *sql.Tx) (err error) {
		n, err = reseal(ctx, tx, keys)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("rotate the key of the secrets: %w", err)
	}
	if err := writeKeys(s.path, keys[:1]); err != nil {
		return 0, err
	}
	s.keys = keys[:1]
	return n, nil
}

type sealedSecret struct {
	name, key string
	sealed    []byte
}

func reseal(ctx context.Context, tx *sql.Tx, keys []key) (int, error) {
	rows, err := tx.QueryContext(ctx, `SELECT name, key, sealed FROM secret`)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var all []sealedSecret
	for rows.Next() {
		var s sealedSecret
		if err := rows.Scan(&s.name, &s.key, &s.sealed); err != nil {
			return 0, err
		}
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	for _, one := range all {
		value, err := open(keys, one.name, one.key, one.sealed)
		if err != nil {
			return 0, err
		}
		if err := put(ctx, tx, one.name, &keys[0], value); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

// Forget deletes every secret, for when the key file is lost; it says how many there were.
func Forget(ctx context.Context, db *state.DB) (int64, error) {
	result, err := db.Writer.ExecContext(ctx, `DELETE FROM secret`)
	if err != nil {
		return 0, fmt.Errorf("forget the secrets: %w", err)
	}
	return result.RowsAffected()
}
