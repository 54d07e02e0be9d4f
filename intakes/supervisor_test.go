package intakes

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"penstock/config"
	"penstock/ecs"
	"penstock/intake"
	"penstock/record"
	"penstock/secret"
	"penstock/source"
	"penstock/state/statetest"
)

// well is a source that delivers nothing until its context ends.
type well struct {
	mu      sync.Mutex
	running int
}

func (w *well) Run(ctx context.Context, _ source.Handler) error {
	w.count(1)
	<-ctx.Done()
	w.count(-1)
	return nil
}

func (w *well) count(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running += n
}

func (w *well) Status() source.Status {
	return source.Status{Kind: "eventhub", State: source.Running, Partitions: []source.Partition{{Hub: "defender", Partition: "0"}}}
}

type flat struct{}

func (flat) Normalize(*ecs.Event, *record.Record, time.Time) {}

// site is a data folder with a supervisor, and what it started.
type site struct {
	t       *testing.T
	dir     string
	options Options
	read    map[string]bool // names that have read

	mu     sync.Mutex
	made   []string // names, in the order of their starts
	closed []string
	wells  map[string]*well // that of the last start
	ended  []string         // incidents
}

func newSite(t *testing.T, configured ...config.Intake) *site {
	s := &site{t: t, dir: t.TempDir(), read: map[string]bool{}, wells: map[string]*well{}}
	s.options = Options{Configured: configured, Make: s.flow, Formats: FormatTables{Defender: {"AlertInfo", "DeviceInfo"}}, Incidents: s, HasRead: func(name string) bool { return s.read[name] }, Log: slog.New(slog.DiscardHandler)}
	return s
}

func (s *site) Open(context.Context, source.Incident) error { return nil }

func (s *site) Close(_ context.Context, kind source.IncidentKind, intake, _, partition string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = append(s.ended, fmt.Sprint(kind, " ", intake, partition))
	return nil
}

var errRefused = errors.New("no hub today")

func (s *site) flow(c *config.Intake) (*Flow, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made = append(s.made, c.Name)
	if strings.HasPrefix(c.Name, "broken") {
		return nil, errRefused
	}
	w := &well{}
	s.wells[c.Name] = w
	r, err := intake.New(intake.Options{Name: c.Name, Source: w, Plan: flat{}, Workers: 1, Log: s.options.Log})
	return &Flow{River: r, Source: w, Close: func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.closed = append(s.closed, c.Name)
	}}, err
}

func (s *site) starts(name string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.made {
		if m == name {
			n++
		}
	}
	return n
}

// runs waits until an intake was started so many times.
func (s *site) runs(name string, starts int) {
	s.t.Helper()
	s.atLeast(name, starts)
	if n := s.starts(name); n != starts {
		s.t.Fatalf("%s was started %d times, want %d", name, n, starts)
	}
}

func (s *site) atLeast(name string, starts int) {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); s.starts(name) < starts; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("%s was not started %d times", name, starts)
		}
	}
}

// still says whether something of an intake runs.
func (s *site) still(name string) bool {
	s.mu.Lock()
	w := s.wells[name]
	s.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.running > 0
}

// open opens the folder and runs it; close ends that and waits.
func (s *site) open() (_ *Supervisor, closeIt func()) {
	s.t.Helper()
	db, err := statetest.Open(s.t.Context(), filepath.Join(s.dir, "state.db"))
	if err != nil {
		s.t.Fatal(err)
	}
	secrets, err := secret.Open(s.t.Context(), db, filepath.Join(s.dir, "secrets.key"))
	if err != nil {
		s.t.Fatal(err)
	}
	sup, err := Open(s.t.Context(), db, secrets, s.options)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
	var running sync.WaitGroup
	running.Go(func() {
		if err := sup.Run(ctx); err != nil {
			s.t.Error(err)
		}
	})
	return sup, sync.OnceFunc(func() {
		cancel()
		running.Wait()
		if err := db.Close(); err != nil {
			s.t.Error(err)
		}
	})
}

func (s *site) create(sup *Supervisor, name string) *State {
	s.t.Helper()
	st, err := sup.Create(s.t.Context(), draft(map[string]string{"name": name, HubConnectionString: hubString}))
	if err != nil {
		s.t.Fatal(err)
	}
	return st
}

