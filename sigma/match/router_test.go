package match

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"penstock/ecs"
	"penstock/record"
	"penstock/sigma"
	"penstock/sigma/pipeline"
)

// columns is a router over the plain names of columns: the engine is tested without what Defender's data says. Fields whose
// names begin with No have no counterpart, those with Part only in part, and Odd never holds the text "odd".
type columns struct {
	streams []*pipeline.Stream
	sources map[string]*column
}

type column struct{ name string }

func newColumns(streams ...*pipeline.Stream) *columns {
	return &columns{streams: streams, sources: make(map[string]*column)}
}

// Route takes the streams whose names begin with the category; all of them for a rule without.
func (c *columns) Route(ls sigma.Logsource) pipeline.Route {
	var r pipeline.Route
	for _, s := range c.streams {
		if strings.HasPrefix(s.Name, ls.Category) {
			r.Streams = append(r.Streams, s)
		}
	}
	if r.Streams == nil {
		r.Reason = "nothing reports " + ls.Category
	}
	return r
}

func (c *columns) Field(_ *pipeline.Stream, name string) pipeline.Source {
	s, ok := c.sources[name]
	if !ok {
		s = &column{name}
		c.sources[name] = s
	}
	return s
}

func (c *column) Support() (pipeline.Support, string) {
	switch {
	case strings.HasPrefix(c.name, "No"):
		return pipeline.None, "there is no column"
	case strings.HasPrefix(c.name, "Part"):
		return pipeline.Partial, "without its folder"
	}
	return pipeline.Full, ""
}

func (c *column) Columns() []string { return []string{c.name} }

func (c *column) Answers(t *sigma.Test) (bool, string) {
	if text, _ := t.Pattern.Literal(); c.name == "Odd" && text == "odd" {
		return false, "it is never odd"
	}
	return true, ""
}

func (c *columns) Reader(sources []pipeline.Source) pipeline.Reader {
	return &columnReader{sources: sources, values: make([][]pipeline.Value, len(sources))}
}

type columnReader struct {
	sources []pipeline.Source
	rec     *record.Record
	read    []bool
	values  [][]pipeline.Value
	all     []pipeline.Value
	arena   []byte
}

func (r *columnReader) Begin(rec *record.Record, _ *ecs.Event) {
	r.rec, r.read, r.arena, r.all = rec, append(r.read[:0], make([]bool, len(r.sources))...), r.arena[:0], r.all[:0]
}

func (r *columnReader) Values(source int) []pipeline.Value {
	if !r.read[source] {
		r.read[source] = true
		r.values[source] = r.values[source][:0]
		name := r.sources[source].(*column).name
		for i := range r.rec.Columns {
			if string(r.rec.Columns[i].Key) == name {
				r.values[source] = r.add(r.values[source], &r.rec.Columns[i])
			}
		}
	}
	return r.values[source]
}

func (r *columnReader) All() []pipeline.Value {
	if len(r.all) == 0 {
		for i := range r.rec.Columns {
			r.all = r.add(r.all, &r.rec.Columns[i])
		}
	}
	return r.all
}

func (r *columnReader) add(dst []pipeline.Value, m *record.Member) []pipeline.Value {
	switch m.Kind {
	case record.Null:
	case record.Array:
		elements, _ := record.Members(nil, m.Value)
		for i := range elements {
			dst = r.add(dst, &elements[i])
		}
	default:
		start := len(r.arena)
		if m.Escaped {
			r.arena = record.Unescape(r.arena, m.Text())
		} else {
			r.arena = append(r.arena, m.Text()...)
		}
		dst = append(dst, pipeline.Value{Text: r.arena[start:len(r.arena):len(r.arena)]})
	}
	return dst
}

// event is a record of a table with those columns.
func event(t testing.TB, table string, columns map[string]any) *record.Record {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"category": "AdvancedHunting-" + table, "properties": columns})
	if err != nil {
		t.Fatal(err)
	}
	var p record.Parser
	rec := new(record.Record)
	if err := p.Parse(raw, rec); err != nil {
		t.Fatal(err)
	}
	return rec
}

// plainSet evaluates the rules of a set by themselves.
type plainSet struct {
	set   *Set
	rules [][]plainRule // by number
}

type plainRule struct {
	stream    *pipeline.Stream
	condition sigma.Node
	plain     *plain
}

func newPlainSet(s *Set) *plainSet {
	p := &plainSet{set: s}
	c := newCompiler(s.router)
	for i, r := range s.rules {
		var in []plainRule
		for _, stream := range s.Applicability(int32(i)).Streams {
			f := &fields{compiler: c, stream: stream}
			in = append(in, plainRule{stream, f.answered(r.Condition), plainly(f, r.Condition)})
		}
		p.rules = append(p.rules, in)
	}
	return p
}

// match says which rules match, one evaluated after the other.
func (p *plainSet) match(rec *record.Record, ev *ecs.Event) []int32 {
	var out []int32
	for i, in := range p.rules {
		if slices.ContainsFunc(in, func(r plainRule) bool {
			if outside(r.stream, rec, ev) != "" {
				return false
			}
			r.plain.begin(rec, ev)
			return sigma.Evaluate(r.condition, r.plain.values)
		}) {
			out = append(out, int32(i))
		}
	}
	return out
}
