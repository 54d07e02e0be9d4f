package alert

import (
	"encoding/json"
	"fmt"
	"time"
)

// columns of an alert, in the order in which scanAlert reads them.
const columns = `id, version, origin, rule, title, level, urgency, computed, urgency_set, importance, asset, status, verdict, assignee,
	occurrences, tags, techniques, tactics, facts, first, last, created, updated, acknowledged, closed, reopened, provisional, quiet`

// listedColumns are those of scanListed, draftColumns those of scanDraft.
const (
	listedColumns = columns + `, hosts, users`
	draftColumns  = columns + `, hosts, users, group_key, events, stamp`
)

type row interface{ Scan(into ...any) error }

// scanAlert reads the columns, and more behind them.
func scanAlert(r row, a *Alert, more ...any) error {
	var tags, techniques, tactics, facts string
	var first, last, created, updated int64
	var acknowledged, closed *int64
	into := append([]any{
		&a.ID, &a.Version, &a.Origin, &a.Rule, &a.Title, &a.Level, &a.Urgency, &a.Computed, &a.UrgencySet, &a.Importance, &a.Asset, &a.Status, &a.Verdict, &a.Assignee,
		&a.Occurrences, &tags, &techniques, &tactics, &facts, &first, &last, &created, &updated, &acknowledged, &closed, &a.Reopened, &a.Provisional, &a.Quiet,
	}, more...)
	if err := r.Scan(into...); err != nil {
		return err
	}
	a.First, a.Last, a.Created, a.Updated = moment(first), moment(last), moment(created), moment(updated)
	if acknowledged != nil {
		a.Acknowledged = moment(*acknowledged)
	}
	if closed != nil {
		a.Closed = moment(*closed)
	}
	for _, list := range []struct {
		text string
		into any
	}{{tags, &a.Tags}, {techniques, &a.Techniques}, {tactics, &a.Tactics}, {facts, &a.Facts}} {
		if err := json.Unmarshal([]byte(list.text), list.into); err != nil {
			return fmt.Errorf("read alert %d: %w", a.ID, err)
		}
	}
	return nil
}

func scanDraft(r row, d *draft) (err error) {
	var key []byte
	if err := scanAlert(r, &d.Alert, &d.hosts, &d.users, &key, &d.referred, &d.stamp); err != nil {
		return err
	}
	copy(d.key[:], key)
	d.stored, err = d.settle()
	return err
}

func listJSON(list []string) string {
	if len(list) == 0 {
		return "[]"
	}
	text, _ := json.Marshal(list) //nolint:errchkjson // strings always are
	return string(text)
}

func nullTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// save writes an alert with all that belongs to it.
func (w *writing) save(d *draft) error {
	if d.assets {
		if err := w.loadEntities(d); err != nil {
			return err
		}
		if err := w.weigh(d); err != nil {
			return fmt.Errorf("weigh the assets of an alert: %w", err)
		}
	}
	d.weighed(w.now)
	d.Updated = w.now
	if err := w.saveRow(d); err != nil {
		return err
	}
	if err := w.saveEvents(d); err != nil {
		return fmt.Errorf("write the events of alert %d: %w", d.ID, err)
	}
	for ; d.noted < len(d.intakes); d.noted++ {
		if err := w.exec(insertIntake, d.ID, d.intakes[d.noted]); err != nil {
			return fmt.Errorf("write the intakes of alert %d: %w", d.ID, err)
		}
	}
	if err := w.saveEntities(d); err != nil {
		return fmt.Errorf("write the entities of alert %d: %w", d.ID, err)
	}
	for _, key := range d.findings {
		if err := w.exec(saveFinding, key[:], d.ID); err != nil {
			return fmt.Errorf("write the findings of alert %d: %w", d.ID, err)
		}
	}
	for i := range d.history {
		if err := w.saveEntry(d.ID, &d.history[i]); err != nil {
			return fmt.Errorf("write the history of alert %d: %w", d.ID, err)
		}
	}
	for _, kind := range d.changes {
		if err := w.exec(insertChange, d.ID, kind, w.now.UnixMilli(), d.Urgency); err != nil {
			return fmt.Errorf("write what is to be notified of alert %d: %w", d.ID, err)
		}
	}
	return nil
}

// settled is what most further occurrences leave as it is, in the order in which statements take it.
type settled [24]any

func (d *draft) settle() (s settled, err error) {
	facts, err := json.Marshal(&d.Facts)
	if err != nil {
		return s, err
	}
	return settled{
		d.Version, d.Rule, d.Title, d.Level, d.Urgency, d.Computed, d.UrgencySet, d.Importance, d.Asset, d.Status, d.Verdict, d.Assignee,
		listJSON(d.Tags), listJSON(d.Techniques), listJSON(d.Tactics), string(facts), milliseconds(d.First), nullTime(d.Acknowledged), nullTime(d.Closed),
		d.Reopened, d.Provisional, d.Quiet, d.hosts, d.users,
	}, nil
}

// saveRow writes no more than has changed: each column that an index has makes the index change, whatever its value.
func (w *writing) saveRow(d *draft) error {
	if d.met || d.fresh {
		d.hosts, d.users = listJSON(d.entities.most(Host)), listJSON(d.entities.most(User))
	}
	s, err := d.settle()
	if err != nil {
		return fmt.Errorf("write alert %d: %w", d.ID, err)
	}
	values := []any{d.Occurrences, d.referred, milliseconds(d.Last), milliseconds(d.Updated), w.stamp}
	switch {
	case d.fresh:
		d.ID, err = w.insert(append(append(values, s[:]...), d.Origin, d.key[:], milliseconds(d.Created)))
	case s == d.stored:
		err = w.exec(growAlert, append(values, d.ID)...)
	default:
		err = w.exec(updateAlert, append(append(values, s[:]...), d.ID)...)
	}
	if err != nil {
		return fmt.Errorf("write alert %d: %w", d.ID, err)
	}
	d.stored, d.stamp = s, w.stamp
	return nil
}

func (w *writing) insert(values []any) (id int64, err error) {
	result, err := w.run(insertAlert, values...)
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

func (w *writing) saveEvents(d *draft) error {
	for slot, e := range d.events {
		if err := w.exec(saveEvent, d.ID, slot, e.Number, e.ID[:], e.Rule, e.Table, milliseconds(e.Time), e.Summary, string(e.Row)); err != nil {
			return err
		}
	}
	return nil
}
