package pipeline

import (
	"strings"

	"penstock/ecs"
	"penstock/record"
	"penstock/sigma"
)

// Has reports whether an event is one of the stream.
func (s *Stream) Has(rec *record.Record, ev *ecs.Event) bool {
	if s.Table != "" && !strings.EqualFold(s.Table, rec.Table) || OSNamed(s.OS)&OSOf(ev) == 0 {
		return false
	}
	if len(s.ActionTypes) == 0 {
		return true
	}
	action := actionOf(rec)
	for _, a := range s.ActionTypes {
		if strings.EqualFold(a, action) {
			return true
		}
	}
	return false
}

func actionOf(rec *record.Record) string {
	for i := len(rec.Columns) - 1; i >= 0; i-- {
		if m := &rec.Columns[i]; m.Kind == record.String && string(m.Key) == "ActionType" {
			return string(m.Text())
		}
	}
	return ""
}

// Fields reads single fields of events by the names that rules have for them, for who needs them now and then: the groups
// of correlations. It is not safe for concurrent use.
type Fields struct {
	router Router
	known  map[lookupKey][]fieldReader
}

type lookupKey struct{ category, product, service, field string }

type fieldReader struct {
	stream *Stream
	reader Reader
}

// maxLookups bounds the memory of rules that come and go.
const maxLookups = 4096

// NewFields reads fields where a router finds them.
func NewFields(router Router) *Fields {
	return &Fields{router: router, known: make(map[lookupKey][]fieldReader)}
}

// Values of a field in an event, as a rule of the logsource names it; none where the event is not of the logsource, or
// lacks the field.
func (f *Fields) Values(ls sigma.Logsource, field string, rec *record.Record, ev *ecs.Event) []string {
	for _, r := range f.readers(lookupKey{ls.Category, ls.Product, ls.Service, field}) {
		if !r.stream.Has(rec, ev) {
			continue
		}
		r.reader.Begin(rec, ev)
		var list []string
		for _, v := range r.reader.Values(0) {
			if len(v.Text) > 0 {
				list = append(list, string(v.Text))
			}
		}
		return list
	}
	return nil
}

func (f *Fields) readers(key lookupKey) []fieldReader {
	list, ok := f.known[key]
	if ok {
		return list
	}
	if len(f.known) >= maxLookups {
		clear(f.known)
	}
	route := f.router.Route(sigma.Logsource{Category: key.category, Product: key.product, Service: key.service})
	for _, s := range route.Streams {
		if source := f.router.Field(s, key.field); source != nil {
			list = append(list, fieldReader{s, f.router.Reader([]Source{source})})
		}
	}
	f.known[key] = list
	return list
}
