package backend

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"penstock/format/defender"
	"penstock/intake"
	"penstock/lake"
	"penstock/ledger"
	"penstock/quarantine"
	"penstock/server"
	"penstock/source"
	"penstock/state"
	"penstock/state/statetest"
)

func openState(t testing.TB) *state.DB {
	t.Helper()
	db, err := statetest.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func openLake(t testing.TB) *lake.Lake {
	t.Helper()
	plan, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	l, err := lake.Open(t.Context(), filepath.Join(t.TempDir(), "lake"), plan, lake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func TestAGapReachesReportAndIncidents(t *testing.T) {
	l := ledger.New(openState(t), ledger.Options{})
	first, last, now := int64(20), int64(29), time.Now()
	for partition, end := range map[string]*int64{"0": &last, "1": nil} {
		gap := source.Incident{Kind: source.GapExpired, Intake: "tenant", Hub: "defender", Partition: partition, First: &first, Last: end, Time: now, Message: "They expired."}
		if err := l.Open(t.Context(), gap); err != nil {
			t.Fatal(err)
		}
	}
	a := Ledger(l, openLake(t))
	report, err := a.Report(t.Context(), now.Add(-time.Hour), now.Add(time.Hour))
	if err != nil || report.Complete || len(report.Partitions) != 2 {
		t.Fatalf("%+v, %v", report, err)
	}
	for _, p := range report.Partitions {
		g := p.Gaps[0]
		if g.First != 20 || g.Cause != "expired" || g.Open != (p.Partition == "1") || !g.Open && g.Last != 29 {
			t.Errorf("partition %s: %+v", p.Partition, g)
		}
	}
	incidents, err := a.Incidents(t.Context(), now.Add(-time.Hour), now.Add(time.Hour))
	if err != nil || len(incidents) != 2 || incidents[0].Closed != nil || incidents[0].ID == "" {
		t.Errorf("%+v, %v", incidents, err)
	}
	if clocks, err := a.Clocks(t.Context()); err != nil || len(clocks) != 0 {
		t.Errorf("%+v, %v", clocks, err)
	}
}

func TestWhatIsNotInQuarantineIsNotFound(t *testing.T) {
	kept, err := quarantine.New(openState(t), quarantine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	q := Quarantine(kept, dry{})
	page, err := q.List(t.Context(), "", "", 10, "")
	if err != nil || len(page.Items) != 0 || page.Next != "" {
		t.Errorf("%+v, %v", page, err)
	}
	for _, id := range []string{"7", "seven"} {
		_, shown := q.Show(t.Context(), id)
		_, replayed := q.Replay(t.Context(), id)
		for _, err := range []error{shown, replayed, q.Drop(t.Context(), id)} {
			if !errors.Is(err, server.ErrNotFound) {
				t.Errorf("%s: %v", id, err)
			}
		}
	}
	var mistake *server.QueryError
	if _, err := q.List(t.Context(), "", "", 10, "never"); !errors.As(err, &mistake) {
		t.Errorf("a wrong page: %v", err)
	}
	if _, err := q.Replay(t.Context(), "1"); err == nil {
		t.Error("nothing was replayed")
	}
	if _, err := (replayer{dry{}}).Replay(t.Context(), quarantine.Item{Intake: "gone"}, nil); !errors.As(err, &mistake) {
		t.Errorf("an intake that is gone: %v", err)
	}
}

// dry is where no intake runs.
type dry struct{}

func (dry) River(string) *intake.River { return nil }
