package intake

import (
	"cmp"
	"fmt"
	"maps"
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
	t.misfits[u]++
	return u
}

// shownMisfits is how many places a warning names.
const shownMisfits = 5

// misfitWarning says which values the events lack, the most frequent first; empty when there are none.
func (t *tally) misfitWarning() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.misfits) == 0 {
		return ""
	}
	places := slices.SortedFunc(maps.Keys(t.misfits), func(a, b misfit) int {
		return cmp.Or(cmp.Compare(t.misfits[b], t.misfits[a]), cmp.Compare(a.table, b.table), cmp.Compare(a.field, b.field))
	})
	var sum int64
	var named []string
	for i, u := range places {
		sum += t.misfits[u]
		if i < shownMisfits {
			named = append(named, fmt.Sprintf("%s of %s (%d)", u.field, u.table, t.misfits[u]))
		}
	}
	more := ""
	if n := len(places) - len(named); n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return fmt.Sprintf("Values that could not be what their field holds are in the record only: %d so far, in %s%s. The query penstock.warnings: * finds the events.",
		sum, strings.Join(named, ", "), more)
}
