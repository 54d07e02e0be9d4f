package catalogue

import (
	"penstock/ecs"
	"penstock/record"
	"penstock/sigma/match"
)

// Detector tries events on the set that is live. One goroutine uses it at a time; it is an intake.Detector.
type Detector struct {
	catalogue *Catalogue
	set       *Set
	matcher   *match.Matcher
	numbers   []int32
}

// Detector makes a detector.
func (c *Catalogue) Detector() *Detector { return &Detector{catalogue: c} }

// Detect appends the ids of the rules that an event fulfils, those included that are only tried for a correlation.
func (d *Detector) Detect(rec *record.Record, ev *ecs.Event, to []string) []string {
	if set := d.catalogue.Live(); set != d.set {
		d.set, d.matcher = set, set.Matcher.Matcher()
	}
	d.numbers = d.matcher.Match(rec, ev, d.numbers[:0])
	for _, n := range d.numbers {
		to = append(to, d.set.Rules[n].ID)
	}
	return to
}
