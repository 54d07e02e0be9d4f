package backend

import (
	"context"
	"io"

	"penstock/attack"
	"penstock/catalogue"
	"penstock/server"
)

// Coverage answers how far the rules of the catalogue cover ATT&CK.
func Coverage(c *catalogue.Catalogue) server.Coverage { return coverage{c} }

type coverage struct{ catalogue *catalogue.Catalogue }

func (c coverage) Coverage(ctx context.Context, f *server.RuleFilter) (*server.AttackCoverage, error) {
	s := selectionOf(f)
	of, err := c.catalogue.CoverageOf(ctx, &s)
	if err != nil {
		return nil, ruleError(err)
	}
	out := &server.AttackCoverage{Version: of.Version}
	for _, t := range of.Tactics {
		out.Tactics = append(out.Tactics, server.TacticCoverage{ID: t.ID, Name: t.Name, Key: t.Key, Techniques: t.Techniques, Covered: t.Covered})
	}
	for i := range of.Techniques {
		t := &of.Techniques[i]
		out.Techniques = append(out.Techniques, server.TechniqueCoverage{
			ID: t.Technique, Name: attack.Enterprise().Title(t.Technique), Score: t.Score(), Known: t.Known, Enabled: t.Enabled, Data: t.Data, Proven: t.Proven, Fired: t.Fired,
		})
	}
	return out, nil
}

func (c coverage) WriteLayer(ctx context.Context, w io.Writer, f *server.RuleFilter) error {
	s := selectionOf(f)
	return ruleError(c.catalogue.WriteLayer(ctx, w, &s))
}
