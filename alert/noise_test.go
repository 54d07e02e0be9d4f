package alert

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"penstock/journal"
	"penstock/sigma"
)

var small = Noise{Per: 5 * time.Minute, Matches: 50, Alerts: 5, PerDay: 12, Calm: 30 * time.Minute}

func TestARuleThatOpensTooManyAlertsIsNoisy(t *testing.T) {
	b := newBench(t, Options{Noise: small})
	b.rules.rules["r2"] = Rule{Title: "Second", Level: sigma.High}
	var entries []journal.Entry
	for i := range 20 {
		entries = append(entries, started(t, noon.Add(time.Duration(i)*time.Second), fmt.Sprint("pc", i), "ann", i, "r1"))
	}
	entries = append(entries, started(t, noon.Add(21*time.Second), "pc0", "ann", 99, "r1"), started(t, noon, "pc1", "ann", 100, "r2"))
	b.apply(entries...)
	list := b.list(Filter{})
	if len(list) != 7 || list[0].Occurrences != 2 {
		t.Fatalf("%d alerts, the first with %d occurrences", len(list), list[0].Occurrences)
	}
	if a := list[5]; a.Origin != FromNoise || a.Rule != "r1" || a.Title != "Rule “First” is noisy" || a.Occurrences != 1 {
		t.Errorf("alert %+v", a)
	}
	if list[6].Rule != "r2" {
		t.Errorf("the other rule: %+v", list[6])
	}
	noisy, err := b.Noisy(t.Context())
	if err != nil || len(noisy) != 1 || noisy[0].Rule != "r1" || noisy[0].Held != 15 || !noisy[0].Since.Equal(noon) || !noisy[0].Until.Equal(noon.Add(35*time.Minute)) {
		t.Errorf("noisy %+v, %v", noisy, err)
	}
	activity, err := b.Activity(t.Context(), noon)
	if got := activity["r1"]; err != nil || got.Matches != 21 || got.Suppressed != 15 || got.Alerts != 5 {
		t.Errorf("activity %+v, %v", got, err)
	}

	b.clock = noon.Add(34 * time.Minute)
	b.apply(started(t, noon.Add(34*time.Minute), "late", "ann", 200, "r1"))
	if n := len(b.list(Filter{})); n != 7 {
		t.Errorf("%d alerts while it is noisy", n)
	}
	b.clock = noon.Add(36 * time.Minute)
	b.apply(started(t, noon.Add(36*time.Minute), "calm", "ann", 201, "r1"))
	if n := len(b.list(Filter{})); n != 8 {
		t.Errorf("%d alerts once it has calmed down", n)
	}
	b.clock = noon.Add(2 * time.Hour)
	if noisy, err := b.Noisy(t.Context()); err != nil || len(noisy) != 0 {
		t.Errorf("still noisy: %+v, %v", noisy, err)
	}
}

func TestARuleThatMatchesEverythingIsOnlyCounted(t *testing.T) {
	b := newBench(t, Options{Noise: small})
	b.clock = noon.Add(time.Hour)
	for block := range 4 {
		var entries []journal.Entry
		for i := range 100 {
			entries = append(entries, started(t, noon.Add(time.Duration(i)*time.Second), "pc1", "ann", block*100+i, "r1"))
		}
		b.apply(entries...)
	}
	list := b.list(Filter{})
	if len(list) != 2 || list[0].Occurrences != 50 || list[1].Origin != FromNoise || list[1].Occurrences != 1 {
		t.Fatalf("alerts %+v", list)
	}
	hours, err := b.Hours(t.Context(), "r1", noon, noon.Add(time.Hour))
	if err != nil || len(hours) != 1 || hours[0] != (Hour{Time: noon, Matches: 400, Suppressed: 350, Alerts: 1}) {
		t.Errorf("hours %+v, %v", hours, err)
	}
}

func TestARuleMayHaveLimitsOfItsOwn(t *testing.T) {
	b := newBench(t, Options{Noise: small})
	b.rules.rules["r1"] = Rule{Title: "First", Noise: Noise{Matches: 3, Per: time.Hour}}
	for i := range 5 {
		b.apply(started(t, noon, "pc1", "ann", i, "r1"))
	}
	noisy, err := b.Noisy(t.Context())
	if err != nil || len(noisy) != 1 || noisy[0].Held != 2 || noisy[0].Reason != "it matched more than 3 events within 60 minutes" {
		t.Errorf("noisy %+v, %v", noisy, err)
	}
	if a := b.list(Filter{})[0]; a.Occurrences != 3 {
		t.Errorf("alert %+v", a)
	}
}

func TestADayHasAnEndOfNewAlerts(t *testing.T) {
	b := newBench(t, Options{Noise: small})
	b.clock = noon.Add(40 * time.Hour)
	at := noon.Truncate(24 * time.Hour)
	for i := range 200 { // one every ten minutes
		b.apply(started(t, at.Add(time.Duration(i)*10*time.Minute), fmt.Sprint("pc", i), "ann", i, "r1"))
	}
	days := map[time.Time]int{}
	for _, a := range b.list(Filter{Origins: []Origin{FromRule}}) {
		days[a.First.Truncate(24*time.Hour)]++
	}
	if days[at] != 12 || days[at.Add(24*time.Hour)] != 12 {
		t.Errorf("alerts a day: %v", days)
	}
}

func TestCatchingUpIsNoNoise(t *testing.T) {
	b := newBench(t, Options{Noise: small})
	b.clock = noon.Add(48 * time.Hour)
	var entries []journal.Entry
	for i := range 400 {
		entries = append(entries, started(t, noon.Add(time.Duration(i)*7*time.Second), "pc1", "ann", i, "r1"))
	}
	slices.Reverse(entries)
	b.apply(entries...)
	if a := b.only(); a.Occurrences != 400 {
		t.Errorf("alert %+v", a)
	}
}

func TestSlotsAreBounded(t *testing.T) {
	var slots []slot
	for i := range 100 {
		slotAt(&slots, noon.Add(time.Duration(i)*time.Minute), time.Minute, 32).Matches++
	}
	if len(slots) != 32 || slots[0].At != noon.Add(68*time.Minute).UnixMilli() {
		t.Fatalf("%d slots from %d", len(slots), slots[0].At)
	}
	slotAt(&slots, noon, time.Minute, 32).Matches++
	if len(slots) != 32 || slots[0].Matches != 2 {
		t.Errorf("an old event: %+v", slots[0])
	}
	slotAt(&slots, noon.Add(67*time.Minute), time.Minute, 32).Matches++
	if slots[0].Matches != 3 || !slices.IsSortedFunc(slots, func(x, y slot) int { return int(x.At - y.At) }) {
		t.Errorf("slots %+v", slots)
	}
}
