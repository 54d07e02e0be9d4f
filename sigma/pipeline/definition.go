package pipeline

import (
	"maps"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"penstock/format"
)

// Definition is one file of what is known of logsources. It has two keys:
//
//	fields:                      # groups of fields, by name
//	  process:
//	    Image: FolderPath        # a field and the expression that gives its values
//	    GrandParentImage:
//	      value: bare_name(InitiatingProcessParentFileName)
//	      partial: only the name of the file    # what is missing
//	    CurrentDirectory:
//	      none: the sensor does not report it   # why there is no counterpart
//	logsources:
//	  - category: process_creation              # what a rule must say; a list: one of them; "*": anything
//	    product: [windows, linux, macos]
//	    streams:                                # or reason: why nothing answers it
//	      - table: DeviceProcessEvents
//	        actions: [ProcessCreated]           # ActionTypes; left out: all
//	        name: created                       # tells streams of a logsource apart
//	        include: [process]
//	        fields: {}                          # beside those of the groups, and before them
//	        payload: RawEventData               # a column of JSON whose keys are fields as well
//	        partial: only with a connector      # what holds for every field of the stream
type Definition struct {
	groups     map[string]*fieldList
	logsources []*logsource
}

type logsource struct {
	category, product, service []string
	streams                    []*streamDefinition
	reason                     string
}

type streamDefinition struct {
	name, table string
	actions     []string
	include     []included
	fields      *fieldList
	payload     string
	partial     string
	file        string
	at          format.Position
	all         fieldList // fields, then those of the groups that it lacks
	groups      map[string]*fieldList
}

// included names a group of fields, where it does.
type included struct {
	name string
	at   format.Position
}

// fieldList is fields in the order in which they are written.
type fieldList struct {
	names  []string
	byName map[string]*fieldDefinition
}

// add puts fields behind those that are there; of two with the same name the first counts.
func (l *fieldList) add(more *fieldList) {
	if l.byName == nil {
		l.byName = make(map[string]*fieldDefinition)
	}
	for _, name := range more.names {
		if l.byName[name] == nil {
			l.names = append(l.names, name)
			l.byName[name] = more.byName[name]
		}
	}
}

type fieldDefinition struct {
	name    string
	value   *expression
	support Support
	note    string
	at      format.Position
}

