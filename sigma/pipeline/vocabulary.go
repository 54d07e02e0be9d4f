package pipeline

import (
	"slices"

	"penstock/sigma"
)

// Logsource is what rules may say where they name one, for who helps to write them. Of each list one is said; an empty
// text in it stands for saying nothing.
type Logsource struct {
	Category, Product, Service []string
	Tables                     []string // that answer it
	Reason                     string   // why none does
}

// Logsources are those that the pipeline knows, in the order in which they are tried; behind those of a format are rules for
// its own tables.
func (p *Pipeline) Logsources() []Logsource {
	var list []Logsource
	for _, own := range p.parts {
		for _, l := range own.def.logsources {
			out := Logsource{Category: l.category, Product: l.product, Service: l.service, Reason: l.reason}
			for _, s := range l.streams {
				if !slices.Contains(out.Tables, s.table) {
					out.Tables = append(out.Tables, s.table)
				}
			}
			list = append(list, out)
		}
		list = append(list, Logsource{Product: []string{own.product}, Service: own.tables, Tables: own.tables})
	}
	return list
}

// FieldName is a field that a rule may use.
type FieldName struct {
	Name    string
	Support Support
	Note    string // for Partial and None: what is missing
}

// Names are the fields that rules of a logsource may use: first those of Sigma's taxonomy, then the columns of the tables
// that answer it. Fields of the events' dictionary may be used besides.
func (p *Pipeline) Names(ls sigma.Logsource) []FieldName {
	route := p.Route(ls)
	var names []FieldName
	seen := make(map[string]bool)
	add := func(f FieldName) {
		if !seen[f.Name] {
			seen[f.Name] = true
			names = append(names, f)
		}
	}
	for _, s := range route.Streams {
		p.mu.Lock()
		def := p.streams[s]
		p.mu.Unlock()
		for _, name := range def.all.names {
			f := def.all.byName[name]
			add(FieldName{name, f.support, f.note})
		}
	}
	for _, s := range route.Streams {
		if s.Table == "" {
			continue
		}
		for _, c := range p.plan.Table(s.Table).Columns {
			add(FieldName{Name: c.Name})
		}
	}
	return names
}
