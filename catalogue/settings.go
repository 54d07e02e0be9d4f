package catalogue

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"penstock/sigma"
)

// Edit is what somebody wants changed about a rule. What is nil stays as it is.
type Edit struct {
	// Version is that of the settings on which the edit is based: when they have changed meanwhile, the edit is refused with
	// ErrConflict. 0: whatever they are.
	Version    int64
	Enabled    *bool
	Policy     bool         // nobody decides any more: enabled is what the policy says
	Level      *sigma.Level // empty: the rule's own
	Note       *string
	Similarity *[]string // empty: the rule's own
	Window     *time.Duration
	Limit      *Limit
}

const (
	maxNote   = 10_000 // bytes
	maxFields = 20
	maxWindow = 30 * 24 * time.Hour
)

func (ed *Edit) check() error {
	switch {
	case ed.Level != nil && !slices.Contains(levels, *ed.Level):
		return invalid("the level is %q, and must be one of informational, low, medium, high, critical", *ed.Level)
	case ed.Note != nil && len(*ed.Note) > maxNote:
		return invalid("the note has %d bytes, more than %d", len(*ed.Note), maxNote)
	case ed.Similarity != nil && len(*ed.Similarity) > maxFields:
		return invalid("matches are compared by %d fields, more than %d", len(*ed.Similarity), maxFields)
	case ed.Window != nil && (*ed.Window < 0 || *ed.Window > maxWindow):
		return invalid("the window is %s, and must be between 0 and 30 days", *ed.Window)
	case ed.Limit != nil && (ed.Limit.Matches < 0 || ed.Limit.Within < 0 || (ed.Limit.Matches > 0) != (ed.Limit.Within > 0)):
		return invalid("a limit has a number of matches and a time, or neither")
	case ed.Enabled != nil && ed.Policy:
		return invalid("a rule is enabled or disabled, or follows the policy, not both")
	}
	return nil
}

// apply makes the settings that an edit leads to, and tells what has changed.
func (ed *Edit) apply(s Settings) (Settings, []Change) {
	var list []Change
	note := func(what, old, fresh string) {
		if old != fresh {
			list = append(list, Change{What: what, Old: old, New: fresh})
		}
	}
	if ed.Enabled != nil || ed.Policy {
		note("enabled", decision(s.Enabled), decision(ed.Enabled))
		s.Enabled = ed.Enabled
	}
	if ed.Level != nil {
		note("level", string(s.Level), string(*ed.Level))
		s.Level = *ed.Level
	}
	if ed.Note != nil {
		note("note", s.Note, *ed.Note)
		s.Note = *ed.Note
	}
	if ed.Similarity != nil {
		note("similarity", strings.Join(s.Similarity, ", "), strings.Join(*ed.Similarity, ", "))
		s.Similarity = slices.Clone(*ed.Similarity)
	}
	if ed.Window != nil {
		note("window", s.Window.String(), ed.Window.String())
		s.Window = *ed.Window
	}
	if ed.Limit != nil {
		note("limit", s.Limit.String(), ed.Limit.String())
		s.Limit = *ed.Limit
	}
	return s, list
}

func decision(enabled *bool) string {
	if enabled == nil {
		return "policy"
	}
	return strconv.FormatBool(*enabled)
}

// String is the limit in words.
func (l Limit) String() string {
	if l.Matches == 0 {
		return ""
	}
	return fmt.Sprintf("%d in %s", l.Matches, l.Within)
}

// Edit changes what is decided about a rule, and gives the rule as it is then.
func (c *Catalogue) Edit(ctx context.Context, id string, ed Edit, by By) (*Rule, error) {
	if err := ed.check(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	reg := c.register.Load().clone()
	e := reg.rules[id]
	if e == nil {
		return nil, fmt.Errorf("rule %s: %w", id, ErrNotFound)
	}
	if ed.Version != 0 && ed.Version != e.Settings.Version {
		return nil, fmt.Errorf("rule %s: %w", id, ErrConflict)
	}
	if err := c.edit(ctx, reg, []*entry{e}, &ed, by); err != nil {
		return nil, err
	}
	return reg.rules[id].clone(), nil
}

// EditAll changes what is decided about all rules that a filter lets through, and tells how many were different before.
func (c *Catalogue) EditAll(ctx context.Context, f *Selection, ed Edit, by By) (int, error) {
	if err := ed.check(); err != nil {
		return 0, err
	}
	if ed.Version != 0 {
		return 0, invalid("many rules have no version in common")
	}
	facts, err := c.facts(ctx, f.FiredWithin)
	if err != nil {
		return 0, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	reg := c.register.Load().clone()
	tests, err := c.tests(f)
	if err != nil {
		return 0, err
	}
	var list []*entry
	for _, e := range reg.sorted() {
		if tests.all(c.row(e, facts)) {
			list = append(list, e)
		}
	}
	before := c.register.Load()
	if err := c.edit(ctx, reg, list, &ed, by); err != nil {
		return 0, err
	}
	changed := 0
	for _, e := range list {
		if before.rules[e.ID].Settings.Version != reg.rules[e.ID].Settings.Version {
			changed++
		}
	}
	return changed, nil
}

// edit changes the settings of rules of reg and publishes it. The caller holds mu.
func (c *Catalogue) edit(ctx context.Context, reg *register, list []*entry, ed *Edit, by By) error {
	var written []*entry
	var history []Change
	for _, e := range list {
		settings, changes := ed.apply(e.Settings)
		if len(changes) == 0 {
			continue
		}
		settings.Version++
		changed := *e
		changed.Settings = settings
		reg.rules[e.ID] = &changed
		written = append(written, &changed)
		for _, h := range changes {
			h.Rule, h.Pack, h.Time, h.By = e.ID, e.Pack, c.now().UTC(), by
			history = append(history, h)
		}
	}
	if len(written) == 0 {
		return nil
	}
	reg.decide()
	err := c.db.Change(ctx, func(tx *sql.Tx) error {
		for _, e := range written {
			if err := writeSettings(ctx, tx, e); err != nil {
				return err
			}
		}
		return writeHistory(ctx, tx, history)
	})
	if err != nil {
		return fmt.Errorf("change the settings of %d rules: %w", len(written), err)
	}
	c.publish(reg)
	return nil
}

// SetPolicy changes which rules of a pack are enabled that nobody has decided about.
func (c *Catalogue) SetPolicy(ctx context.Context, pack string, policy Policy, by By) error {
	if err := policy.check(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	reg := c.register.Load().clone()
	old := reg.packs[pack]
	if old == nil || pack == CustomPack {
		return fmt.Errorf("pack %s: %w", pack, errNoPack)
	}
	p := *old
	p.Policy = policy
	reg.packs[pack] = &p
	reg.decide()
	before, after := old.Policy.String(), policy.String()
	err := c.db.Change(ctx, func(tx *sql.Tx) error {
		if err := writePolicy(ctx, tx, &p); err != nil {
			return err
		}
		return writeHistory(ctx, tx, []Change{{Pack: pack, Time: c.now().UTC(), By: by, What: "policy", Old: before, New: after}})
	})
	if err != nil {
		return fmt.Errorf("change the policy of the pack %s: %w", pack, err)
	}
	c.publish(reg)
	return nil
}
