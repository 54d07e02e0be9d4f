package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"penstock/sigma"
)

// source is the Source that a definition, or the name of the field, describes.
type source struct {
	value   *expression
	support Support
	note    string
	columns []string
	finite  []string // all values that it can have, nil where there is no list of them
}

func (s *source) Support() (Support, string) { return s.support, s.note }

func (s *source) Columns() []string { return s.columns }

func (p *Pipeline) Field(s *Stream, name string) Source {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := fieldKey{s, name}
	f := p.found[key]
	if f == nil {
		f = p.field(s, name)
		if len(p.found) < maxFields {
			p.found[key] = f
		}
	}
	return f
}

// maxFields bounds the memory when rules name ever new fields.
const maxFields = 1 << 18

// field finds the counterpart of a field: what the definition lists, a column, a key in a column of JSON, a field of
// ECS, a key of the stream's payload.
func (p *Pipeline) field(s *Stream, name string) *source {
	def := p.streams[s]
	if def == nil {
		return p.intern(&expression{kind: kindNothing}, None, "the stream is none of this pipeline's")
	}
	if f := def.listed(name); f != nil {
		support, note := f.support, f.note
		if support == Full && def.partial != "" && f.value.kind != kindText {
			support, note = Partial, def.partial
		}
		return p.intern(f.value, support, note)
	}
	if c := p.column(s.Table, name); c != "" {
		return p.intern(&expression{kind: kindColumn, name: c}, Full, "")
	}
	first, rest, dotted := strings.Cut(name, ".")
	if c := p.column(s.Table, first); dotted && c != "" {
		return p.intern(&expression{kind: kindPath, name: c, steps: strings.Split(rest, ".")}, Full, "")
	}
	if _, ok := p.plan.Field(name); ok {
		return p.intern(&expression{kind: kindECS, name: name}, Full, "")
	}
	if def.payload != "" {
		e := &expression{kind: kindPath, name: def.payload, steps: strings.Split(name, ".")}
		return p.intern(e, Partial, strings.TrimPrefix(def.partial+"; found only where "+def.payload+" has that key", "; "))
	}
	return p.intern(&expression{kind: kindNothing}, None, p.unknown(s, def, name))
}

// listed is the field that the definition of a stream has, without regard to case only if none is exactly alike.
func (s *streamDefinition) listed(name string) *fieldDefinition {
	if f := s.all.byName[name]; f != nil {
		return f
	}
	for _, known := range s.all.names {
		if len(known) == len(name) && strings.EqualFold(known, name) {
			return s.all.byName[known]
		}
	}
	return nil
}

// column is the declared name of a table's column, "" where there is none. Every table together is the one without name.
func (p *Pipeline) column(table, name string) string {
	if table == "" {
		return p.columns[strings.ToLower(name)]
	}
	alike := ""
	for _, c := range p.plan.Table(table).Columns {
		if c.Name == name {
			return name
		}
		if alike == "" && strings.EqualFold(c.Name, name) {
			alike = c.Name
		}
	}
	return alike
}

// unknown says in words that a field has no counterpart, and which name may have been meant.
func (p *Pipeline) unknown(s *Stream, def *streamDefinition, name string) string {
	where, columns := "Defender's tables have", slices.Sorted(maps.Values(p.columns))
	if s.Table != "" {
		where, columns = s.Table+" has", nil
		for _, c := range p.plan.Table(s.Table).Columns {
			columns = append(columns, c.Name)
		}
	}
	return fmt.Sprintf("%s nothing that corresponds to %s%s", where, name, suggestion(name, def.all.names, columns, p.fields))
}

// intern is the one source that does this.
func (p *Pipeline) intern(value *expression, support Support, note string) *source {
	key := fmt.Sprintf("%d%s\x00%d%s", value.kind, value, support, note)
	if s := p.sources[key]; s != nil {
		return s
	}
	s := &source{value: value, support: support, note: note, finite: finiteValues(value)}
	p.sources[key] = s
	if value.unfailing() {
		return s // whatever is in its columns
	}
	value.walk(func(e *expression) {
		var name string
		switch e.kind {
		case kindColumn:
			name = e.name
		case kindPath:
			name = e.name + "." + strings.Join(e.steps, ".")
		default:
			return
		}
		if !slices.Contains(s.columns, name) {
			s.columns = append(s.columns, name)
		}
	})
	return s
}

