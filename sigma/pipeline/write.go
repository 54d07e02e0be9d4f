package pipeline

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"penstock/ecs"
	"penstock/format"
	"penstock/record"
)

// Write makes the columns of a record, as the JSON text of its properties, in which a rule of the stream sees the fields
// with these values: the way back from what a rule asks for to what Defender would have to report. A value may get more
// around it where the form of values demands that: a name without backslash becomes a value of HKLM for TargetObject. It
// is false where there is no such record, or none that can be found by going the conversions backwards.
func (p *Pipeline) Write(s *Stream, fields map[string]string) (properties []byte, ok bool) {
	if s.Table == "" {
		return nil, false
	}
	w := &writer{pipeline: p, stream: s, columns: make(map[string]any)}
	names := slices.SortedFunc(maps.Keys(fields), func(a, b string) int {
		// What decides the ActionType comes first: others are written according to it.
		return cmpBool(w.decides(b), w.decides(a))*2 + strings.Compare(a, b)
	})
	for _, name := range names {
		f, own := p.Field(s, name).(*source)
		if !own || f.support == None {
			return nil, false
		}
		if fields[name] != "" && !w.set(f.value, fields[name]) {
			return nil, false
		}
	}
	w.settleAction()
	properties, err := json.Marshal(w.texts())
	if err != nil || !w.reads(properties, fields) {
		return nil, false
	}
	return properties, true
}

func cmpBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// writer gathers the columns of a record: texts, and objects for those that hold JSON.
type writer struct {
	pipeline *Pipeline
	stream   *Stream
	columns  map[string]any
}

const columnAction = "ActionType"

// decides reports whether the value of a field may say which ActionType the record has.
func (w *writer) decides(name string) bool {
	f, own := w.pipeline.Field(w.stream, name).(*source)
	return own && f.value.kind != kindCall && slices.Contains(f.columns, columnAction)
}

// settleAction gives the record an ActionType that the stream takes.
func (w *writer) settleAction() string {
	if w.columns[columnAction] == nil && len(w.stream.ActionTypes) > 0 {
		w.columns[columnAction] = w.stream.ActionTypes[0]
	}
	action, _ := w.columns[columnAction].(string)
	return action
}

// put gives a column its text, unless it has another already.
func (w *writer) put(column, text string) bool {
	if column == columnAction && len(w.stream.ActionTypes) > 0 && !slices.Contains(w.stream.ActionTypes, text) {
		return false
	}
	if known := w.columns[column]; known != nil {
		return known == text
	}
	w.columns[column] = text
	return true
}

// putPath gives a key in a column of JSON its text, unless it has another already.
func (w *writer) putPath(column string, steps []string, text string) bool {
	object, ok := w.columns[column].(map[string]any)
	if !ok {
		if w.columns[column] != nil {
			return false
		}
		object = make(map[string]any)
		w.columns[column] = object
	}
	for _, step := range steps[:len(steps)-1] {
		inner, ok := object[step].(map[string]any)
		if !ok {
			if object[step] != nil {
				return false
			}
			inner = make(map[string]any)
			object[step] = inner
		}
		object = inner
	}
	last := steps[len(steps)-1]
	if known := object[last]; known != nil {
		return known == text
	}
	object[last] = text
	return true
}

// set makes the expression have the value, among others.
func (w *writer) set(e *expression, value string) bool {
	switch e.kind {
	case kindColumn:
		return w.put(e.name, value)
	case kindPath:
		return w.putPath(e.name, e.steps, value)
	case kindECS:
		return w.setField(e.name, value)
	case kindText:
		return strings.EqualFold(e.name, value)
	case kindFirst, kindSeveral:
		return slices.ContainsFunc(e.of, func(x *expression) bool { return w.set(x, value) })
	case kindTranslate:
		return w.setTranslated(e, value)
	case kindCall:
		return e.call.write(w, e.of, value)
	}
	return false
}

func (w *writer) setTranslated(e *expression, value string) bool {
	for _, c := range e.cases {
		if slices.ContainsFunc(c.to, func(to string) bool { return strings.EqualFold(to, value) }) && w.set(e.of[0], c.from) {
			return true
		}
	}
	if e.same {
		return w.set(e.of[0], value)
	}
	return e.rest != nil && strings.EqualFold(*e.rest, value)
}

// setField finds the column that the mapping copies to a field of ECS.
func (w *writer) setField(name, value string) bool {
	for _, a := range w.pipeline.plan.Table(w.stream.Table).Assignments {
		if c, ok := a.Value.(format.ColumnRef); ok && a.Field == name && a.When == nil && w.put(c.Name, value) {
			return true
		}
	}
	return false
}

// texts are the columns as they arrive: JSON is a text but in columns of that type.
func (w *writer) texts() map[string]any {
	out := maps.Clone(w.columns)
	for _, c := range w.pipeline.plan.Table(w.stream.Table).Columns {
		object, ok := out[c.Name].(map[string]any)
		if !ok || c.Type == format.Dynamic {
			continue
		}
		if text, err := json.Marshal(object); err == nil {
			out[c.Name] = string(text)
		}
	}
	return out
}

// reads reports whether the record is in the stream and its fields are as they should be.
func (w *writer) reads(properties []byte, fields map[string]string) bool {
	raw := append([]byte(`{"category":"AdvancedHunting-`+w.stream.Table+`","properties":`), properties...)
	var parser record.Parser
	var rec record.Record
	if parser.Parse(append(raw, '}'), &rec) != nil {
		return false
	}
	var ev ecs.Event
	w.pipeline.plan.Normalize(&ev, &rec, time.Time{})
	if OSNamed(w.stream.OS)&OSOf(&ev) == 0 {
		return false
	}
	for name, want := range fields {
		r := w.pipeline.Reader([]Source{w.pipeline.Field(w.stream, name)})
		r.Begin(&rec, &ev)
		if values := r.Values(0); want == "" && len(values) > 0 || want != "" && !anyContains(values, want) {
			return false
		}
	}
	return true
}

func anyContains(values []Value, want string) bool {
	lower := bytes.ToLower([]byte(want))
	return slices.ContainsFunc(values, func(v Value) bool { return bytes.Contains(bytes.ToLower(v.Text), lower) })
}
