package intake

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"penstock/ecs"
	"penstock/record"
)

// Normalizer makes an event of a record; *format.Plan is one.
type Normalizer interface {
	Normalize(ev *ecs.Event, rec *record.Record, arrived time.Time)
}

// misfit is where values could not be what their field holds: the event lacks them, and the record shows them.
type misfit struct{ table, field string }

var fieldWarnings = ecs.MustLookup("penstock.warnings")

// misfits appends what the normaliser left out of the event at hand.
func (d *decoder) misfits(to []misfit, table string) []misfit {
	warnings := d.event.Get(fieldWarnings)
	if warnings.Kind == ecs.None {
		return to
	}
	d.members, _ = record.Members(d.members[:0], warnings.JSON) // the normaliser's own list
	for i := range d.members {
		to = append(to, misfit{table, string(d.members[i].Text())})
	}
	return to
}

// maxMisfits bounds the memory when somebody sends ever new tables; those beyond are counted together.
const maxMisfits = 4096

// countMisfit counts one value and returns what it was counted as.
func (t *tally) countMisfit(u misfit) misfit {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.misfits[u]; !known && len(t.misfits) >= maxMisfits {
		u = misfit{otherTables, u.field}
	}
	seen := t.misfits[u]
	if seen == nil {
		seen = &Unfit{Table: u.table, Field: u.field}
		t.misfits[u] = seen
	}
	seen.Values++
	seen.Last = time.Now()
	return u
}

// shownMisfits is how many places a warning names.
const shownMisfits = 5

// unfit lists what was counted, the most frequent first.
func (t *tally) unfit() []Unfit {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]Unfit, 0, len(t.misfits))
	for _, u := range t.misfits {
		list = append(list, *u)
	}
	slices.SortFunc(list, func(a, b Unfit) int {
		return cmp.Or(cmp.Compare(b.Values, a.Values), cmp.Compare(a.Table, b.Table), cmp.Compare(a.Field, b.Field))
	})
	return list
}

// misfitWarning says which values the events lack, the most frequent first; empty when there are none.
func misfitWarning(list []Unfit) string {
	if len(list) == 0 {
		return ""
	}
	var sum int64
	var named []string
	for i, u := range list {
		sum += u.Values
		if i < shownMisfits {
			named = append(named, fmt.Sprintf("%s of %s (%d)", u.Field, u.Table, u.Values))
		}
	}
	more := ""
	if n := len(list) - len(named); n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return fmt.Sprintf("Values that could not be what their field holds are in the record only: %d so far, in %s%s. The query penstock.warnings: * finds the events.",
		sum, strings.Join(named, ", "), more)
}
