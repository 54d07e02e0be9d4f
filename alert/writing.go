package alert

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"penstock/record"
)

// writing is what one transaction adds. Occurrences are gathered in drafts and written at its end, once an alert.
type writing struct {
	alerts *Alerts
	ctx    context.Context //nolint:containedctx // it lives as long as one transaction
	tx     *sql.Tx
	now    time.Time
	stamp  int64
	recent *recent // nil: everything is read
	rules  map[string]*activity
	groups map[groupKey][]*draft
	drafts map[int64]*draft // that are in the database
	order  []*draft         // in which they were touched
	grown  map[groupKey]*draft

	matched   []Match // that count for correlations
	sightings map[record.ID]*sighting
	stmts     statements // of this transaction, those that it has needed
}

func (a *Alerts) write(ctx context.Context, tx *sql.Tx) *writing {
	return &writing{
		// The transaction ends with ctx; to watch it during every statement as well is dear.
		alerts: a, ctx: context.WithoutCancel(ctx), tx: tx, now: a.now(), stamp: rand.Int64(),
		rules: map[string]*activity{}, groups: map[groupKey][]*draft{}, drafts: map[int64]*draft{}, grown: map[groupKey]*draft{},
	}
}

// find makes a finding an occurrence.
func (w *writing) find(f *Finding) error {
	f.complete()
	if f.Key != "" {
		d, err := w.grownOf(f)
		if err != nil {
			return err
		}
		if d != nil {
			return w.grow(d, f)
		}
	}
	r, err := w.activity(f.Rule, f.Origin == FromHunt)
	if err != nil {
		return err
	}
	if w.full(r, f.Last) {
		return w.hold(r, f, tooManyMatches)
	}
	if f.Key == "" {
		if fresh, err := w.isNew(f.match()); err != nil || !fresh {
			return err
		}
	}
	slotAt(&r.noise.Slots, f.Last, r.limits.Per, maxSlots).Matches++
	d, err := w.occurrence(r, f)
	if err != nil {
		return err
	}
	if d == nil {
		why, may := w.spend(r, f.Last)
		if !may {
			return w.hold(r, f, why)
		}
		d = w.open(f, r)
	}
	if f.Origin != FromHunt { // what a hunt finds says nothing of how often the rule fires
		r.count(f.Last, false)
		if d.Occurrences == 0 {
			r.hour(f.Last).Alerts++
		}
	}
	return w.join(d, f, r)
}

