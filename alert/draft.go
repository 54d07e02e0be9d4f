package alert

import (
	"fmt"
	"slices"
	"time"

	"penstock/sigma"
)

// draft is an alert that is being changed.
type draft struct {
	Alert
	key       groupKey
	stamp     int64 // of the write that it lies in the database by
	size      int   // bytes of the entities there
	fresh     bool  // it is not in the database yet
	dirty     bool  // there is something to write
	assets    bool  // who or what it is about has changed, or its importance
	loaded    bool  // entities are
	described bool  // the rule's facts were looked at
	loud      bool  // something was added that people may be notified of
	band      Band  // that is in the database; empty: none
	referred  int64
	events    map[int64]Event // new ones, by slot
	intakes   []string        // by which events came, as far as that is known
	noted     int             // of these, that are in the database
	stored    settled         // that is in the database
	hosts     string          // JSON lists of those that occur most
	users     string
	entities  cast
	met       bool       // something of the entities has changed
	findings  []groupKey // that may grow, new ones
	history   []Entry
	changes   []ChangeKind
}

// span widens the time of the alert's events.
func (d *draft) span(first, last time.Time) {
	if first.Before(d.First) {
		d.First = first
	}
	if last.After(d.Last) {
		d.Last = last
	}
}

// refer adds a reference to an event. Those between the first and the latest ones are written over.
func (d *draft) refer(e Event) {
	d.referred++
	e.Number, e.Summary, e.Rule = d.referred, cut(e.Summary, maxLine), cut(e.Rule, maxTerm)
	slot := e.Number - 1
	if slot >= firstEvents {
		slot = firstEvents + (slot-firstEvents)%latestEvents
	}
	if d.events == nil {
		d.events = map[int64]Event{}
	}
	d.events[slot] = e
	if !slices.Contains(d.intakes, e.Intake) {
		d.intakes = append(d.intakes, e.Intake)
	}
}

// note adds to the history what Penstock did.
func (d *draft) note(now time.Time, what, from, to, why string) {
	d.history = append(d.history, Entry{Time: now, What: what, Old: from, New: to, Note: why})
}

// hear notes whether people may be notified of what is added. An alert that a hunt opened is announced once somebody is to
// know of it.
func (d *draft) hear(quiet bool) {
	if quiet {
		return
	}
	d.loud = true
	if d.Quiet {
		d.Quiet = false
		d.changes = append(d.changes, Created)
	}
}

// reopen opens a closed alert because of what came.
func (d *draft) reopen(now time.Time, why string) {
	d.note(now, "status", string(d.Status), string(StatusNew), fmt.Sprintf("It was closed as %s at %s, and %s.", d.Verdict, d.Closed.Format(time.DateTime), why))
	d.Status, d.Verdict, d.Closed, d.Late = StatusNew, "", time.Time{}, false
	d.Reopened++
	d.Version++
	d.dirty = true
	if d.loud {
		d.changes = append(d.changes, Reopened)
	}
}

// late tells, once, that a closed alert has more occurrences.
func (d *draft) late(now time.Time, again bool) {
	if d.Late {
		return
	}
	d.Late = true
	why := "Events that happened before it was closed came late and were added."
	if again {
		why = "It happened again and was counted; what is a false positive is not opened again for it."
	}
	d.note(now, "occurrences", "", "", why)
}

// follow takes over what the rule says by now.
func (d *draft) follow(r *Rule, now time.Time) {
	if d.Level != r.Level {
		d.note(now, "level", string(d.Level), string(r.Level), "The rule's level has changed.")
		d.Level = r.Level
	}
	d.describe(r)
}

// grade sets the level.
func (d *draft) grade(level sigma.Level, now time.Time, why string) {
	if d.Level != level && !d.fresh {
		d.note(now, "level", string(d.Level), string(level), why)
	}
	d.Level = level
}

// weighed works out the urgency.
func (d *draft) weighed(now time.Time) {
	d.Computed = d.compute()
	if !d.UrgencySet {
		d.Urgency = d.Computed
	}
	band := d.Band()
	if d.band == "" || bandFloors[band] <= bandFloors[d.band] || d.Status == StatusClosed {
		return
	}
	d.note(now, "urgency", string(d.band), string(band), "")
	if d.loud && len(d.changes) == 0 {
		d.changes = append(d.changes, Escalated)
	}
}
