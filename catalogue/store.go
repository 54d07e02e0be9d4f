package catalogue

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

func milliseconds(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	ms := t.UnixMilli()
	return &ms
}

func moment(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64).UTC()
}

func writePack(ctx context.Context, tx *sql.Tx, p *Pack, files []File) error {
	policy, err := json.Marshal(&p.Policy)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO rule_pack VALUES (?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET version = excluded.version,
		origin = excluded.origin, hash = excluded.hash, installed = excluded.installed, who = excluded.who, policy = excluded.policy`,
		p.Name, p.Version, p.Origin, p.Hash, p.Installed.UnixMilli(), p.Who, string(policy))
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM rule_file WHERE pack = ?`, p.Name); err != nil {
		return err
	}
	for i := range files {
		if err := writeFile(ctx, tx, p.Name, &files[i]); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(ctx context.Context, tx *sql.Tx, pack string, f *File) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO rule_file VALUES (?,?,?) ON CONFLICT DO UPDATE SET text = excluded.text`, pack, f.Path, string(f.Text))
	return err
}

func writeRule(ctx context.Context, tx *sql.Tx, e *entry) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO rule (id, pack, path, kind, title, hash, version, added, changed, removed) VALUES (?,?,?,?,?,?,?,?,?,?)
		ON CONFLICT DO UPDATE SET pack = excluded.pack, path = excluded.path, kind = excluded.kind, title = excluded.title,
		hash = excluded.hash, version = excluded.version, changed = excluded.changed, removed = excluded.removed`,
		e.ID, e.Pack, e.Path, string(e.Kind), e.Title, e.Hash, e.Version, e.Added.UnixMilli(), e.Changed.UnixMilli(), milliseconds(e.Removed))
	return err
}

