package retention

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"penstock/lake"
	"penstock/state/statetest"
)

// shelf remembers what it is to keep.
type shelf struct{ kept []lake.Retention }

func (s *shelf) Keep(r lake.Retention) { s.kept = append(s.kept, r) }

func (s *shelf) Drops(lake.Retention, time.Time) lake.Drop { return lake.Drop{} }

const day = 24 * time.Hour

var usual = lake.Retention{MaxAge: 90 * day}

func open(t *testing.T, path string, s *shelf, fixed bool) *Keeper {
	t.Helper()
	db, err := statetest.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	k, err := Open(t.Context(), db, s, usual, fixed)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestWhatIsSaidHoldsAtOnceAndAfterARestartUntilItIsTakenBack(t *testing.T) {
	path, s := filepath.Join(t.TempDir(), "state.db"), &shelf{}
	k := open(t, path, s, false)
	if got := k.Setting(); got.Retention != usual || got.Who != "" || got.Fixed || len(s.kept) != 0 {
		t.Errorf("at first it is %+v, and the lake was told %v", got, s.kept)
	}
	want := lake.Retention{MaxAge: 30 * day, MaxBytes: 1 << 30}
	if _, err := k.Set(t.Context(), "anna", lake.Retention{MaxAge: 7 * day}); err != nil {
		t.Fatal(err)
	}
	if got, err := k.Set(t.Context(), "bob", want); err != nil || got.Who != "bob" {
		t.Fatalf("%+v, %v", got, err)
	}
	again := &shelf{}
	k = open(t, path, again, false)
	if got := k.Setting(); got.Retention != want || got.Who != "bob" || got.Changed.IsZero() || got.Usual != usual {
		t.Errorf("after a restart it is %+v", got)
	}
	if len(s.kept) != 2 || s.kept[1] != want || len(again.kept) != 1 || again.kept[0] != want {
		t.Errorf("the lake was told %v, and after a restart %v", s.kept, again.kept)
	}
	if got, err := k.Reset(t.Context()); err != nil || got.Retention != usual || got.Who != "" || again.kept[1] != usual {
		t.Errorf("taken back it is %+v, %v, and the lake was told %v", got, err, again.kept)
	}
	if got := open(t, path, &shelf{}, false).Setting(); got.Retention != usual || got.Who != "" {
		t.Errorf("after another restart it is %+v", got)
	}
}

func TestWhatTheConfigurationFixesNobodyChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	if _, err := open(t, path, &shelf{}, false).Set(t.Context(), "anna", lake.Retention{MaxAge: 7 * day}); err != nil {
		t.Fatal(err)
	}
	s := &shelf{}
	k := open(t, path, s, true)
	if got := k.Setting(); got.Retention != usual || !got.Fixed || len(s.kept) != 0 {
		t.Errorf("it is %+v, and the lake was told %v", got, s.kept)
	}
	if _, err := k.Set(t.Context(), "anna", lake.Retention{}); !errors.Is(err, ErrFixed) {
		t.Errorf("setting it gives %v", err)
	}
	if _, err := k.Reset(t.Context()); !errors.Is(err, ErrFixed) {
		t.Errorf("taking it back gives %v", err)
	}
}

func TestARetentionThatCannotBeMeantIsRefused(t *testing.T) {
	for name, r := range map[string]lake.Retention{
		"maxAgeDays": {MaxAge: time.Hour}, "maxAgeDays ": {MaxAge: 2 * MostAge}, "maxBytes": {MaxBytes: 1}, "maxBytes ": {MaxBytes: 2 * MostBytes}, "maxAgeDays  ": {MaxAge: -day},
	} {
		s := &shelf{}
		_, err := open(t, filepath.Join(t.TempDir(), "state.db"), s, false).Set(t.Context(), "anna", r)
		var wrong *RangeError
		if !errors.As(err, &wrong) || len(s.kept) != 0 {
			t.Errorf("%s: %v, and the lake was told %v", name, err, s.kept)
		}
	}
	for _, r := range []lake.Retention{{}, {MaxAge: LeastAge}, {MaxBytes: LeastBytes}} {
		if err := Check(r); err != nil {
			t.Errorf("%+v: %v", r, err)
		}
	}
}