// finiteValues are all values that an expression can have, nil where there is no list of them.
func finiteValues(e *expression) []string {
	switch e.kind {
	case kindText:
		return []string{e.name}
	case kindCall:
		return e.call.finite
	case kindTranslate:
		if e.same {
			return nil
		}
		var values []string
		for _, c := range e.cases {
			values = append(values, c.to...)
		}
		if e.rest != nil {
			values = append(values, *e.rest)
		}
		return values
	case kindFirst, kindSeveral:
		var values []string
		for _, x := range e.of {
			v := finiteValues(x)
			if v == nil {
				return nil
			}
			values = append(values, v...)
		}
		return values
	}
	return nil
}

func (s *source) Answers(t *sigma.Test) (ok bool, reason string) {
	if s.support == None {
		return false, s.note
	}
	constant := s.value.kind == kindText
	switch t.Kind {
	case sigma.FieldRef:
	case sigma.Null, sigma.Empty:
		if constant {
			return false, fmt.Sprintf("%s is always %q here", t.Field, s.value.name)
		}
	case sigma.Exists:
		if constant && !t.Want {
			return false, fmt.Sprintf("%s is always %q here", t.Field, s.value.name)
		}
	default:
		if s.finite != nil && !slices.ContainsFunc(s.finite, t.HoldsFor) {
			return false, fmt.Sprintf("%s is %s here", t.Field, oneOf(s.finite))
		}
		if s.value.kind == kindCall && s.value.call.answers != nil {
			return s.value.call.answers(t)
		}
	}
	return true, ""
}

// oneOf lists values in words, the first ten of them.
func oneOf(values []string) string {
	switch {
	case len(values) == 1:
		return fmt.Sprintf("always %q", values[0])
	case len(values) > 10:
		return "one of " + strings.Join(values[:10], ", ") + " and others"
	}
	return "one of " + strings.Join(values, ", ")
}

// answersHash reports whether one of MD5=…, SHA1=… and SHA256=… can be as the pattern wants it.
func answersHash(t *sigma.Test) (bool, string) {
	if t.Kind != sigma.Match {
		return true, ""
	}
	for _, piece := range t.Pattern {
		text := strings.ToUpper(piece.Text)
		if strings.Contains(text, ",") {
			return false, "each hash is a value of its own: test them one by one"
		}
		name, _, named := strings.Cut(text, "=")
		if !named {
			continue
		}
		if !slices.ContainsFunc(hashNames[:], func(known string) bool { return strings.HasSuffix(known, name+"=") }) {
			return false, fmt.Sprintf("Defender reports MD5, SHA1 and SHA256, no %s", name)
		}
	}
	if len(t.Pattern) == 1 && t.Pattern[0].Text != "" && !strings.Contains(t.Pattern[0].Text, "=") {
		return false, fmt.Sprintf("the values look like SHA256=…: use %s|contains, or the fields md5, sha1 and sha256", t.Field)
	}
	return true, ""
}

// Sources are the counterparts of every field that the definitions list, those without one left out.
func (p *Pipeline) Sources() []Source {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []Source
	seen := make(map[*source]bool)
	for _, own := range p.parts {
		for _, l := range own.def.logsources {
			for _, s := range l.streams {
				out = p.sourcesOf(out, s, seen)
			}
		}
	}
	return out
}

// sourcesOf appends the counterparts of the fields of a stream that were not seen yet.
func (p *Pipeline) sourcesOf(out []Source, s *streamDefinition, seen map[*source]bool) []Source {
	for _, name := range s.all.names {
		f := s.all.byName[name]
		if x := p.intern(f.value, f.support, f.note); f.support != None && !seen[x] {
			seen[x] = true
			out = append(out, x)
		}
	}
	return out
}
