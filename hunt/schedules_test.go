package hunt

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"penstock/alert"
	"penstock/kql"
	"penstock/sigma"
)

// shelf keeps what is raised, each finding once by its key.
type shelf struct {
	mu     sync.Mutex
	raised []alert.Finding
	fails  int // so often raising fails
}

func (s *shelf) Raise(_ context.Context, _ *sql.Tx, findings ...alert.Finding) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails > 0 {
		s.fails--
		return errors.New("the disk is full")
	}
	s.raised = append(s.raised, findings...)
	return nil
}

// clock is a time that a test sets.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// rota is schedules over a field.
type rota struct {
	*Schedules
	field *field
	clock *clock
	shelf *shelf
}

func newRota(t *testing.T) *rota {
	t.Helper()
	c := &clock{at: now}
	f := newField(t, Options{Now: c.now})
	r := &rota{field: f, clock: c, shelf: &shelf{}}
	var err error
	if r.Schedules, err = OpenSchedules(t.Context(), f.db, f.Hunts, r.shelf); err != nil {
		t.Fatal(err)
	}
	return r
}

// due does whatever is due.
func (r *rota) due(t *testing.T) {
	t.Helper()
	for {
		d, at, err := r.nextDue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if d == nil || at.After(r.clock.now()) {
			return
		}
		r.work(t.Context(), d)
	}
}

func (r *rota) runs(t *testing.T, id int64) (list []string) {
	t.Helper()
	runs, err := r.Runs(t.Context(), id, 200)
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range slices.Backward(runs) {
		list = append(list, fmt.Sprintf("%s %s %d %d", run.To.Format("15:04"), run.State, run.Rows, run.Findings))
	}
	return list
}

func standingHunt() Standing {
	return Standing{
		Name: "Powershell", Query: `DeviceProcessEvents | where FileName == "powershell.exe" | project Timestamp, DeviceName, FileName`, Enabled: true,
		Every: time.Hour, Lookback: time.Hour, Threshold: Threshold{">", 0}, Severity: sigma.High, Tactics: []string{"execution"}, Techniques: []string{"T1059.001"},
		Entities: []EntityColumn{{alert.Host, "DeviceName"}}, Grouping: ByEntity,
	}
}

