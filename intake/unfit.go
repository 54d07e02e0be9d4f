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

// Unfit is where values could not be what their field holds: the event lacks them, and the record shows them.
type Unfit struct{ Table, Field string }

var fieldWarnings = ecs.MustLookup("penstock.warnings")

// unfit appends what the normaliser left out of the event at hand.
func (d *decoder) unfit(to []Unfit, table string) []Unfit {
	warnings := d.event.Get(fieldWarnings)
	if warnings.Kind == ecs.None {
		return to
	}
	d.members, _ = record.Members(d.members[:0], warnings.JSON) // the normaliser's own list
	for i := range d.members {
		to = append(to, Unfit{table, string(d.members[i].Text())})
	}
	return to
}

// maxUnfit bounds the memory when somebody sends ever new tables; those beyond are counted together.
const maxUnfit = 4096

// countUnfit counts one value and returns what it was counted as.
func (t *tally) countUnfit(u Unfit) Unfit {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.unfit[u]; !known && len(t.unfit) >= maxUnfit {
		u = Unfit{otherTables, u.Field}
	}
	t.unfit[u]++
	return u
}

// shownUnfit is how many places a warning names.
const shownUnfit = 5

// unfitWarning says which values the events lack, the most frequent first; empty when there are none.
func (t *tally) unfitWarning() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.unfit) == 0 {
		return ""
	}
	places := slices.SortedFunc(maps.Keys(t.unfit), func(a, b Unfit) int {
		return cmp.Or(cmp.Compare(t.unfit[b], t.unfit[a]), cmp.Compare(a.Table, b.Table), cmp.Compare(a.Field, b.Field))
	})
	var sum int64
	var named []string
	for i, u := range places {
		sum += t.unfit[u]
		if i < shownUnfit {
			named = append(named, fmt.Sprintf("%s of %s (%d)", u.Field, u.Table, t.unfit[u]))
		}
	}
	more := ""
	if n := len(places) - len(named); n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return fmt.Sprintf("Values that could not be what their field holds are in the record only: %d so far, in %s%s. The query penstock.warnings: * finds the events.",
		sum, strings.Join(named, ", "), more)
}
