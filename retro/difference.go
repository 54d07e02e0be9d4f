package retro

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Difference is what another version of the mapping, of the rules or of both would change.
type Difference struct {
	Events      int64        `json:"events" doc:"That were compared"`
	Changed     int64        `json:"changed" doc:"Of these, events of which the document differs"`
	Unreadable  int64        `json:"unreadable" doc:"Rows that damage of the disk has taken"`
	Fields      []FieldDelta `json:"fields" doc:"By table, the most affected first"`
	OtherFields int64        `json:"otherFields" doc:"Changes of fields beyond those that are listed"`
	Rules       []RuleDelta  `json:"rules" doc:"Rules whose matches differ, the most affected first"`
	Note        string       `json:"note" doc:"How alerts are counted"`
}

// FieldDelta is how a field of a table changes.
type FieldDelta struct {
	Table   string        `json:"table"`
	Field   string        `json:"field"`
	Added   int64         `json:"added" doc:"Events that have it only afterwards"`
	Removed int64         `json:"removed" doc:"Events that have it only before"`
	Changed int64         `json:"changed" doc:"Events in which its value differs"`
	Samples []ValueSample `json:"samples"`
}

func (f *FieldDelta) total() int64 { return f.Added + f.Removed + f.Changed }

// ValueSample is a value in one event, before and after, as JSON; empty where there is none.
type ValueSample struct {
	Event  string `json:"event"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// RuleDelta is how the matches of a rule change.
type RuleDelta struct {
	Rule
	Before       int64         `json:"before" doc:"Matches"`
	After        int64         `json:"after"`
	Gained       int64         `json:"gained" doc:"Events that match only afterwards"`
	Lost         int64         `json:"lost" doc:"Events that match only before"`
	AlertsBefore int64         `json:"alertsBefore" doc:"Roughly: see note"`
	AlertsAfter  int64         `json:"alertsAfter"`
	AlertsGained int64         `json:"alertsGained" doc:"Alerts that there would be only afterwards"`
	AlertsLost   int64         `json:"alertsLost"`
	AlertsCut    bool          `json:"alertsCut" doc:"There are more alerts than were counted"`
	Samples      []MatchSample `json:"samples"`
}

// MatchSample is an event that a rule gains or loses.
type MatchSample struct {
	Event   string    `json:"event"`
	Table   string    `json:"table"`
	Time    time.Time `json:"time"`
	Summary string    `json:"summary"`
	Gained  bool      `json:"gained" doc:"False: lost"`
}

// matches is how many matches differ.
func (d *Difference) matches() (n int64) {
	for i := range d.Rules {
		n += d.Rules[i].Gained + d.Rules[i].Lost
	}
	return n
}

const alertNote = "An alert is counted for each pair of host and user for which a rule matches, over the whole time range: " +
	"alerts group by rule, host and user unless the rule says otherwise, and begin anew after a pause, which is left out here."

// difference adds up what the workers found.
func (c *comparison) difference() *Difference {
	d := &Difference{Fields: []FieldDelta{}, Rules: []RuleDelta{}, Note: alertNote}
	fields, rules := map[fieldKey]*FieldDelta{}, map[string]*ruleTally{}
	for _, w := range c.workers {
		d.Changed += w.changed
		d.OtherFields += w.others
		for k, f := range w.fields {
			if sum := fields[k]; sum == nil {
				fields[k] = f
			} else {
				sum.Added, sum.Removed, sum.Changed = sum.Added+f.Added, sum.Removed+f.Removed, sum.Changed+f.Changed
				sum.Samples = append(sum.Samples, f.Samples...)
			}
		}
		for id, t := range w.rules {
			if sum := rules[id]; sum == nil {
				rules[id] = t
			} else {
				sum.merge(t)
			}
		}
	}
	for _, f := range fields {
		f.Samples = f.Samples[:min(len(f.Samples), maxSamples)]
		d.Fields = append(d.Fields, *f)
	}
	slices.SortFunc(d.Fields, func(a, b FieldDelta) int {
		return cmp.Or(cmp.Compare(b.total(), a.total()), strings.Compare(a.Table, b.Table), strings.Compare(a.Field, b.Field))
	})
	for _, f := range d.Fields[min(len(d.Fields), maxFields):] {
		d.OtherFields += f.total()
	}
	d.Fields = d.Fields[:min(len(d.Fields), maxFields)]
	for _, t := range rules {
		if r := t.delta(); r.Gained+r.Lost > 0 {
			d.Rules = append(d.Rules, r)
		}
	}
	slices.SortFunc(d.Rules, func(a, b RuleDelta) int {
		return cmp.Or(cmp.Compare(b.Gained+b.Lost, a.Gained+a.Lost), strings.Compare(a.ID, b.ID))
	})
	return d
}
