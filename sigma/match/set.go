// Package match tries thousands of Sigma rules on every event.
//
// A Set is compiled once. For every table it has a plan: the streams that its events may be in, the conditions of the
// rules for them with equal parts shared, and for every field an index of literals. Most rules have a guard, a set of
// literals without any of which they cannot match; only when the index finds one in the event's values is the rule's
// condition decided, lazily, the cheapest parts first. So an event costs what its text costs to read, whether there are
// a hundred rules or thousands.
package match

import (
	"slices"
	"strings"

	"penstock/sigma"
	"penstock/sigma/pipeline"
)

// Set is many rules, ready to be tried on events. It does not change, and any number of matchers may use it at the same
// time.
type Set struct {
	router   pipeline.Router
	rules    []*sigma.Rule
	fitness  []Applicability
	plans    []*plan
	byTable  map[string]*plan // by name
	fallback *plan            // for every other table; nil: no rule is for it
}

// Applies says whether a rule can match events at all.
type Applies string

// How well a rule applies.
const (
	Fully  Applies = "yes"
	Partly Applies = "partly" // it can match, though something that it asks for is never answered
	No     Applies = "no"
)

// Applicability is how a rule applies to the events that there are.
type Applicability struct {
	Rule    *sigma.Rule
	Applies Applies
	// Reason says why a rule does not apply, unless what is missing says it.
	Reason  string
	Missing []Missing          // of a rule that applies partly, in the events that it can match
	Streams []*pipeline.Stream // whose events it is tried on
}

// Missing is something that a rule asks for and that no event answers, or only in part.
type Missing struct {
	Field  string
	Reason string
	// Stream is the name of the only stream for which that is so; empty: for all of the rule's.
	Stream string
}

// Compile prepares rules to be tried on the events that a router knows. Rules that do not apply are in the set as well,
// with the reason, and never match.
func Compile(rules []*sigma.Rule, router pipeline.Router) *Set {
	s := &Set{router: router, rules: slices.Clone(rules), byTable: make(map[string]*plan)}
	routed := make([]pipeline.Route, len(rules))
	c := newCompiler(router)
	for i, r := range rules {
		routed[i] = router.Route(r.Logsource)
		for _, stream := range routed[i].Streams {
			c.planner(stream.Table)
		}
	}
	for i, r := range rules {
		s.fitness = append(s.fitness, c.compile(int32(i), r, routed[i]))
	}
	for _, table := range c.order {
		p := c.planners[table].plan(len(s.plans))
		if len(p.rules) == 0 {
			continue
		}
		s.plans = append(s.plans, p)
		if table == "" {
			s.fallback = p
		} else {
			s.byTable[p.table] = p
		}
	}
	return s
}

// Len is how many rules there are; their numbers are from 0.
func (s *Set) Len() int { return len(s.rules) }

// Rule is the rule of that number.
func (s *Set) Rule(i int32) *sigma.Rule { return s.rules[i] }

// Applicability tells how the rule of that number applies.
func (s *Set) Applicability(i int32) Applicability { return s.fitness[i] }

// plan is what is tried on the events of a table; nil: nothing.
func (s *Set) plan(table string) *plan {
	if p, ok := s.byTable[table]; ok {
		return p
	}
	for name, p := range s.byTable {
		if len(name) == len(table) && strings.EqualFold(name, table) {
			return p
		}
	}
	return s.fallback
}

// compiler distributes rules over the plans of the tables.
type compiler struct {
	router   pipeline.Router
	planners map[string]*planner // by table in lower case; "": all that have none of their own
	order    []string
	sources  map[sourceKey]pipeline.Source
}

func newCompiler(router pipeline.Router) *compiler {
	return &compiler{router: router, planners: make(map[string]*planner), sources: make(map[sourceKey]pipeline.Source)}
}

type sourceKey struct {
	stream *pipeline.Stream
	field  string
}

func (c *compiler) planner(table string) *planner {
	key := strings.ToLower(table)
	p, ok := c.planners[key]
	if !ok {
		p = newPlanner(table)
		c.planners[key] = p
		c.order = append(c.order, key)
	}
	return p
}

