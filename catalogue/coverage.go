package catalogue

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"penstock/attack"
)

// Coverage is how far the rules cover ATT&CK.
type Coverage struct {
	Version    string // of ATT&CK
	Tactics    []TacticCoverage
	Techniques []attack.Coverage // all that the matrix has, by id; those of sub-techniques do not count for their parents
}

// TacticCoverage is a column of the matrix.
type TacticCoverage struct {
	attack.Tactic
	Techniques []string // ids, sub-techniques behind their parents
	Covered    int      // of these: those with a rule that is enabled and whose data arrives
}

// CoverageOf tells how far the rules of a selection cover ATT&CK. A rule counts as proven when it is so by Options.Proofs,
// or when it has fired within a year.
func (c *Catalogue) CoverageOf(ctx context.Context, s *Selection) (*Coverage, error) {
	const year = 365 * 24 * time.Hour
	f, err := c.facts(ctx, year)
	if err != nil {
		return nil, err
	}
	byID := map[string]*attack.Coverage{}
	out := &Coverage{Version: c.matrix.Version}
	for i := range c.matrix.Techniques {
		if t := &c.matrix.Techniques[i]; !t.Retired {
			out.Techniques = append(out.Techniques, attack.Coverage{Technique: t.ID})
		}
	}
	for i := range out.Techniques {
		byID[out.Techniques[i].Technique] = &out.Techniques[i]
	}
	tests, err := c.tests(s)
	if err != nil {
		return nil, err
	}
	reg := c.register.Load()
	for _, e := range reg.sorted() {
		item := c.row(e, f)
		if e.Kind == Filter || !tests.all(item) {
			continue
		}
		for _, id := range e.Techniques {
			if t := byID[id]; t != nil {
				c.cover(t, e, item)
			}
		}
	}
	for _, tactic := range c.matrix.Tactics {
		column := TacticCoverage{Tactic: tactic}
		for i := range c.matrix.Techniques {
			t := &c.matrix.Techniques[i]
			if !slices.Contains(t.Tactics, tactic.Key) {
				continue
			}
			column.Techniques = append(column.Techniques, t.ID)
			if byID[t.ID].Data > 0 {
				column.Covered++
			}
		}
		out.Tactics = append(out.Tactics, column)
	}
	return out, nil
}

// cover counts a rule for one of its techniques.
func (c *Catalogue) cover(t *attack.Coverage, e *entry, item *Item) {
	t.Known++
	if !e.Live() {
		return
	}
	t.Enabled++
	t.Rules = append(t.Rules, e.Title)
	if g := item.Fitness.Grade; g != Live && g != Partial {
		return
	}
	t.Data++
	if item.Fired.Count > 0 {
		t.Fired++
	}
	if item.Fired.Count > 0 || c.options.Proofs != nil && c.options.Proofs.Proof(item.Rule) != "" {
		t.Proven++
	}
}

// WriteLayer writes the coverage as a layer of the ATT&CK Navigator, format 4.5. Techniques of which no rule is known are
// left out.
func (c *Catalogue) WriteLayer(ctx context.Context, w io.Writer, s *Selection) error {
	coverage, err := c.CoverageOf(ctx, s)
	if err != nil {
		return err
	}
	layer := attack.Layer{
		Name: "Penstock", Description: strings.Join([]string{
			"Rules of this installation by technique, " + c.now().UTC().Format(time.DateOnly) + ".",
			"Score 1: a rule is enabled. 2: and the data that it needs arrives. 3: and it is proven by a test event or has fired.",
		}, " "),
	}
	for _, t := range coverage.Techniques {
		if t.Known > 0 {
			layer.Coverage = append(layer.Coverage, t)
		}
	}
	return c.matrix.WriteLayer(w, layer)
}
