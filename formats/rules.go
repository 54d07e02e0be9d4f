package formats

import (
	"slices"
	"strings"

	"penstock/attack"
	"penstock/format"
	"penstock/sigma"
	"penstock/sigma/match"
	"penstock/sigma/pipeline"
)

// applicable tells how rules apply to events of the format alone.
func (f *Format) applicable(plan *format.Plan, c *sigma.Collection) []match.Applicability {
	router, err := pipeline.NewOf(plan, f.logsourcePart())
	if err != nil {
		return nil
	}
	set := match.Compile(c.Rules, router)
	list := make([]match.Applicability, 0, len(c.Rules))
	for i := range c.Rules {
		list = append(list, set.Applicability(int32(i)))
	}
	return list
}

func because(reason string, missing []match.Missing) string {
	parts := []string{}
	if reason != "" {
		parts = append(parts, reason)
	}
	for _, m := range missing {
		parts = append(parts, m.Field+": "+m.Reason)
	}
	return strings.Join(parts, "; ")
}

// RulesThatApply are those of a collection that apply to events of the format, by title. They count as enabled, for they are
// what comes with a program or a format.
func (f *Format) RulesThatApply(plan *format.Plan, pack string, c *sigma.Collection) []RuleEntry {
	var list []RuleEntry
	tables := f.TableNames()
	for _, a := range f.applicable(plan, c) {
		if a.Applies == match.No {
			continue
		}
		r := RuleEntry{
			ID: a.Rule.ID, Title: a.Rule.Title, Level: string(a.Rule.Level), Pack: pack, Partly: a.Applies == match.Partly, Enabled: true,
			Techniques: attack.Enterprise().Tags(a.Rule.Tags).Techniques, Tables: []string{},
		}
		for _, s := range a.Streams {
			switch {
			case s.Table == "":
				r.Tables = tables
			case slices.Contains(tables, s.Table) && !slices.Contains(r.Tables, s.Table):
				r.Tables = append(r.Tables, s.Table)
			}
		}
		r.Techniques = listed(r.Techniques)
		if len(r.Tables) > 0 {
			list = append(list, r)
		}
	}
	slices.SortStableFunc(list, func(a, b RuleEntry) int { return strings.Compare(a.Title, b.Title) })
	return list
}

// OwnRules are the rules that come with the format.
func (f *Format) OwnRules(plan *format.Plan) ([]RuleEntry, error) {
	if f.Rules == nil {
		return nil, nil
	}
	c, err := f.readRules()
	if err != nil {
		return nil, err
	}
	return f.RulesThatApply(plan, f.ID, c), nil
}
