package sigma

import "go.yaml.in/yaml/v3"

const maxSelections = 1000 // of a rule

// selections are the named parts of a detection, in the order of the file.
type selections struct {
	names []string
	nodes map[string]Node
	tests map[string]int // in each
	// weighed are the tests of the conditions read so far.
	weighed int
}

// detection reads selections and the condition over them.
func (r *reader) detection(n *yaml.Node) Node {
	entries := r.entries(n, "selections and a condition")
	if entries == nil {
		return nil
	}
	return r.conditioned(entries, n)
}

// conditioned reads the selections and the condition that stand side by side.
func (r *reader) conditioned(entries []entry, at *yaml.Node) Node {
	s := &selections{nodes: make(map[string]Node), tests: make(map[string]int)}
	var condition *entry
	for i, e := range entries {
		switch e.key {
		case "condition":
			condition = &entries[i]
		case "timeframe":
			r.problem(e.at, "timeframe belongs to the old aggregations (| count()); write a correlation with timespan instead")
		default:
			before := r.spent.tests
			if node := r.selection(e.key, e.value, 0); node != nil {
				s.names = append(s.names, e.key)
				s.nodes[e.key] = node
				s.tests[e.key] = r.spent.tests - before
			}
		}
	}
	switch {
	case len(s.names) > maxSelections:
		r.problem(at, "the rule has more than %d selections; write values that belong together as lists", maxSelections)
		return nil
	case condition == nil:
		r.problem(at, "expected a condition, as in condition: selection")
		return nil
	case len(s.names) == 0:
		if !r.failed {
			r.problem(at, "expected a selection: a name with fields and values, or a list of keywords")
		}
		return nil
	case r.failed: // what the condition says of faulty selections would only mislead
		return nil
	}
	node := r.conditions(condition.value, s)
	if node != nil && !r.failed {
		r.depends(condition.value, node)
	}
	return node
}

// depends warns of a condition that asks nothing of the event.
func (r *reader) depends(at *yaml.Node, n Node) {
	switch known, holds := foregone(n); {
	case known && holds:
		r.warn(at, "the condition holds for every event of the logsource: it allows both what a test wants and its opposite")
	case known:
		r.warn(at, "the condition contradicts itself: no event can fulfil it")
	}
}

// conditions reads the condition, or the list of conditions of which one has to hold.
func (r *reader) conditions(n *yaml.Node, s *selections) Node {
	n = r.follow(n)
	switch {
	case n == nil:
		return nil
	case n.Kind == yaml.SequenceNode && len(n.Content) > 0:
		or := &Or{Label: "condition"}
		for _, item := range n.Content {
			if node := r.condition(item, s); node != nil {
				or.Of = append(or.Of, node)
			}
		}
		return or
	}
	return r.condition(n, s)
}

// selection reads what stands behind a name: keys that must all hold, a list of which one must, or keywords.
func (r *reader) selection(label string, n *yaml.Node, depth int) Node {
	at := n
	n = r.follow(n)
	switch {
	case n == nil:
		return nil
	case depth > maxDepth:
		r.problem(at, "lists lie within each other more than %d deep", maxDepth)
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		and := &And{Label: label}
		for _, e := range r.entries(n, "fields with values") {
			k, err := parseKey(e.key)
			if err != nil {
				r.problem(e.at, "%v", err)
				continue
			}
			if node := r.item(&k, e.value); node != nil {
				and.Of = append(and.Of, node)
			}
		}
		if len(n.Content) == 0 {
			r.problem(n, "%s is empty; expected fields with values", named(label))
			return nil
		}
		return and
	case yaml.SequenceNode:
		if len(n.Content) == 0 {
			r.problem(n, "%s is empty; expected fields with values, or keywords", named(label))
			return nil
		}
		or := &Or{Label: label}
		for _, item := range n.Content {
			if node := r.selection("", item, depth+1); node != nil {
				or.Of = append(or.Of, node)
			}
		}
		return or
	}
	node := r.keyword(n)
	if label != "" && node != nil {
		return &And{Of: []Node{node}, Label: label}
	}
	return node
}

func named(label string) string {
	if label == "" {
		return "an item of the selection"
	}
	return "the selection " + label
}

func (r *reader) keyword(n *yaml.Node) Node {
	return r.value(&key{}, n)
}
