package match

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"penstock/sigma"
)

// What it costs to try rules on events that are taken apart and normalised already: reading the fields from the record is
// in it.
func BenchmarkMatch(b *testing.B) {
	plan, router := defenderRouter(b)
	rules := applying(publicRules(b), router)
	corpora := []struct {
		name   string
		events []*sample
	}{
		{"conformance", conformanceSamples(b, plan)},
		{"processes", processSamples(b, plan, Compile(rules, router))},
		{"tenant", tenantSamples(b, plan, "", 500)},
		{"tenant-processes", tenantSamples(b, plan, "DeviceProcessEvents", 100)},
	}
	more := Compile(others(rules), router)
	matched := make(map[int32]bool) // of conditions like not this and not that
	for _, c := range corpora {
		m := more.Matcher()
		for _, e := range c.events {
			for _, rule := range m.Match(&e.rec, &e.ev, nil) {
				matched[rule] = true
			}
		}
	}
	twice := slices.Clone(rules)
	for i, r := range more.rules {
		if !matched[int32(i)] {
			twice = append(twice, r)
		}
	}
	for _, c := range corpora {
		for _, n := range []int{100, 500, 1000, 2000, len(rules)} {
			b.Run(fmt.Sprintf("corpus=%s/rules=%d", c.name, n), func(b *testing.B) {
				benchmarkMatch(b, Compile(rules[:n], router), c.events)
			})
		}
		some := make([]int32, 500)
		for i := range some {
			some[i] = int32(i)
		}
		b.Run(fmt.Sprintf("corpus=%s/subset=500of%d", c.name, len(rules)), func(b *testing.B) {
			benchmarkMatch(b, Compile(rules, router).Subset(some), c.events)
		})
		b.Run(fmt.Sprintf("corpus=%s/rules=%d", c.name, len(twice)), func(b *testing.B) {
			benchmarkMatch(b, Compile(twice, router), c.events)
		})
	}
}

func benchmarkMatch(b *testing.B, s *Set, events []*sample) {
	m := s.Matcher()
	var found []int32
	matches := 0
	for _, e := range events { // buffers grow
		found = m.Match(&e.rec, &e.ev, found[:0])
		matches += len(found)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		e := events[i]
		found = m.Match(&e.rec, &e.ev, found[:0])
		if i++; i == len(events) {
			i = 0
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(matches)/float64(len(events)), "matches/event")
}

func BenchmarkCompile(b *testing.B) {
	_, router := defenderRouter(b)
	rules := publicRules(b)
	b.ReportAllocs()
	var s *Set
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for b.Loop() {
		s = Compile(rules, router)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(s)
	b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/(1<<20), "MB-held")
}

// others are as many rules as these, of the same forms, that ask for other texts.
func others(rules []*sigma.Rule) []*sigma.Rule {
	out := make([]*sigma.Rule, len(rules))
	for i, r := range rules {
		out[i] = &sigma.Rule{Metadata: r.Metadata, Logsource: r.Logsource, Condition: otherTexts(r.Condition)}
	}
	return out
}

func otherTexts(n sigma.Node) sigma.Node {
	all := func(of []sigma.Node) []sigma.Node {
		out := make([]sigma.Node, len(of))
		for i := range of {
			out[i] = otherTexts(of[i])
		}
		return out
	}
	switch n := n.(type) {
	case *sigma.And:
		return &sigma.And{Of: all(n.Of)}
	case *sigma.Or:
		return &sigma.Or{Of: all(n.Of)}
	case *sigma.Not:
		return &sigma.Not{Of: otherTexts(n.Of)}
	case *sigma.Test:
		t := *n
		t.Pattern = nil
		for _, piece := range n.Pattern {
			piece.Text = strings.Map(turned, piece.Text)
			t.Pattern = append(t.Pattern, piece)
		}
		return &t
	}
	return n
}

// turned is the letter that is thirteen further on.
func turned(r rune) rune {
	switch {
	case 'a' <= r && r <= 'z':
		return 'a' + (r-'a'+13)%26
	case 'A' <= r && r <= 'Z':
		return 'A' + (r-'A'+13)%26
	}
	return r
}
