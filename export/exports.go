package export

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"penstock/ecs"
	"penstock/search"
	"penstock/state"
)

// Events are what is stored; *lake.Lake has them.
type Events interface {
	// Search gives a page of the events of a selection, Walk visits all of them, both newest first. Search is the faster one
	// where few of the stored events are wanted.
	Search(ctx context.Context, r search.Request) (*search.Page, error)
	Walk(ctx context.Context, r search.Request, visit func(search.Hit) error) (search.ScanSummary, error)
	Count(ctx context.Context, r search.Request) (int64, error)
}

const (
	maxQueued      = 20
	progressEvery  = time.Second
	retryInterval  = 5 * time.Second
	upkeepInterval = 10 * time.Minute
)

// Options of Exports. Zero values mean the default that is named.
type Options struct {
	MaxEvents int64                              // of a file; 1,000,000
	MaxBytes  int64                              // of a file; 1 GiB
	MaxTotal  int64                              // bytes of all files: no export begins beyond; 4 GiB
	Keep      time.Duration                      // how long a file is kept; 7 days
	Field     func(name string) (ecs.Type, bool) // fields that queries may name; those of the dictionary
	Hunts     Hunts                              // nil: there are none
	Logger    *slog.Logger
}

// Exports are all exports, and what runs them. Methods may be called at the same time, Run once. To anybody but its owner
// an export is not there.
type Exports struct {
	store   store
	dir     string
	events  Events
	options Options
	log     *slog.Logger
	wake    chan struct{}

	mu      sync.Mutex
	current *run // nil: nothing runs
}

// New makes the exports that are listed in db, with their files in dir.
func New(db *state.DB, dir string, events Events, o Options) (*Exports, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create the folder of exports: %w", err)
	}
	if o.MaxEvents == 0 {
		o.MaxEvents = 1_000_000
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 1 << 30
	}
	if o.MaxTotal == 0 {
		o.MaxTotal = 4 << 30
	}
	if o.Keep == 0 {
		o.Keep = 7 * 24 * time.Hour
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &Exports{store: store{db}, dir: dir, events: events, options: o, log: o.Logger, wake: make(chan struct{}, 1)}, nil
}

// Start queues an export for who. What is wrong with it is a *OrderError or a *search.SyntaxError.
func (x *Exports) Start(ctx context.Context, who string, w Order) (*Job, error) {
	if _, err := w.check(x.parse); err != nil {
		return nil, err
	}
	if w.Kind == OfHunt {
		if x.options.Hunts == nil {
			return nil, &OrderError{"kind", "There are no hunts here."}
		}
		if err := x.options.Hunts.Check(ctx, who, &w); err != nil {
			return nil, err
		}
	}
	j, err := x.store.add(ctx, who, &w, x.options.MaxTotal)
	if err != nil {
		return nil, err
	}
	select {
	case x.wake <- struct{}{}:
	default: // it is awake
	}
	return j, nil
}

func (x *Exports) parse(query string) (*search.Query, error) {
	return search.ParseWith(query, x.options.Field)
}

// List gives the exports of who, newest first.
func (x *Exports) List(ctx context.Context, who string) ([]Job, error) {
	list, err := x.store.list(ctx, who)
	for i := range list {
		x.complete(&list[i])
	}
	return list, err
}

// Job gives an export of who's; while it runs, as it was a moment ago.
func (x *Exports) Job(ctx context.Context, who string, id int64) (*Job, error) {
	j, err := x.store.job(ctx, who, id)
	if err != nil {
		return nil, err
	}
	x.complete(j)
	return j, nil
}

func (x *Exports) complete(j *Job) {
	if j.State == Done && j.Finished != nil {
		j.Expires = new(j.Finished.Add(x.options.Keep))
	}
}

// Open opens the file of an export of who's.
func (x *Exports) Open(ctx context.Context, who string, id int64) (*os.File, *Job, error) {
	j, err := x.Job(ctx, who, id)
	if err != nil {
		return nil, nil, err
	}
	if j.State != Done {
		return nil, nil, ErrNoFile
	}
	f, err := os.Open(x.path(j))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, ErrNoFile
	}
	if err != nil {
		return nil, nil, fmt.Errorf("open the file of export %d: %w", id, err)
	}
	return f, j, nil
}

