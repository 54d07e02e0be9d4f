package catalogue

import (
	"slices"

	"penstock/sigma"
	"penstock/sigma/pipeline"
)

// Need is a field that a rule asks for, and how far the events of its logsource have it.
type Need struct {
	Field   string
	Applies Applies  // the best of what answers the logsource
	Columns []string // that the field is read from
	Note    string   // what is missing
}

// Needs are the fields that a detection rule asks for, in the order of its condition; none of a correlation and of what is
// not there.
func (c *Catalogue) Needs(id string) []Need {
	rule := c.Source(id)
	if rule == nil {
		return nil
	}
	streams := c.options.Router.Route(rule.Logsource).Streams
	var list []Need
	for t := range sigma.Tests(rule.Condition) {
		if t.Field != "" && !slices.ContainsFunc(list, func(n Need) bool { return n.Field == t.Field }) {
			list = append(list, need(c.options.Router, streams, t.Field))
		}
	}
	return list
}

func need(router pipeline.Router, streams []*pipeline.Stream, field string) Need {
	n := Need{Field: field, Applies: No}
	for _, s := range streams {
		source := router.Field(s, field)
		if source == nil {
			continue
		}
		support, note := source.Support()
		switch {
		case support == pipeline.Full:
			n.Applies, n.Note = Yes, ""
		case support == pipeline.Partial && n.Applies != Yes:
			n.Applies, n.Note = Partly, note
		case n.Applies == No:
			n.Note = note
		}
		for _, column := range source.Columns() {
			if !slices.Contains(n.Columns, column) {
				n.Columns = append(n.Columns, column)
			}
		}
	}
	return n
}
