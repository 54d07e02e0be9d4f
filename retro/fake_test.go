package retro

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"penstock/ecs"
	"penstock/format"
	"penstock/format/defender"
	"penstock/record"
	"penstock/search"
	"penstock/state"
	"penstock/state/statetest"
)

var (
	monday  = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	tuesday = monday.AddDate(0, 0, 1)
)

// stored are events in memory, read by as many workers as are asked for.
type stored struct {
	plan    *format.Plan
	records []string
	gate    chan struct{} // not nil: one event is let through for each
}

func defenderPlan(t testing.TB, files ...string) *format.Plan {
	t.Helper()
	var own []defender.File
	for _, text := range files {
		own = append(own, defender.File{Name: "own.yaml", Data: []byte(text)})
	}
	plan, err := defender.PlanWith(own...)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// started is a process that starts at minute n of monday.
func started(n int, host, user, file, command string) string {
	at := monday.Add(time.Duration(n) * time.Minute).Format("2006-01-02T15:04:05.0000000Z")
	return fmt.Sprintf(`{"time":%q,"tenantId":"t","category":"AdvancedHunting-DeviceProcessEvents","properties":{"Timestamp":%q,"DeviceName":%q,"AccountName":%q,"FileName":%q,"ProcessCommandLine":%q,"ActionType":"ProcessCreated"}}`,
		at, at, host, user, file, command)
}

func (s *stored) Scan(ctx context.Context, r search.ScanRequest, visitor func() search.Visitor) (summary search.ScanSummary, err error) {
	workers := max(r.Workers, 1)
	var mu sync.Mutex
	var group sync.WaitGroup
	for w := range workers {
		visit := visitor()
		group.Go(func() {
			for i := w; i < len(s.records); i += workers {
				failed := s.one(ctx, &r, s.records[i], visit)
				mu.Lock()
				switch {
				case errors.Is(failed, errOutside):
				case failed != nil:
					err = failed
				default:
					summary.Events++
				}
				if r.Progress != nil {
					r.Progress(summary.Events, int64(len(s.records)))
				}
				mu.Unlock()
				if failed != nil && !errors.Is(failed, errOutside) {
					return
				}
			}
		})
	}
	group.Wait()
	return summary, err
}

var errOutside = errors.New("not asked for")

func (s *stored) one(ctx context.Context, r *search.ScanRequest, raw string, visit search.Visitor) error {
	if s.gate != nil {
		select {
		case <-s.gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	var p record.Parser
	var rec record.Record
	if err := p.Parse([]byte(raw), &rec); err != nil {
		return err
	}
	if r.Tables != nil && !slices.Contains(r.Tables, rec.Table) {
		return errOutside
	}
	at, err := time.Parse(time.RFC3339Nano, string(rec.Time()))
	if err != nil {
		return err
	}
	var ev ecs.Event
	s.plan.Normalize(&ev, &rec, at)
	if at.Before(r.From) || !at.Before(r.To) || !r.Query.Match(&ev) {
		return errOutside
	}
	e := search.Scanned{Record: &rec, Time: at, Read: at, Intake: "defender"}
	if r.Normalise {
		e.Event = &ev
	}
	return visit(&e)
}

// contains are rules that look for a text, in lower case, in a field of the event.
type contains []struct {
	Rule
	field, text string
}

func (c contains) Matcher() Matcher  { return c }
func (c contains) Tables() []string  { return nil }
func (c contains) Rule(n int32) Rule { return c[n].Rule }
func rule(id string) Rule            { return Rule{ID: id, Title: "About " + id, Level: "high"} }
func commandHas(id, text string) contains {
	return contains{{rule(id), "process.command_line", text}}
}

func (c contains) Match(rec *record.Record, ev *ecs.Event, dst []int32) []int32 {
	if rec.Table == "" {
		panic("no record")
	}
	for i := range c {
		if strings.Contains(strings.ToLower(text(ev, ecs.MustLookup(c[i].field))), c[i].text) {
			dst = append(dst, int32(i))
		}
	}
	return dst
}

// workshop gives what it has, or fails.
type workshop struct {
	rules         Rules
	before, after Version
	err           error
	mu            sync.Mutex
	got           []Work
}

func (w *workshop) Rules(_ context.Context, work *Work) (Rules, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.got = append(w.got, *work)
	return w.rules, w.err
}

func (w *workshop) Versions(_ context.Context, work *Work) (before, after Version, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.got = append(w.got, *work)
	return w.before, w.after, w.err
}

func openState(t testing.TB) *state.DB {
	t.Helper()
	db, err := statetest.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// running are jobs that run until the test ends or stop is called.
func running(t testing.TB, db *state.DB, events Events, w Workshop, o Options) (jobs *Jobs, stop func()) {
	t.Helper()
	jobs = New(db, events, w, o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- jobs.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return jobs, stop
}

// until waits for a job to be in a state.
func until(t testing.TB, jobs *Jobs, id int64, wanted ...State) *Job {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		j, err := jobs.Job(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range wanted {
			if j.State == s {
				return j
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("the job is %s: %+v", j.State, j)
		}
	}
}
