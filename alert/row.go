package alert

import (
	"encoding/json"
	"fmt"
	"time"
)

// columns of an alert, in the order in which scanAlert reads them.
const columns = `id, version, origin, rule, title, level, urgency, computed, urgency_set, importance, asset, status, verdict, assignee,
	occurrences, tags, techniques, tactics, facts, first, last, created, updated, acknowledged, closed, reopened, provisional, quiet`

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

func scanDraft(r row, d *draft) error {
	var key []byte
	if err := scanAlert(r, &d.Alert, &key, &d.referred); err != nil {
		return err
	}
	copy(d.key[:], key)
	return nil
}

func listJSON(list []string) string {
	if len(list) == 0 {
		return "[]"
	}
	text, _ := json.Marshal(list) //nolint:errchkjson // strings always are
	return string(text)
}

func nullTime(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	ms := t.UnixMilli()
	return &ms
}

// save writes an alert with all that belongs to it.
func (w *writing) save(d *draft) error {
	if d.assets {
		if !d.loaded {
			if err := w.loadEntities(d); err != nil {
				return err
			}
		}
		if err := w.prepare(&w.asset, `SELECT importance FROM alert_asset WHERE kind = ? AND name = ?`); err != nil {
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
	if err := w.saveEntities(d); err != nil {
		return fmt.Errorf("write the entities of alert %d: %w", d.ID, err)
	}
	for _, key := range d.findings {
		if _, err := w.tx.ExecContext(w.ctx, `INSERT OR REPLACE INTO alert_finding VALUES (?,?)`, key[:], d.ID); err != nil {
			return fmt.Errorf("write the findings of alert %d: %w", d.ID, err)
		}
	}
	for i := range d.history {
		if err := w.saveEntry(d.ID, &d.history[i]); err != nil {
			return fmt.Errorf("write the history of alert %d: %w", d.ID, err)
		}
	}
	for _, kind := range d.changes {
		if _, err := w.tx.ExecContext(w.ctx, `INSERT INTO alert_change (alert, kind, time, urgency) VALUES (?,?,?,?)`, d.ID, kind, w.now.UnixMilli(), d.Urgency); err != nil {
			return fmt.Errorf("write what is to be notified of alert %d: %w", d.ID, err)
		}
	}
	return nil
}

func (w *writing) saveRow(d *draft) error {
	facts, err := json.Marshal(&d.Facts)
	if err != nil {
		return fmt.Errorf("write alert %d: %w", d.ID, err)
	}
	values := []any{
		d.Version, d.Origin, d.key[:], d.Rule, d.Title, d.Level, d.Urgency, d.Computed, d.UrgencySet, d.Importance, d.Asset, d.Status, d.Verdict, d.Assignee,
		d.Occurrences, d.referred, listJSON(d.Tags), listJSON(d.Techniques), listJSON(d.Tactics), string(facts),
		milliseconds(d.First), milliseconds(d.Last), milliseconds(d.Created), milliseconds(d.Updated), nullTime(d.Acknowledged), nullTime(d.Closed),
		d.Reopened, d.Provisional, d.Quiet,
	}
	if d.fresh {
		err = w.tx.QueryRowContext(w.ctx, `INSERT INTO alert (version, origin, group_key, rule, title, level, urgency, computed, urgency_set, importance, asset, status, verdict, assignee,
			occurrences, events, tags, techniques, tactics, facts, first, last, created, updated, acknowledged, closed, reopened, provisional, quiet)
			VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) RETURNING id`, values...).Scan(&d.ID)
	} else {
		_, err = w.tx.ExecContext(w.ctx, `UPDATE alert SET version=?, origin=?, group_key=?, rule=?, title=?, level=?, urgency=?, computed=?, urgency_set=?, importance=?, asset=?, status=?, verdict=?, assignee=?,
			occurrences=?, events=?, tags=?, techniques=?, tactics=?, facts=?, first=?, last=?, created=?, updated=?, acknowledged=?, closed=?, reopened=?, provisional=?, quiet=?
			WHERE id = ?`, append(values, d.ID)...)
	}
	if err != nil {
		return fmt.Errorf("write alert %d: %w", d.ID, err)
	}
	return nil
}

func (w *writing) saveEvents(d *draft) error {
	if len(d.events) == 0 {
		return nil
	}
	if err := w.prepare(&w.stmts.event, `INSERT OR REPLACE INTO alert_event VALUES (?,?,?,?,?,?,?,?)`); err != nil {
		return err
	}
	for slot, e := range d.events {
		if _, err := w.stmts.event.ExecContext(w.ctx, d.ID, slot, e.Number, e.ID[:], e.Rule, e.Table, milliseconds(e.Time), e.Summary); err != nil {
			return err
		}
	}
	return nil
}

func (w *writing) saveEntities(d *draft) error {
	if len(d.changed) == 0 {
		return nil
	}
	if err := w.prepare(&w.stmts.entity, `INSERT INTO alert_entity VALUES (?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET
		value = excluded.value, facts = excluded.facts, first = excluded.first, last = excluded.last, occurrences = excluded.occurrences`); err != nil {
		return err
	}
	if err := w.prepare(&w.stmts.term, `INSERT INTO alert_term VALUES (?,?,?) ON CONFLICT DO NOTHING`); err != nil {
		return err
	}
	for key := range d.changed {
		e := d.entities[key]
		facts, err := json.Marshal(&e.EntityFacts)
		if err != nil {
			return err
		}
		if _, err := w.stmts.entity.ExecContext(w.ctx, d.ID, e.Kind, key.name, e.Value, string(facts), milliseconds(e.First), milliseconds(e.Last), e.Occurrences); err != nil {
			return err
		}
		if !e.news {
			continue
		}
		for _, term := range e.terms() {
			if _, err := w.stmts.term.ExecContext(w.ctx, term, e.Kind, d.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

const entityColumns = `kind, value, facts, first, last, occurrences`

func scanEntity(r row, e *Entity, more ...any) error {
	var facts string
	var first, last int64
	if err := r.Scan(append([]any{&e.Kind, &e.Value, &facts, &first, &last, &e.Occurrences}, more...)...); err != nil {
		return err
	}
	e.First, e.Last = moment(first), moment(last)
	return json.Unmarshal([]byte(facts), &e.EntityFacts)
}

// loadEntities reads the entities of an alert that is in the database.
func (w *writing) loadEntities(d *draft) error {
	d.entities, d.loaded = entitySet{}, true
	if d.fresh {
		return nil
	}
	rows, err := w.tx.QueryContext(w.ctx, `SELECT `+entityColumns+` FROM alert_entity WHERE alert = ?`, d.ID)
	if err != nil {
		return fmt.Errorf("read the entities of alert %d: %w", d.ID, err)
	}
	defer rows.Close()
	for rows.Next() {
		e := new(Entity)
		if err := scanEntity(rows, e); err != nil {
			return fmt.Errorf("read the entities of alert %d: %w", d.ID, err)
		}
		d.entities[e.key()] = e
	}
	return rows.Err()
}
