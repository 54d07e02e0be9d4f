package alert

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// activity is what a transaction adds to what is known of how a rule fires.
type activity struct {
	id       string
	rule     Rule
	known    bool // the rule is
	noise    pace
	limits   Noise
	hours    map[int64]*Hour // what is added, by the hour
	last     int64           // event
	breached int64
}

// huntPrefix stands before the id of a rule that a hunt runs: what it finds makes the rule itself neither noisy nor busy.
const huntPrefix = "hunt:"

// activity loads what is known of how a rule fires, by itself or in hunts.
func (w *writing) activity(rule string, hunted bool) (*activity, error) {
	id := rule
	if hunted {
		id = huntPrefix + id
	}
	if r := w.rules[id]; r != nil {
		return r, nil
	}
	r := &activity{id: id, hours: map[int64]*Hour{}}
	r.rule, r.known = w.alerts.rule(rule)
	r.limits = r.rule.Noise.or(&w.alerts.options.Noise)
	var noise string
	err := w.queryRow(selectRule, id).Scan(&noise, &r.last, &r.breached)
	if err == nil {
		err = json.Unmarshal([]byte(noise), &r.noise)
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read how rule %s fires: %w", id, err)
	}
	w.rules[id] = r
	return r, nil
}

func (r *activity) title() string {
	if r.rule.Title != "" {
		return r.rule.Title
	}
	return r.rule.ID
}

func (r *activity) window(otherwise time.Duration) time.Duration {
	if r.rule.Window > 0 {
		return r.rule.Window
	}
	return otherwise
}

func (r *activity) hour(t time.Time) *Hour {
	at := t.Truncate(time.Hour).UnixMilli()
	h := r.hours[at]
	if h == nil {
		h = &Hour{}
		r.hours[at] = h
	}
	return h
}

// count counts a match.
func (r *activity) count(t time.Time, held bool) {
	h := r.hour(t)
	h.Matches++
	if held {
		h.Suppressed++
	}
	r.last = max(r.last, t.UnixMilli())
}

// flushRules writes how rules fired.
func (w *writing) flushRules() error {
	for _, id := range slices.Sorted(maps.Keys(w.rules)) {
		r := w.rules[id]
		noise, err := json.Marshal(&r.noise)
		if err != nil {
			return fmt.Errorf("write how rule %s fires: %w", id, err)
		}
		var sum Hour
		for at, h := range r.hours {
			sum.Matches += h.Matches
			sum.Suppressed += h.Suppressed
			sum.Alerts += h.Alerts
			if err := w.exec(saveHour, id, at, h.Matches, h.Suppressed, h.Alerts); err != nil {
				return fmt.Errorf("write how rule %s fires: %w", id, err)
			}
		}
		if err := w.exec(saveRule, id, sum.Matches, sum.Suppressed, sum.Alerts, r.last, string(noise), r.breached); err != nil {
			return fmt.Errorf("write how rule %s fires: %w", id, err)
		}
	}
	return nil
}

// Hour counts what a rule did with the events of an hour, or of several.
type Hour struct {
	Time       time.Time // when it begins
	Matches    int64
	Suppressed int64 // of these, those that were only counted because the rule was noisy
	Alerts     int64 // new ones
}

// Activity is how a rule has fired.
type Activity struct {
	Matches, Suppressed, Alerts int64
	Last                        time.Time // event that matched last, ever
	Noisy                       bool      // something of it was held back within the time that it takes to calm down
}

// Activity says how each rule has fired, by id, on events since the given time; rules that have not are left out.
// What hunts found does not count.
func (a *Alerts) Activity(ctx context.Context, since time.Time) (map[string]Activity, error) {
	rows, err := a.db.Reader.QueryContext(ctx, `SELECT h.rule, sum(h.matches), sum(h.suppressed), sum(h.alerts), r.last, r.breached
		FROM alert_rule_hour h JOIN alert_rule r ON r.rule = h.rule WHERE h.hour >= ? GROUP BY h.rule`, since.Truncate(time.Hour).UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read how rules fire: %w", err)
	}
	defer rows.Close()
	all := map[string]Activity{}
	calm := a.now().Add(-a.options.Noise.Calm).UnixMilli()
	for rows.Next() {
		var rule string
		var one Activity
		var last, breached int64
		if err := rows.Scan(&rule, &one.Matches, &one.Suppressed, &one.Alerts, &last, &breached); err != nil {
			return nil, fmt.Errorf("read how rules fire: %w", err)
		}
		one.Last, one.Noisy = moment(last), breached > calm
		all[rule] = one
	}
	return all, rows.Err()
}

// Hours says hour by hour how a rule has fired on events from From to To; hours in which it has not are left out.
func (a *Alerts) Hours(ctx context.Context, rule string, from, to time.Time) ([]Hour, error) {
	rows, err := a.db.Reader.QueryContext(ctx, `SELECT hour, matches, suppressed, alerts FROM alert_rule_hour WHERE rule = ? AND hour >= ? AND hour < ? ORDER BY hour`,
		rule, from.Truncate(time.Hour).UnixMilli(), to.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read how rule %s fires: %w", rule, err)
	}
	defer rows.Close()
	var list []Hour
	for rows.Next() {
		var h Hour
		var at int64
		if err := rows.Scan(&at, &h.Matches, &h.Suppressed, &h.Alerts); err != nil {
			return nil, fmt.Errorf("read how rule %s fires: %w", rule, err)
		}
		h.Time = moment(at)
		list = append(list, h)
	}
	return list, rows.Err()
}
