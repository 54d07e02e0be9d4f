package main

import (
	"context"
	"database/sql"
	"sync"

	"penstock/alert"
	"penstock/catalogue"
	"penstock/retro"
	"penstock/search"
	"penstock/sigma/correlate"
	"penstock/state"
)

// huntAlerts makes alerts of what a job finds, many matches at a time: each of them by itself would hold up everybody who
// writes into the state.
type huntAlerts struct {
	state     *state.DB
	alerts    *alert.Alerts
	catalogue *catalogue.Catalogue

	mu       sync.Mutex
	findings []alert.Finding
}

const huntBatch = 500

func (h *huntAlerts) Match(ctx context.Context, job *retro.Job, rules []retro.Rule, e *search.Scanned) error {
	silent := h.catalogue.Live().Silent
	for _, r := range rules {
		if silent[r.ID] {
			continue // only correlations count it
		}
		if err := h.add(ctx, job, h.alerts.Match(r.ID, e.Record, e.Event, e.Intake, e.Read)); err != nil {
			return err
		}
	}
	return nil
}

func (h *huntAlerts) Correlated(ctx context.Context, job *retro.Job, f *correlate.Finding) error {
	return h.add(ctx, job, alert.Correlated(f))
}

func (h *huntAlerts) add(ctx context.Context, job *retro.Job, f alert.Finding) error {
	f.Quiet = !job.Work.Notify
	h.mu.Lock()
	h.findings = append(h.findings, f)
	full := len(h.findings) >= huntBatch
	h.mu.Unlock()
	if full {
		return h.Flush(ctx, job)
	}
	return nil
}

// Flush writes what was found.
func (h *huntAlerts) Flush(ctx context.Context, _ *retro.Job) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.findings) == 0 {
		return nil
	}
	findings := h.findings
	h.findings = nil // whatever happens: the job fails, and finds them again when it is started again
	return h.state.Change(ctx, func(tx *sql.Tx) error { return h.alerts.Raise(ctx, tx, findings...) })
}
