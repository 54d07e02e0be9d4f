package match

import (
	"fmt"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"penstock/ecs"
	"penstock/format"
	"penstock/format/defender"
	"penstock/record"
	"penstock/simulate"
)

func TestDebug(t *testing.T) {
	dp, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	router, err := defender.Pipeline(dp)
	if err != nil {
		t.Fatal(err)
	}
	s := Compile(corpus(t), router)
	tenant, _ := simulate.New(simulate.Config{Seed: 5, Start: time.Date(2026, 3, 3, 8, 0, 0, 0, time.UTC), Rate: 50})
	m := s.Matcher()
	_ = format.Plan{}
	n := 0
	hits := map[string]int{}
	why := map[string]string{}
	names := map[*plan]map[int32]string{}
	for _, p := range s.plans {
		names[p] = map[int32]string{}
		for i, x := range p.indexes {
			name := "all"
			if i > 0 {
				name = fmt.Sprint(p.sources[i-1].Columns())
			}
			if x.ends != nil {
				for _, e := range x.ends.entries {
					names[p][e.posting] = name + "$" + string(e.text)
				}
			}
			if x.grams != nil {
				for _, g := range []*gramTable{x.grams.four, x.grams.three} {
					if g != nil {
						for _, e := range g.entries {
							names[p][e.posting] = name + "~" + string(e.text)
						}
					}
				}
			}
		}
	}
	total := map[string]int{}
	for n < 1000 {
		raw, meta := tenant.Append(nil)
		if meta.Table != "DeviceProcessEvents" {
			continue
		}
		n++
		var parser record.Parser
		var rec record.Record
		var ev ecs.Event
		parser.Parse(raw, &rec)
		dp.Normalize(&ev, &rec, time.Now())
		found := m.Match(&rec, &ev, nil)
		total["matches"] += len(found)
		tr := m.current
		total["hits"] += len(tr.hits.found)
		for _, h := range tr.hits.found {
			for _, r := range tr.plan.postings[h].rules {
				if tr.tried[r] == tr.now {
					why[s.rules[tr.plan.rules[r].number].File] += " " + names[tr.plan][h]
				}
			}
		}
		for i, x := range tr.tried {
			if x == tr.now {
				total["tried"]++
				hits["rule "+s.rules[tr.plan.rules[i].number].File]++
			}
		}
		for i := range tr.decided {
			if tr.decided[i]>>1 == tr.now {
				total["decided"]++
			}
		}
		for slot := range tr.slots {
			if tr.slots[slot].now == tr.now {
				total["slots"]++
				for _, v := range tr.slots[slot].values {
					total["bytes"] += len(v.text)
					total["values"]++
					if v.seen.bits != nil {
						total["presence"]++
					}
				}
			}
		}
		if false {

		}
	}
	fmt.Println(total)
	for action, sys := range m.current.plan.routes.byAction {
		for os, r := range sys {
			if r != nil {
				fmt.Println(action, os, "unguarded", len(r.unguarded), "scanned", len(r.scanned))
			}
		}
	}
	var keys []string
	for k := range hits {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return hits[keys[i]] > hits[keys[j]] })
	for _, k := range keys[:min(60, len(keys))] {
		c := map[string]int{}
		for _, w := range strings.Fields(why[k[5:]]) {
			c[w]++
		}
		fmt.Println(hits[k], filepath.Base(k), c)
	}
	for i, x := range m.current.plan.indexes {
		g4, g3, fb, e := 0, 0, 0, 0
		if x.grams != nil && x.grams.four != nil {
			g4 = len(x.grams.four.entries)
			fb = len(x.grams.four.filter) * 8
		}
		if x.grams != nil && x.grams.three != nil {
			g3 = len(x.grams.three.entries)
		}
		if x.ends != nil {
			e = len(x.ends.entries)
		}
		name := ""
		if i > 0 {
			name = fmt.Sprint(m.current.plan.sources[i-1].Columns())
		}
		fmt.Println(i, name, g4, g3, "ends", e, "filter", fb)
	}
}
