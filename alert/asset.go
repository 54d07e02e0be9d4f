package alert

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// Importance is how much an asset matters.
type Importance string

// The importances, in ascending order.
const (
	UnimportantAsset Importance = "low"
	NormalAsset      Importance = "normal"
	HighAsset        Importance = "high"
	CriticalAsset    Importance = "critical"
)

// above compares importances.
func (i Importance) above(o Importance) bool { return importancePoints[i] > importancePoints[o] }

// Asset is a host or a user whose importance is not normal.
type Asset struct {
	Kind       Kind   // Host or User
	Name       string // a host's full or short name or id; a user's name, domain\name, UPN, SID or id; in any case
	Importance Importance
	Note       string
	Actor      string
	Time       time.Time
}

const (
	maxAssets = 100_000
	maxNote   = 1000
)

// SetImportance says how important assets are, all or none of them; normal forgets what was said. Open alerts about them
// get their urgency anew.
func (a *Alerts) SetImportance(ctx context.Context, actor string, assets ...Asset) error {
	for i := range assets {
		if err := assets[i].check(); err != nil {
			return err
		}
	}
	return a.db.Change(ctx, func(tx *sql.Tx) error {
		now := a.now()
		for i := range assets {
			if err := setImportance(ctx, tx, &assets[i], actor, now); err != nil {
				return fmt.Errorf("set the importance of %s %s: %w", assets[i].Kind, assets[i].Name, err)
			}
		}
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM alert_asset`).Scan(&n); err != nil {
			return fmt.Errorf("count assets: %w", err)
		}
		if n > maxAssets {
			return &LimitError{"assets whose importance is not normal", maxAssets}
		}
		if err := a.reconsider(ctx, tx, assets); err != nil {
			return fmt.Errorf("work out urgencies anew: %w", err)
		}
		return nil
	})
}

func (s *Asset) check() error {
	if s.Kind != Host && s.Kind != User {
		return &InputError{fmt.Sprintf("%q is no kind of asset: it is host or user", s.Kind)}
	}
	if _, known := importancePoints[s.Importance]; !known {
		return &InputError{fmt.Sprintf("%q is no importance: it is low, normal, high or critical", s.Importance)}
	}
	if name := strings.TrimSpace(s.Name); name == "" || len(name) > maxTerm || len(s.Note) > maxNote {
		return &InputError{fmt.Sprintf("an asset needs a name of at most %d bytes, and its note has at most %d", maxTerm, maxNote)}
	}
	return nil
}

func setImportance(ctx context.Context, tx *sql.Tx, s *Asset, actor string, now time.Time) error {
	if s.Importance == NormalAsset {
		_, err := tx.ExecContext(ctx, `DELETE FROM alert_asset WHERE kind = ? AND name = ?`, s.Kind, termOf(s.Name))
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO alert_asset VALUES (?,?,?,?,?,?)
		ON CONFLICT DO UPDATE SET importance = excluded.importance, note = excluded.note, actor = excluded.actor, time = excluded.time`,
		s.Kind, termOf(s.Name), s.Importance, s.Note, cut(actor, maxName), now.UnixMilli())
	return err
}

// reconsider works out the urgency of the open alerts that name one of the assets.
func (a *Alerts) reconsider(ctx context.Context, tx *sql.Tx, assets []Asset) error {
	w := a.write(ctx, tx)
	for i := range assets {
		ids, err := idsOf(ctx, tx, `SELECT t.alert FROM alert_term t JOIN alert a ON a.id = t.alert
			WHERE t.term = ? AND t.kind = ? AND a.status <> ?`, termOf(assets[i].Name), assets[i].Kind, StatusClosed)
		if err != nil {
			return err
		}
		for _, id := range ids {
			d, err := w.draftOf(id)
			if err != nil {
				return err
			}
			d.dirty, d.assets = true, true
		}
	}
	return w.flush()
}

// Assets lists the assets whose importance is not normal, by kind and name.
func (a *Alerts) Assets(ctx context.Context) ([]Asset, error) {
	rows, err := a.db.Reader.QueryContext(ctx, `SELECT kind, name, importance, note, actor, time FROM alert_asset ORDER BY kind, name`)
	if err != nil {
		return nil, fmt.Errorf("list assets: %w", err)
	}
	defer rows.Close()
	var list []Asset
	for rows.Next() {
		var s Asset
		var at int64
		if err := rows.Scan(&s.Kind, &s.Name, &s.Importance, &s.Note, &s.Actor, &at); err != nil {
			return nil, fmt.Errorf("list assets: %w", err)
		}
		s.Time = moment(at)
		list = append(list, s)
	}
	return list, rows.Err()
}

// weigh finds the most important among the hosts and users of an alert of which it was said how important they are.
func (w *writing) weigh(d *draft) error {
	d.Importance, d.Asset = NormalAsset, ""
	important, err := w.importance(&d.entities)
	if err != nil || len(important) == 0 {
		return err
	}
	for _, e := range d.entities.sorted() {
		for _, term := range e.terms() {
			i, said := important[lookup{e.Kind, term}]
			if said && (d.Asset == "" || i.above(d.Importance)) {
				d.Importance, d.Asset = i, cut(string(e.Kind)+" "+e.Value, maxTerm)
			}
		}
	}
	return nil
}

// importance is what was said of hosts and users.
func (w *writing) importance(c *cast) (map[lookup]Importance, error) {
	terms, err := c.lookups(func(e *Entity) bool { return e.Kind == Host || e.Kind == User })
	if err != nil || terms == "" {
		return nil, err
	}
	rows, err := w.query(selectImportance, terms)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found map[lookup]Importance
	for rows.Next() {
		var l lookup
		var i Importance
		if err := rows.Scan(&l.kind, &l.term, &i); err != nil {
			return nil, err
		}
		if found == nil {
			found = map[lookup]Importance{}
		}
		found[l] = i
	}
	return found, rows.Err()
}
