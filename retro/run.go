package retro

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"penstock/search"
	"penstock/sigma/correlate"
)

// run is a job that is being done.
type run struct {
	jobs    *Jobs
	job     Job
	ctx     context.Context //nolint:containedctx // it ends with the job
	cancel  context.CancelCauseFunc
	done    atomic.Int64
	total   atomic.Int64
	hunt    atomic.Pointer[hunt] // once there is one
	pending []Match              // found and not written down yet
}

// outcome is what a job came to.
type outcome struct {
	summary    search.ScanSummary
	difference *Difference
	err        error
}

// do does the job and writes down, now and then and in the end, what has come of it.
func (r *run) do(ctx context.Context) {
	defer r.cancel(nil)
	r.jobs.log.Info("a job over stored events begins", "job", r.job.ID, "kind", r.job.Work.Kind, "by", r.job.Work.By,
		"from", r.job.Work.From, "to", r.job.Work.To)
	ended := make(chan outcome, 1)
	if err := r.jobs.store.texts(ctx, &r.job); err != nil {
		ended <- outcome{err: err}
	} else {
		go func() { ended <- r.work() }()
	}
	tick := time.NewTicker(progressInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := r.tell(ctx); err != nil && ctx.Err() == nil {
				r.jobs.log.Warn("the progress of a job cannot be written down", "job", r.job.ID, "error", err)
			}
		case o := <-ended:
			r.conclude(ctx, &o)
			r.finish(ctx, &o)
			return
		}
	}
}

// work does what the job is about.
func (r *run) work() (o outcome) {
	w := &r.job.Work
	query, err := w.check(r.jobs.parse)
	if err != nil {
		return outcome{err: err}
	}
	request := search.ScanRequest{
		Query: query, From: w.From, To: w.To, Workers: r.jobs.options.Workers,
		Progress: func(done, total int64) {
			r.jobs.examined.Add(float64(done - r.done.Swap(done)))
			r.total.Store(total)
		},
	}
	if len(w.Tables) > 0 {
		request.Tables = w.Tables
	}
	if w.Kind == Diff {
		before, after, err := r.jobs.workshop.Versions(r.ctx, w)
		if err != nil {
			return outcome{err: err}
		}
		o.difference, o.err = Compare(r.ctx, r.jobs.events, request, before, after)
		if o.err == nil {
			o.summary = search.ScanSummary{Events: o.difference.Events, Unreadable: o.difference.Unreadable}
		}
		return o
	}
	rules, err := r.jobs.workshop.Rules(r.ctx, w)
	if err != nil {
		return outcome{err: err}
	}
	h := newHunt(rules, w.From, w.To)
	if w.Alerts {
		h.sink = func(rules []Rule, e *search.Scanned) error {
			if err := r.jobs.options.Sink.Match(r.ctx, &r.job, rules, e); err != nil {
				return fmt.Errorf("raise an alert: %w", err)
			}
			return nil
		}
		h.shown = func(f *correlate.Finding) error {
			if err := r.jobs.options.Sink.Correlated(r.ctx, &r.job, f); err != nil {
				return fmt.Errorf("raise an alert: %w", err)
			}
			return nil
		}
	}
	r.hunt.Store(h)
	o.summary, o.err = h.run(r.ctx, r.jobs.events, request)
	if h.left > 0 {
		r.jobs.log.Warn("a job found more than is counted for correlations; what they show of the rest is missing", "job", r.job.ID, "counted", maxCounted, "left", h.left)
	}
	if h.sink != nil {
		if err := r.jobs.options.Sink.Flush(context.WithoutCancel(r.ctx), &r.job); err != nil && o.err == nil {
			o.err = fmt.Errorf("raise alerts: %w", err)
		}
	}
	return o
}

// tell writes down how far the job is.
func (r *run) tell(ctx context.Context) error {
	progress := r.job
	progress.Done, progress.Total = r.done.Load(), r.total.Load()
	if h := r.hunt.Load(); h != nil {
		var found []Match
		found, progress.Matches = h.drain()
		r.pending = append(r.pending, found...)
	}
	if err := r.jobs.store.progress(ctx, &progress); err != nil {
		return err
	}
	var err error
	r.pending, err = r.jobs.store.matches(ctx, progress.ID, r.pending)
	return err
}

// conclude finds out how the job ended.
func (r *run) conclude(ctx context.Context, o *outcome) {
	now := time.Now()
	j := &r.job
	j.Finished, j.Done, j.Total = &now, r.done.Load(), r.total.Load()
	j.Events, j.Unreadable = o.summary.Events, o.summary.Unreadable
	switch {
	case o.err == nil:
		j.State = Done
	case ctx.Err() != nil:
		j.State, j.Error = Failed, Interrupted
	case errors.Is(context.Cause(r.ctx), errCancelled):
		j.State = Cancelled
	default:
		j.State, j.Error = Failed, o.err.Error()
	}
	if h := r.hunt.Load(); h != nil {
		var found []Match
		found, j.Matches = h.drain()
		r.pending = append(r.pending, found...)
		j.Bucket = h.bucket
	}
	if o.difference != nil {
		j.Matches = o.difference.matches()
	}
	r.jobs.ended.WithLabelValues(string(j.State)).Inc()
	r.jobs.log.Info("a job over stored events has ended", "job", j.ID, "state", j.State, "events", j.Events, "matches", j.Matches,
		"seconds", int(now.Sub(*j.Started).Seconds()), "error", j.Error)
}

// finish writes down the end, however often that has to be tried while the program runs.
func (r *run) finish(ctx context.Context, o *outcome) {
	for {
		last := context.WithoutCancel(ctx)
		var err error
		if r.pending, err = r.jobs.store.matches(last, r.job.ID, r.pending); err == nil {
			err = r.jobs.store.finish(last, &r.job, r.hunt.Load(), o.difference)
		}
		if err == nil {
			return
		}
		r.jobs.log.Error("the end of a job cannot be written down; it is tried again", "job", r.job.ID, "error", err)
		select {
		case <-ctx.Done():
			return // the next start marks it as interrupted
		case <-time.After(retryInterval):
		}
	}
}
