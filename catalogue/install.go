package catalogue

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"penstock/sigma"
)

// Installation is a pack to be installed.
type Installation struct {
	Pack    string // name; PackName makes one
	Version string // empty: what the files say, otherwise the beginning of their hash
	Origin  string
	Files   *Files
	Policy  *Policy // nil: that of the pack that is replaced, otherwise none is enabled
	DryRun  bool    // only tell what would happen
}

// Report is what became of the rules of a pack.
type Report struct {
	Pack, Version string
	Files         int // of rules
	Ignored       int // other files
	Rules         int // detection rules that were read
	Correlations  int
	Filters       int
	Yes           int            // compiled ones that apply to the data
	Partly        int            // in part
	No            int            // not at all
	Obstacles     map[string]int // what stands in the way → rules, of those that apply in part or not at all
	Added         int
	Updated       int
	Unchanged     int
	Removed       int
	Enabled       int
	Problems      []*sigma.Problem
}

// Install installs a pack. A pack of the same name is replaced: what people have decided about its rules stays, and rules
// that it no longer has are kept as removed.
func (c *Catalogue) Install(ctx context.Context, in *Installation, by By) (*Report, error) {
	if err := checkPackName(in.Pack); err != nil {
		return nil, err
	}
	if in.Policy != nil {
		if err := in.Policy.check(); err != nil {
			return nil, err
		}
	}
	return c.install(ctx, in, by)
}

func (c *Catalogue) install(ctx context.Context, in *Installation, by By) (*Report, error) {
	if len(in.Files.Rules) == 0 {
		if n := len(in.Files.Problems); n > 0 {
			p := in.Files.Problems[0]
			return nil, invalid("there are no rules in it that can be read: %s: %s (%d of its files have problems)", p.File, p.Message, n)
		}
		return nil, invalid("there are no rules in it: no file .yml or .yaml with a rule")
	}
	read := c.read(in.Pack, in.Files.Rules)
	read.problems = append(slices.Clone(in.Files.Problems), read.problems...)

	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.pack(in, by)
	w := &replacement{catalogue: c, reg: c.register.Load().clone(), pack: p, by: by, report: &Report{
		Pack: p.Name, Version: p.Version, Files: len(in.Files.Rules), Ignored: in.Files.Ignored, Obstacles: map[string]int{},
	}}
	w.reg.packs[p.Name] = p
	w.replace(read)
	w.reg.relate()
	w.reg.decide()
	w.count(read)
	w.report.Problems = read.problems
	if in.DryRun {
		return w.report, nil
	}
	err := c.db.Change(ctx, func(tx *sql.Tx) error {
		if err := writePack(ctx, tx, p, in.Files.Rules); err != nil {
			return err
		}
		for _, e := range w.written {
			if err := writeRule(ctx, tx, e); err != nil {
				return err
			}
		}
		return writeHistory(ctx, tx, append(w.history, Change{
			Pack: p.Name, Time: p.Installed, By: by, What: "installed", New: p.Version,
			Detail: fmt.Sprintf("%d added, %d updated, %d removed", w.report.Added, w.report.Updated, w.report.Removed),
		}))
	})
	if err != nil {
		return nil, fmt.Errorf("install the pack %s: %w", p.Name, err)
	}
	c.publish(w.reg)
	c.log.Info("a pack of rules was installed", "pack", p.Name, "version", p.Version, "rules", w.report.Rules, "added", w.report.Added,
		"updated", w.report.Updated, "removed", w.report.Removed, "problems", len(read.problems), "by", by.Who)
	return w.report, nil
}

func (c *Catalogue) pack(in *Installation, by By) *Pack {
	hash := in.Files.Hash()
	p := &Pack{Name: in.Pack, Version: in.Version, Origin: in.Origin, Hash: hash, Installed: c.now().UTC(), Who: by.Who}
	if p.Version == "" {
		p.Version = in.Files.Version
	}
	if p.Version == "" {
		p.Version = hash[:12]
	}
	switch old := c.register.Load().packs[in.Pack]; {
	case in.Policy != nil:
		p.Policy = *in.Policy
	case old != nil:
		p.Policy = old.Policy
	}
	return p
}

// replacement puts the rules of a pack in the place of those that it had.
type replacement struct {
	catalogue *Catalogue
	reg       *register
	pack      *Pack
	by        By
	report    *Report
	written   []*entry // to be written to the database
	history   []Change
}

func (w *replacement) replace(read *reading) {
	for _, e := range read.entries {
		old := w.reg.rules[e.ID]
		if old != nil && old.Pack != w.pack.Name && old.Removed.IsZero() {
			read.problems = append(read.problems, &sigma.Problem{
				File: e.Path, RuleID: e.ID, Title: e.Title, Position: sigma.Position{Line: e.Line, Column: 1},
				Message: fmt.Sprintf("the id %s is that of a rule of the pack %s, in %s: the rule is left out", e.ID, old.Pack, old.Path),
			})
			continue
		}
		w.put(e, old)
	}
	for id, old := range w.reg.rules {
		if old.Pack == w.pack.Name && old.Removed.IsZero() && read.byID[id] == nil {
			w.remove(old)
		}
	}
}

