package intakes

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"penstock/config"
	"penstock/source/http"
	"penstock/state"
)

const (
	// keyPrefix is how an intake key begins, by which scanners for secrets, and people, know one.
	keyPrefix = "psi_"
	// maxOverlap is how long a key that was replaced may go on opening its intake.
	maxOverlap = 30 * 24 * time.Hour
	// maxOldKeys is how many keys that were replaced may open an intake at once.
	maxOldKeys = 5
	// rememberKeys is how long a key that has ended is remembered, to tell that somebody still sends with it.
	rememberKeys = 90 * 24 * time.Hour
	// touchInterval is how often the use of a key is noted.
	touchInterval = time.Minute
)

// Key opens an intake for those who send events to it by HTTP.
type Key struct {
	Created time.Time // zero for one of the configuration
	Ends    time.Time // it opens nothing from then on; zero: it is the key in force
	Used    time.Time // zero: never
}

// keys are those of all intakes. Of a key its hash is kept alone.
type keys struct {
	db  *state.DB
	log *slog.Logger

	mu   sync.RWMutex
	list []*intakeKey
}

type intakeKey struct {
	id     int64 // 0: it is one of the configuration
	intake string
	hash   [sha256.Size]byte
	Key
}

// load reads the keys of the intakes that are made through the API, and takes over those of the configuration.
func (k *keys) load(ctx context.Context, configured []config.Intake) error {
	if _, err := k.db.Writer.ExecContext(ctx, `DELETE FROM intake_key WHERE ends < ?`, time.Now().Add(-rememberKeys).UnixMilli()); err != nil {
		return fmt.Errorf("forget keys of intakes that ended long ago: %w", err)
	}
	return k.read(ctx, configured)
}

// read is load that changes nothing in the database.
func (k *keys) read(ctx context.Context, configured []config.Intake) error {
	rows, err := k.db.Reader.QueryContext(ctx, `SELECT id, intake, hash, created, ends, used FROM intake_key ORDER BY id`)
	if err != nil {
		return fmt.Errorf("read the keys of intakes: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		one := &intakeKey{}
		var hash []byte
		var created int64
		var ends, used *int64
		if err := rows.Scan(&one.id, &one.intake, &hash, &created, &ends, &used); err != nil {
			return fmt.Errorf("read the keys of intakes: %w", err)
		}
		copy(one.hash[:], hash)
		one.Created, one.Ends, one.Used = time.UnixMilli(created).UTC(), momentOf(ends), momentOf(used)
		if !slices.ContainsFunc(configured, func(in config.Intake) bool { return in.Name == one.intake }) {
			k.list = append(k.list, one)
		}
	}
	for i := range configured {
		h := configured[i].HTTP
		if h == nil {
			continue
		}
		for _, value := range []config.Secret{h.OldKey, h.Key} {
			if value != "" {
				k.list = append(k.list, &intakeKey{intake: configured[i].Name, hash: sha256.Sum256([]byte(value.Reveal()))})
			}
		}
	}
	return rows.Err()
}

func momentOf(milliseconds *int64) time.Time {
	if milliseconds == nil {
		return time.Time{}
	}
	return time.UnixMilli(*milliseconds).UTC()
}

// opens finds what a key opens. It compares with all keys, so that the time says nothing about any.
func (k *keys) opens(key string) http.Opening {
	hash, now := sha256.Sum256([]byte(key)), time.Now()
	var found *intakeKey
	k.mu.RLock()
	for _, one := range k.list {
		if subtle.ConstantTimeCompare(one.hash[:], hash[:]) == 1 {
			found = one
		}
	}
	if found == nil {
		k.mu.RUnlock()
		return http.Opening{}
	}
	o := http.Opening{Intake: found.intake, Ended: !found.Ends.IsZero() && !now.Before(found.Ends)}
	touch := !o.Ended && now.Sub(found.Used) >= touchInterval
	k.mu.RUnlock()
	if touch {
		k.touch(found, now)
	}
	return o
}

// touch notes that a key was used.
func (k *keys) touch(one *intakeKey, now time.Time) {
	k.mu.Lock()
	one.Used = now.UTC().Truncate(time.Millisecond)
	k.mu.Unlock()
	if one.id == 0 {
		return
	}
	if _, err := k.db.Writer.ExecContext(context.Background(), `UPDATE intake_key SET used = ? WHERE id = ?`, now.UnixMilli(), one.id); err != nil {
		k.log.Warn("the use of an intake key cannot be noted", "intake", one.intake, "error", err)
	}
}

// of are the keys that open an intake, the one in force first, then those that were replaced last.
func (k *keys) of(intake string) []Key {
	now := time.Now()
	k.mu.RLock()
	defer k.mu.RUnlock()
	var list []Key
	for _, one := range slices.Backward(k.list) {
		if one.intake == intake && (one.Ends.IsZero() || now.Before(one.Ends)) {
			list = append(list, one.Key)
		}
	}
	return list
}

// newKey makes a key; it is shown to whoever asked for it, and never again.
func newKey() (text string, hash [sha256.Size]byte) {
	random := make([]byte, 32)
	_, _ = rand.Read(random) // it never fails
	text = keyPrefix + base64.RawURLEncoding.EncodeToString(random)
	return text, sha256.Sum256([]byte(text))
}

// issue keeps a key of an intake within tx; taken adds it once that is done.
func (k *keys) issue(ctx context.Context, tx *sql.Tx, intake string) (text string, made *intakeKey, err error) {
	text, hash := newKey()
	made = &intakeKey{intake: intake, hash: hash, Key: Key{Created: time.Now().UTC().Truncate(time.Millisecond)}}
	err = tx.QueryRowContext(ctx, `INSERT INTO intake_key (intake, hash, created) VALUES (?,?,?) RETURNING id`, intake, hash[:], made.Created.UnixMilli()).Scan(&made.id)
	if err != nil {
		return "", nil, fmt.Errorf("keep a key of the intake %s: %w", intake, err)
	}
	return text, made, nil
}

func (k *keys) taken(made *intakeKey) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.list = append(k.list, made)
}

