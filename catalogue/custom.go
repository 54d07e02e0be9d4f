package catalogue

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"slices"

	"penstock/sigma"
)

// maxCustom is how many rules may be written here.
const maxCustom = 10_000

// Check reads the text of a rule as Create and Update do, and says what is wrong with it and how far it applies, without
// keeping anything. The rule is nil where the text gives none; with problems that are not warnings it is not taken.
func (c *Catalogue) Check(text []byte) (*Rule, []*sigma.Problem) {
	e, problems := c.readOne("", text)
	if e == nil {
		return nil, problems
	}
	reg := c.register.Load().clone()
	reg.rules[e.ID] = e
	reg.relate() // a correlation applies where its rules do
	return reg.rules[e.ID].clone(), problems
}

// readOne reads the text of one rule.
func (c *Catalogue) readOne(path string, text []byte) (*entry, []*sigma.Problem) {
	r := c.read(CustomPack, []File{{Path: path, Text: text}})
	if len(r.entries) == 0 {
		if len(r.problems) == 0 {
			r.problems = append(r.problems, &sigma.Problem{File: path, Message: "there is no rule in the text", Position: sigma.Position{Line: 1, Column: 1}})
		}
		return nil, r.problems
	}
	if len(r.entries) > 1 {
		r.problems = append(r.problems, &sigma.Problem{
			File: path, RuleID: r.entries[1].ID, Title: r.entries[1].Title, Position: sigma.Position{Line: r.entries[1].Line, Column: 1},
			Message: "a rule that is written here is one document: make a rule of its own of each, or install the file as a pack",
		})
	}
	return r.entries[0], r.problems
}

// Invalid is a rule that is not taken, with what is wrong with it.
type Invalid struct{ Problems []*sigma.Problem }

// Error tells the first problem.
func (e *Invalid) Error() string {
	p := e.Problems[0]
	text := fmt.Sprintf("the rule, line %d: %s", max(1, p.Line), p.Message)
	if n := len(e.Problems) - 1; n > 0 {
		text += fmt.Sprintf(" (and %d more)", n)
	}
	return text
}

// Is reports that the rule is invalid.
func (e *Invalid) Is(target error) bool { return target == ErrInvalid }

func refused(problems []*sigma.Problem) error {
	faults := slices.DeleteFunc(slices.Clone(problems), func(p *sigma.Problem) bool { return p.Warning })
	if len(faults) == 0 {
		return nil
	}
	return &Invalid{faults}
}

// newID is a random UUID, RFC 9562.
func newID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// readWritten reads the text of a rule that is to be kept, and gives it the id where it has none: what is derived from the
// title would change with it. What is wrong is told with the lines of the text as it was handed in.
func (c *Catalogue) readWritten(path, id string, text []byte) (*entry, []byte, error) {
	e, problems := c.readOne(path, text)
	if err := refused(problems); err != nil {
		return nil, nil, err
	}
	if keys, ok := keysOf(text); ok && keys["id"] == "" {
		text = withID(text, id)
		e, problems = c.readOne(path, text)
		if err := refused(problems); err != nil {
			return nil, nil, err
		}
	}
	return e, text, nil
}

// withID puts an id before the first key of a text.
func withID(text []byte, id string) []byte {
	at := 0
	for line := range bytes.Lines(text) {
		if start := bytes.TrimSpace(line); len(start) > 0 && start[0] != '#' && start[0] != '%' && !bytes.HasPrefix(start, []byte("---")) {
			if start[0] == '{' {
				at += bytes.IndexByte(line, '{') + 1
				return slices.Concat(text[:at], []byte("id: "+id+", "), text[at:])
			}
			break
		}
		at += len(line)
	}
	return slices.Concat(text[:at], []byte("id: "+id+"\n"), text[at:])
}

// Create takes a rule that was written here. It is disabled until somebody enables it. A text without an id is given one.
func (c *Catalogue) Create(ctx context.Context, text []byte, by By) (*Rule, error) {
	e, text, err := c.readWritten("", newID(), text)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	reg := c.register.Load().clone()
	old := reg.rules[e.ID]
	if old != nil && old.Removed.IsZero() {
		return nil, &Invalid{[]*sigma.Problem{{
			RuleID: e.ID, Title: e.Title, Position: sigma.Position{Line: e.Line, Column: 1},
			Message: fmt.Sprintf("the id %s is that of the rule %q of the pack %s: give the new one an id of its own", e.ID, old.Title, old.Pack),
		}}}
	}
	if p := reg.packs[CustomPack]; p != nil && p.Rules >= maxCustom {
		return nil, invalid("there are %d rules that were written here: install them as a pack", p.Rules)
	}
	now := c.now().UTC()
	e.Path, e.Added, e.Changed, e.Version = e.ID+".yml", now, now, 1
	if old != nil {
		e.Added, e.Settings, e.Version = old.Added, old.Settings, old.Version+1
	}
	err = c.keep(ctx, reg, e, text, Change{Rule: e.ID, Pack: CustomPack, Time: now, By: by, What: "created"})
	if err != nil {
		return nil, fmt.Errorf("create the rule %s: %w", e.ID, err)
	}
	return reg.rules[e.ID].clone(), nil
}

