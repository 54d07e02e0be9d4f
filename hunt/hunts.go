package hunt

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"penstock/kql"
	"penstock/lake"
	"penstock/state"
)

// Options of Hunts. Zero values mean the default that is named.
type Options struct {
	Limits     Limits        // of whoever has none of his own; 100,000 rows, 5 min, 512 MiB
	Range      time.Duration // that a hunt without a time range looks back; 30 days
	Concurrent int           // hunts that run at once; 2
	Waiting    int           // hunts that wait for their turn, beyond which there is none; 16
	PerUser    int           // hunts of one user that run or wait; 4
	SpillBytes int64         // on disk, for what of a hunt does not fit into memory; that of the lake
	Hosts      []string      // from which externaldata may read; none: it is refused
	State      *state.DB     // keeps the history; nil: there is none
	Now        func() time.Time
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

func (o *Options) setDefaults() {
	limit(&o.Limits.Rows, 100_000)
	limit(&o.Limits.Timeout, 5*time.Minute)
	limit(&o.Limits.Memory, 512<<20)
	limit(&o.Range, 30*24*time.Hour)
	limit(&o.Concurrent, 2)
	limit(&o.Waiting, 16)
	limit(&o.PerUser, 4)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
}

// The errors of Hunts, beside *Mistake and *QueryError.
var (
	ErrNotFound  = errors.New("there is no such hunt")
	ErrTaken     = errors.New("a hunt with this id is under way")
	ErrBusy      = errors.New("too many hunts are under way: wait for one to end, or cancel one of yours")
	ErrCancelled = errors.New("the hunt was cancelled")
	ErrTimeout   = errors.New("the hunt took longer than it may: a shorter time range or a narrower query will be faster")
	ErrMemory    = errors.New("the hunt needs more memory than it may take: a shorter time range, fewer columns or groups will need less")
)

// Hunts runs hunts over a lake. Its methods may be called at the same time.
type Hunts struct {
	lake    *lake.Lake
	known   *Schema
	options Options
	log     *slog.Logger
	metrics *metrics
	history *history // nil: there is none
	fetch   *fetcher
	rooms   rooms
	slots   chan struct{}

	mu    sync.Mutex
	under []*underWay // that wait or run, in order of their coming
}

// underWay is a hunt that waits or runs.
type underWay struct {
	Progress
	who    string
	cancel context.CancelCauseFunc
}

// Progress is how far a hunt is.
type Progress struct {
	ID      string
	Query   string
	Running bool      // false: it waits for its turn
	Ahead   int       // how many wait before it
	Started time.Time // when it came or, once it runs, when its turn came
}

// New makes the hunts over a lake. Queries may name the tables, and whatever else the lake holds.
func New(l *lake.Lake, tables []*kql.Table, o Options) *Hunts {
	o.setDefaults()
	h := &Hunts{
		lake: l, known: newSchema(tables), options: o, log: o.Logger, metrics: newMetrics(o.Registerer),
		fetch: newFetcher(o.Hosts), slots: make(chan struct{}, o.Concurrent),
	}
	h.rooms = rooms{lake: l, spill: o.SpillBytes, most: o.Concurrent}
	if o.State != nil {
		h.history = &history{o.State}
	}
	return h
}

// Close ends what hunts have left ready for the next ones. No hunt may be under way.
func (h *Hunts) Close() error { return h.rooms.close() }

// Limits are those of whoever has none of his own.
func (h *Hunts) Limits() Limits { return h.options.Limits }

// Hosts are those that externaldata may read from.
func (h *Hunts) Hosts() []string { return h.options.Hosts }

// Run runs a hunt and gives its result to the sink. What is wrong with the request is a *Mistake, with its query a
// *QueryError; both come before the hunt waits for its turn.
func (h *Hunts) Run(ctx context.Context, r Request, sink Sink) (_ *Summary, err error) {
	began := h.options.Now()
	if err := r.check(&h.options, began); err != nil {
		return nil, err
	}
	binding := time.Now()
	c, err := h.compile(ctx, &r, nil)
	if err != nil {
		return nil, err
	}
	bound := time.Since(binding)
	if err := c.allowed(h.fetch); err != nil {
		return nil, err
	}
	ctx, u, err := h.enter(ctx, &r)
	if err != nil {
		return nil, err
	}
	run := &running{hunts: h, request: &r, sink: sink, compiled: c, bound: bound}
	defer func() {
		h.leave(u)
		h.metrics.ended(err, run.summary.Elapsed)
		if !r.Quiet {
			h.remember(ctx, &r, began, &run.summary, err)
		}
	}()
	entered := time.Now()
	if err := h.await(ctx, u); err != nil {
		return nil, err
	}
	defer func() { <-h.slots }()
	run.summary.Waited = time.Since(entered)
	ctx, cancel := context.WithTimeoutCause(ctx, r.Timeout, ErrTimeout)
	defer cancel()
	if err := run.run(ctx); err != nil {
		return nil, run.explain(ctx, err)
	}
	return &run.summary, nil
}

// enter makes a hunt known, so that it can be cancelled.
func (h *Hunts) enter(ctx context.Context, r *Request) (context.Context, *underWay, error) {
	if r.ID == "" {
		r.ID = rand.Text()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	own := 0
	for _, u := range h.under {
		if u.who != r.Who {
			continue
		}
		if u.ID == r.ID {
			return nil, nil, ErrTaken
		}
		own++
	}
	if !r.Patient && (own >= h.options.PerUser || len(h.under) >= h.options.Concurrent+h.options.Waiting) {
		return nil, nil, ErrBusy
	}
	ctx, cancel := context.WithCancelCause(ctx)
	u := &underWay{Progress{ID: r.ID, Query: r.Query, Started: h.options.Now()}, r.Who, cancel}
	h.under = append(h.under, u)
	return ctx, u, nil
}

func (h *Hunts) leave(u *underWay) {
	u.cancel(nil)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.under = slices.DeleteFunc(h.under, func(other *underWay) bool { return other == u })
}

// await waits for a hunt's turn. Its slot is to be given back.
func (h *Hunts) await(ctx context.Context, u *underWay) error {
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return cause(ctx)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	u.Running, u.Started = true, h.options.Now()
	return nil
}

// cause is why a context has ended.
func cause(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return ctx.Err()
}

// Cancel ends a hunt of who's that waits or runs.
func (h *Hunts) Cancel(who, id string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, u := range h.under {
		if u.who == who && u.ID == id {
			u.cancel(ErrCancelled)
			return nil
		}
	}
	return ErrNotFound
}

// UnderWay are the hunts of who's that wait or run, in order of their coming.
func (h *Hunts) UnderWay(who string) []Progress {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []Progress
	ahead := 0
	for _, u := range h.under {
		p := u.Progress
		if !p.Running {
			p.Ahead = ahead
			ahead++
		}
		if u.who == who {
			list = append(list, p)
		}
	}
	return list
}

// Schema is the tables that hunts may read at the moment.
func (h *Hunts) Schema() *Schema {
	var stored []string
	for _, t := range h.lake.Stats().Tables {
		stored = append(stored, t.Table)
	}
	return h.known.with(stored)
}

// remember keeps a hunt in the history, whatever came of it.
func (h *Hunts) remember(ctx context.Context, r *Request, began time.Time, s *Summary, err error) {
	if h.history == nil {
		return
	}
	if err := h.history.add(context.WithoutCancel(ctx), r, began, s, err); err != nil {
		h.log.Warn("a hunt is missing in the history", "error", fmt.Errorf("remember a hunt: %w", err))
	}
}
