package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"penstock/record"
)

// WindowOptions of a Window. Zero values mean the default that is named.
type WindowOptions struct {
	Span        time.Duration // how long an id is remembered; 24 h
	RecentIDs   int           // ids kept in memory before they are written out as a run; 500,000
	FilterBytes int64         // memory for the filters of the runs; 128 MiB. Beyond it the oldest runs are looked up on disk
	Logger      *slog.Logger
}

// Window remembers the ids of the records that the journal took lately, so that a record that comes again is known.
// It is exact: a record is a repeat only if one with the same id is durable. Recent ids are in memory, older ones in
// sorted runs on disk, each behind a filter that spares most look-ups. After a crash the journal's end, which no run
// covers yet, is read again.
type Window struct {
	journal *Journal
	reader  *Reader
	dir     string
	options WindowOptions

	mu      sync.Mutex
	recent  map[record.ID]struct{}
	pending map[record.ID]*Claim
	open    map[*Claim]struct{}
	runs    []*run // oldest first
	since   time.Time
}

// Claim is the ids of one batch between the question whether they are new and the answer whether they are durable.
// Exactly one of Commit and Abort must be called.
type Claim struct {
	window *Window
	ids    []record.ID
	seen   []bool
	from   Cursor // the batch's block is at or behind this
	done   chan struct{}
}

