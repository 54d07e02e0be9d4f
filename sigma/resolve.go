package sigma

import (
	"fmt"
	"slices"
	"strings"
)

// Resolve puts the content of files together: an id that stands twice counts where it stands first, correlations find their
// rules, by id or name, and filters narrow the conditions of theirs. Correlations come behind those that they refer to. What
// does not fit is told and left out. The parts are not changed, so that they can be resolved again with others.
func Resolve(parts ...*Collection) *Collection {
	r := &resolver{out: &Collection{}, known: make(map[string]*referent), names: make(map[string][]*referent)}
	for _, p := range parts {
		r.out.Problems = append(r.out.Problems, p.Problems...)
	}
	var correlations []*referent
	for _, p := range parts {
		for _, rule := range p.Rules {
			if r.add(&referent{Metadata: &rule.Metadata}) {
				r.out.Rules = append(r.out.Rules, rule)
			}
		}
		for _, c := range p.Correlations {
			ref := &referent{Metadata: &c.Metadata, correlation: c}
			if r.add(ref) {
				correlations = append(correlations, ref)
			}
		}
		for _, f := range p.Filters {
			if r.add(&referent{Metadata: &f.Metadata, filter: true}) {
				r.out.Filters = append(r.out.Filters, f)
			}
		}
	}
	for _, ref := range correlations {
		r.correlation(ref)
	}
	r.filter()
	return r.out
}

// referent is what an id or a name can stand for.
type referent struct {
	*Metadata
	correlation *Correlation // nil: a detection rule, or a filter
	filter      bool
	state       state
}

// state of the resolution of a correlation.
type state uint8

const (
	untouched state = iota
	pending
	resolved
	faulty
)

type resolver struct {
	out   *Collection
	known map[string]*referent   // by id
	names map[string][]*referent // by name
}

func (r *resolver) problem(m *Metadata, warning bool, format string, args ...any) {
	r.out.Problems = append(r.out.Problems, &Problem{File: m.File, RuleID: m.ID, Title: m.Title, Position: Position{max(m.Line, 1), 1},
		Message: fmt.Sprintf(format, args...), Warning: warning})
}

func (r *resolver) add(ref *referent) bool {
	if first := r.known[ref.ID]; first != nil {
		r.problem(ref.Metadata, false, "the id %s is already that of %q (%s, line %d); give this one an id of its own",
			ref.ID, first.Title, first.File, first.Line)
		return false
	}
	r.known[ref.ID] = ref
	if ref.Name != "" && !ref.filter {
		r.names[ref.Name] = append(r.names[ref.Name], ref)
	}
	return true
}

// find is the rule that a reference in a file means: of several with the name, the one in the same file.
func (r *resolver) find(reference, file string) (*referent, error) {
	if ref := r.known[strings.ToLower(reference)]; ref != nil && !ref.filter {
		return ref, nil
	}
	list := r.names[reference]
	if len(list) > 1 {
		if same := slices.DeleteFunc(slices.Clone(list), func(ref *referent) bool { return ref.File != file }); len(same) > 0 {
			list = same
		}
	}
	switch len(list) {
	case 0:
		return nil, fmt.Errorf("no rule that can be used has the id or name %s", shorten(reference))
	case 1:
		return list[0], nil
	}
	return nil, fmt.Errorf("the name %s is that of several rules: %s (%s, line %d) and %s (%s, line %d); refer to one by its id",
		shorten(reference), list[0].ID, list[0].File, list[0].Line, list[1].ID, list[1].File, list[1].Line)
}

