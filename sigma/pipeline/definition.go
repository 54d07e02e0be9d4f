package pipeline

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

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
	at          position
	all         fieldList // fields, then those of the groups that it lacks
}

// included names a group of fields, where it does.
type included struct {
	name string
	at   position
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
	at      position
}

type position struct{ line, column int }

// ParseDefinition reads one YAML file. Every mistake found is reported: the error joins *format.Mistake values.
func ParseDefinition(file string, data []byte) (*Definition, error) {
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, yamlMistake(file, err)
	}
	d := &definitionReader{file: file, def: &Definition{groups: make(map[string]*fieldList)}}
	for _, doc := range tree.Docs {
		if doc.Body != nil {
			d.document(doc.Body)
		}
	}
	if len(d.mistakes) > 0 {
		return nil, errors.Join(d.mistakes...)
	}
	return d.def, nil
}

func yamlMistake(file string, err error) error {
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) && syntax.Token != nil {
		at := syntax.Token.Position
		return &format.Mistake{File: file, Line: at.Line, Column: at.Column, Message: "this is not YAML: " + syntax.Message}
	}
	return &format.Mistake{File: file, Line: 1, Column: 1, Message: "this is not YAML: " + err.Error()}
}

// definitionReader walks the YAML tree of a definition and gathers the mistakes in it.
type definitionReader struct {
	file     string
	def      *Definition
	mistakes []error
}

func (d *definitionReader) mistake(at position, message string, args ...any) {
	d.mistakes = append(d.mistakes, &format.Mistake{
		File: d.file, Line: at.line, Column: at.column, Message: fmt.Sprintf(message, args...),
	})
}

func positionOf(n ast.Node) position {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		n = m.Values[0]
	}
	if v, ok := n.(*ast.MappingValueNode); ok {
		n = v.Key
	}
	t := n.GetToken()
	if t == nil {
		return position{1, 1}
	}
	return position{t.Position.Line, t.Position.Column}
}

// entries are the keys and values of a mapping node.
func (d *definitionReader) entries(n ast.Node, what string) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	d.mistake(positionOf(n), "expected %s, got %s", what, strings.ToLower(n.Type().String()))
	return nil
}

func keyOf(e *ast.MappingValueNode) string {
	if s, ok := e.Key.(*ast.StringNode); ok {
		return s.Value
	}
	return e.Key.String()
}

func (d *definitionReader) items(n ast.Node, what string) []ast.Node {
	if s, ok := n.(*ast.SequenceNode); ok {
		return s.Values
	}
	d.mistake(positionOf(n), "expected %s, got %s", what, strings.ToLower(n.Type().String()))
	return nil
}

func (d *definitionReader) text(n ast.Node, what string) string {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return strings.TrimSuffix(n.Value.Value, "\n")
	}
	d.mistake(positionOf(n), "expected %s, got %s", what, strings.ToLower(n.Type().String()))
	return ""
}

// texts reads a text or a list of texts.
func (d *definitionReader) texts(n ast.Node, what string) []string {
	if s, ok := n.(*ast.SequenceNode); ok {
		var out []string
		for _, item := range s.Values {
			out = append(out, d.text(item, what))
		}
		return out
	}
	return []string{d.text(n, what)}
}

func (d *definitionReader) document(n ast.Node) {
	for _, e := range d.entries(n, "keys: fields, logsources") {
		switch key := keyOf(e); key {
		case "fields":
			for _, g := range d.entries(e.Value, "groups of fields") {
				d.def.groups[keyOf(g)] = d.fields(g.Value)
			}
		case "logsources":
			for _, item := range d.items(e.Value, "a list of logsources") {
				d.logsource(item)
			}
		default:
			d.mistake(positionOf(e), "unknown key %q; expected fields and logsources", key)
		}
	}
}