func (x *Exports) path(j *Job) string {
	return filepath.Join(x.dir, strconv.FormatInt(j.ID, 10)+"."+string(j.Order.Format))
}

// Cancel ends an export of who's that waits or runs, which may take a moment.
func (x *Exports) Cancel(ctx context.Context, who string, id int64) error {
	if _, err := x.store.job(ctx, who, id); err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if c := x.current; c != nil && c.job.ID == id {
		c.cancel(errCancelled)
		return nil
	}
	return x.store.cancelQueued(ctx, id)
}

// Delete forgets an export of who's, and deletes its file; one that waits or runs must be cancelled before.
func (x *Exports) Delete(ctx context.Context, who string, id int64) error {
	j, err := x.store.job(ctx, who, id)
	if err != nil {
		return err
	}
	if !j.State.ended() {
		return &OrderError{"", "The export has not ended yet: cancel it first."}
	}
	if err := removeFile(x.path(j)); err != nil {
		return err
	}
	return x.store.remove(ctx, id)
}

func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete the file of an export: %w", err)
	}
	return nil
}

var errCancelled = errors.New("cancelled")

// Run does one export after the other, and deletes files that are too old, until ctx ends.
func (x *Exports) Run(ctx context.Context) error {
	if err := x.store.interrupt(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	if err := x.tidy(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	upkeep := time.NewTicker(upkeepInterval)
	defer upkeep.Stop()
	for ctx.Err() == nil {
		var again <-chan time.Time
		switch r, err := x.take(ctx); {
		case err != nil && ctx.Err() == nil:
			x.log.Error("no export can be started; it is tried again", "error", err)
			again = time.After(retryInterval)
		case r != nil:
			r.do(ctx)
			x.mu.Lock()
			x.current = nil
			x.mu.Unlock()
			continue
		}
		select {
		case <-ctx.Done():
		case <-x.wake:
		case <-again:
		case <-upkeep.C:
			if err := x.expire(ctx); err != nil && ctx.Err() == nil {
				x.log.Error("old exports cannot be deleted; it is tried again", "error", err)
			}
		}
	}
	return nil
}

// take makes the next export the current one; nil where none waits.
func (x *Exports) take(ctx context.Context) (*run, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	j, err := x.store.claim(ctx)
	if err != nil || j == nil {
		return nil, err
	}
	r := &run{exports: x, job: *j}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	x.current = r
	return r, nil
}

// tidy deletes the files that are no finished export's: those of exports that were interrupted.
func (x *Exports) tidy(ctx context.Context) error {
	if err := x.expire(ctx); err != nil {
		return err
	}
	done, err := x.store.finishedBefore(ctx, time.Now().Add(time.Hour))
	if err != nil {
		return err
	}
	kept := map[string]bool{}
	for i := range done {
		kept[filepath.Base(x.path(&done[i]))] = true
	}
	files, err := os.ReadDir(x.dir)
	if err != nil {
		return fmt.Errorf("look at the files of exports: %w", err)
	}
	for _, f := range files {
		number, _, _ := strings.Cut(f.Name(), ".")
		if _, err := strconv.ParseInt(number, 10, 64); err != nil || kept[f.Name()] {
			continue // not ours, or wanted
		}
		if err := removeFile(filepath.Join(x.dir, f.Name())); err != nil {
			return err
		}
	}
	return nil
}

// expire deletes the files that have been kept long enough.
func (x *Exports) expire(ctx context.Context) error {
	old, err := x.store.finishedBefore(ctx, time.Now().Add(-x.options.Keep))
	if err != nil {
		return err
	}
	for i := range old {
		if err := removeFile(x.path(&old[i])); err != nil {
			return err
		}
		if err := x.store.expire(ctx, old[i].ID); err != nil {
			return err
		}
	}
	return nil
}
