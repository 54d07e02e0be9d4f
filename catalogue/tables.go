package catalogue

import "slices"

// AnsweredBy tells of the rules that apply to events of some tables, by title. Correlations are left out: they count what
// other rules match.
func (c *Catalogue) AnsweredBy(tables []string) []Answered {
	var list []Answered
	for _, e := range c.register.Load().sorted() {
		if e.Kind != Detection || e.Applies == No || !e.Removed.IsZero() {
			continue
		}
		a := Answered{Rule: &e.Rule}
		for _, s := range c.options.Router.Route(e.Logsource).Streams {
			if !slices.Contains(e.Streams, s.Name) {
				continue
			}
			if s.Table == "" {
				a.Tables = tables
				break
			}
			if slices.Contains(tables, s.Table) && !slices.Contains(a.Tables, s.Table) {
				a.Tables = append(a.Tables, s.Table)
			}
		}
		if len(a.Tables) > 0 {
			list = append(list, a)
		}
	}
	return list
}

// Answered is a rule with those of the tables asked for whose events it is tried on.
type Answered struct {
	*Rule
	Tables []string
}