func TestOneIntakeIsStartedPausedChangedAndDeletedAndTheOthersTakeNoNotice(t *testing.T) {
	s := newSite(t)
	sup, closeIt := s.open()
	defer closeIt()
	s.create(sup, "north")
	s.create(sup, "south")
	s.runs("north", 1)
	s.runs("south", 1)
	if st, err := sup.Pause(t.Context(), "north"); err != nil || st.State.State != Paused || s.still("north") {
		t.Errorf("paused: %+v, %v", st, err)
	}
	if !slices.Contains(s.ended, "silence north") || !slices.Contains(s.ended, "not_read north0") {
		t.Errorf("incidents that were ended: %v", s.ended)
	}
	if _, err := sup.Resume(t.Context(), "north"); err != nil {
		t.Fatal(err)
	}
	s.runs("north", 2)
	change := func(change func(*Intake)) {
		t.Helper()
		if _, err := sup.Change(t.Context(), "north", change); err != nil {
			t.Fatal(err)
		}
	}
	change(func(in *Intake) { in.Entity = "Headquarters" })
	if s.starts("north") != 2 {
		t.Error("it was started anew for a name of its entity")
	}
	change(func(in *Intake) { in.ConsumerGroup = "penstock" })
	s.runs("north", 3)
	if err := sup.Delete(t.Context(), "north"); err != nil || s.still("north") {
		t.Errorf("deleted: %v", err)
	}
	if _, err := sup.Get("north"); !errors.Is(err, ErrNotFound) {
		t.Errorf("after it was deleted: %v", err)
	}
	if _, err := sup.Pause(t.Context(), "north"); !errors.Is(err, ErrNotFound) {
		t.Errorf("after it was deleted: %v", err)
	}
	if s.starts("south") != 1 || !s.still("south") {
		t.Error("the other one was touched")
	}
	if sup.River("north") != nil || sup.River("south") == nil {
		t.Error("the rivers are others")
	}
	closeIt()
	if s.still("south") || len(s.closed) != 4 {
		t.Errorf("at the end something runs, or %v were closed", s.closed)
	}
}

func TestIntakesAreThereAgainAfterARestart(t *testing.T) {
	s := newSite(t)
	sup, closeIt := s.open()
	s.create(sup, "north")
	s.create(sup, "south")
	s.create(sup, "west")
	if _, err := sup.Pause(t.Context(), "south"); err != nil {
		t.Fatal(err)
	}
	if err := sup.Delete(t.Context(), "west"); err != nil {
		t.Fatal(err)
	}
	before := sup.List()
	s.runs("north", 1)
	closeIt()
	raw, err := os.ReadFile(filepath.Join(s.dir, "state.db"))
	if err != nil || strings.Contains(string(raw), "MDEyMzQ1") {
		t.Errorf("the state shows the key (%v)", err)
	}
	souths := s.starts("south")
	again, closeIt := s.open()
	defer closeIt()
	s.runs("north", 2)
	after := again.List()
	if len(after) != 2 || after[0].Intake.Name != "north" || after[1].Intake.Name != "south" || !after[1].Paused || s.starts("south") != souths {
		t.Fatalf("after the restart: %+v", after)
	}
	for i := range after {
		if after[i].Secrets[HubConnectionString] != hubString || after[i].HubName != "defender" || !after[i].Created.Equal(before[i].Created) {
			t.Errorf("after the restart: %+v", after[i].Intake)
		}
	}
}

func TestAnIntakeThatCannotBeStartedIsTriedAgainAndHoldsUpNoOther(t *testing.T) {
	s := newSite(t)
	sup, closeIt := s.open()
	defer closeIt()
	s.create(sup, "broken")
	s.create(sup, "north")
	s.runs("north", 1)
	s.atLeast("broken", 2)
	if st, err := sup.Get("broken"); err != nil || st.State.State != source.Failing || !strings.Contains(st.Source.Problem.Error(), "no hub today") {
		t.Errorf("%+v, %v", st, err)
	}
	if _, err := sup.Pause(t.Context(), "broken"); err != nil {
		t.Error(err)
	}
}

