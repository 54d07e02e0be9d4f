package blob

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
	"golang.org/x/sync/errgroup"

	"penstock/source"
)

// Source reads the containers of one storage account. A single process reads an account.
type Source struct {
	options Options
	log     *slog.Logger

	// These are of the goroutine of Run alone.
	client *service.Client
	swept  time.Time // when all blobs were last looked at
	begun  bool      // it is settled which blobs were there before a start at latest

	mu        sync.Mutex
	days      map[key]*day
	roots     map[string]map[string]bool // by container, what stands before the dates
	strangers map[string]bool            // containers with blobs that are not Defender's
	more      bool                       // there are days beyond maxDays to read
	looks     int                        // how often it was looked for what is new
	connected bool
	problem   *source.Problem
	state     source.State
	since     time.Time
	ended     bool
}

// maxDays bounds the days that are held in memory at once; others are read when these are done.
const maxDays = 512

// New makes a source. Nothing is connected before Run.
func New(o Options) (*Source, error) {
	o.setDefaults()
	if len(o.Config.Containers) == 0 && o.Config.ContainerPrefix == "" {
		return nil, fmt.Errorf("intake %s: there is no container to read", o.Intake)
	}
	return &Source{
		options: o, log: o.Log.With("intake", o.Intake), state: source.Starting, since: time.Now(),
		days: map[key]*day{}, roots: map[string]map[string]bool{}, strangers: map[string]bool{},
	}, nil
}

// Run reads until the context ends. Whatever goes wrong is tried again and shows in Status: Run returns nil.
func (s *Source) Run(ctx context.Context, handle source.Handler) error {
	poll := s.options.Config.Poll.Or0()
	wait := min(time.Second, poll)
	for ctx.Err() == nil {
		again, err := s.round(ctx, handle)
		if ctx.Err() != nil {
			break
		}
		s.is(err)
		switch {
		case err != nil:
			s.client = nil // nothing that has expired is used again
			wait = min(2*wait, max(poll, time.Minute))
		case again:
			continue
		default:
			wait = min(time.Second, poll)
		}
		pause := poll
		if err != nil {
			pause = wait
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

// round looks for what is new and reads it, or a part of it where that is much; again says that there is more.
func (s *Source) round(ctx context.Context, handle source.Handler) (again bool, err error) {
	if s.client == nil {
		if s.client, err = s.options.service(); err != nil {
			return false, err
		}
	}
	containers, err := s.containers(ctx)
	if err != nil {
		return false, err
	}
	s.mu.Lock()
	s.connected = true
	s.mu.Unlock()
	if err := s.settleStart(ctx, containers, handle); err != nil {
		return false, err
	}
	trouble := s.look(ctx, containers)
	s.mu.Lock()
	s.looks++
	s.mu.Unlock()
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	var mu sync.Mutex
	progress := false
	var g errgroup.Group
	g.SetLimit(s.options.Config.Parallel)
	for _, d := range s.pick() {
		g.Go(func() error {
			n := s.readDay(ctx, d, handle)
			mu.Lock()
			defer mu.Unlock()
			progress = progress || n > 0
			return nil
		})
	}
	_ = g.Wait()
	return s.tidy() && progress, trouble
}

// pick chooses the days that are read next: the newest of every container, so that what comes now is not held up by what
// is old, and some of the oldest of the others.
func (s *Source) pick() []*day {
	s.mu.Lock()
	defer s.mu.Unlock()
	var open []*day
	for _, d := range s.days {
		if len(d.todo()) > 0 {
			open = append(open, d)
		}
	}
	slices.SortFunc(open, func(a, b *day) int {
		return cmp.Or(cmp.Compare(b.date, a.date), cmp.Compare(a.container, b.container), cmp.Compare(a.partition, b.partition))
	})
	newest := map[string]bool{}
	var first, rest []*day
	for _, d := range open {
		if newest[d.container] {
			rest = append(rest, d)
			continue
		}
		newest[d.container] = true
		first = append(first, d)
	}
	slices.Reverse(rest)
	return append(first, rest[:min(len(rest), 4*s.options.Config.Parallel)]...)
}

// tidy forgets the days that are read and over, and says whether others are left to read.
func (s *Source) tidy() (left bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := hotSince(time.Now()).Format(time.DateOnly)
	for k, d := range s.days {
		switch behind := len(d.todo()) > 0; {
		case behind:
			left = true
		case d.date < old && *d.status(time.Now()).LagBytes == 0:
			delete(s.days, k)
		}
	}
	if s.more && !left {
		s.more, s.swept, left = false, time.Time{}, true
	}
	return left
}

// hotSince is the oldest day of which hours may still be written.
func hotSince(now time.Time) time.Time { return now.UTC().Add(-2 * time.Hour).Truncate(24 * time.Hour) }

// is notes how the account as a whole is; nil: well.
func (s *Source) is(err error) {
	var problem *source.Problem
	if err != nil {
		problem = explain(err, &s.options, "")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case problem == nil && s.problem != nil:
		s.log.Info("the storage account can be read again")
	case problem != nil && (s.problem == nil || s.problem.Message != problem.Message):
		s.log.Warn(problem.Message, "hint", problem.Hint, "cause", problem.Cause)
	}
	s.problem = problem
}

// Status tells how the days are doing that are read or may still grow.
func (s *Source) Status() source.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	status := source.Status{Kind: Kind, State: source.Starting, Problem: s.problem}
	if s.connected {
		status.State = source.Running
	}
	if s.problem != nil {
		status.State = source.Failing
	}
	for _, d := range s.days {
		status.Partitions = append(status.Partitions, d.status(now))
		if d.problem != nil {
			status.State = source.Failing
			if status.Problem == nil {
				status.Problem = d.problem
			}
		}
	}
	slices.SortFunc(status.Partitions, func(a, b source.Partition) int {
		return cmp.Or(cmp.Compare(a.Hub, b.Hub), cmp.Compare(a.Partition, b.Partition))
	})
	if s.ended {
		status.State = source.Stopped
	}
	if s.state != status.State {
		s.state, s.since = status.State, now
	}
	status.Since = s.since
	return status
}

// incident puts something on record.
func (s *Source) incident(ctx context.Context, i source.Incident) error {
	i.Intake = s.options.Intake
	return i.Report(ctx, s.options.Incidents, s.log)
}