// Update replaces the text of a rule that was written here. version is that of the text which was edited; when it has
// changed meanwhile, the update is refused with ErrConflict. A text without an id keeps that of the rule.
func (c *Catalogue) Update(ctx context.Context, id string, version int64, text []byte, by By) (*Rule, error) {
	if _, err := custom(c.register.Load(), id); err != nil {
		return nil, err // rather than of the text, of which nothing will come
	}
	e, text, err := c.readWritten(id+".yml", id, text)
	if err != nil {
		return nil, err
	}
	if e.ID != id {
		return nil, &Invalid{[]*sigma.Problem{{
			RuleID: id, Title: e.Title, Position: sigma.Position{Line: e.Line, Column: 1},
			Message: fmt.Sprintf("the id has become %s: put back id: %s, since decisions and alerts refer to it, or create a rule of its own", e.ID, id),
		}}}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	reg := c.register.Load().clone()
	old, err := custom(reg, id)
	if err != nil {
		return nil, err
	}
	if version != old.Version {
		return nil, fmt.Errorf("rule %s: %w", id, ErrConflict)
	}
	if e.Hash == old.Hash {
		return old.clone(), nil
	}
	e.Path, e.Added, e.Settings, e.Changed, e.Version = old.Path, old.Added, old.Settings, c.now().UTC(), old.Version+1
	err = c.keep(ctx, reg, e, text, Change{
		Rule: id, Pack: CustomPack, Time: e.Changed, By: by, What: "text", Detail: difference(old.text, e.text), Text: string(old.text),
		Old: fmt.Sprintf("version %d", old.Version), New: fmt.Sprintf("version %d", e.Version),
	})
	if err != nil {
		return nil, fmt.Errorf("update the rule %s: %w", id, err)
	}
	return reg.rules[id].clone(), nil
}

func custom(reg *register, id string) (*entry, error) {
	e := reg.rules[id]
	if e == nil || !e.Removed.IsZero() {
		return nil, fmt.Errorf("rule %s: %w", id, ErrNotFound)
	}
	if !e.Custom() {
		return nil, invalid("the rule %s comes from the pack %s, whose next version would undo the change: make a copy with an id of its own, and disable this one", id, e.Pack)
	}
	return e, nil
}

// keep writes a custom rule. The caller holds mu.
func (c *Catalogue) keep(ctx context.Context, reg *register, e *entry, text []byte, h Change) error {
	if reg.packs[CustomPack] == nil {
		reg.packs[CustomPack] = &Pack{Name: CustomPack, Origin: "written here", Installed: h.Time, Who: h.By.Who}
	}
	reg.rules[e.ID] = e
	reg.relate()
	reg.decide()
	err := c.db.Change(ctx, func(tx *sql.Tx) error {
		if err := keepCustomPack(ctx, tx, reg.packs[CustomPack]); err != nil {
			return err
		}
		if err := writeFile(ctx, tx, CustomPack, &File{Path: e.Path, Text: text}); err != nil {
			return err
		}
		if err := writeRule(ctx, tx, e); err != nil {
			return err
		}
		return writeHistory(ctx, tx, []Change{h})
	})
	if err != nil {
		return err
	}
	c.publish(reg)
	return nil
}

// Delete removes a rule that was written here. What was decided about it is kept, for the case that it comes back.
func (c *Catalogue) Delete(ctx context.Context, id string, version int64, by By) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	reg := c.register.Load().clone()
	old, err := custom(reg, id)
	if err != nil {
		return err
	}
	if version != old.Version {
		return fmt.Errorf("rule %s: %w", id, ErrConflict)
	}
	gone := *old
	gone.Removed, gone.rule, gone.correlation, gone.filter = c.now().UTC(), nil, nil, nil
	reg.rules[id] = &gone
	reg.relate()
	reg.decide()
	err = c.db.Change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM rule_file WHERE pack = ? AND path = ?`, CustomPack, old.Path); err != nil {
			return err
		}
		if err := writeRule(ctx, tx, &gone); err != nil {
			return err
		}
		return writeHistory(ctx, tx, []Change{{Rule: id, Pack: CustomPack, Time: gone.Removed, By: by, What: "removed", Text: string(old.text)}})
	})
	if err != nil {
		return fmt.Errorf("delete the rule %s: %w", id, err)
	}
	c.publish(reg)
	return nil
}