func writeSettings(ctx context.Context, tx *sql.Tx, e *entry) error {
	settings, err := json.Marshal(&e.Settings)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO rule_state VALUES (?,?,?,?) ON CONFLICT DO UPDATE SET version = excluded.version,
		enabled = excluded.enabled, settings = excluded.settings`, e.ID, e.Settings.Version, e.Settings.Enabled, string(settings))
	return err
}

// load reads everything and reads the rules' files again: what a rule means is nowhere kept but in its text.
func (c *Catalogue) load(ctx context.Context) (*register, error) {
	reg := &register{rules: map[string]*entry{}, packs: map[string]*Pack{}, exceptions: map[string][]*Exception{}}
	for _, part := range []func(context.Context, *register) error{c.loadPacks, c.loadRules, c.loadFiles, c.loadSettings, c.loadExceptions} {
		if err := part(ctx, reg); err != nil {
			return nil, err
		}
	}
	reg.relate()
	reg.decide()
	return reg, nil
}

// rows runs a query and calls scan for each row.
func (c *Catalogue) rows(ctx context.Context, scan func(*sql.Rows) error, query string, args ...any) error {
	rows, err := c.db.Reader.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (c *Catalogue) loadPacks(ctx context.Context, reg *register) error {
	return c.rows(ctx, func(rows *sql.Rows) error {
		var p Pack
		var installed int64
		var policy string
		if err := rows.Scan(&p.Name, &p.Version, &p.Origin, &p.Hash, &installed, &p.Who, &policy); err != nil {
			return err
		}
		p.Installed = time.UnixMilli(installed).UTC()
		if err := json.Unmarshal([]byte(policy), &p.Policy); err != nil {
			return fmt.Errorf("policy of the pack %s: %w", p.Name, err)
		}
		reg.packs[p.Name] = &p
		return nil
	}, `SELECT name, version, origin, hash, installed, who, policy FROM rule_pack`)
}

func (c *Catalogue) loadRules(ctx context.Context, reg *register) error {
	return c.rows(ctx, func(rows *sql.Rows) error {
		var e entry
		var added, changed int64
		var removed sql.NullInt64
		if err := rows.Scan(&e.ID, &e.Pack, &e.Path, &e.Kind, &e.Title, &e.Hash, &e.Version, &added, &changed, &removed); err != nil {
			return err
		}
		e.Added, e.Changed, e.Removed = time.UnixMilli(added).UTC(), time.UnixMilli(changed).UTC(), moment(removed)
		reg.rules[e.ID] = &e
		return nil
	}, `SELECT id, pack, path, kind, title, hash, version, added, changed, removed FROM rule`)
}

// loadFiles reads the rules of the files. A rule that is in the database and not in its file any more, since the program
// reads files otherwise than before, is shown with that problem.
func (c *Catalogue) loadFiles(ctx context.Context, reg *register) error {
	files := map[string][]File{}
	err := c.rows(ctx, func(rows *sql.Rows) error {
		var pack string
		var f File
		if err := rows.Scan(&pack, &f.Path, &f.Text); err != nil {
			return err
		}
		files[pack] = append(files[pack], f)
		return nil
	}, `SELECT pack, path, text FROM rule_file ORDER BY pack, path`)
	if err != nil {
		return err
	}
	for pack, list := range files {
		for _, e := range c.read(pack, list).entries {
			old := reg.rules[e.ID]
			if old == nil || old.Pack != pack || !old.Removed.IsZero() {
				continue
			}
			e.Added, e.Changed, e.Version = old.Added, old.Changed, old.Version
			reg.rules[e.ID] = e
		}
	}
	for _, e := range reg.rules {
		if e.Removed.IsZero() && !e.readable() {
			e.Problem = "this version of Penstock cannot read it: install its pack again to see why"
		}
	}
	return nil
}

func (c *Catalogue) loadSettings(ctx context.Context, reg *register) error {
	return c.rows(ctx, func(rows *sql.Rows) error {
		var id, text string
		var s Settings
		var enabled sql.NullBool
		var version int64
		if err := rows.Scan(&id, &version, &enabled, &text); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			return fmt.Errorf("settings of the rule %s: %w", id, err)
		}
		s.Version = version
		if enabled.Valid {
			s.Enabled = &enabled.Bool
		}
		if e := reg.rules[id]; e != nil {
			e.Settings = s
		}
		return nil
	}, `SELECT rule, version, enabled, settings FROM rule_state`)
}

func (c *Catalogue) loadExceptions(ctx context.Context, reg *register) error {
	var list []*Exception
	err := c.rows(ctx, func(rows *sql.Rows) error {
		x, err := scanException(rows)
		list = append(list, x)
		return err
	}, `SELECT `+exceptionColumns+` FROM rule_exception WHERE ended IS NULL AND (expires IS NULL OR expires > ?) ORDER BY id`, c.now().UnixMilli())
	if err != nil {
		return err
	}
	for _, x := range list {
		e := reg.rules[x.Rule]
		if e == nil {
			continue
		}
		if err := c.parseException(x, &e.Rule); err != nil {
			c.log.Error("an exception cannot be read; the rule matches more than it should", "rule", x.Rule, "exception", x.ID, "error", err)
			continue
		}
		reg.exceptions[x.Rule] = append(slices.Clip(reg.exceptions[x.Rule]), x)
	}
	return nil
}

func writePolicy(ctx context.Context, tx *sql.Tx, p *Pack) error {
	policy, err := json.Marshal(&p.Policy)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE rule_pack SET policy = ? WHERE name = ?`, string(policy), p.Name)
	return err
}

// keepCustomPack makes the pack of the rules that are written here, where there is none yet.
func keepCustomPack(ctx context.Context, tx *sql.Tx, p *Pack) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO rule_pack VALUES (?,?,?,?,?,?,'{}') ON CONFLICT DO NOTHING`,
		p.Name, p.Version, p.Origin, p.Hash, p.Installed.UnixMilli(), p.Who)
	return err
}
