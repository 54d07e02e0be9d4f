package catalogue

import (
	"penstock/ecs"
	"penstock/record"
	"penstock/sigma/match"
)

// Detector tries the rules in force on events. A change of them holds from the next event on. Each goroutine has its own.
type Detector struct {
	catalogue *Catalogue
	set       *Set
	matcher   *match.Matcher
	numbers   []int32
}

// Detector makes a detector.
func (c *Catalogue) Detector() *Detector { return &Detector{catalogue: c} }

// Detect appends the ids of the rules that the event made of a record fulfils.
func (d *Detector) Detect(rec *record.Record, ev *ecs.Event, to []string) []string {
	if live := d.catalogue.Live(); live != d.set {
		d.set, d.matcher = live, live.Matcher.Matcher()
	}
	d.numbers = d.matcher.Match(rec, ev, d.numbers[:0])
	for _, i := range d.numbers {
		to = append(to, d.set.Matcher.Rule(i).ID)
	}
	return to
}
