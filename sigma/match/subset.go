package match

import (
	"maps"
	"slices"

	"penstock/sigma"
)

// Subset is a set of those rules alone that have the numbers, in that order: rule i of it is rule numbers[i] of s. No number
// may be there twice. It shares what s has compiled and costs little to make; its events cost a little more than those of
// a set compiled of these rules alone, since the texts that the others ask for are still looked for.
func (s *Set) Subset(numbers []int32) *Set {
	sub := &Set{router: s.router, byTable: maps.Clone(s.byTable), plans: make([]*plan, len(s.plans))}
	renumbered := make([]int32, len(s.rules)) // from 1; 0: the rule is left out
	sub.rules, sub.fitness = make([]*sigma.Rule, len(numbers)), make([]Applicability, len(numbers))
	for i, n := range numbers {
		renumbered[n] = int32(i + 1)
		sub.rules[i], sub.fitness[i] = s.rules[n], s.fitness[n]
	}
	for i, p := range s.plans {
		sub.plans[i] = p.subset(renumbered)
		if p == s.fallback {
			sub.fallback = sub.plans[i]
		} else {
			sub.byTable[p.table] = sub.plans[i]
		}
	}
	return sub
}

// subset is the plan without the rules that have no new number.
func (p *plan) subset(renumbered []int32) *plan {
	sub := *p
	sub.rules = slices.Clone(p.rules)
	kept := make([]uint64, (len(p.rules)+63)/64)
	for i := range sub.rules {
		if n := renumbered[p.rules[i].number]; n > 0 {
			sub.rules[i].number = n - 1
			kept[i/64] |= 1 << (i % 64)
		}
	}
	known := make(map[*route]*route)
	systemsOf := func(all *systems) *systems {
		var out systems
		for os, r := range all {
			if r == nil {
				continue
			}
			if _, ok := known[r]; !ok {
				known[r] = r.subset(kept)
			}
			out[os] = known[r]
		}
		return &out
	}
	sub.routes.other = *systemsOf(&p.routes.other)
	sub.routes.byAction = make(map[string]*systems, len(p.routes.byAction))
	for action, all := range p.routes.byAction {
		sub.routes.byAction[action] = systemsOf(all)
	}
	return &sub
}

// subset is the route with the rules that are kept; nil: it has none of them.
func (r *route) subset(kept []uint64) *route {
	sub := &route{rules: slices.Clone(r.rules), scanned: r.scanned}
	some := false
	for i := range sub.rules {
		sub.rules[i] &= kept[i]
		some = some || sub.rules[i] != 0
	}
	if !some {
		return nil
	}
	for _, n := range r.unguarded {
		if kept[n/64]>>(n%64)&1 == 1 {
			sub.unguarded = append(sub.unguarded, n)
		}
	}
	return sub
}
