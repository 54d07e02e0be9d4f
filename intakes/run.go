package intakes

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"penstock/config"
	"penstock/source"
)

// run is an intake that runs.
type run struct {
	cancel  context.CancelFunc
	done    chan struct{} // closed once nothing of it runs
	flow    atomic.Pointer[Flow]
	problem atomic.Pointer[source.Problem] // why there is no flow, or what ended the last one
}

// start starts an intake that is to run and does not. The caller holds mu.
func (s *Supervisor) start(e *entry) {
	if s.running == nil || e.run != nil || e.intake.Paused || e.config == nil || e.problem != nil {
		return
	}
	ctx, cancel := context.WithCancel(s.running)
	r, c := &run{cancel: cancel, done: make(chan struct{})}, e.config
	e.run = r
	s.rivers.Go(func() {
		defer close(r.done)
		defer cancel()
		s.keep(ctx, e, c, r)
	})
}

// stop ends an intake that runs, and returns when all that it has read is durable. The caller holds changing.
func (s *Supervisor) stop(ctx context.Context, e *entry) {
	s.mu.Lock()
	r := e.run
	s.mu.Unlock()
	if r == nil {
		return
	}
	var status source.Status
	if f := r.flow.Load(); f != nil {
		status = f.Source.Status()
	}
	r.cancel()
	<-r.done
	s.settle(context.WithoutCancel(ctx), e.intake.Name, &status)
	s.mu.Lock()
	defer s.mu.Unlock()
	e.run = nil
}

// settle ends the incidents of an intake that nobody would end any more: it is no longer expected to read.
func (s *Supervisor) settle(ctx context.Context, name string, status *source.Status) {
	if s.options.Incidents == nil {
		return
	}
	end := func(kind source.IncidentKind, hub, partition string) {
		if err := s.options.Incidents.Close(ctx, kind, name, hub, partition); err != nil {
			s.log.Error("the end of an incident could not be recorded", "intake", name, "incident", kind, "error", err)
		}
	}
	end(source.Silence, "", "")
	for _, p := range status.Partitions {
		end(source.ForeignReader, p.Hub, p.Partition)
		end(source.NotRead, p.Hub, p.Partition)
	}
}

// keep keeps an intake going: what ends it is told and tried again, the others go on.
func (s *Supervisor) keep(ctx context.Context, e *entry, c *config.Intake, r *run) {
	for pause := time.Second; ; pause = min(2*pause, time.Minute) {
		began := time.Now()
		err := s.flow(ctx, e, c, r)
		if ctx.Err() != nil || err == nil {
			return
		}
		if time.Since(began) > time.Minute {
			pause = time.Second
		}
		s.log.Error("an intake stopped; it is started again", "intake", c.Name, "error", err, "in", pause)
		problem := &source.Problem{Message: "The intake stopped: " + err.Error() + ".", Hint: "It is started again by itself.", Time: time.Now(), Cause: err}
		errors.As(err, &problem) // the source knows better what to do
		r.problem.Store(problem)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// flow runs an intake once. One that has nothing more to read, as a file, stays as it is until it is to stop.
func (s *Supervisor) flow(ctx context.Context, e *entry, c *config.Intake, r *run) error {
	f, err := s.options.Make(c)
	if err != nil {
		return err
	}
	defer f.Close()
	r.flow.Store(f)
	r.problem.Store(nil)
	ctx, cancel := context.WithCancel(ctx)
	var beside sync.WaitGroup
	if watch := s.options.WatchStarts; watch != nil {
		beside.Go(func() { watch(ctx, c.Name, f.Source.Status) })
	}
	counted := map[string]int64{} // events of each table that are noted: they count from this start
	beside.Go(func() { s.watchTables(ctx, e, f, counted) })
	err = f.River.Run(ctx)
	if err == nil {
		<-ctx.Done()
	}
	cancel()
	beside.Wait()
	s.noteTables(context.WithoutCancel(ctx), e, f, counted)
	return err
}

// noteInterval is how often it is noted which tables have come.
const noteInterval = 10 * time.Second

func (s *Supervisor) watchTables(ctx context.Context, e *entry, f *Flow, counted map[string]int64) {
	tick := time.NewTicker(noteInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.noteTables(ctx, e, f, counted)
		}
	}
}

// noteTables notes what has come since it was last noted.
func (s *Supervisor) noteTables(ctx context.Context, e *entry, f *Flow, counted map[string]int64) {
	st := f.River.State()
	fresh := since(st.Tables, counted)
	if len(fresh) == 0 {
		return
	}
	if err := s.store.arrived(ctx, st.Name, fresh); err != nil {
		if ctx.Err() == nil {
			s.log.Error("it cannot be noted which tables arrive", "intake", st.Name, "error", err)
		}
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.arrivals == nil {
		e.arrivals = map[string]Arrival{}
	}
	for table, a := range fresh {
		e.arrivals[table] = e.arrivals[table].add(a)
		counted[table] += a.Events
	}
}
