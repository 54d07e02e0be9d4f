package alert

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"penstock/sigma"
)

// pace is how fast a rule matches, by the time of the events, and when it was noisy. It is kept with the rule.
type pace struct {
	Slots   []slot   `json:"slots,omitempty"` // the latest ones, in order
	Days    []slot   `json:"days,omitempty"`
	Periods []period `json:"periods,omitempty"` // in which it is noisy, in the order in which they began
}

// slot counts what happened in a span of time.
type slot struct {
	At      int64 `json:"at"` // when it begins, milliseconds since 1970
	Matches int   `json:"matches,omitempty"`
	Alerts  int   `json:"alerts,omitempty"`
}

// period is a time in which a rule opens no new alert.
type period struct {
	From   int64  `json:"from"` // milliseconds since 1970, of the events, Until not included
	Until  int64  `json:"until"`
	Reason excess `json:"reason"`
	Held   int64  `json:"held"` // matches that were only counted
}

// excess is of what there was too much.
type excess string

const (
	tooManyMatches excess = "matches"
	tooManyAlerts  excess = "alerts"
	tooManyPerDay  excess = "day"
)

const (
	maxSlots   = 32
	maxDays    = 8
	maxPeriods = 8
	dayLength  = 24 * time.Hour
)

// slotAt finds the slot of a time, making it where there is none. When there are too many, the oldest go; an event that is
// older still counts with the oldest that is left.
func slotAt(slots *[]slot, t time.Time, length time.Duration, most int) *slot {
	at := t.Truncate(length).UnixMilli()
	i, found := slices.BinarySearchFunc(*slots, at, func(s slot, at int64) int { return cmp.Compare(s.At, at) })
	if found {
		return &(*slots)[i]
	}
	if len(*slots) == most {
		if i == 0 {
			return &(*slots)[0]
		}
		*slots = slices.Delete(*slots, 0, 1)
		i--
	}
	*slots = slices.Insert(*slots, i, slot{At: at})
	return &(*slots)[i]
}

// at is the period that a time is in; nil: none.
func (p *pace) at(t time.Time) *period {
	ms := t.UnixMilli()
	for i := range p.Periods {
		if d := &p.Periods[i]; ms >= d.From && ms < d.Until {
			return d
		}
	}
	return nil
}

// begin adds a period, or widens one that it touches.
func (p *pace) begin(n period) *period {
	for i := range p.Periods {
		if d := &p.Periods[i]; n.From <= d.Until && n.Until >= d.From {
			d.From, d.Until = min(d.From, n.From), max(d.Until, n.Until)
			return d
		}
	}
	if len(p.Periods) == maxPeriods {
		p.Periods = slices.Delete(p.Periods, 0, 1)
	}
	p.Periods = append(p.Periods, n)
	return &p.Periods[len(p.Periods)-1]
}

// full reports whether a rule's matches of that time are too many to be looked at.
func (w *writing) full(r *activity, t time.Time) bool {
	return slotAt(&r.noise.Slots, t, r.limits.Per, maxSlots).Matches >= r.limits.Matches
}

// spend takes a new alert from what a rule may open. When it may not, it says of what there was too much.
func (w *writing) spend(r *activity, t time.Time) (why excess, may bool) {
	if d := r.noise.at(t); d != nil {
		return d.Reason, false
	}
	n := &r.limits
	s, day := slotAt(&r.noise.Slots, t, n.Per, maxSlots), slotAt(&r.noise.Days, t, dayLength, maxDays)
	switch {
	case s.Alerts >= n.Alerts:
		return tooManyAlerts, false
	case day.Alerts >= n.PerDay:
		return tooManyPerDay, false
	}
	s.Alerts++
	day.Alerts++
	return "", true
}

// hold only counts a finding, because there are too many of its rule. When that begins, an alert says so.
func (w *writing) hold(r *activity, f *Finding, why excess) error {
	n := &r.limits
	from := f.Last.Truncate(n.Per)
	until := from.Add(n.Per + n.Calm)
	if why == tooManyPerDay {
		until = f.Last.Truncate(dayLength).Add(dayLength)
	}
	d := r.noise.at(f.Last)
	known := d != nil
	if !known {
		d = r.noise.begin(period{From: from.UnixMilli(), Until: until.UnixMilli(), Reason: why})
	} else if why == tooManyMatches {
		d.Until = max(d.Until, until.UnixMilli())
	}
	d.Held++
	r.breached = w.now.UnixMilli()
	if f.Origin != FromHunt {
		r.count(f.Last, true)
	}
	if known {
		return nil
	}
	return w.sayNoisy(r, f, why)
}

