package alert

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Edit is what somebody changes of alerts; what is nil or empty stays as it is.
type Edit struct {
	Status     *Status
	Verdict    *Verdict // needed to close, and may be corrected later
	Assignee   *string  // empty: nobody
	Tags       *[]string
	AddTags    []string
	RemoveTags []string
	Urgency    *int   // 0 to 100
	NoUrgency  bool   // goes back to the urgency by the formula
	Comment    string // said with it
}

// Update changes an alert that was read at the given version and returns it as it is then. When it has changed since, the
// error is a *VersionError; 0 for version takes it as it is. A step that its status does not allow is a *TransitionError,
// what makes no sense an *InputError, what would be too much a *LimitError; ErrNotFound where there is no such alert.
func (a *Alerts) Update(ctx context.Context, actor string, id, version int64, e *Edit) (*Alert, error) {
	var updated Alert
	err := a.db.Change(ctx, func(tx *sql.Tx) error {
		w := a.write(ctx, tx)
		d, err := w.edit(actor, id, version, e)
		if err == nil {
			err = w.flush()
		}
		if err == nil {
			updated = d.Alert
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &updated, nil
}

// Result is what became of one alert of many.
type Result struct {
	ID  int64
	Err error // as Update returns it; nil: it was changed
}

// MaxBulk is how many alerts may be changed at once.
const MaxBulk = 1000

// UpdateAll changes alerts as they are. Those that cannot take the change stay as they were, and the others change all the
// same; the error is one of the database, and then none has changed.
func (a *Alerts) UpdateAll(ctx context.Context, actor string, ids []int64, e *Edit) ([]Result, error) {
	if len(ids) > MaxBulk {
		return nil, &LimitError{"alerts changed at once", MaxBulk}
	}
	var results []Result
	err := a.db.Change(ctx, func(tx *sql.Tx) error {
		results = results[:0]
		w := a.write(ctx, tx)
		for _, id := range ids {
			if slices.ContainsFunc(results, func(r Result) bool { return r.ID == id }) {
				continue
			}
			_, err := w.edit(actor, id, 0, e)
			if err != nil && !isRefusal(err) {
				return err
			}
			results = append(results, Result{id, err})
		}
		return w.flush()
	})
	return results, err
}

// isRefusal tells what concerns one alert from what concerns the database.
func isRefusal(err error) bool {
	var version *VersionError
	var transition *TransitionError
	var input *InputError
	var limit *LimitError
	return errors.Is(err, ErrNotFound) || errors.As(err, &version) || errors.As(err, &transition) || errors.As(err, &input) || errors.As(err, &limit)
}

// edit makes one change. An alert that cannot take it is left as it was.
func (w *writing) edit(actor string, id, version int64, e *Edit) (*draft, error) {
	d, err := w.draftOf(id)
	if err != nil {
		return nil, err
	}
	if version != 0 && version != d.Version {
		return nil, &VersionError{ID: id, Current: d.Version, Given: version}
	}
	was := *d
	if err := w.change(d, actor, e); err != nil {
		*d = was
		return nil, err
	}
	if added := d.history[len(was.history):]; len(added) > 0 {
		d.dirty = true
		if slices.ContainsFunc(added, func(e Entry) bool { return e.What != "comment" }) {
			d.Version++ // what somebody says is in nobody's way
		}
	}
	return d, nil
}

func (w *writing) change(d *draft, actor string, e *Edit) error {
	note := func(what, from, to string) {
		if from != to {
			d.history = append(slices.Clip(d.history), Entry{Time: w.now, Actor: actor, What: what, Old: from, New: to})
		}
	}
	if strings.TrimSpace(actor) == "" {
		return &InputError{"it must be said who changes the alert"}
	}
	if err := w.roomForHistory(d.ID); err != nil {
		return err
	}
	if err := w.step(d, e, note); err != nil {
		return err
	}
	if e.Assignee != nil {
		if len(*e.Assignee) > maxName {
			return &InputError{fmt.Sprintf("the name of an assignee has %d bytes at most", maxName)}
		}
		note("assignee", d.Assignee, *e.Assignee)
		d.Assignee = *e.Assignee
	}
	if err := d.retag(e, note); err != nil {
		return err
	}
	switch {
	case e.Urgency != nil && (*e.Urgency < 0 || *e.Urgency > 100):
		return &InputError{"an urgency is between 0 and 100"}
	case e.Urgency != nil:
		note("urgency", strconv.Itoa(d.Urgency), strconv.Itoa(*e.Urgency))
		d.Urgency, d.UrgencySet = *e.Urgency, true
		d.band = d.Band() // whoever sets it knows
	case e.NoUrgency && d.UrgencySet:
		note("urgency", strconv.Itoa(d.Urgency), "by the formula")
		d.UrgencySet = false
		d.band = BandOf(d.compute())
	}
	if e.Comment != "" {
		return w.comment(d, actor, e.Comment)
	}
	return nil
}

// retag changes the tags.
func (d *draft) retag(e *Edit, note func(what, from, to string)) error {
	tags := slices.Clone(d.Tags)
	if e.Tags != nil {
		tags = slices.Clone(*e.Tags)
	}
	tags = append(tags, e.AddTags...)
	for i, tag := range tags {
		if tags[i] = strings.TrimSpace(tag); tags[i] == "" || len(tags[i]) > maxTag {
			return &InputError{fmt.Sprintf("a tag has between 1 and %d bytes", maxTag)}
		}
	}
	tags = slices.DeleteFunc(tags, func(t string) bool { return slices.Contains(e.RemoveTags, t) })
	slices.Sort(tags)
	tags = slices.Compact(tags)
	if len(tags) > maxTags {
		return &LimitError{"tags on an alert", maxTags}
	}
	note("tags", strings.Join(d.Tags, ", "), strings.Join(tags, ", "))
	d.Tags = tags
	return nil
}