func (d *definitionReader) logsource(n ast.Node) {
	l := &logsource{}
	for _, e := range d.entries(n, "a logsource") {
		switch key := keyOf(e); key {
		case "category":
			l.category = d.texts(e.Value, "a category")
		case "product":
			l.product = d.texts(e.Value, "a product")
		case "service":
			l.service = d.texts(e.Value, "a service")
		case "reason":
			l.reason = d.text(e.Value, "why nothing answers the logsource")
		case "streams":
			for _, item := range d.items(e.Value, "a list of streams") {
				l.streams = append(l.streams, d.stream(item))
			}
		default:
			d.mistake(positionOf(e), "unknown key %q; expected category, product, service, streams, reason", key)
		}
	}
	if (l.reason == "") == (l.streams == nil) {
		d.mistake(positionOf(n), "a logsource needs either streams or a reason why there are none")
	}
	d.def.logsources = append(d.def.logsources, l)
}

func (d *definitionReader) stream(n ast.Node) *streamDefinition {
	s := &streamDefinition{file: d.file, at: positionOf(n), fields: &fieldList{}}
	for _, e := range d.entries(n, "a stream") {
		switch key := keyOf(e); key {
		case "name":
			s.name = d.text(e.Value, "a name")
		case "table":
			s.table = d.text(e.Value, "the name of a table")
		case "actions":
			s.actions = d.texts(e.Value, "an ActionType")
		case "include":
			for _, item := range d.items(e.Value, "a list of groups") {
				s.include = append(s.include, included{d.text(item, "the name of a group"), positionOf(item)})
			}
		case "fields":
			s.fields = d.fields(e.Value)
		case "payload":
			s.payload = d.text(e.Value, "the name of a column")
		case "partial":
			s.partial = d.text(e.Value, "what is missing")
		default:
			d.mistake(positionOf(e), "unknown key %q; expected name, table, actions, include, fields, payload, partial", key)
		}
	}
	if s.table == "" {
		d.mistake(s.at, "a stream needs a table")
	}
	return s
}

func (d *definitionReader) fields(n ast.Node) *fieldList {
	list := &fieldList{byName: make(map[string]*fieldDefinition)}
	for _, e := range d.entries(n, "fields with their expressions, as in Image: FolderPath") {
		f := &fieldDefinition{name: keyOf(e), at: positionOf(e)}
		switch e.Value.(type) {
		case *ast.MappingNode, *ast.MappingValueNode:
			d.field(f, e.Value)
		default:
			f.value = d.expression(e.Value)
		}
		if list.byName[f.name] != nil {
			d.mistake(f.at, "the field %s is there already", f.name)
			continue
		}
		list.names = append(list.names, f.name)
		list.byName[f.name] = f
	}
	return list
}

// field reads the long form of a field.
func (d *definitionReader) field(f *fieldDefinition, n ast.Node) {
	for _, e := range d.entries(n, "value, partial, none") {
		switch key := keyOf(e); key {
		case "value":
			f.value = d.expression(e.Value)
		case "partial":
			f.support, f.note = Partial, d.text(e.Value, "what is missing")
		case "none":
			f.support, f.note = None, d.text(e.Value, "why there is no counterpart")
		default:
			d.mistake(positionOf(e), "unknown key %q; expected value, partial, none", key)
		}
	}
	if (f.value == nil) != (f.support == None) {
		d.mistake(f.at, "a field needs either a value or, under none, why there is no counterpart")
	}
	if f.value == nil {
		f.value = &expression{kind: kindNothing}
	}
}

func (d *definitionReader) expression(n ast.Node) *expression {
	at := positionOf(n)
	before := len(d.mistakes)
	text := d.text(n, "an expression")
	if len(d.mistakes) > before {
		return &expression{kind: kindNothing}
	}
	e, err := parseExpression(text)
	if err == nil {
		return e
	}
	var s *syntaxError
	if _, one := n.(*ast.StringNode); one && errors.As(err, &s) {
		at.column += s.at
		if o := strings.TrimSpace(n.GetToken().Origin); strings.HasPrefix(o, "'") || strings.HasPrefix(o, `"`) {
			at.column++
		}
	}
	d.mistake(at, "%s", err)
	return &expression{kind: kindNothing}
}

// merge puts the definitions of several files together.
func merge(definitions []*Definition) *Definition {
	all := &Definition{groups: make(map[string]*fieldList)}
	for _, d := range definitions {
		maps.Copy(all.groups, d.groups)
		all.logsources = slices.Concat(all.logsources, d.logsources)
	}
	return all
}