// put enters a rule in the place of old, which is nil where there was none.
func (w *replacement) put(e, old *entry) {
	e.Added, e.Changed, e.Version = w.pack.Installed, w.pack.Installed, 1
	w.reg.rules[e.ID] = e
	if old == nil {
		w.report.Added++
		w.written = append(w.written, e)
		return
	}
	e.Added, e.Settings = old.Added, old.Settings
	back := !old.Removed.IsZero()
	switch {
	case e.Hash == old.Hash && !back:
		e.Version, e.Changed = old.Version, old.Changed
		w.report.Unchanged++
	case e.Hash == old.Hash:
		e.Version = old.Version
		w.report.Added++
	default:
		e.Version = old.Version + 1
		w.report.Updated++
	}
	if back {
		w.note(e, Change{What: "returned", Old: old.Pack, New: w.pack.Name + " " + w.pack.Version})
	}
	if e.Hash != old.Hash && len(old.text) > 0 {
		w.note(e, Change{What: "text", Old: fmt.Sprintf("version %d", old.Version), New: fmt.Sprintf("version %d", e.Version), Detail: difference(old.text, e.text), Text: string(old.text)})
	}
	w.written = append(w.written, e)
}

func (w *replacement) remove(old *entry) {
	gone := *old
	gone.Removed, gone.rule, gone.correlation, gone.filter = w.pack.Installed, nil, nil, nil
	w.reg.rules[gone.ID] = &gone
	w.report.Removed++
	w.written = append(w.written, &gone)
	w.note(&gone, Change{What: "removed", Old: old.Path, Text: string(old.text)})
}

func (w *replacement) note(e *entry, ch Change) {
	ch.Rule, ch.Pack, ch.Time, ch.By = e.ID, w.pack.Name, w.pack.Installed, w.by
	if ch.By.Reason == "" {
		ch.By.Reason = w.pack.Name + " " + w.pack.Version
	}
	w.history = append(w.history, ch)
}

// count fills the report.
func (w *replacement) count(read *reading) {
	r := w.report
	for _, e := range read.entries {
		e = w.reg.rules[e.ID]
		if e == nil || e.Pack != w.pack.Name {
			continue
		}
		switch e.Kind {
		case Correlation:
			r.Correlations++
		case Filter:
			r.Filters++
		case Detection:
			r.Rules++
		}
		if e.Enabled {
			r.Enabled++
		}
		if e.Kind == Detection {
			r.apply(&e.Judgement)
		}
	}
}

func (r *Report) apply(j *Judgement) {
	switch j.Applies {
	case Yes:
		r.Yes++
	case Partly:
		r.Partly++
	case No:
		r.No++
	}
	for _, o := range j.Obstacles {
		r.Obstacles[o]++
	}
}

// Uninstall removes a pack. Its rules are kept as removed, with what was decided about them.
func (c *Catalogue) Uninstall(ctx context.Context, pack string, by By) error {
	if err := checkPackName(pack); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.register.Load().packs[pack]
	if old == nil {
		return fmt.Errorf("pack %s: %w", pack, errNoPack)
	}
	p := *old
	p.Installed = c.now().UTC()
	w := &replacement{catalogue: c, reg: c.register.Load().clone(), pack: &p, by: by, report: &Report{}}
	w.replace(&reading{byID: map[string]*entry{}})
	delete(w.reg.packs, pack)
	w.reg.relate()
	w.reg.decide()
	err := c.db.Change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM rule_pack WHERE name = ?`, pack); err != nil {
			return err
		}
		for _, e := range w.written {
			if err := writeRule(ctx, tx, e); err != nil {
				return err
			}
		}
		return writeHistory(ctx, tx, append(w.history, Change{Pack: pack, Time: p.Installed, By: by, What: "uninstalled", Old: p.Version}))
	})
	if err != nil {
		return fmt.Errorf("uninstall the pack %s: %w", pack, err)
	}
	c.publish(w.reg)
	return nil
}

// counted are rules that are there for a correlation of their own pack to count, which by the specification raise no alerts
// of their own: no policy enables them, lest they do while the correlation is disabled.
func (r *register) counted() map[string]bool {
	ids := map[string]bool{}
	for _, e := range r.rules {
		if e.correlation == nil || e.correlation.Generate || !e.Removed.IsZero() {
			continue
		}
		for _, part := range r.named(e.Refers) {
			if part.Pack == e.Pack {
				ids[part.ID] = true
			}
		}
	}
	return ids
}

// decide settles which rules are enabled, after anything has changed, and counts them.
func (r *register) decide() {
	for name, p := range r.packs {
		fresh := *p
		fresh.Rules, fresh.Enabled = 0, 0
		r.packs[name] = &fresh
	}
	r.integrations = nil
	counted := r.counted()
	for id, e := range r.rules {
		if e.Removed.IsZero() && isIntegration(e.custom()) {
			r.integrations = append(r.integrations, id)
		}
		p := r.packs[e.Pack]
		enabled, byPolicy := false, e.Settings.Enabled == nil
		switch {
		case !byPolicy:
			enabled = *e.Settings.Enabled
		case e.Pack == CustomPack || p == nil:
		default:
			enabled = !counted[id] && p.Policy.Enables(&e.Rule)
		}
		exceptions := len(r.exceptions[id])
		if e.Enabled != enabled || e.ByPolicy != byPolicy || e.Exceptions != exceptions {
			changed := *e
			changed.Enabled, changed.ByPolicy, changed.Exceptions = enabled, byPolicy, exceptions
			r.rules[id], e = &changed, &changed
		}
		if p != nil && e.Removed.IsZero() {
			p.Rules++
			if e.Enabled {
				p.Enabled++
			}
		}
	}
	slices.Sort(r.integrations)
}
