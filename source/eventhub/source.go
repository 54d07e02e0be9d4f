package eventhub

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"penstock/source"
)

// Source reads one or more hubs of a namespace.
type Source struct {
	options Options
	log     *slog.Logger
	hubs    []*hub
	reading atomic.Int32 // partitions that this process reads, which share the memory for messages

	mu    sync.Mutex
	state source.State
	since time.Time
	ended bool
}

// New makes a source. Nothing is connected before Run.
func New(o Options) (*Source, error) {
	o.setDefaults()
	names, optional, err := o.hubs()
	if err != nil {
		return nil, err
	}
	s := &Source{options: o, log: o.Log.With("intake", o.Intake), state: source.Starting, since: time.Now()}
	for _, name := range names {
		s.hubs = append(s.hubs, newHub(s, name, optional[name]))
	}
	return s, nil
}

// Run reads until the context ends. Whatever goes wrong is tried again and shows in Status: Run returns nil.
func (s *Source) Run(ctx context.Context, handle source.Handler) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, h := range s.hubs {
		g.Go(func() error {
			h.run(ctx, handle)
			return nil
		})
	}
	err := g.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	return err
}

// Status tells how the hubs and their partitions are doing.
func (s *Source) Status() source.Status {
	status := source.Status{Kind: "eventhub", State: source.Running}
	for _, h := range s.hubs {
		state, problem, partitions := h.status()
		status.Partitions = append(status.Partitions, partitions...)
		if state != source.Running && status.State != source.Failing {
			status.State = state
		}
		if problem != nil && status.Problem == nil {
			status.Problem = problem
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		status.State = source.Stopped
	}
	if s.state != status.State {
		s.state, s.since = status.State, time.Now()
	}
	status.Since = s.since
	return status
}

// incident puts something on record.
func (s *Source) incident(ctx context.Context, i source.Incident) error {
	i.Intake = s.options.Intake
	return i.Report(ctx, s.options.Incidents, s.log)
}

func (s *Source) over(ctx context.Context, kind source.IncidentKind, hub, partition string) {
	if s.options.Incidents == nil {
		return
	}
	if err := s.options.Incidents.Close(ctx, kind, s.options.Intake, hub, partition); err != nil {
		s.log.Error("the end of an incident could not be recorded", "incident", kind, "hub", hub, "partition", partition, "error", err)
	}
}
