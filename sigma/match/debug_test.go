package match

import (
	"fmt"
	"path/filepath"
	"sort"
	"testing"
	"time"
)

func TestDebug(t *testing.T) {
	plan, router := defenderRouter(t)
	s := Compile(publicRules(t), router)
	for name, events := range map[string][]*sample{"tenant": tenantSamples(t, plan, "DeviceProcessEvents", 100), "proc": processSamples(t, plan, s)} {
		m := s.Matcher()
		rules := map[string]time.Duration{}
		count := map[string]int{}
		slots := map[string]time.Duration{}
		var begin, total, scan, eval time.Duration
		const rounds = 20
		var dst []int32
		decided, tried := 0, 0
		for range rounds {
			for _, e := range events {
				t0 := time.Now()
				tr := m.trial(e.rec.Table)
				r := tr.plan.routes.find(&e.rec, &e.ev, tr)
				tr.begin(&e.rec, &e.ev)
				t1 := time.Now()
				begin += t1.Sub(t0)
				for _, slot := range r.scanned {
					t2 := time.Now()
					if slot == everything && !tr.plan.valuewise && canScan(&e.rec) {
						tr.plan.raw.scan(e.rec.Properties, &tr.hits)
					} else {
						tr.search(slot)
					}
					n := "all"
					if slot > 0 {
						n = fmt.Sprint(tr.plan.sources[slot-1].Columns())
					}
					slots[n] += time.Since(t2)
				}
				t3 := time.Now()
				scan += t3.Sub(t1)
				try := func(rule int32) {
					t2 := time.Now()
					tr.holds(tr.plan.rules[rule].root)
					f := filepath.Base(s.rules[tr.plan.rules[rule].number].File)
					rules[f] += time.Since(t2)
					count[f]++
				}
				for _, hit := range tr.hits.found {
					for _, rule := range tr.plan.postings[hit].rules {
						if tr.tried[rule] == tr.now || r.rules[rule/64]>>(rule%64)&1 == 0 {
							continue
						}
						tr.tried[rule] = tr.now
						tried++
						try(rule)
					}
				}
				for _, rule := range r.unguarded {
					try(rule)
				}
				eval += time.Since(t3)
				for _, d := range tr.decided {
					if d>>1 == tr.now {
						decided++
					}
				}
				t4 := time.Now()
				dst = m.Match(&e.rec, &e.ev, dst[:0])
				total += time.Since(t4)
			}
		}
		n := time.Duration(rounds * len(events))
		fmt.Println("==", name, "total", total/n, "begin", begin/n, "scan", scan/n, "eval", eval/n, "tried", float64(tried)/float64(n), "decided", float64(decided)/float64(n))
		show := func(m map[string]time.Duration, most int) {
			var keys []string
			for k := range m {
				keys = append(keys, k)
			}
			sort.Slice(keys, func(i, j int) bool { return m[keys[i]] > m[keys[j]] })
			for _, k := range keys[:min(most, len(keys))] {
				fmt.Println("  ", m[k]/n, k, float64(count[k])/float64(n))
			}
		}
		show(slots, 20)
		show(rules, 30)
	}
}