// rotate replaces the key of an intake. The one before opens the intake for the overlap, at most as long as it would have.
func (k *keys) rotate(ctx context.Context, intake string, overlap time.Duration) (text string, err error) {
	ends := time.Now().Add(overlap).UTC().Truncate(time.Millisecond)
	if overlap > 0 && len(k.of(intake)) > maxOldKeys {
		return "", Mistakes{{"overlapHours", fmt.Sprintf("%d keys that were replaced are taken already. End them first, or replace this one at once.", maxOldKeys)}}
	}
	var made *intakeKey
	err = k.db.Change(ctx, func(tx *sql.Tx) (err error) {
		if _, err := tx.ExecContext(ctx, `UPDATE intake_key SET ends = ? WHERE intake = ? AND (ends IS NULL OR ends > ?)`, ends.UnixMilli(), intake, ends.UnixMilli()); err != nil {
			return fmt.Errorf("end the keys of the intake %s: %w", intake, err)
		}
		text, made, err = k.issue(ctx, tx, intake)
		return err
	})
	if err != nil {
		return "", err
	}
	k.end(intake, ends)
	k.taken(made)
	return text, nil
}

// end makes the keys of an intake that there are end at a moment, unless they do before.
func (k *keys) end(intake string, at time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, one := range k.list {
		if one.intake == intake && (one.Ends.IsZero() || one.Ends.After(at)) {
			one.Ends = at
		}
	}
}

// endOld ends the keys of an intake that were replaced, at once.
func (k *keys) endOld(ctx context.Context, intake string) error {
	now := time.Now().UTC().Truncate(time.Millisecond)
	if _, err := k.db.Writer.ExecContext(ctx, `UPDATE intake_key SET ends = ? WHERE intake = ? AND ends > ?`, now.UnixMilli(), intake, now.UnixMilli()); err != nil {
		return fmt.Errorf("end the old keys of the intake %s: %w", intake, err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, one := range k.list {
		if one.intake == intake && one.Ends.After(now) {
			one.Ends = now
		}
	}
	return nil
}

// forget deletes the keys of an intake.
func (k *keys) forget(ctx context.Context, tx *sql.Tx, intake string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM intake_key WHERE intake = ?`, intake); err != nil {
		return fmt.Errorf("forget the keys of the intake %s: %w", intake, err)
	}
	return nil
}

func (k *keys) forgotten(intake string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.list = slices.DeleteFunc(k.list, func(one *intakeKey) bool { return one.intake == intake })
}

// Opens tells what an intake key opens.
func (s *Supervisor) Opens(key string) http.Opening { return s.keys.opens(key) }

// Rotate gives an intake a new key; the one before is taken for the overlap as well.
func (s *Supervisor) Rotate(ctx context.Context, name string, overlap time.Duration) (*State, error) {
	if overlap < 0 || overlap > maxOverlap {
		return nil, Mistakes{{"overlapHours", "Expected a time of 30 days at most, or 0: the key before ends at once."}}
	}
	return s.withKeys(name, func() (text string, err error) {
		text, err = s.keys.rotate(ctx, name, overlap)
		if err == nil {
			s.log.Info("the key of an intake was replaced", "intake", name, "overlap", overlap)
		}
		return text, err
	})
}

// EndOldKeys ends the keys of an intake that were replaced and would still be taken for a while.
func (s *Supervisor) EndOldKeys(ctx context.Context, name string) (*State, error) {
	return s.withKeys(name, func() (string, error) { return "", s.keys.endOld(ctx, name) })
}

// withKeys changes the keys of an intake that has some.
func (s *Supervisor) withKeys(name string, change func() (text string, err error)) (*State, error) {
	e, err := s.find(name)
	if err != nil {
		return nil, err
	}
	defer e.changing.Unlock()
	if e.intake.Source != http.Kind {
		return nil, &LockedError{"The intake reads by itself: there is no key of it."}
	}
	text, err := change()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.state(e)
	st.NewKey = config.Secret(text)
	return &st, nil
}
