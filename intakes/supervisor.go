package intakes

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"penstock/cloud"
	"penstock/config"
	"penstock/intake"
	"penstock/secret"
	"penstock/source"
	"penstock/source/http"
	"penstock/state"
)

// Options of a Supervisor. Make is needed.
type Options struct {
	// Configured are the intakes of the configuration.
	Configured []config.Intake
	// Make makes what an intake runs on, anew for each start.
	Make func(*config.Intake) (*Flow, error)
	// Formats are those that intakes may have; nil: Defender, with no table known.
	Formats Formats
	// Clouds are those that there are; nil: those that are built in.
	Clouds cloud.List
	// HasRead tells whether an intake of a name has ever read a message; nil: none has.
	HasRead func(name string) bool
	// WatchStarts notes where reading begins until its context ends; nil: nobody does.
	WatchStarts func(ctx context.Context, name string, status func() source.Status)
	// Deleted is told of an intake that is no more; nil: nobody is.
	Deleted   func(name string)
	Incidents source.Incidents // nil: nobody is told
	Log       *slog.Logger     // slog.Default()
}

// Flow is what an intake runs on.
type Flow struct {
	River  *intake.River
	Source source.Source
	// Close gives back what the flow holds, its metrics among it, once nothing of it runs.
	Close func()
}

// Supervisor owns the intakes and their rivers. Its methods may be called at the same time.
type Supervisor struct {
	options Options
	store   store
	keys    keys
	log     *slog.Logger

	creating sync.Mutex // one is created at a time

	mu      sync.Mutex
	entries map[string]*entry
	running context.Context // that of Run while it runs
	ended   bool
	rivers  sync.WaitGroup
}

// entry is one intake. What it holds is guarded by the supervisor's mu.
type entry struct {
	changing sync.Mutex // held by whoever changes, starts or stops it

	intake   *Intake
	config   *config.Intake  // nil: it cannot be run, because of the problem
	problem  *source.Problem // why it does not run; nil: it may
	locked   string
	place    int // in the list
	arrivals map[string]Arrival
	run      *run // nil: it does not run
	gone     bool // it was deleted
}

// maxIntakes bounds what is made through the API.
const maxIntakes = 200

// Open reads the intakes. Nothing runs before Run does.
func Open(ctx context.Context, db *state.DB, secrets *secret.Store, o Options) (*Supervisor, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Formats == nil {
		o.Formats = FormatTables{Defender: nil}
	}
	s := &Supervisor{options: o, store: store{db, secrets}, keys: keys{db: db, log: o.Log}, log: o.Log, entries: map[string]*entry{}}
	for i := range o.Configured {
		in := &o.Configured[i]
		e := &entry{intake: configured(in), config: in, locked: "It is in penstock.yaml: change it there; the changed file is taken over at once."}
		if err := e.intake.format(o.Formats); err != nil {
			s.log.Error("an intake does not collect", "intake", in.Name, "error", err)
			e.problem = withoutFormat(err)
		}
		s.add(e)
	}
	list, err := s.store.all(ctx)
	if err != nil {
		return nil, err
	}
	for _, one := range list {
		s.addStored(one)
	}
	if err := s.keys.load(ctx, o.Configured); err != nil {
		return nil, err
	}
	arrivals, err := s.store.arrivals(ctx)
	if err != nil {
		return nil, err
	}
	for name, e := range s.entries {
		e.arrivals = arrivals[name]
	}
	return s, nil
}

func (s *Supervisor) addStored(one stored) {
	name := one.Name
	if other := s.entries[name]; other != nil {
		other.locked += " An intake of the same name was made through the API; it does not run while this one is in the file."
		s.log.Warn("an intake made through the API does not run, because the configuration has one of the same name", "intake", name)
		return
	}
	e := &entry{intake: one.Intake}
	err := one.problem
	if missing := e.intake.format(s.options.Formats); err == nil && missing != nil {
		s.log.Error("an intake does not collect", "intake", name, "error", missing)
		e.problem = withoutFormat(missing)
		s.add(e)
		return
	}
	if err == nil {
		e.config, err = e.intake.complete(s.options.Formats, s.options.Clouds)
	}
	if err != nil {
		s.log.Error("an intake cannot be run", "intake", name, "error", err)
		e.config = nil
		e.problem = &source.Problem{Message: "The intake cannot be run: " + err.Error() + ".", Hint: "Enter its settings and secrets again.", Time: time.Now(), Cause: err}
	}
	s.add(e)
}