// correlation resolves the references of a correlation, and first of those that it refers to.
func (r *resolver) correlation(ref *referent) {
	if ref.state != untouched {
		return
	}
	ref.state = pending
	c := *ref.correlation
	ids := make(map[string]string, len(c.Rules))
	c.Rules = make([]string, 0, len(ref.correlation.Rules))
	for _, reference := range ref.correlation.Rules {
		target, err := r.find(reference, c.File)
		if err != nil {
			ref.state = faulty
			r.problem(ref.Metadata, false, "the correlation cannot be used: %v", err)
			continue
		}
		if target.correlation != nil {
			switch r.correlation(target); target.state {
			case pending:
				ref.state = faulty
				r.problem(ref.Metadata, false, "the correlation refers to itself by way of %q", target.Title)
			case faulty:
				ref.state = faulty
				r.problem(ref.Metadata, false, "the correlation cannot be used, since %q, to which it refers, cannot", target.Title)
			}
		}
		if slices.Contains(c.Rules, target.ID) {
			ref.state = faulty
			r.problem(ref.Metadata, false, "the correlation refers to %q twice, by id and by name", target.Title)
		}
		ids[reference] = target.ID
		c.Rules = append(c.Rules, target.ID)
	}
	if ref.state == faulty {
		return
	}
	ref.state = resolved
	if c.Aliases != nil {
		c.Aliases = make(map[string]map[string]string, len(ref.correlation.Aliases))
		for alias, fields := range ref.correlation.Aliases {
			c.Aliases[alias] = make(map[string]string, len(fields))
			for reference, field := range fields {
				c.Aliases[alias][ids[reference]] = field
			}
		}
	}
	c.Condition = identified(c.Condition, ids)
	r.out.Correlations = append(r.out.Correlations, &c)
}

// identified puts ids in the place of the names in the condition of a correlation.
func identified(n Node, ids map[string]string) Node {
	list := func(of []Node) []Node {
		out := make([]Node, len(of))
		for i, part := range of {
			out[i] = identified(part, ids)
		}
		return out
	}
	switch n := n.(type) {
	case *And:
		return &And{Of: list(n.Of), Label: n.Label}
	case *Or:
		return &Or{Of: list(n.Of), Label: n.Label}
	case *Not:
		return &Not{Of: identified(n.Of, ids)}
	case *Test:
		t := *n
		t.Field = ids[n.Field]
		return &t
	}
	return n
}

// filter narrows the rules by the filters that name them.
func (r *resolver) filter() {
	added := make(map[string][]Node) // by the rule's id
	for _, f := range r.out.Filters {
		if len(f.Rules) == 0 {
			for _, rule := range r.out.Rules {
				if f.Logsource.covers(rule.Logsource) {
					added[rule.ID] = append(added[rule.ID], f.Condition)
				}
			}
			continue
		}
		r.named(f, added)
	}
	for i, rule := range r.out.Rules {
		if conditions := added[rule.ID]; len(conditions) > 0 {
			narrowed := *rule
			narrowed.Condition = &And{Of: append([]Node{rule.Condition}, conditions...)}
			r.out.Rules[i] = &narrowed
		}
	}
}

// named adds a filter to the rules that it names. One that is not there, or has another logsource, is told.
func (r *resolver) named(f *Filter, added map[string][]Node) {
	for _, reference := range f.Rules {
		target, err := r.find(reference, f.File)
		switch {
		case err != nil:
			r.problem(&f.Metadata, true, "the filter does nothing for %s: %v", shorten(reference), err)
			continue
		case target.correlation != nil:
			r.problem(&f.Metadata, true, "the filter does nothing for %q: it is a correlation; filter the rules that it refers to", target.Title)
			continue
		}
		for _, rule := range r.out.Rules {
			if rule.ID != target.ID {
				continue
			}
			if !f.Logsource.covers(rule.Logsource) {
				r.problem(&f.Metadata, true, "the filter does nothing for %q: its logsource is another one", rule.Title)
			} else {
				added[rule.ID] = append(added[rule.ID], f.Condition)
			}
		}
	}
}

// covers reports whether a filter for the logsource is for rules of the other: what it says, the other says too.
func (ls Logsource) covers(other Logsource) bool {
	same := func(a, b string) bool { return a == "" || a == b }
	return same(ls.Category, other.Category) && same(ls.Product, other.Product) && same(ls.Service, other.Service)
}
