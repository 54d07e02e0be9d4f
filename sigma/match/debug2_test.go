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
