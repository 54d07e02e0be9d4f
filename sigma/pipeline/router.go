package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"penstock/ecs"
	"penstock/format"
	"penstock/sigma"
)

// Pipeline is the Router that definitions describe. It is safe for concurrent use; its readers are not.
type Pipeline struct {
	plan    *format.Plan
	parts   []*part
	columns map[string]string // of all tables: the name in lower case and as it is declared
	fields  []string          // of the dictionary

	mu      sync.Mutex
	routes  map[sigma.Logsource]Route
	streams map[*Stream]*streamDefinition
	byKey   map[streamKey]*Stream
	found   map[fieldKey]*source
	sources map[string]*source // by what they do
}

// Part is what one format gives to a pipeline.
type Part struct {
	// Product is what rules name that are written for its tables: their service, or else their category, is the name of a
	// table, and their fields are its columns.
	Product     string
	Tables      []string // that its product may name; nil: all of the plan
	Definitions []*Definition
}

// part is a Part with its definitions together.
type part struct {
	product string
	tables  []string
	def     *Definition
}

type streamKey struct {
	def  *streamDefinition
	os   string
	name string
}

type fieldKey struct {
	stream *Stream
	name   string
}

// New makes a pipeline of definitions, whose logsources are tried in their order. The plan says which columns tables have
// and which fields events do. The error joins *format.Mistake values.
func New(plan *format.Plan, definitions ...*Definition) (*Pipeline, error) {
	return NewOf(plan, Part{Product: ownProduct, Definitions: definitions})
}

// NewOf makes a pipeline of several formats: a logsource is answered by the streams of all that have some for it. Groups of
// fields are those of the same part.
func NewOf(plan *format.Plan, parts ...Part) (*Pipeline, error) {
	p := &Pipeline{
		plan: plan, columns: make(map[string]string),
		routes: make(map[sigma.Logsource]Route), streams: make(map[*Stream]*streamDefinition),
		byKey: make(map[streamKey]*Stream), found: make(map[fieldKey]*source), sources: make(map[string]*source),
	}
	for _, one := range parts {
		own := &part{product: one.Product, tables: one.Tables, def: merge(one.Definitions)}
		if own.tables == nil {
			for _, t := range plan.Tables() {
				own.tables = append(own.tables, t.Name)
			}
		}
		p.parts = append(p.parts, own)
	}
	for _, t := range plan.Tables() {
		for _, c := range t.Columns {
			if key := strings.ToLower(c.Name); p.columns[key] == "" {
				p.columns[key] = c.Name
			}
		}
	}
	for f := range ecs.Fields() {
		p.fields = append(p.fields, f.Name())
	}
	var mistakes []error
	for _, own := range p.parts {
		for _, l := range own.def.logsources {
			for _, s := range l.streams {
				mistakes = append(mistakes, p.check(s)...)
			}
		}
	}
	if err := errors.Join(mistakes...); err != nil {
		return nil, err
	}
	return p, nil
}

// check gathers the fields of a stream and finds the names in it that mean nothing.
func (p *Pipeline) check(s *streamDefinition) []error {
	var mistakes []error
	mistake := func(at format.Position, message string, args ...any) {
		mistakes = append(mistakes, &format.Mistake{
			File: s.file, Line: at.Line, Column: at.Column, Message: fmt.Sprintf(message, args...),
		})
	}
	columns := p.plan.Table(s.table).Columns
	if len(columns) == 0 {
		mistake(s.at, "there is no table %s", s.table)
		return mistakes
	}
	known := func(name string) bool {
		return slices.ContainsFunc(columns, func(c format.Column) bool { return c.Name == name })
	}
	if s.payload != "" && !known(s.payload) {
		mistake(s.at, "%s has no column %s", s.table, s.payload)
	}
	s.all.add(s.fields)
	for _, g := range s.include {
		if s.groups[g.name] == nil {
			mistake(g.at, "there is no group of fields %s", g.name)
			continue
		}
		s.all.add(s.groups[g.name])
	}
	for _, name := range s.all.names {
		f := s.all.byName[name]
		f.value.walk(func(e *expression) {
			switch e.kind {
			case kindColumn, kindPath:
				if !known(e.name) {
					mistake(f.at, "%s: %s has no column %s", f.name, s.table, e.name)
				}
			case kindECS:
				if _, ok := p.plan.Field(e.name); !ok {
					mistake(f.at, "%s: there is no field %s", f.name, e.name)
				}
			}
		})
	}
	return mistakes
}

func (p *Pipeline) Route(ls sigma.Logsource) Route {
	ls.Definition = ""
	p.mu.Lock()
	defer p.mu.Unlock()
	r, ok := p.routes[ls]
	if !ok {
		r = p.route(ls)
		if len(p.routes) < maxRoutes {
			p.routes[ls] = r
		}
	}
	return r
}

