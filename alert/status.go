package alert

import (
	"slices"
	"time"
)

// steps are the statuses that follow on each. A closed alert that is opened again by hand goes on where it is worked on.
var steps = map[Status][]Status{
	StatusNew:          {StatusAcknowledged, StatusInProgress, StatusClosed},
	StatusAcknowledged: {StatusNew, StatusInProgress, StatusClosed},
	StatusInProgress:   {StatusAcknowledged, StatusClosed},
	StatusClosed:       {StatusNew, StatusAcknowledged, StatusInProgress},
}

var verdicts = []Verdict{TruePositive, BenignPositive, FalsePositive}

// Steps are the statuses that an alert of the given one can go to.
func (s Status) Steps() []Status { return slices.Clone(steps[s]) }

// step changes status and verdict.
func (w *writing) step(d *draft, e *Edit, note func(what, from, to string)) error {
	to := d.Status
	if e.Status != nil {
		to = *e.Status
	}
	refuse := func(reason string) error {
		return &TransitionError{ID: d.ID, From: d.Status, To: to, Reason: reason, Allowed: d.Status.Steps()}
	}
	if _, known := steps[to]; !known {
		return refuse("there is no such status")
	}
	if to != d.Status && !slices.Contains(steps[d.Status], to) {
		return refuse("the work does not go that way")
	}
	verdict := d.Verdict
	if e.Verdict != nil {
		verdict = *e.Verdict
	}
	switch {
	case to == StatusClosed && !slices.Contains(verdicts, verdict):
		return refuse("closing needs a verdict: true_positive, benign_positive or false_positive")
	case to != StatusClosed && e.Verdict != nil && *e.Verdict != "":
		return refuse("only what is closed has a verdict")
	case to != StatusClosed:
		verdict = ""
	}
	if to != d.Status {
		d.enter(to, w.now)
		note("status", string(d.Status), string(to))
		d.Status = to
	}
	note("verdict", string(d.Verdict), string(verdict))
	d.Verdict = verdict
	return nil
}

// enter notes when an alert came into a status.
func (d *draft) enter(to Status, now time.Time) {
	if d.Acknowledged.IsZero() {
		d.Acknowledged = now
	}
	switch {
	case to == StatusClosed:
		d.Closed, d.Late = now, false
	case d.Status == StatusClosed:
		d.Closed, d.Late = time.Time{}, false
		d.Reopened++
	}
}