// sayNoisy raises the alert that a rule is noisy.
func (w *writing) sayNoisy(r *activity, f *Finding, why excess) error {
	key := keyOf(FromNoise, r.rule.ID, nil)
	drafts, err := w.group(key)
	if err != nil {
		return err
	}
	n := &r.limits
	reason := n.describe(why)
	d, reopens := nearest(drafts, f.Last, w.alerts.options.Window)
	if d != nil {
		d.hear(f.Quiet)
	}
	switch {
	case d == nil:
		d = w.begin(FromNoise, r.rule.ID, key, f.First, f.Last, f.Quiet)
		d.Level = sigma.Medium
		d.Title = cut(fmt.Sprintf("Rule “%s” is noisy", r.title()), maxTitle)
		d.Description = fmt.Sprintf("The rule opens no new alert for a while: %s. What it matches meanwhile joins the alerts that are there or is only counted with the rule, where it can be seen; events stay marked with the rule. It calms down by itself after %s without too much. An exception, narrower fields of similarity or a better rule helps.",
			reason, inWords(n.Calm))
	case reopens:
		d.reopen(w.now, reason)
	}
	if err := w.loadEntities(d); err != nil {
		return err
	}
	d.Occurrences++
	d.dirty = true
	d.span(f.First, f.Last)
	e := f.Events[0]
	e.Intake = "" // what the rule matches meanwhile may come by any
	d.refer(e)
	w.alerts.log.Warn("a rule is noisy", "rule", r.rule.ID, "title", r.title(), "because", reason)
	return nil
}

// or fills in the limits that a rule does not have of its own.
func (n Noise) or(o *Noise) Noise {
	return Noise{
		Per: cmp.Or(n.Per, o.Per), Matches: cmp.Or(n.Matches, o.Matches), Alerts: cmp.Or(n.Alerts, o.Alerts), PerDay: cmp.Or(n.PerDay, o.PerDay), Calm: cmp.Or(n.Calm, o.Calm),
	}
}

// describe says in words what was too much.
func (n *Noise) describe(why excess) string {
	switch why {
	case tooManyMatches:
		return fmt.Sprintf("it matched more than %s events within %s", grouped(int64(n.Matches)), inWords(n.Per))
	case tooManyAlerts:
		return fmt.Sprintf("it would have opened more than %s alerts within %s", grouped(int64(n.Alerts)), inWords(n.Per))
	}
	return fmt.Sprintf("it would have opened more than %s alerts in a day", grouped(int64(n.PerDay)))
}

func inWords(d time.Duration) string {
	if d%time.Minute == 0 {
		return fmt.Sprintf("%d minutes", d/time.Minute)
	}
	return fmt.Sprintf("%g seconds", d.Seconds())
}

// NoisyRule is a rule that matches too much.
type NoisyRule struct {
	Rule   string
	Since  time.Time // of the events
	Until  time.Time // when it calms down if nothing more comes, by the time of events
	Held   int64     // matches that were only counted since
	Seen   time.Time // when something was held back last
	Reason string
}

// Noisy lists the rules that something was held back of within the time that they take to calm down, the latest first.
func (a *Alerts) Noisy(ctx context.Context) ([]NoisyRule, error) {
	rows, err := a.db.Reader.QueryContext(ctx, `SELECT rule, noise, breached FROM alert_rule WHERE breached > ? AND rule NOT LIKE 'hunt:%' ORDER BY breached DESC, rule`,
		a.now().Add(-a.options.Noise.Calm).UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("list noisy rules: %w", err)
	}
	defer rows.Close()
	var list []NoisyRule
	for rows.Next() {
		var n NoisyRule
		var noise string
		var seen int64
		if err := rows.Scan(&n.Rule, &noise, &seen); err != nil {
			return nil, fmt.Errorf("list noisy rules: %w", err)
		}
		var p pace
		if err := json.Unmarshal([]byte(noise), &p); err != nil {
			return nil, fmt.Errorf("list noisy rules: the pace of %s: %w", n.Rule, err)
		}
		n.Seen = moment(seen)
		rule, _ := a.rule(n.Rule)
		limits := rule.Noise.or(&a.options.Noise)
		if len(p.Periods) > 0 {
			last := slices.MaxFunc(p.Periods, func(x, y period) int { return cmp.Compare(x.Until, y.Until) })
			n.Since, n.Until, n.Held, n.Reason = moment(last.From), moment(last.Until), last.Held, limits.describe(last.Reason)
		}
		list = append(list, n)
	}
	return list, rows.Err()
}