// add puts an intake at the end of the list. The caller holds mu, or nobody else knows the supervisor yet.
func (s *Supervisor) add(e *entry) {
	for _, other := range s.entries {
		e.place = max(e.place, other.place+1)
	}
	s.entries[e.intake.Name] = e
}

// Run runs the intakes that are not paused until ctx ends, and waits for all that was started then.
func (s *Supervisor) Run(ctx context.Context) error {
	s.mu.Lock()
	s.running = ctx
	for _, e := range s.entries {
		s.start(e)
	}
	s.mu.Unlock()
	<-ctx.Done()
	s.mu.Lock()
	s.running, s.ended = nil, true
	s.mu.Unlock()
	s.rivers.Wait()
	return nil
}

// List tells how every intake is doing, those of the configuration first.
func (s *Supervisor) List() []State {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.ordered()
	states := make([]State, len(list))
	for i, e := range list {
		states[i] = s.state(e)
	}
	return states
}

// ordered are the intakes in the order of the list. The caller holds mu.
func (s *Supervisor) ordered() []*entry {
	var list []*entry
	for _, e := range s.entries {
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b *entry) int { return cmp.Compare(a.place, b.place) })
	return list
}

// Get tells how one intake is doing.
func (s *Supervisor) Get(name string) (*State, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[name]
	if e == nil {
		return nil, ErrNotFound
	}
	st := s.state(e)
	return &st, nil
}

// River is what an intake runs on; nil while it does not run.
func (s *Supervisor) River(name string) *intake.River {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.entries[name]; e != nil && e.run != nil {
		if f := e.run.flow.Load(); f != nil {
			return f.River
		}
	}
	return nil
}

// state tells how an intake is doing. The caller holds mu.
func (s *Supervisor) state(e *entry) State {
	st := State{Intake: *e.intake.clone(), Locked: e.locked}
	st.State.Name = e.intake.Name
	st.State.State, st.Since, st.Source.Kind = source.Starting, e.intake.Changed, cmp.Or(e.intake.Source, EventHub)
	if e.run != nil {
		if f := e.run.flow.Load(); f != nil {
			st.State = f.River.State()
		}
		if p := e.run.problem.Load(); p != nil {
			st.State.State, st.Source.Problem = source.Failing, p
		}
	}
	switch {
	case e.intake.Paused:
		st.State.State = Paused
	case e.problem != nil:
		st.State.State, st.Source.Problem = source.Stopped, e.problem
	}
	if e.intake.Source == http.Kind {
		st.Keys = s.keys.of(e.intake.Name)
	}
	s.arrivedOf(e, &st)
	return st
}

// arrivedOf adds the tables that came before this start, and tells those that never did. The caller holds mu.
func (s *Supervisor) arrivedOf(e *entry, st *State) {
	have := map[string]bool{}
	st.Arrivals = map[string]Arrival{}
	for _, t := range st.Tables {
		have[strings.ToLower(t.Table)] = true
		a := e.arrivals[t.Table]
		if a.Last.IsZero() { // it came a moment ago, and is not noted yet
			a = Arrival{First: t.Last, Last: t.Last, Events: t.Events}
		}
		st.Arrivals[t.Table] = a
	}
	for table, a := range e.arrivals {
		st.Arrivals[table] = a
		if a.Last.After(st.LastMessage) {
			st.LastMessage = a.Last
		}
		if !have[strings.ToLower(table)] {
			have[strings.ToLower(table)] = true
			st.Tables = append(st.Tables, intake.Table{Table: table, Last: a.Last})
		}
	}
	slices.SortFunc(st.Tables, func(a, b intake.Table) int { return strings.Compare(a.Table, b.Table) })
	tables, _ := s.options.Formats.Tables(e.intake.Format) // the problem of the intake says why there are none
	st.NeverArrived = missing(chosen(e.intake.Chosen, tables), func(table string) bool { return have[strings.ToLower(table)] })
}

// find gives an intake that may be changed, locked for the caller, who unlocks changing.
func (s *Supervisor) find(name string) (*entry, error) {
	s.mu.Lock()
	e := s.entries[name]
	s.mu.Unlock()
	if e == nil {
		return nil, ErrNotFound
	}
	if e.locked != "" {
		return nil, &LockedError{fmt.Sprintf("The intake %s cannot be changed here. %s", name, e.locked)}
	}
	e.changing.Lock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.gone || s.ended {
		e.changing.Unlock()
		if e.gone {
			return nil, ErrNotFound
		}
		return nil, ErrStopping
	}
	return e, nil
}