func TestAScheduleRaisesAlertsOfWhatItFinds(t *testing.T) {
	r := newRota(t)
	r.field.keep("a", "DeviceProcessEvents",
		process("2026-11-26T11:10:00Z", "ws-1", "powershell.exe"), process("2026-11-26T11:20:00Z", "ws-1", "powershell.exe"), process("2026-11-26T11:20:00Z", "ws-2", "powershell.exe"),
		process("2026-11-26T11:20:00Z", "ws-3", "cmd.exe"), process("2026-11-26T10:20:00Z", "ws-4", "powershell.exe"))
	s, err := r.Add(t.Context(), "ada", standingHunt())
	if err != nil {
		t.Fatal(err)
	}
	r.due(t)
	if got := r.runs(t, s.ID); got != nil {
		t.Errorf("it ran before events had settled: %q", got)
	}
	r.clock.set(now.Add(settle))
	r.due(t)
	if got := r.runs(t, s.ID); !slices.Equal(got, []string{"12:00 done 3 2"}) {
		t.Fatalf("%q", got)
	}
	f := r.shelf.raised[0]
	if f.Rule != RuleID(s.ID) || f.Origin != alert.FromHunt || len(f.Events) != 2 || f.Key == "" || f.Entities[0].Value != "ws-1" || f.Values[0] != (alert.Value{Field: "host", Value: "ws-1"}) ||
		!strings.Contains(f.Events[0].Summary, "DeviceName: ws-1") || f.First.Hour() != 11 {
		t.Errorf("%+v", f)
	}
	row, err := ReadRow(f.Events[0].Row)
	if err != nil || len(row.Columns) != 3 || row.Columns[1] != (RowColumn{"DeviceName", "string"}) || string(row.Values[1]) != `"ws-1"` || row.Cut {
		t.Errorf("%+v, %v", row, err)
	}
	rule, known := r.Rule(f.Rule)
	if !known || rule.Title != "Powershell" || rule.Level != sigma.High || !slices.Equal(rule.Tags, []string{"attack.execution", "attack.t1059.001"}) {
		t.Errorf("%+v", rule)
	}
	found, err := r.Find(t.Context(), s.ID)
	if err != nil || !found.Next.Equal(now.Add(time.Hour+settle)) || found.Last == nil || found.Last.Findings != 2 {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestWhatAnAlertKeepsOfARowIsBounded(t *testing.T) {
	f := &found{columns: []kql.Column{{Name: "Long", Type: kql.String}}}
	row := []any{strings.Repeat("ü", 10_000)}
	for i := range 400 {
		f.columns = append(f.columns, kql.Column{Name: fmt.Sprintf("C%d", i), Type: kql.Long})
		row = append(row, int64(i))
	}
	text := f.kept(row)
	kept, err := ReadRow(text)
	if err != nil || !kept.Cut || len(kept.Columns) != maxRowCells || len(kept.Values) != maxRowCells || len(kept.Values[0]) > maxRowValue || len(text) > 4*maxRow {
		t.Errorf("%d bytes, %v: %.200s", len(text), err, text)
	}
}

func TestMissedRunsAreMadeUpForTheOldestFirst(t *testing.T) {
	r := newRota(t)
	r.field.keep("a", "DeviceProcessEvents", process("2026-11-26T12:30:00Z", "ws-1", "powershell.exe"))
	s, err := r.Add(t.Context(), "ada", standingHunt())
	if err != nil {
		t.Fatal(err)
	}
	r.clock.set(now.Add(3*time.Hour + settle))
	r.due(t)
	if got, want := r.runs(t, s.ID), []string{"12:00 done 0 0", "13:00 done 1 1", "14:00 done 0 0", "15:00 done 0 0"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	r.clock.set(now.Add(100*time.Hour + settle))
	r.due(t)
	got := r.runs(t, s.ID)
	if len(got) != 4+1+maxMissed+1 || got[4] != "16:00 missed 0 0" || got[len(got)-1] != "16:00 done 0 0" {
		t.Errorf("%d runs: %q", len(got), got)
	}
}

func TestAScheduleRestsOnceItHasFoundSomething(t *testing.T) {
	r := newRota(t)
	for hour := range 8 {
		r.field.keep("a", "DeviceProcessEvents", process(now.Add(time.Duration(hour)*time.Hour-time.Minute).Format(time.RFC3339), "ws-1", "powershell.exe"))
	}
	standing := standingHunt()
	standing.Suppress = 3 * time.Hour
	s, err := r.Add(t.Context(), "ada", standing)
	if err != nil {
		t.Fatal(err)
	}
	for hour := range 8 {
		r.clock.set(now.Add(time.Duration(hour)*time.Hour + settle))
		r.due(t)
	}
	if got, want := r.runs(t, s.ID), []string{"12:00 done 1 1", "15:00 done 1 1", "18:00 done 1 1"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestARunThatFailsIsTriedAgain(t *testing.T) {
	r := newRota(t)
	r.field.keep("a", "DeviceProcessEvents", process("2026-11-26T11:30:00Z", "ws-1", "powershell.exe"))
	s, err := r.Add(t.Context(), "ada", standingHunt())
	if err != nil {
		t.Fatal(err)
	}
	r.shelf.fails = 2
	for minute := range 5 {
		r.clock.set(now.Add(settle + time.Duration(minute)*time.Minute))
		r.due(t)
	}
	if got, want := r.runs(t, s.ID), []string{"12:00 failed 1 0", "12:00 failed 1 0", "12:00 done 1 1"}; !slices.Equal(got, want) || len(r.shelf.raised) != 1 {
		t.Errorf("%q, want %q; %d raised", got, want, len(r.shelf.raised))
	}
	r.field.keep("a", "DeviceProcessEvents", process("2026-11-26T12:30:00Z", "ws-1", "powershell.exe"))
	r.shelf.fails = maxAttempts
	for minute := range 5 {
		r.clock.set(now.Add(time.Hour + settle + time.Duration(minute)*time.Minute))
		r.due(t)
	}
	found, err := r.Find(t.Context(), s.ID)
	if err != nil || !strings.Contains(found.Last.Error, "the disk is full") || !found.Next.Equal(now.Add(2*time.Hour+settle)) {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestTheSameRowsAreTheSameFinding(t *testing.T) {
	r := newRota(t)
	r.field.keep("a", "DeviceProcessEvents", process("2026-11-26T11:30:00Z", "ws-1", "powershell.exe"), process("2026-11-26T11:31:00Z", "ws-2", "powershell.exe"))
	for grouping, findings := range map[Grouping]int{ByRun: 1, ByEntity: 2, ByRow: 2} {
		standing := standingHunt()
		standing.Name, standing.Grouping, standing.Lookback = string(grouping), grouping, 4*time.Hour
		s, err := r.Add(t.Context(), "ada", standing)
		if err != nil {
			t.Fatal(err)
		}
		r.shelf.raised = nil
		for range 2 {
			if run, err := r.RunNow(t.Context(), s.ID); err != nil || run.Findings != findings || run.ID == 0 {
				t.Fatalf("%s: %+v, %v", grouping, run, err)
			}
			r.clock.set(r.clock.now().Add(time.Minute))
		}
		for i := range findings {
			if again := r.shelf.raised[findings+i]; again.Key != r.shelf.raised[i].Key {
				t.Errorf("%s: the same rows have the keys %s and %s", grouping, r.shelf.raised[i].Key, again.Key)
			}
		}
	}
}

func TestAThresholdDecides(t *testing.T) {
	for text, want := range map[string]bool{"> 0": false, ">= 0": true, "= 0": true, "< 1": true, "> 5": false, "= 3": false} {
		r := newRota(t)
		standing := standingHunt()
		if _, err := fmt.Sscan(text, &standing.Threshold.Op, &standing.Threshold.Rows); err != nil {
			t.Fatal(err)
		}
		s, err := r.Add(t.Context(), "ada", standing)
		if err != nil {
			t.Fatal(err)
		}
		if run, err := r.RunNow(t.Context(), s.ID); err != nil || (run.Findings > 0) != want {
			t.Errorf("no rows with a threshold of %s: %+v, %v", text, run, err)
		}
	}
}

func TestSchedulesAreChangedByOneAtATime(t *testing.T) {
	r := newRota(t)
	s, err := r.Add(t.Context(), "ada", standingHunt())
	if err != nil {
		t.Fatal(err)
	}
	var mistake *Mistake
	if _, err := r.Add(t.Context(), "bob", standingHunt()); !errors.As(err, &mistake) || mistake.Field != "name" {
		t.Errorf("the same name: %v", err)
	}
	off := standingHunt()
	off.Enabled = false
	changed, err := r.Replace(t.Context(), "bob", s.ID, s.Revision, off)
	if err != nil || changed.Revision != 2 || changed.ChangedBy != "bob" || !changed.Next.IsZero() {
		t.Errorf("%+v, %v", changed, err)
	}
	if _, err := r.Replace(t.Context(), "eve", s.ID, s.Revision, off); !errors.Is(err, ErrChanged) {
		t.Errorf("with an old revision: %v", err)
	}
	r.clock.set(now.Add(10 * time.Hour))
	r.due(t)
	if got := r.runs(t, s.ID); got != nil {
		t.Errorf("it runs although it is off: %q", got)
	}
	if err := r.Delete(t.Context(), s.ID); err != nil {
		t.Error(err)
	}
	for doing, err := range map[string]error{"delete": r.Delete(t.Context(), s.ID), "find": ignore(r.Find(t.Context(), s.ID)), "run": ignore(r.RunNow(t.Context(), s.ID))} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s what is gone: %v", doing, err)
		}
	}
	if _, known := r.Rule(RuleID(s.ID)); known {
		t.Error("alerts still know it")
	}
}

func ignore[T any](_ T, err error) error { return err }

func TestStandingHuntsThatMakeNoSenseAreRefused(t *testing.T) {
	r := newRota(t)
	for field, spoil := range map[string]func(*Standing){
		"name":            func(s *Standing) { s.Name = " " },
		"description":     func(s *Standing) { s.Description = strings.Repeat("a", maxDescription+1) },
		"everySeconds":    func(s *Standing) { s.Every = time.Minute },
		"lookbackSeconds": func(s *Standing) { s.Lookback = time.Minute },
		"threshold":       func(s *Standing) { s.Threshold.Op = "!" },
		"severity":        func(s *Standing) { s.Severity = "huge" },
		"grouping":        func(s *Standing) { s.Grouping = "?" },
		"entities":        func(s *Standing) { s.Entities[0].Column = "Nothing" },
		"tactics":         func(s *Standing) { s.Tactics = []string{"Execution!"} },
		"techniques":      func(s *Standing) { s.Techniques = []string{"1059"} },
		"suppressSeconds": func(s *Standing) { s.Suppress = -1 },
		"query":           func(s *Standing) { s.Query = strings.Repeat("a", maxQuery+1) },
	} {
		standing := standingHunt()
		spoil(&standing)
		var mistake *Mistake
		if _, err := r.Add(t.Context(), "ada", standing); !errors.As(err, &mistake) || mistake.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	standing := standingHunt()
	standing.Query = "DeviceProcessEvents | where Nothing == 1"
	var query *QueryError
	if _, err := r.Add(t.Context(), "ada", standing); !errors.As(err, &query) {
		t.Errorf("a query that is not understood: %v", err)
	}
}

func TestTheWorkEndsWithItsContext(t *testing.T) {
	r := newRota(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- r.Work(ctx) }()
	r.field.keep("a", "DeviceProcessEvents", process("2026-11-26T11:30:00Z", "ws-1", "powershell.exe"))
	r.clock.set(now.Add(settle))
	standing := standingHunt()
	s, err := r.Add(t.Context(), "ada", standing)
	if err != nil {
		t.Fatal(err)
	}
	r.clock.set(now.Add(3 * settle))
	r.rouse()
	for len(r.runs(t, s.ID)) == 0 {
		time.Sleep(time.Millisecond)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