func TestAnIntakeOfTheConfigurationIsShownAndLocked(t *testing.T) {
	hub := &config.EventHub{ConnectionString: hubString, Hub: "defender", Namespace: "contoso.servicebus.windows.net"}
	s := newSite(t)
	sup, closeIt := s.open()
	s.create(sup, "north")
	closeIt()
	s.options.Configured = []config.Intake{{Name: "north", EventHub: hub}, {Name: "stdin", File: &config.File{Path: "-"}}}
	sup, closeIt = s.open()
	defer closeIt()
	var locked *LockedError
	for _, name := range []string{"north", "stdin"} {
		_, paused := sup.Pause(t.Context(), name)
		_, changed := sup.Change(t.Context(), name, func(*Intake) {})
		for _, err := range []error{paused, changed, sup.Delete(t.Context(), name)} {
			if !errors.As(err, &locked) || !strings.Contains(err.Error(), "penstock.yaml") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	list := sup.List()
	if len(list) != 2 || list[0].Origin != Configuration || !strings.Contains(list[0].Locked, "same name") || list[0].Secrets[HubConnectionString] == "" {
		t.Errorf("%+v", list)
	}
	if c, _, err := sup.Draft("stdin", func(in *Intake) { in.HubName = "x" }); err != nil || c.File == nil {
		t.Errorf("its test: %+v, %v", c, err)
	}
}

func TestANameStandsForOneNamespace(t *testing.T) {
	s := newSite(t)
	sup, closeIt := s.open()
	defer closeIt()
	s.create(sup, "north")
	elsewhere := func(in *Intake) {
		in.Secrets[HubConnectionString] = config.Secret(strings.Replace(hubString, "contoso", "fabrikam", 1))
	}
	wants := func(what string, err error, field string) {
		t.Helper()
		var wrong Mistakes
		if !errors.As(err, &wrong) || !wrong.has(field) || !strings.Contains(err.Error(), "namespace") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := sup.Change(t.Context(), "north", elsewhere); err != nil {
		t.Errorf("nothing was read, and the namespace stays: %v", err)
	}
	s.read["north"] = true
	_, err := sup.Change(t.Context(), "north", func(in *Intake) { in.Secrets[HubConnectionString] = hubString })
	wants("a change", err, HubConnectionString)
	if err := sup.Delete(t.Context(), "north"); err != nil {
		t.Fatal(err)
	}
	_, err = sup.Create(t.Context(), draft(map[string]string{HubConnectionString: hubString}))
	wants("the name of a deleted one", err, "name")
	in := draft(nil)
	elsewhere(in)
	if _, err := sup.Create(t.Context(), in); err != nil {
		t.Errorf("the name of a deleted one for the same namespace: %v", err)
	}
	_, err = sup.Create(t.Context(), draft(map[string]string{"name": "NORTH", HubConnectionString: hubString}))
	var wrong Mistakes
	if !errors.As(err, &wrong) || !wrong.has("name") {
		t.Errorf("a name that differs in case: %v", err)
	}
}

func TestWithoutTheKeyFileAnIntakeSaysSoAndForgetsNothing(t *testing.T) {
	s := newSite(t)
	sup, closeIt := s.open()
	s.create(sup, "north")
	closeIt()
	key := filepath.Join(s.dir, "secrets.key")
	old, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, []byte("other MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	sup, closeIt = s.open()
	st, err := sup.Get("north")
	if err != nil || st.State.State != source.Stopped || !strings.Contains(st.Source.Problem.Error(), "key file") {
		t.Errorf("%+v, %v", st, err)
	}
	for _, act := range []func(context.Context, string) (*State, error){sup.Pause, sup.Resume} {
		if _, err := act(t.Context(), "north"); err != nil {
			t.Error(err)
		}
	}
	closeIt()
	if err := os.WriteFile(key, old, 0o600); err != nil {
		t.Fatal(err)
	}
	sup, closeIt = s.open()
	defer closeIt()
	if st, err := sup.Get("north"); err != nil || st.Secrets[HubConnectionString] != hubString {
		t.Errorf("with the key file again: %+v, %v", st, err)
	}
}

func TestAnIntakeMayBeChangedByManyAtTheSameTime(t *testing.T) {
	s := newSite(t)
	sup, closeIt := s.open()
	defer closeIt()
	s.create(sup, "north")
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for n := range 5 {
				if _, err := sup.Pause(t.Context(), "north"); err != nil {
					t.Error(err)
				}
				if _, err := sup.Resume(t.Context(), "north"); err != nil {
					t.Error(err)
				}
				if _, err := sup.Change(t.Context(), "north", func(in *Intake) { in.ConsumerGroup = fmt.Sprintf("g%d-%d", i, n) }); err != nil {
					t.Error(err)
				}
				sup.List()
			}
		})
	}
	all.Wait()
	if _, err := sup.Resume(t.Context(), "north"); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	running := len(s.made) - len(s.closed)
	s.mu.Unlock()
	if running > 1 {
		t.Errorf("%d run at once", running)
	}
	closeIt()
	if len(s.made) != len(s.closed) {
		t.Errorf("%d were started and %d ended", len(s.made), len(s.closed))
	}
	if _, err := sup.Pause(context.WithoutCancel(t.Context()), "north"); !errors.Is(err, ErrStopping) {
		t.Errorf("after the end: %v", err)
	}
}

func TestTablesThatCameAreRememberedAndTheOthersNamed(t *testing.T) {
	s := newSite(t)
	sup, closeIt := s.open()
	s.create(sup, "north")
	at := time.Now().UTC().Truncate(time.Millisecond)
	if err := sup.store.arrived(t.Context(), "north", map[string]Arrival{"AlertInfo": {Last: at}, "Other": {Last: at.Add(-time.Hour)}}); err != nil {
		t.Fatal(err)
	}
	if err := sup.store.arrived(t.Context(), "north", map[string]Arrival{"Other": {Last: at.Add(-2 * time.Hour)}}); err != nil {
		t.Fatal(err)
	}
	closeIt()
	sup, closeIt = s.open()
	defer closeIt()
	st, err := sup.Get("north")
	if err != nil || len(st.Tables) != 2 || !st.Tables[1].Last.Equal(at.Add(-time.Hour)) || !st.LastMessage.Equal(at) {
		t.Fatalf("%+v, %v", st, err)
	}
	if !slices.Equal(st.NeverArrived, []string{"DeviceInfo"}) {
		t.Errorf("never arrived: %v", st.NeverArrived)
	}
}
