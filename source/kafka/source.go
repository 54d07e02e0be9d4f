package kafka

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"penstock/source"
)

// Source reads topics as a member of a consumer group.
type Source struct {
	options Options
	log     *slog.Logger

	mu         sync.Mutex
	partitions map[key]*partition
	connected  bool
	problem    *source.Problem
	state      source.State
	since      time.Time
	ended      bool
}

type key struct {
	topic string
	id    int32
}

// New makes a source. Nothing is connected before Run.
func New(o Options) (*Source, error) {
	o.setDefaults()
	if len(o.Config.Topics) == 0 {
		return nil, fmt.Errorf("intake %s: there is no topic to read", o.Intake)
	}
	return &Source{
		options: o, log: o.Log.With("intake", o.Intake), partitions: map[key]*partition{}, state: source.Starting, since: time.Now(),
	}, nil
}

// firstWait is how long it is waited before the second attempt to connect.
const firstWait = time.Second

// errAnew ends a session that is no trouble: another begins at once.
var errAnew = errors.New("reading begins anew")

// Run reads until the context ends. Whatever goes wrong is tried again and shows in Status: Run returns nil.
func (s *Source) Run(ctx context.Context, handle source.Handler) error {
	for wait := firstWait; ctx.Err() == nil; {
		begun := time.Now()
		err := s.session(ctx, handle)
		if ctx.Err() != nil {
			break
		}
		if time.Since(begun) > s.options.MaxBackoff {
			wait = firstWait
		}
		pause := wait
		if errors.Is(err, errAnew) {
			pause = 100 * time.Millisecond
		} else {
			s.is(explain(err, &s.options))
			wait = min(2*wait, s.options.MaxBackoff)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	return nil
}

// is notes how the brokers as a whole are; nil: well.
func (s *Source) is(problem *source.Problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case problem == nil && s.problem != nil:
		s.log.Info("the brokers can be reached again")
	case problem != nil && (s.problem == nil || s.problem.Message != problem.Message):
		s.log.Warn(problem.Message, "hint", problem.Hint, "cause", problem.Cause)
	}
	s.connected = s.connected || problem == nil
	s.problem = problem
}

func (s *Source) partition(k key) *partition {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.partitions[k]
	if p == nil {
		p = &partition{source: s, key: k, log: s.log.With("hub", k.topic, "partition", k.id), state: source.Elsewhere, next: -1}
		s.partitions[k] = p
	}
	return p
}

func (s *Source) all() []*partition {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*partition
	for _, p := range s.partitions {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b *partition) int {
		return cmp.Or(cmp.Compare(a.topic, b.topic), cmp.Compare(a.id, b.id))
	})
	return list
}

// Status tells how the partitions are doing.
func (s *Source) Status() source.Status {
	status := source.Status{Kind: Kind}
	var problem *source.Problem
	for _, p := range s.all() {
		one := p.status()
		status.Partitions = append(status.Partitions, one)
		if one.Problem != nil && problem == nil {
			problem = one.Problem
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ended:
		status.State = source.Stopped
	case s.problem != nil:
		status.State, problem = source.Failing, s.problem
	case problem != nil:
		status.State = source.Failing
	case s.connected:
		status.State = source.Running
	default:
		status.State = source.Starting
	}
	status.Problem = problem
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
