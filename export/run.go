package export

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"penstock/search"
)

// pageSize is how many events are read at once, and so held in memory. Each page is a query of its own, which a larger one
// spares; it is as many as the lake gives.
const pageSize = 10_000

// run is an export that is being done.
type run struct {
	exports *Exports
	job     Job
	ctx     context.Context //nolint:containedctx // it ends with the job
	cancel  context.CancelCauseFunc
	told    time.Time // when the progress was last written down
}

// writer writes events in one of the formats. Nothing follows Close.
type writer interface {
	Add(h search.Hit) error
	Close() error
}

// do does the export and writes down how it ended.
func (r *run) do(ctx context.Context) {
	defer r.cancel(nil)
	log := r.exports.log.With("export", r.job.ID, "owner", r.job.Owner)
	log.Info("an export begins", "format", r.job.Order.Format, "from", r.job.Order.From, "to", r.job.Order.To)
	path := r.exports.path(&r.job)
	err := r.write(path + ".part")
	if err == nil {
		err = os.Rename(path+".part", path)
	}
	r.job.Finished = new(time.Now().UTC())
	switch {
	case err == nil:
		r.job.State = Done
	case ctx.Err() != nil:
		r.job.State, r.job.Error = Failed, interrupted
	case errors.Is(context.Cause(r.ctx), errCancelled):
		r.job.State = Cancelled
	default:
		r.job.State, r.job.Error = Failed, err.Error()
	}
	if err != nil {
		r.job.Bytes = 0
		if err := removeFile(path + ".part"); err != nil {
			log.Error("what an export has written cannot be deleted", "error", err)
		}
	}
	log.Info("an export has ended", "state", r.job.State, "events", r.job.Done, "bytes", r.job.Bytes, "error", r.job.Error)
	if err := r.exports.store.write(context.WithoutCancel(ctx), &r.job); err != nil {
		log.Error("the end of an export cannot be written down", "error", err)
	}
}

// write writes the file, whole and synced, or says why not.
func (r *run) write(path string) (err error) {
	w := &r.job.Order
	if w.Kind == OfHunt {
		return r.hunt(path)
	}
	query, err := w.check(r.exports.parse)
	if err != nil {
		return err
	}
	request := search.Request{Query: query, From: w.From, To: w.To, Limit: pageSize}
	found, err := r.exports.events.Count(r.ctx, request)
	if err != nil {
		return fmt.Errorf("count what is to be exported: %w", err)
	}
	r.job.Total = min(found, r.exports.options.MaxEvents)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("create the file of an export: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	out := bufio.NewWriterSize(f, 256<<10)
	size := &counter{to: out}
	events, err := newWriter(size, w)
	if err != nil {
		return err
	}
	if err := r.events(request, found, events, size); err != nil {
		return errors.Join(err, events.Close())
	}
	if err := errors.Join(events.Close(), out.Flush(), f.Sync()); err != nil {
		return fmt.Errorf("write the file of an export: %w", err)
	}
	r.job.Bytes, r.job.Total = size.bytes, r.job.Done
	return nil
}

func newWriter(out io.Writer, w *Order) (writer, error) {
	if w.Format == Parquet {
		return newParquet(out, w.Columns)
	}
	return search.NewRenderer(out, string(w.Format), w.Columns)
}

// walkShare: where one in so many of the stored events is wanted, or more, reading all of them is faster than choosing.
const walkShare = 20

// errFull ends what has as much as it may have.
var errFull = errors.New("the file has as much as it may")

// events writes what was found, until all is written or the file has as much as it may.
func (r *run) events(request search.Request, found int64, to writer, size *counter) error {
	stored, err := r.exports.events.Count(r.ctx, search.Request{From: request.From, To: request.To})
	if err != nil {
		return fmt.Errorf("count what is stored: %w", err)
	}
	add := func(h search.Hit) error { return r.add(h, to, size) }
	if found*walkShare >= stored {
		err = r.walk(request, add)
	} else {
		err = r.pages(request, add)
	}
	if errors.Is(err, errFull) {
		r.job.Cut = true
		return nil
	}
	return err
}

// add writes an event.
func (r *run) add(h search.Hit, to writer, size *counter) error {
	options := &r.exports.options
	if r.job.Done >= options.MaxEvents || size.bytes >= options.MaxBytes {
		return errFull
	}
	if err := to.Add(h); err != nil {
		return fmt.Errorf("write an event to an export: %w", err)
	}
	r.job.Done++
	r.job.Bytes, r.job.Total = size.bytes, max(r.job.Total, r.job.Done)
	return r.tell()
}

func (r *run) walk(request search.Request, add func(search.Hit) error) error {
	sum, err := r.exports.events.Walk(r.ctx, request, add)
	if err != nil {
		return fmt.Errorf("read what is to be exported: %w", err)
	}
	if sum.Unreadable > 0 {
		r.exports.log.Warn("an export lacks something", "export", r.job.ID, "unreadable", sum.Unreadable)
	}
	return nil
}

func (r *run) pages(request search.Request, add func(search.Hit) error) error {
	for {
		page, err := r.exports.events.Search(r.ctx, request)
		if err != nil {
			return fmt.Errorf("read what is to be exported: %w", err)
		}
		for _, warning := range page.Warnings {
			r.exports.log.Warn("an export lacks something", "export", r.job.ID, "warning", warning)
		}
		for i := range page.Hits {
			if err := add(page.Hits[i]); err != nil {
				return err
			}
		}
		if request.After = page.Next; request.After == "" {
			return nil
		}
	}
}

// tell writes down, now and then, how far the export is.
func (r *run) tell() error {
	if time.Since(r.told) < progressEvery {
		return nil
	}
	r.told = time.Now()
	return r.exports.store.write(r.ctx, &r.job)
}

// counter counts what is written.
type counter struct {
	to    io.Writer
	bytes int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.bytes += int64(n)
	return n, err
}