func (c *compiler) source(s *pipeline.Stream, field string) pipeline.Source {
	key := sourceKey{s, field}
	source, ok := c.sources[key]
	if !ok {
		source = c.router.Field(s, field)
		c.sources[key] = source
	}
	return source
}

// compile adds a rule to the plans of all tables whose events it is for.
func (c *compiler) compile(number int32, r *sigma.Rule, route pipeline.Route) Applicability {
	a := Applicability{Rule: r, Applies: No, Reason: route.Reason}
	if r.Condition == nil {
		a.Reason = "the rule has no condition"
		return a
	}
	var missing, unmatched [][]Missing // of the streams in whose events it can match, and of the others
	var others []*pipeline.Stream
	all := true // it matches everything
	for _, stream := range route.Streams {
		f := &fields{compiler: c, stream: stream}
		root := never
		for _, p := range c.tables(stream) {
			f.missing = f.missing[:0]
			if root = p.conditions.add(r.Condition, f); root != never && root != always {
				p.add(number, root, stream)
			}
		}
		if all = all && root == always; root != never && root != always {
			a.Streams, missing = append(a.Streams, stream), append(missing, f.missing)
		} else {
			others, unmatched = append(others, stream), append(unmatched, f.missing)
		}
	}
	switch {
	case len(route.Streams) == 0:
	case len(a.Streams) == 0:
		a.Missing = mergeMissing(others, unmatched)
		if all {
			a.Reason = "what is left of it would match every event"
		} else if len(a.Missing) == 0 {
			a.Reason = "its condition can never be true"
		}
	case slices.ContainsFunc(missing, func(m []Missing) bool { return len(m) == 0 }):
		a.Applies = Fully // some of its events have all that it asks for, whatever others lack
	default:
		a.Applies, a.Missing = Partly, mergeMissing(a.Streams, missing)
	}
	return a
}

// tables are the planners of the tables that a stream has events of.
func (c *compiler) tables(s *pipeline.Stream) []*planner {
	if s.Table != "" {
		return []*planner{c.planner(s.Table)}
	}
	var all []*planner
	for _, table := range c.order {
		all = append(all, c.planners[table])
	}
	return all
}

// mergeMissing puts together what is missing in several streams, each thing once.
func mergeMissing(streams []*pipeline.Stream, by [][]Missing) []Missing {
	var out []Missing
	where := make(map[Missing][]int)
	for i, list := range by {
		for _, m := range list {
			if !slices.Contains(where[m], i) {
				where[m] = append(where[m], i)
			}
		}
	}
	for i, list := range by {
		for _, m := range list {
			in := where[m]
			if len(in) == 0 || in[0] != i {
				continue
			}
			delete(where, m)
			if len(in) == len(by) {
				out = append(out, m)
				continue
			}
			for _, s := range in {
				m.Stream = streams[s].Name
				out = append(out, m)
			}
		}
	}
	return out
}

// fields finds the sources of a rule's fields in the events of a stream, and keeps what is missing.
type fields struct {
	*compiler
	stream  *pipeline.Stream
	missing []Missing
}

func (f *fields) miss(field, reason string) {
	if m := (Missing{Field: field, Reason: reason}); !slices.Contains(f.missing, m) {
		f.missing = append(f.missing, m)
	}
}

// answer is the source that answers a test; nil: no event of the stream can.
func (f *fields) answer(t *sigma.Test) pipeline.Source {
	source := f.reference(t.Field)
	if source == nil {
		return nil
	}
	if ok, reason := source.Answers(t); !ok {
		f.miss(t.Field, reason)
		return nil
	}
	return source
}

// reference is the source of a field; nil: it has no counterpart.
func (f *fields) reference(name string) pipeline.Source {
	source := f.source(f.stream, name)
	if source == nil {
		f.miss(name, "there is no such field")
		return nil
	}
	switch support, what := source.Support(); support {
	case pipeline.None:
		f.miss(name, what)
		return nil
	case pipeline.Partial:
		f.miss(name, what)
	case pipeline.Full:
	}
	return source
}