// OpenWindow opens the window that is kept in dir for the journal j.
func OpenWindow(ctx context.Context, j *Journal, dir string, o WindowOptions) (*Window, error) {
	if o.Span == 0 {
		o.Span = 24 * time.Hour
	}
	if o.RecentIDs == 0 {
		o.RecentIDs = 500_000
	}
	if o.FilterBytes == 0 {
		o.FilterBytes = 128 << 20
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	reader, err := j.Reader("window")
	if err != nil {
		return nil, fmt.Errorf("open the window of recent ids: %w", err)
	}
	reader.AccountOnly()
	w := &Window{
		journal: j, reader: reader, dir: dir, options: o, since: time.Now(),
		recent: map[record.ID]struct{}{}, pending: map[record.ID]*Claim{}, open: map[*Claim]struct{}{},
	}
	if w.runs, err = openRuns(dir); err != nil {
		return nil, fmt.Errorf("open the window of recent ids: %w", err)
	}
	w.boundFilters()
	if err := w.replay(ctx); err != nil {
		return nil, fmt.Errorf("read the journal's end into the window of recent ids: %w", err)
	}
	return w, nil
}

// replay adds what the journal has that no run covers.
func (w *Window) replay(ctx context.Context) error {
	if n := len(w.runs); n > 0 {
		w.reader.Seek(w.runs[n-1].through)
	}
	for end := w.journal.End(); w.reader.at < end; {
		block, all, err := w.reader.poll()
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if all != nil {
			break // what is missing up to the end is damaged
		}
		for i := range block.Batches {
			for k := range block.Batches[i].Messages {
				for _, e := range block.Batches[i].Messages[k].Entries {
					if !e.Rejected {
						w.recent[e.ID] = struct{}{}
					}
				}
			}
		}
	}
	return nil
}

// Begin asks which of a batch's ids are there already; a second occurrence within the batch counts as there. Ids of a
// batch that another goroutine is appending at this moment are waited for.
func (w *Window) Begin(ctx context.Context, ids []record.ID) (*Claim, error) {
	for {
		w.mu.Lock()
		other := w.underWay(ids)
		if other == nil {
			defer w.mu.Unlock()
			return w.claim(ids)
		}
		w.mu.Unlock()
		select {
		case <-other.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (w *Window) underWay(ids []record.ID) *Claim {
	if len(w.pending) == 0 {
		return nil
	}
	for _, id := range ids {
		if c := w.pending[id]; c != nil {
			return c
		}
	}
	return nil
}

func (w *Window) claim(ids []record.ID) (*Claim, error) {
	c := &Claim{window: w, seen: make([]bool, len(ids)), from: w.journal.End(), done: make(chan struct{})}
	for i, id := range ids {
		known, err := w.known(id)
		if err != nil {
			for _, id := range c.ids {
				delete(w.pending, id)
			}
			return nil, fmt.Errorf("look up a recent id: %w", err)
		}
		if known {
			c.seen[i] = true
			continue
		}
		w.pending[id] = c
		c.ids = append(c.ids, id)
	}
	w.open[c] = struct{}{}
	return c, nil
}

func (w *Window) known(id record.ID) (bool, error) {
	if _, ok := w.recent[id]; ok {
		return true, nil
	}
	if _, ok := w.pending[id]; ok {
		return true, nil
	}
	for i := len(w.runs) - 1; i >= 0; i-- {
		if found, err := w.runs[i].has(id); found || err != nil {
			return found, err
		}
	}
	return false, nil
}

// Seen says whether the batch's i-th id was there already.
func (c *Claim) Seen(i int) bool { return c.seen[i] }

// Commit says that the batch is durable: its ids are remembered from now on.
func (c *Claim) Commit() error {
	w := c.window
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range c.ids {
		w.recent[id] = struct{}{}
	}
	w.end(c)
	if len(w.recent) >= w.options.RecentIDs || time.Since(w.since) > w.options.Span/8 && len(w.recent) > 0 {
		return w.rotate()
	}
	return nil
}

// Abort says that the batch was not appended: its ids are as new as before.
func (c *Claim) Abort() {
	c.window.mu.Lock()
	defer c.window.mu.Unlock()
	c.window.end(c)
}

// end takes the claim off the books. The caller holds mu.
func (w *Window) end(c *Claim) {
	for _, id := range c.ids {
		delete(w.pending, id)
	}
	delete(w.open, c)
	close(c.done)
}

// rotate writes the recent ids as a run and forgets runs that are too old. The run covers the journal up to the first
// batch that is still under way. The caller holds mu.
func (w *Window) rotate() error {
	through := w.journal.End()
	for c := range w.open {
		through = min(through, c.from)
	}
	ids := make([]record.ID, 0, len(w.recent))
	for id := range w.recent {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b record.ID) int { return compareIDs(&a, &b) })
	r, err := writeRun(w.dir, ids, through, time.Now())
	if err != nil {
		// The ids stay in memory, and the journal keeps what they came from.
		w.options.Logger.Error("the window of recent ids cannot be written; it stays in memory", "error", err)
		return nil
	}
	w.runs = append(w.runs, r)
	clear(w.recent)
	w.since = time.Now()
	w.expire()
	w.boundFilters()
	if err := w.reader.Commit(through); err != nil {
		return fmt.Errorf("window of recent ids: %w", err)
	}
	return nil
}

func (w *Window) expire() {
	limit := time.Now().Add(-w.options.Span)
	for len(w.runs) > 0 && w.runs[0].written.Before(limit) {
		if err := w.runs[0].remove(); err != nil {
			w.options.Logger.Warn("an old run of ids cannot be deleted", "error", err)
		}
		w.runs = w.runs[1:]
	}
}

// boundFilters drops the filters of the oldest runs when all together take too much memory.
func (w *Window) boundFilters() {
	left := w.options.FilterBytes
	for i := len(w.runs) - 1; i >= 0; i-- {
		if left -= int64(len(w.runs[i].filter)) * 8; left < 0 {
			w.runs[i].filter = nil
		}
	}
}

// Close writes the recent ids out and closes the files.
func (w *Window) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var errs []error
	if len(w.recent) > 0 {
		errs = append(errs, w.rotate())
	}
	for _, r := range w.runs {
		errs = append(errs, r.file.Close())
	}
	return errors.Join(errs...)
}

// WindowDir is where the window is kept within the data folder.
func WindowDir(data string) string { return filepath.Join(data, "window") }
