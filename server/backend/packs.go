package backend

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"

	"penstock/catalogue"
	"penstock/server"
	"penstock/sigma"
)

// Packs answers for sets of rules that came together.
func Packs(c *catalogue.Catalogue) server.Packs { return packs{c} }

type packs struct{ catalogue *catalogue.Catalogue }

func (p packs) List() []server.Pack {
	var list []server.Pack
	for _, k := range p.catalogue.Packs() {
		list = append(list, server.Pack{
			Name: k.Name, Version: k.Version, Origin: k.Origin, Installed: k.Installed, Who: k.Who, Rules: k.Rules, Enabled: k.Enabled,
			Policy: server.PackPolicy{
				MinLevel: string(k.Policy.MinLevel), Statuses: texts[string](k.Policy.Statuses), MaxEffort: string(k.Policy.MaxEffort),
			},
		})
	}
	return list
}

func policyOf(p *server.PackPolicy) catalogue.Policy {
	return catalogue.Policy{MinLevel: sigma.Level(p.MinLevel), Statuses: texts[sigma.Status](p.Statuses), MaxEffort: catalogue.Effort(p.MaxEffort)}
}

func (p packs) Install(ctx context.Context, by server.By, up *server.Upload) (*server.InstallReport, error) {
	files, err := catalogue.ReadZip(bytes.NewReader(up.Archive), int64(len(up.Archive)), catalogue.Bounds{})
	if errors.Is(err, zip.ErrFormat) {
		return nil, &server.InputError{Field: "body", Message: "This is not a zip archive, or it is damaged.", Hint: "Upload a zip archive of rules; penstock rules install makes one of a folder."}
	}
	if err != nil {
		return nil, ruleError(err)
	}
	in := &catalogue.Installation{
		Pack: cmp.Or(up.Name, catalogue.PackName(up.File)), Version: up.Version, Origin: cmp.Or(up.File, "upload"), Files: files, DryRun: up.DryRun,
	}
	if up.Policy != nil {
		in.Policy = new(policyOf(up.Policy))
	}
	report, err := p.catalogue.Install(ctx, in, catalogue.By(by))
	if err != nil {
		return nil, ruleError(err)
	}
	return reportOf(report, up.DryRun), nil
}

// What a report lists at most.
const (
	maxObstacles = 50
	maxProblems  = 1000
)

func reportOf(r *catalogue.Report, dryRun bool) *server.InstallReport {
	out := &server.InstallReport{
		Pack: r.Pack, Version: r.Version, DryRun: dryRun, Files: r.Files, Ignored: r.Ignored, Rules: r.Rules, Correlations: r.Correlations, Filters: r.Filters,
		Yes: r.Yes, Partly: r.Partly, No: r.No, Added: r.Added, Updated: r.Updated, Unchanged: r.Unchanged, Removed: r.Removed, Enabled: r.Enabled,
		Problems: problemsOf(r.Problems[:min(len(r.Problems), maxProblems)]), MoreProblems: max(0, len(r.Problems)-maxProblems),
	}
	for text, n := range r.Obstacles {
		out.Obstacles = append(out.Obstacles, server.Obstacle{Text: text, Rules: n})
	}
	slices.SortFunc(out.Obstacles, func(a, b server.Obstacle) int {
		return cmp.Or(cmp.Compare(b.Rules, a.Rules), cmp.Compare(a.Text, b.Text))
	})
	out.Obstacles = out.Obstacles[:min(len(out.Obstacles), maxObstacles)]
	return out
}

func (p packs) Uninstall(ctx context.Context, by server.By, name string) error {
	return ruleError(p.catalogue.Uninstall(ctx, name, catalogue.By(by)))
}

func (p packs) SetPolicy(ctx context.Context, by server.By, name string, policy *server.PackPolicy) error {
	return ruleError(p.catalogue.SetPolicy(ctx, name, policyOf(policy), catalogue.By(by)))
}
