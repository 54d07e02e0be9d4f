package backend

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"penstock/lake"
	"penstock/retention"
	"penstock/server"
	"penstock/state/statetest"
)

// someLake would delete one event in three of whatever it is asked for.
type someLake struct{ kept lake.Retention }

func (l *someLake) Keep(r lake.Retention) { l.kept = r }

func (l *someLake) Drops(lake.Retention, time.Time) lake.Drop {
	return lake.Drop{Segments: 2, Events: 10, Bytes: 999, Left: 20, Oldest: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)}
}

func TestTheRetentionIsShownTriedAndSetInDaysAndBytes(t *testing.T) {
	db, err := statetest.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	l := &someLake{}
	usual := lake.Retention{MaxAge: 90 * 24 * time.Hour}
	keeper, err := retention.Open(t.Context(), db, l, usual, false)
	if err != nil {
		t.Fatal(err)
	}
	r := Retention(keeper)
	if s := r.Setting(); s.MaxAgeDays != 90 || s.MaxBytes != 0 || s.Fixed != "" || s.Usual != s.Keeping {
		t.Errorf("at first it is %+v", s)
	}
	if p, err := r.Preview(server.Keeping{MaxAgeDays: 30}); err != nil || p.Events != 10 || p.Segments != 2 || p.Bytes != 999 || p.Left != 20 || p.Oldest == nil {
		t.Errorf("it would delete %+v, %v", p, err)
	}
	want := server.Keeping{MaxAgeDays: 1.5, MaxBytes: 5 << 30}
	if s, err := r.Set(t.Context(), "anna", want); err != nil || s.Keeping != want || s.Who != "anna" || s.Changed == nil {
		t.Errorf("set, it is %+v, %v", s, err)
	}
	if l.kept != (lake.Retention{MaxAge: 36 * time.Hour, MaxBytes: 5 << 30}) {
		t.Errorf("the lake keeps %+v", l.kept)
	}
	var wrong *server.InputError
	if _, err := r.Set(t.Context(), "anna", server.Keeping{MaxAgeDays: 0.5}); !errors.As(err, &wrong) || wrong.Field != "maxAgeDays" {
		t.Errorf("half a day gives %v", err)
	}
	if _, err := r.Preview(server.Keeping{MaxBytes: 5}); !errors.As(err, &wrong) || wrong.Field != "maxBytes" {
		t.Errorf("five bytes give %v", err)
	}
	if s, err := r.Reset(t.Context()); err != nil || s.MaxAgeDays != 90 || s.Who != "" {
		t.Errorf("taken back it is %+v, %v", s, err)
	}
	fixed, err := retention.Open(t.Context(), db, l, usual, true)
	if err != nil {
		t.Fatal(err)
	}
	if s := Retention(fixed).Setting(); !strings.Contains(s.Fixed, "penstock.yaml") {
		t.Errorf("one that the configuration fixes says %+v", s)
	}
	var conflict *server.ConflictError
	if _, err := Retention(fixed).Set(t.Context(), "anna", want); !errors.As(err, &conflict) {
		t.Errorf("setting it gives %v", err)
	}
}
