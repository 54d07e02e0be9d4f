package match

import (
	"slices"

	"penstock/ecs"
	"penstock/record"
	"penstock/sigma/pipeline"
)

// Matcher tries the rules of a set on one event after the other. It is not safe for concurrent use.
type Matcher struct {
	set     *Set
	table   string // of the last event
	current *trial // nil: no rule is for its table
	trials  []*trial
}

// Matcher makes a matcher; each goroutine has its own.
func (s *Set) Matcher() *Matcher {
	return &Matcher{set: s, trials: make([]*trial, len(s.plans))}
}

// Match appends the numbers of the rules that match the event made of a record, in ascending order, to dst.
func (m *Matcher) Match(rec *record.Record, ev *ecs.Event, dst []int32) []int32 {
	t := m.trial(rec.Table)
	if t == nil {
		return dst
	}
	r := t.plan.routes.find(rec, ev, t)
	if r == nil {
		return dst
	}
	start := len(dst)
	dst = t.match(r, rec, ev, dst)
	if found := dst[start:]; len(found) > 1 {
		slices.Sort(found)
		dst = dst[:start+len(slices.Compact(found))]
	}
	return dst
}

// trial is the memory for the events of a table.
func (m *Matcher) trial(table string) *trial {
	if m.table == table && table != "" {
		return m.current
	}
	p := m.set.plan(table)
	m.table, m.current = table, nil
	if p != nil {
		if m.trials[p.number] == nil {
			m.trials[p.number] = newTrial(p, m.set.router)
		}
		m.current = m.trials[p.number]
	}
	return m.current
}

// find is the route of an event; nil: no rule is for it.
func (r *routes) find(rec *record.Record, ev *ecs.Event, t *trial) *route {
	all := &r.other
	if r.action {
		t.action = appendAction(t.action[:0], rec)
		if found, ok := r.byAction[string(t.action)]; ok {
			all = found
		}
	}
	os := pipeline.AnyOS
	if r.system {
		os = pipeline.OSOf(ev)
	}
	return all[os]
}

// appendAction appends the ActionType of a record in lower case.
func appendAction(dst []byte, rec *record.Record) []byte {
	const name = "ActionType"
	for i := len(rec.Columns) - 1; i >= 0; i-- {
		m := &rec.Columns[i]
		if len(m.Key) != len(name) || string(m.Key) != name {
			continue
		}
		if m.Kind == record.String && len(m.Value) <= maxAction {
			dst, _ = appendLower(dst, m.Text())
		}
		break
	}
	return dst
}

// maxAction is how long an ActionType may be that a stream names.
const maxAction = 256