// isNew notes that a match is counted; false when it was before.
func (w *writing) isNew(match int64) (bool, error) {
	result, err := w.run(insertSeen, match)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// occurrence finds the alert that a finding joins, and reopens it when it must; nil when there is none.
func (w *writing) occurrence(r *activity, f *Finding) (*draft, error) {
	window := r.window(w.alerts.options.Window)
	drafts, err := w.group(f.key())
	if err != nil {
		return nil, err
	}
	d, reopens := nearest(drafts, f.Last, window)
	if d == nil {
		return nil, nil
	}
	d.hear(f.Quiet)
	if reopens {
		d.reopen(w.now, "it happened again")
	}
	return d, nil
}

// nearest is the alert of a group whose events lie nearest to t, an open one before a closed one.
func nearest(drafts []*draft, t time.Time, window time.Duration) (found *draft, reopens bool) {
	var best time.Duration
	for _, d := range drafts {
		joins, again, distance := d.reach(t, window)
		if !joins {
			continue
		}
		if found == nil || distance < best || distance == best && found.Status == StatusClosed && d.Status != StatusClosed {
			found, reopens, best = d, again, distance
		}
	}
	return found, reopens
}

// maxGroup is how many alerts of a group are looked at: the latest ones.
const maxGroup = 16

// group loads the alerts of a group.
func (w *writing) group(key groupKey) ([]*draft, error) {
	if drafts, known := w.groups[key]; known {
		return drafts, nil
	}
	found, err := w.stamps(key)
	if err != nil {
		return nil, err
	}
	var drafts []*draft
	for _, f := range found {
		d := w.drafts[f.id]
		if d == nil {
			if d = w.recent.take(f.id, f.stamp); d != nil {
				w.keep(d)
			} else if d, err = w.draftOf(f.id); err != nil {
				return nil, err
			}
		}
		drafts = append(drafts, d)
	}
	w.groups[key] = drafts
	return drafts, nil
}

// stamped is an alert with the stamp that it has in the database.
type stamped struct{ id, stamp int64 }

// stamps finds the alerts of a group.
func (w *writing) stamps(key groupKey) ([]stamped, error) {
	rows, err := w.query(selectGroup, key[:], maxGroup)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []stamped
	for rows.Next() {
		var s stamped
		if err := rows.Scan(&s.id, &s.stamp); err != nil {
			return nil, err
		}
		found = append(found, s)
	}
	return found, rows.Err()
}

// open begins a new alert for a finding.
func (w *writing) open(f *Finding, r *activity) *draft {
	key := f.key()
	d := w.begin(f.Origin, f.Rule, key, f.First, f.Last, f.Quiet)
	d.Level, d.GroupedBy = r.rule.Level, f.Values
	d.describe(&r.rule)
	if !r.known {
		d.describeUnknown(f.Rule)
	}
	return d
}

// begin begins a new alert.
func (w *writing) begin(origin Origin, rule string, key groupKey, first, last time.Time, quiet bool) *draft {
	d := &draft{key: key, fresh: true, dirty: true, assets: true, loaded: true}
	d.Alert = Alert{
		Origin: origin, Rule: cut(rule, maxTerm), Status: StatusNew, Version: 1, First: first, Last: last, Created: w.now, Quiet: quiet, Importance: NormalAsset,
	}
	if !quiet {
		d.loud, d.changes = true, []ChangeKind{Created}
	}
	w.order = append(w.order, d)
	w.groups[key] = append(w.groups[key], d)
	return d
}

// join adds a finding to an alert.
func (w *writing) join(d *draft, f *Finding, r *activity) error {
	if err := w.loadEntities(d); err != nil {
		return err
	}
	if r.known && !d.fresh && !d.described {
		d.follow(&r.rule, w.now)
	}
	d.described = true
	d.Occurrences++
	if f.Key != "" {
		key := f.growing()
		w.grown[key] = d
		d.findings = append(d.findings, key)
	}
	for i := range f.Values {
		if e, ok := entityOfValue(&f.Values[i]); ok && f.Origin == FromCorrelation {
			d.meet(&e, f.First, f.Last)
		}
	}
	if err := w.add(d, f); err != nil {
		return err
	}
	if d.Status == StatusClosed {
		d.late(w.now, d.Verdict == FalsePositive && f.Last.After(d.Closed))
	}
	return nil
}

// add adds the events and entities of a finding to an alert; of one that grows, those events that are new.
func (w *writing) add(d *draft, f *Finding) error {
	d.dirty = true
	d.span(f.First, f.Last)
	for i := range f.Events {
		e := &f.Events[i]
		if f.Key != "" {
			fresh, err := w.isNew(matchOf(f.Rule+"\x00"+f.Key, e.Time, e.ID))
			if err != nil {
				return err
			}
			if !fresh {
				continue
			}
		}
		d.refer(*e)
	}
	for i := range f.Entities {
		d.meet(&f.Entities[i], f.First, f.Last)
	}
	return nil
}

// grownOf finds the alert that a finding is an occurrence of already; nil when it is new.
func (w *writing) grownOf(f *Finding) (*draft, error) {
	key := f.growing()
	if d := w.grown[key]; d != nil {
		return d, nil
	}
	var id int64
	err := w.queryRow(selectFinding, key[:]).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return w.draftOf(id)
}

// grow adds what is new of a finding to the alert that it is an occurrence of.
func (w *writing) grow(d *draft, f *Finding) error {
	if err := w.loadEntities(d); err != nil {
		return err
	}
	d.hear(f.Quiet)
	if d.Status == StatusClosed {
		if f.Last.After(d.Closed) && d.Verdict != FalsePositive {
			d.reopen(w.now, "it went on")
		} else {
			d.late(w.now, f.Last.After(d.Closed))
		}
	}
	return w.add(d, f)
}

// flush writes everything.
func (w *writing) flush() error {
	if err := w.flushRules(); err != nil {
		return err
	}
	for _, d := range w.order {
		if !d.dirty {
			continue
		}
		if err := w.save(d); err != nil {
			return err
		}
		w.recent.put(d)
	}
	return nil
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func idsOf(ctx context.Context, q querier, query string, args ...any) ([]int64, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// draftOf loads an alert to change it.
func (w *writing) draftOf(id int64) (*draft, error) {
	if d := w.drafts[id]; d != nil {
		return d, nil
	}
	d := new(draft)
	err := scanDraft(w.queryRow(selectDraft, id), d)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	w.keep(d)
	return d, nil
}

func (w *writing) keep(d *draft) {
	d.band = d.Band()
	w.drafts[d.ID] = d
	w.order = append(w.order, d)
}
