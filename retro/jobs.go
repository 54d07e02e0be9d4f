package retro

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"penstock/ecs"
	"penstock/search"
	"penstock/state"
)

// maxQueued is how many jobs may wait.
const maxQueued = 50

const (
	progressInterval = time.Second
	retryInterval    = 5 * time.Second
)

// Options of Jobs. Zero values mean the default that is named.
type Options struct {
	Workers    int                                // that read and match at the same time; as many as the lake's queries may use
	Sink       Sink                               // nil: no job makes alerts
	Field      func(name string) (ecs.Type, bool) // fields that queries may name; those of the dictionary
	Tables     func() []string                    // that can be stored, by name; nil: that is not known, and any may be named
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

// Jobs are all jobs, and what runs them. Methods may be called at the same time, Run once.
type Jobs struct {
	store    store
	events   Events
	workshop Workshop
	options  Options
	log      *slog.Logger
	ended    *prometheus.CounterVec
	examined prometheus.Counter
	wake     chan struct{}

	mu      sync.Mutex
	current *run // nil: nothing runs
}

// New makes the jobs that lie in db, over events.
func New(db *state.DB, events Events, workshop Workshop, o Options) *Jobs {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	j := &Jobs{store: store{db}, events: events, workshop: workshop, options: o, log: o.Logger, wake: make(chan struct{}, 1)}
	j.ended = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "penstock_retro_jobs_total", Help: "Jobs over stored events that have ended, by how they did.",
	}, []string{"state"})
	j.examined = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "penstock_retro_events_total", Help: "Stored events that jobs have looked at.",
	})
	if o.Registerer != nil {
		o.Registerer.MustRegister(j.ended, j.examined)
	}
	return j
}

// Start queues a job. What is wrong with its work is a *WorkError or a *search.SyntaxError; what is wrong with its rules
// shows when it runs.
func (j *Jobs) Start(ctx context.Context, w Work) (*Job, error) {
	if _, err := w.check(j.parse); err != nil {
		return nil, err
	}
	if err := j.known(w.Tables); err != nil {
		return nil, err
	}
	if w.Alerts && j.options.Sink == nil {
		return nil, &WorkError{"This Penstock makes no alerts."}
	}
	id, err := j.store.add(ctx, &w)
	if err != nil {
		return nil, err
	}
	select {
	case j.wake <- struct{}{}:
	default: // it is awake
	}
	return j.store.job(ctx, id)
}

// known is an error where a table is named that cannot be stored: the job would read nothing and find nothing.
func (j *Jobs) known(tables []string) error {
	if len(tables) == 0 || j.options.Tables == nil {
		return nil
	}
	there := j.options.Tables()
	for _, name := range tables {
		if !slices.ContainsFunc(there, func(t string) bool { return strings.EqualFold(t, name) }) {
			return &WorkError{fmt.Sprintf("There is no table %q: there are %s.", name, strings.Join(there, ", "))}
		}
	}
	return nil
}

// Again starts a new job with the work of one that has ended.
func (j *Jobs) Again(ctx context.Context, id int64) (*Job, error) {
	old, err := j.store.job(ctx, id)
	if err != nil {
		return nil, err
	}
	if !old.State.ended() {
		return nil, &WorkError{"The job has not ended yet."}
	}
	if err := j.store.texts(ctx, old); err != nil {
		return nil, err
	}
	return j.Start(ctx, old.Work)
}

func (j *Jobs) parse(query string) (*search.Query, error) {
	return search.ParseWith(query, j.options.Field)
}

// Job gives a job, without the texts of its files; while it runs, as it was a moment ago.
func (j *Jobs) Job(ctx context.Context, id int64) (*Job, error) { return j.store.job(ctx, id) }

// List gives jobs, newest first, those before an id (0: from the newest on), 100 if limit is 0.
func (j *Jobs) List(ctx context.Context, before int64, limit int) ([]Job, error) {
	if limit <= 0 {
		limit = 100
	}
	return j.store.list(ctx, before, min(limit, maxJobs))
}

// Cancel ends a job that waits or runs, which may take a moment. It does nothing to one that has ended.
func (j *Jobs) Cancel(ctx context.Context, id int64) error {
	if _, err := j.store.job(ctx, id); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if c := j.current; c != nil && c.job.ID == id {
		c.cancel(errCancelled)
		return nil
	}
	cancelled, err := j.store.cancelQueued(ctx, id)
	if cancelled {
		j.ended.WithLabelValues(string(Cancelled)).Inc()
	}
	return err
}

// Delete forgets a job that has ended, and what it found.
func (j *Jobs) Delete(ctx context.Context, id int64) error { return j.store.remove(ctx, id) }

var errCancelled = errors.New("cancelled")

// Run does one job after the other until ctx ends.
func (j *Jobs) Run(ctx context.Context) error {
	if err := j.store.interrupt(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	for ctx.Err() == nil {
		r, err := j.take(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			j.log.Error("no job can be started; it is tried again", "error", err)
			j.wait(ctx, time.After(retryInterval))
		case r != nil:
			r.do(ctx)
			j.mu.Lock()
			j.current = nil
			j.mu.Unlock()
		default:
			j.wait(ctx, nil)
		}
	}
	return nil
}

func (j *Jobs) wait(ctx context.Context, timeout <-chan time.Time) {
	select {
	case <-ctx.Done():
	case <-j.wake:
	case <-timeout:
	}
}

// take makes the next job the current one; nil where none waits.
func (j *Jobs) take(ctx context.Context) (*run, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	job, err := j.store.claim(ctx)
	if err != nil || job == nil {
		return nil, err
	}
	r := &run{jobs: j, job: *job}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	j.current = r
	return r, nil
}
