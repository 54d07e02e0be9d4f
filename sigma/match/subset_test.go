package match

import (
	"slices"
	"testing"

	"penstock/ecs"
	"penstock/sigma"
)

func TestASubsetMatchesAsItsRulesDoAlone(t *testing.T) {
	matches := 0
	for seed := range uint64(20) {
		d := dice{newRand(seed, 11)}
		rules, router := d.rules(60), newColumns(testStreams...)
		whole := Compile(rules, router)
		var numbers []int32
		var some []*sigma.Rule
		for _, n := range d.Perm(len(rules))[:d.IntN(len(rules)+1)] {
			numbers, some = append(numbers, int32(n)), append(some, rules[n])
		}
		sub := whole.Subset(numbers)
		alone := Compile(some, router)
		m, want, all := sub.Matcher(), alone.Matcher(), whole.Matcher()
		for i := range int32(sub.Len()) {
			if sub.Rule(i) != some[i] || sub.Applicability(i).Applies != alone.Applicability(i).Applies {
				t.Fatalf("rule %d is another one", i)
			}
		}
		var ev ecs.Event
		for range 40 {
			columns := d.columns()
			rec := event(t, d.of([]string{"T", "t", "U", "V"}), columns)
			found := m.Match(rec, &ev, nil)
			if should := want.Match(rec, &ev, nil); !slices.Equal(found, should) {
				t.Fatalf("seed %d, %s %q: %v match, want %v", seed, rec.Table, columns, found, should)
			}
			if all.Match(rec, &ev, nil); len(numbers) == 0 && len(m.NearMisses(rec, &ev, 5)) > 0 {
				t.Fatal("a rule that is left out nearly matches")
			}
			matches += len(found)
		}
	}
	if matches < 1000 {
		t.Errorf("only %d matches: the rules and events do not fit", matches)
	}
}