// maxRoutes bounds the memory when rules name ever new logsources.
const maxRoutes = 1 << 16

func (p *Pipeline) route(ls sigma.Logsource) Route {
	if (ls == sigma.Logsource{}) {
		return Route{Streams: []*Stream{p.stream(&streamDefinition{}, "", "any")}}
	}
	if ls.Product == ownProduct {
		return p.tableRoute(ls, p.parts[0])
	}
	var all Route
	for _, own := range p.parts {
		r := p.routeIn(own, ls)
		if all.Streams = append(all.Streams, r.Streams...); all.Reason == "" {
			all.Reason = r.Reason
		}
	}
	switch {
	case len(all.Streams) > 0:
		all.Reason = ""
	case all.Reason == "":
		all.Reason = "no table of Defender XDR has the events of " + logsourceName(ls)
		if len(p.parts) > 1 {
			all.Reason = "no table of any format has the events of " + logsourceName(ls)
		}
	}
	return all
}

// routeIn is where the events of a logsource are in one part: the first of its logsources that covers it says so, or the
// name of the part's own product.
func (p *Pipeline) routeIn(own *part, ls sigma.Logsource) Route {
	for _, l := range own.def.logsources {
		if !l.covers(ls) {
			continue
		}
		if l.reason != "" {
			return Route{Reason: l.reason}
		}
		var r Route
		for _, s := range l.streams {
			os := ""
			if OSNamed(ls.Product) != AnyOS {
				os = ls.Product
			}
			name := s.name
			if name == "" && own.product != ownProduct {
				name = s.table // streams of several formats may answer one logsource
			}
			r.Streams = append(r.Streams, p.stream(s, os, streamName(ls, name)))
		}
		return r
	}
	if ls.Product == own.product {
		return p.tableRoute(ls, own)
	}
	return Route{}
}

// ownProduct is the product of rules that are written for Defender's tables, and by it for any: their service, or else their
// category, is the name of a table, and their fields are its columns.
const ownProduct = "defender"

func (p *Pipeline) tableRoute(ls sigma.Logsource, own *part) Route {
	name := ls.Service
	if name == "" {
		name = ls.Category
	}
	if name == "" && own.product == ownProduct {
		return Route{Streams: []*Stream{p.stream(&streamDefinition{}, "", "any")}}
	}
	var r Route
	for _, table := range own.tables {
		if name == "" || strings.EqualFold(table, name) {
			r.Streams = append(r.Streams, p.stream(&streamDefinition{table: table}, "", table))
		}
	}
	switch {
	case len(r.Streams) > 0:
		return r
	case own.product == ownProduct:
		return Route{Reason: fmt.Sprintf("advanced hunting has no table %q%s", name, suggestion(name, own.tables))}
	}
	return Route{Reason: fmt.Sprintf("%s has no table %q%s", own.product, name, suggestion(name, own.tables))}
}

func (p *Pipeline) stream(def *streamDefinition, os, name string) *Stream {
	key := streamKey{def, os, name}
	if def.file == "" { // made for a table, not read from a file
		key.def = nil
	}
	if s := p.byKey[key]; s != nil {
		return s
	}
	s := &Stream{Name: name, Table: def.table, ActionTypes: def.actions, OS: os}
	p.byKey[key], p.streams[s] = s, def
	return s
}

func streamName(ls sigma.Logsource, name string) string {
	if name != "" {
		return logsourceName(ls) + "/" + name
	}
	return logsourceName(ls)
}

func logsourceName(ls sigma.Logsource) string {
	var parts []string
	for _, part := range []string{ls.Category, ls.Product, ls.Service} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "/")
}

// covers reports whether the logsource of a rule is among those of a definition. A rule with a category that names no
// product is for all of them; what a definition leaves out may be anything, but for the category.
func (l *logsource) covers(ls sigma.Logsource) bool {
	return anyOf(l.category, ls.Category) && (l.category != nil || ls.Category == "") &&
		(anyOf(l.product, ls.Product) || ls.Product == "" && ls.Category != "") &&
		anyOf(l.service, ls.Service)
}

func anyOf(list []string, name string) bool {
	return list == nil || slices.Contains(list, name) || slices.Contains(list, "*")
}

func (p *Pipeline) Reader(sources []Source) Reader {
	c := &nodeCompiler{numbers: make(map[string]int)}
	nodes := make([]node, 0, len(sources))
	for _, s := range sources {
		own, ok := s.(*source)
		if !ok {
			nodes = append(nodes, nothingNode{})
			continue
		}
		nodes = append(nodes, c.compile(own.value))
	}
	return newReader(c.columns, nodes)
}
