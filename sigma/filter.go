package sigma

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// Filter narrows rules: what it describes is no match of theirs.
type Filter struct {
	Metadata
	Logsource Logsource
	Rules     []string // ids or names; empty: every rule of the logsource
	Condition Node     // what the rules' conditions must be combined with by and, as written: usually it begins with not
}

// filter reads a filter: a logsource, and selections with a condition in the block of that name.
func (r *reader) filter(root *yaml.Node, entries []entry, m Metadata) {
	f := &Filter{Metadata: m}
	var block *yaml.Node
	for _, e := range entries {
		switch e.key {
		case "logsource":
			f.Logsource = r.logsource(e.value)
		case "filter":
			block = e.value
		case "detection":
			r.problem(e.at, "a filter has no detection; its selections and condition belong under filter")
		}
	}
	if !among(entries, "logsource") {
		r.problem(root, "expected logsource: with category, product or service: which rules is the filter for?")
	}
	if block == nil {
		r.problem(root, "expected filter: with rules, selections and a condition")
		return
	}
	keys := r.entries(block, "rules, selections and a condition")
	if keys == nil {
		return
	}
	var detection []entry
	named := false
	for _, e := range keys {
		if e.key == "rules" {
			named = true
			f.Rules = r.filtered(e)
			continue
		}
		detection = append(detection, e)
	}
	if !named && !r.failed {
		r.problem(block, "expected rules: in the filter, a list of ids or names, or any for every rule of the logsource")
	}
	condition := r.conditioned(detection, block)
	if r.failed {
		return
	}
	f.Condition = &And{Of: []Node{condition}, Label: "filter " + m.Title}
	r.out.Filters = append(r.out.Filters, f)
}

// filtered are the rules that a filter is for; none for any.
func (r *reader) filtered(e entry) []string {
	list := r.texts(e.value, "the id or name of a rule, or any")
	if len(list) == 1 && strings.EqualFold(list[0], "any") {
		return nil
	}
	if len(list) == 0 {
		r.problem(e.at, "expected ids or names of rules, or any for every rule of the logsource")
	}
	return list
}
