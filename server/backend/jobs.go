package backend

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"

	"penstock/alert"
	"penstock/catalogue"
	"penstock/retro"
	"penstock/server"
)

// Jobs answers for what goes back over stored events; what an exception would have hidden is told by the alerts.
func Jobs(j *retro.Jobs, a *alert.Alerts) server.Jobs { return jobs{j, a} }

type jobs struct {
	jobs   *retro.Jobs
	alerts *alert.Alerts
}

func jobError(err error) error {
	var work *retro.WorkError
	switch {
	case errors.As(err, &work):
		return &server.InputError{Message: work.Message}
	case errors.Is(err, retro.ErrNotFound):
		return fmt.Errorf("%w: %w", server.ErrNotFound, err)
	case errors.Is(err, retro.ErrBusy), errors.Is(err, retro.ErrNotCompared):
		return &server.ConflictError{Message: err.Error()}
	}
	return queryError(err)
}

func (j jobs) Start(ctx context.Context, w retro.Work) (*retro.Job, error) {
	job, err := j.jobs.Start(ctx, w)
	return job, jobError(err)
}

func (j jobs) List(ctx context.Context, before int64, limit int) ([]retro.Job, error) {
	list, err := j.jobs.List(ctx, before, limit)
	return list, jobError(err)
}

func (j jobs) Job(ctx context.Context, id int64) (*retro.Job, error) {
	job, err := j.jobs.Job(ctx, id)
	return job, jobError(err)
}

func (j jobs) Cancel(ctx context.Context, id int64) error { return jobError(j.jobs.Cancel(ctx, id)) }

func (j jobs) Again(ctx context.Context, id int64) (*retro.Job, error) {
	job, err := j.jobs.Again(ctx, id)
	return job, jobError(err)
}

func (j jobs) Delete(ctx context.Context, id int64) error { return jobError(j.jobs.Delete(ctx, id)) }

func (j jobs) Matches(ctx context.Context, id int64, s retro.Selection) (*retro.MatchPage, error) {
	page, err := j.jobs.Matches(ctx, id, s)
	return page, jobError(err)
}

func (j jobs) Rules(ctx context.Context, id int64) ([]retro.RuleCount, error) {
	list, err := j.jobs.Rules(ctx, id)
	return list, jobError(err)
}

func (j jobs) Noise(ctx context.Context, id int64, rule string) (*server.JobNoise, error) {
	job, err := j.jobs.Job(ctx, id)
	if err != nil {
		return nil, jobError(err)
	}
	buckets, err := j.jobs.Noise(ctx, id, rule)
	if err != nil {
		return nil, jobError(err)
	}
	return &server.JobNoise{IntervalSeconds: job.Bucket.Seconds(), Buckets: buckets}, nil
}

func (j jobs) Difference(ctx context.Context, id int64) (*retro.Difference, error) {
	d, err := j.jobs.Difference(ctx, id)
	return d, jobError(err)
}

// What a preview looks at, at most.
const (
	maxPreviewAlerts = 2000
	maxHiddenEvents  = 100_000
)

func (j jobs) Preview(ctx context.Context, id int64) (*server.ExceptionPreview, error) {
	job, err := j.jobs.Job(ctx, id)
	if err != nil {
		return nil, jobError(err)
	}
	if job.Work.Kind != retro.Exception || len(job.Work.Rules) != 1 || job.State != retro.Done {
		return nil, &server.ConflictError{Message: "Only a job that tried an exception of one rule, and has come to its end, has a preview."}
	}
	hidden, err := j.matched(ctx, id)
	if err != nil {
		return nil, err
	}
	p := &past{alerts: j.alerts, hidden: hidden, filter: alert.Filter{Rule: job.Work.Rules[0], From: job.Work.From, To: job.Work.To}}
	found := catalogue.PreviewOf(p.matches(ctx))
	if p.err != nil {
		return nil, alertError(p.err)
	}
	out := &server.ExceptionPreview{
		Events: found.Events, HiddenEvents: found.HiddenEvents, Alerts: found.Alerts, HiddenAlerts: found.HiddenAlerts,
		SmallerAlerts: found.SmallerAlerts, Verdicts: found.Verdicts, More: p.more || len(hidden) == maxHiddenEvents,
	}
	for _, h := range found.TruePositives {
		out.TruePositives = append(out.TruePositives, server.HiddenAlert(h))
	}
	return out, nil
}

// matched is the events that a job found, by id.
func (j jobs) matched(ctx context.Context, id int64) (map[string]bool, error) {
	found := map[string]bool{}
	for s := (retro.Selection{Limit: 1000}); len(found) < maxHiddenEvents; {
		page, err := j.jobs.Matches(ctx, id, s)
		if err != nil {
			return nil, jobError(err)
		}
		for i := range page.Matches {
			found[page.Matches[i].Event] = true
		}
		if s.After = page.Next; s.After == 0 {
			break
		}
	}
	return found, nil
}

// past goes through the matches that a rule has had: the events of its alerts.
type past struct {
	alerts *alert.Alerts
	filter alert.Filter
	hidden map[string]bool
	more   bool // there are more alerts than it went through
	err    error
}

func (p *past) matches(ctx context.Context) iter.Seq[catalogue.Past] {
	return func(yield func(catalogue.Past) bool) {
		seen := 0
		for s := (alert.Selection{Filter: p.filter, Sort: alert.ByCreated, Limit: 500}); ; {
			page, err := p.alerts.List(ctx, s)
			if err != nil {
				p.err = err
				return
			}
			for i := range page.Alerts {
				if !p.alert(ctx, &page.Alerts[i], yield) {
					return
				}
			}
			seen += len(page.Alerts)
			if s.After = page.Next; s.After == "" {
				return
			}
			if seen >= maxPreviewAlerts {
				p.more = true
				return
			}
		}
	}
}

// alert goes through the events of one alert.
func (p *past) alert(ctx context.Context, a *alert.Listed, yield func(catalogue.Past) bool) bool {
	events, err := p.alerts.Events(ctx, a.ID)
	if err != nil {
		p.err = err
		return false
	}
	for _, e := range events {
		if e.Time.Before(p.filter.From) || !e.Time.Before(p.filter.To) {
			continue // the job has not looked at it
		}
		id := e.ID.String()
		if !yield(catalogue.Past{Event: id, Alert: strconv.FormatInt(a.ID, 10), Title: a.Title, Verdict: string(a.Verdict), Hidden: p.hidden[id]}) {
			return false
		}
	}
	return true
}
