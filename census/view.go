package census

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// View is what had arrived at one moment.
type View struct {
	Began  time.Time // since when there is a census
	Tables map[string]*Table
	folded map[string]string // lower-case names of the tables
}

// snapshot is a view of the tables as they are. The caller holds mu.
func (c *Census) snapshot() *View {
	before := c.view.Load()
	v := &View{Began: c.began, Tables: make(map[string]*Table, len(c.tables)), folded: make(map[string]string, len(c.tables))}
	for name, t := range c.tables {
		// What has not changed is shared with the view before.
		if before != nil && before.Tables[name] != nil && before.Tables[name].Records == t.Records {
			v.Tables[name] = before.Tables[name]
		} else {
			v.Tables[name] = t.clone()
		}
		v.folded[strings.ToLower(name)] = name
	}
	return v
}

// Table finds a table by its name, in whatever case; nil where nothing of it has arrived.
func (v *View) Table(name string) *Table {
	if t := v.Tables[name]; t != nil {
		return t
	}
	return v.Tables[v.folded[strings.ToLower(name)]]
}

// Seen is how often something has arrived, and when.
type Seen struct {
	Records     int64
	First, Last time.Time
}

// Of is how many records of some ActionTypes have arrived; of all where none is named.
func (t *Table) Of(actions []string) Seen {
	if len(actions) == 0 {
		return Seen{t.Records, t.First, t.Last}
	}
	var s Seen
	for _, a := range t.named(actions) {
		s.Records += a.Records
		join(&s.First, &s.Last, a.First, a.Last)
	}
	return s
}

// Filled is how often a column was filled in records of some ActionTypes that were looked at; of all where none is named.
// Keys deeper within a column count as their column's key.
func (t *Table) Filled(actions []string, column string) Seen {
	var s Seen
	if parts := strings.SplitN(column, ".", 3); len(parts) == 3 {
		column = parts[0] + "." + parts[1]
	}
	for _, a := range t.named(actions) {
		f := a.Filled[column]
		if f == nil {
			for name, other := range a.Filled {
				if strings.EqualFold(name, column) {
					f = other
				}
			}
		}
		if f != nil {
			s.Records += f.Count
			join(&s.First, &s.Last, f.First, f.Last)
		}
	}
	return s
}

// Sampled is how many records of some ActionTypes were looked at.
func (t *Table) Sampled(actions []string) int64 {
	n := int64(0)
	for _, a := range t.named(actions) {
		n += a.Sampled
	}
	return n
}

// named are the ActionTypes of these names, in whatever case; all where none is named.
func (t *Table) named(actions []string) []*Action {
	if len(actions) == 0 {
		return slices.Collect(maps.Values(t.Actions))
	}
	var list []*Action
	for name, a := range t.Actions {
		if slices.ContainsFunc(actions, func(wanted string) bool { return strings.EqualFold(wanted, name) }) {
			list = append(list, a)
		}
	}
	return list
}
