// Package retention is for how long, and up to what size, events are kept: as the configuration says or, where it says
// nothing, as an administrator has said while the program runs.
package retention

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"penstock/lake"
	"penstock/state"
)

// What may be said: less would be a slip of the pen, more is no limit.
const (
	LeastAge   = 24 * time.Hour
	MostAge    = 100 * 365 * 24 * time.Hour
	LeastBytes = 1 << 20
	MostBytes  = 1 << 50
)

// Lake keeps events. *lake.Lake is one.
type Lake interface {
	Keep(r lake.Retention)
	Drops(r lake.Retention, now time.Time) lake.Drop
}

// Setting is what holds, and why.
type Setting struct {
	lake.Retention
	Fixed   bool           // by the configuration: nobody can say otherwise
	Usual   lake.Retention // what holds unless somebody has said otherwise
	Who     string         // has said otherwise; empty: nobody
	Changed time.Time
}

// ErrFixed is returned to whoever wants to change what the configuration fixes.
var ErrFixed = errors.New("the configuration fixes the retention")

// RangeError is a retention that cannot be meant.
type RangeError struct{ Field, Message string }

func (e *RangeError) Error() string { return e.Message }

// Check says what is wrong with a retention, as *RangeError.
func Check(r lake.Retention) error {
	if r.MaxAge != 0 && (r.MaxAge < LeastAge || r.MaxAge > MostAge) {
		return &RangeError{"maxAgeDays", "Events are kept for a day at least, for 100 years at most, or for ever."}
	}
	if r.MaxBytes != 0 && (r.MaxBytes < LeastBytes || r.MaxBytes > MostBytes) {
		return &RangeError{"maxBytes", "The limit of the size is 1 MiB at least, 1 PiB at most, or there is none."}
	}
	return nil
}

// Keeper makes the retention that holds hold in the lake. Its methods may be called at the same time.
type Keeper struct {
	db    *state.DB
	lake  Lake
	usual lake.Retention

	mu      sync.Mutex
	setting Setting
}

// Open reads what was said, and lets it hold unless the configuration fixes usual.
func Open(ctx context.Context, db *state.DB, l Lake, usual lake.Retention, fixed bool) (*Keeper, error) {
	k := &Keeper{db: db, lake: l, usual: usual, setting: Setting{Retention: usual, Fixed: fixed, Usual: usual}}
	if fixed {
		return k, nil
	}
	var age, changed int64
	said := k.setting
	err := db.Reader.QueryRowContext(ctx, `SELECT age, bytes, who, changed FROM retention`).Scan(&age, &said.MaxBytes, &said.Who, &changed)
	if errors.Is(err, sql.ErrNoRows) {
		return k, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the retention that was set: %w", err)
	}
	said.MaxAge, said.Changed = time.Duration(age)*time.Millisecond, time.UnixMilli(changed).UTC()
	k.setting = said
	l.Keep(said.Retention)
	return k, nil
}

// Setting is what holds.
func (k *Keeper) Setting() Setting {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.setting
}

// Drops is what a retention would delete now.
func (k *Keeper) Drops(r lake.Retention) lake.Drop { return k.lake.Drops(r, time.Now()) }

// Set lets another retention hold from now on.
func (k *Keeper) Set(ctx context.Context, who string, r lake.Retention) (Setting, error) {
	if err := Check(r); err != nil {
		return Setting{}, err
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	return k.change(ctx, Setting{Retention: r, Who: who, Changed: now}, `INSERT INTO retention (id, age, bytes, who, changed) VALUES (1, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET age = excluded.age, bytes = excluded.bytes, who = excluded.who, changed = excluded.changed`,
		r.MaxAge.Milliseconds(), r.MaxBytes, who, now.UnixMilli())
}

// Reset forgets what was said: the default holds again.
func (k *Keeper) Reset(ctx context.Context) (Setting, error) {
	return k.change(ctx, Setting{Retention: k.usual}, `DELETE FROM retention`)
}

// change keeps a setting, and then lets it hold: what is not written down must delete nothing.
func (k *Keeper) change(ctx context.Context, to Setting, statement string, args ...any) (Setting, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.setting.Fixed {
		return Setting{}, ErrFixed
	}
	if _, err := k.db.Writer.ExecContext(ctx, statement, args...); err != nil {
		return Setting{}, fmt.Errorf("set the retention: %w", err)
	}
	to.Usual = k.usual
	k.setting = to
	k.lake.Keep(to.Retention)
	return to, nil
}
