package match

import (
	"fmt"
	"testing"

	"penstock/format/defender"
	"penstock/sigma"
)

func TestDebugKeywords(t *testing.T) {
	plan, _ := defender.Plan()
	router, _ := defender.Pipeline(plan)
	s := Compile(corpus(t), router)
	for i, r := range s.rules {
		if s.fitness[i].Applies == No {
			continue
		}
		walk(r.Condition, func(x *sigma.Test) {
			if x.Field == "" {
				fmt.Println(r.File, x.Source, r.Logsource)
			}
		})
	}
	for _, p := range s.plans {
		fmt.Println(p.table, len(p.rules), len(p.routes.byAction))
		seen := map[string]bool{}
		for _, sys := range p.routes.byAction {
			for _, r := range sys {
				if r != nil {
					for _, u := range r.unguarded {
						seen[s.rules[p.rules[u].number].File] = true
					}
				}
			}
		}
		for k := range seen {
			fmt.Println("   ", k)
		}
	}
}

func TestDebugLengths(t *testing.T) {
	plan, _ := defender.Plan()
	router, _ := defender.Pipeline(plan)
	s := Compile(corpus(t), router)
	for _, p := range s.plans {
		for slot, x := range p.indexes {
			if x.grams == nil {
				continue
			}
			n := map[int]int{}
			for _, g := range []*gramTable{x.grams.long, x.grams.short} {
				if g == nil {
					continue
				}
				for _, e := range g.literals {
					n[min(len(e.text), 12)]++
					if slot == 2 && len(e.text) < 6 {
						fmt.Print(" ", string(e.text), len(p.postings[e.posting].rules), ",")
					}
				}
			}
			fmt.Println(p.table, slot, n)
		}
	}
}