// ParseDefinition reads one YAML file. Every mistake found is reported: the error joins *format.Mistake values.
func ParseDefinition(file string, data []byte) (*Definition, error) {
	d := &definitionReader{Outline: format.Outline{File: file}, def: &Definition{groups: make(map[string]*fieldList)}}
	documents, err := d.Documents(data)
	if err != nil {
		return nil, err
	}
	for _, doc := range documents {
		d.document(doc)
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	return d.def, nil
}

// definitionReader walks the YAML tree of a definition and gathers the mistakes in it.
type definitionReader struct {
	format.Outline
	def *Definition
}

func (d *definitionReader) document(n ast.Node) {
	d.Keys(n,
		format.Key{Name: "fields", Read: func(v ast.Node) {
			for _, g := range d.Entries(v, "groups of fields") {
				d.def.groups[format.KeyOf(g)] = d.fields(g.Value)
			}
		}},
		format.Key{Name: "logsources", Read: func(v ast.Node) {
			for _, item := range d.Items(v, "a list of logsources") {
				d.logsource(item)
			}
		}},
	)
}

func (d *definitionReader) logsource(n ast.Node) {
	l := &logsource{}
	d.Keys(n,
		format.Key{Name: "category", Read: func(v ast.Node) { l.category = d.Texts(v, "a category") }},
		format.Key{Name: "product", Read: func(v ast.Node) { l.product = d.Texts(v, "a product") }},
		format.Key{Name: "service", Read: func(v ast.Node) { l.service = d.Texts(v, "a service") }},
		format.Key{Name: "streams", Read: func(v ast.Node) {
			for _, item := range d.Items(v, "a list of streams") {
				l.streams = append(l.streams, d.stream(item))
			}
		}},
		format.Key{Name: "reason", Read: d.Into(&l.reason, "why nothing answers the logsource")},
	)
	if (l.reason == "") == (l.streams == nil) {
		d.Mistake(format.PositionOf(n), "a logsource needs either streams or a reason why there are none")
	}
	d.def.logsources = append(d.def.logsources, l)
}

func (d *definitionReader) stream(n ast.Node) *streamDefinition {
	s := &streamDefinition{file: d.File, at: format.PositionOf(n), fields: &fieldList{}}
	d.Keys(n,
		format.Key{Name: "name", Read: d.Into(&s.name, "a name")},
		format.Key{Name: "table", Read: d.Into(&s.table, "the name of a table")},
		format.Key{Name: "actions", Read: func(v ast.Node) { s.actions = d.Texts(v, "an ActionType") }},
		format.Key{Name: "include", Read: func(v ast.Node) {
			for _, item := range d.Items(v, "a list of groups") {
				s.include = append(s.include, included{d.Text(item, "the name of a group"), format.PositionOf(item)})
			}
		}},
		format.Key{Name: "fields", Read: func(v ast.Node) { s.fields = d.fields(v) }},
		format.Key{Name: "payload", Read: d.Into(&s.payload, "the name of a column")},
		format.Key{Name: "partial", Read: d.Into(&s.partial, "what is missing")},
	)
	if s.table == "" {
		d.Mistake(s.at, "a stream needs a table")
	}
	return s
}

func (d *definitionReader) fields(n ast.Node) *fieldList {
	list := &fieldList{byName: make(map[string]*fieldDefinition)}
	for _, e := range d.Entries(n, "fields with their expressions, as in Image: FolderPath") {
		f := &fieldDefinition{name: format.KeyOf(e), at: format.PositionOf(e)}
		switch e.Value.(type) {
		case *ast.MappingNode, *ast.MappingValueNode:
			d.field(f, e.Value)
		default:
			f.value = d.expression(e.Value)
		}
		if list.byName[f.name] != nil {
			d.Mistake(f.at, "the field %s is there already", f.name)
			continue
		}
		list.names = append(list.names, f.name)
		list.byName[f.name] = f
	}
	return list
}

// field reads the long form of a field.
func (d *definitionReader) field(f *fieldDefinition, n ast.Node) {
	d.Keys(n,
		format.Key{Name: "value", Read: func(v ast.Node) { f.value = d.expression(v) }},
		format.Key{Name: "partial", Read: func(v ast.Node) { f.support, f.note = Partial, d.Text(v, "what is missing") }},
		format.Key{Name: "none", Read: func(v ast.Node) { f.support, f.note = None, d.Text(v, "why there is no counterpart") }},
	)
	if (f.value == nil) != (f.support == None) {
		d.Mistake(f.at, "a field needs either a value or, under none, why there is no counterpart")
	}
	if f.value == nil {
		f.value = &expression{kind: kindNothing}
	}
}

func (d *definitionReader) expression(n ast.Node) *expression {
	before := d.Mistakes()
	text := d.Text(n, "an expression")
	if d.Mistakes() > before {
		return &expression{kind: kindNothing}
	}
	e, err := parseExpression(text)
	if err != nil {
		d.Syntax(n, err)
		return &expression{kind: kindNothing}
	}
	return e
}

// merge puts the definitions of several files together.
func merge(definitions []*Definition) *Definition {
	all := &Definition{groups: make(map[string]*fieldList)}
	for _, d := range definitions {
		maps.Copy(all.groups, d.groups)
		all.logsources = slices.Concat(all.logsources, d.logsources)
	}
	for _, l := range all.logsources {
		for _, s := range l.streams {
			s.groups = all.groups
		}
	}
	return all
}
