package match

import (
	"cmp"
	"math"
	"slices"

	"penstock/ecs"
	"penstock/record"
	"penstock/sigma"
)

// NearMiss is a rule that would have matched an event if one single test had come out differently.
type NearMiss struct {
	Rule int32
	// Tests are those of which any one would have done, the first ones of many: tests that failed, or that should have.
	Tests []*sigma.Test
	// Weight is how much of what the rule asks for was there: more for what is seldom.
	Weight float64
}

// maxNearTests is how many tests a near miss names.
const maxNearTests = 10

// NearMisses are the rules that missed an event by one test, at most n of them, those first of which the most was there.
// A rule of which nothing was there is none. Every part of every rule for the event is decided once, no more.
func (m *Matcher) NearMisses(rec *record.Record, ev *ecs.Event, n int) []NearMiss {
	t := m.trial(rec.Table)
	if t == nil {
		return nil
	}
	route := t.plan.routes.find(rec, ev, t)
	if route == nil {
		return nil
	}
	t.begin(rec, ev)
	d := distances{trial: t, known: make([][2]uint8, len(t.plan.nodes)), weights: make(map[int32]float64)}
	byRule := make(map[int32]float64)
	for i, r := range t.plan.rules {
		if route.rules[i/64]>>(i%64)&1 == 1 && d.of(r.root, true) == 1 {
			if weight := d.weight(r.root); weight > 0 {
				byRule[r.number] = max(byRule[r.number], weight)
			}
		}
	}
	for i, r := range t.plan.rules { // in no other form does it match either
		if route.rules[i/64]>>(i%64)&1 == 1 && t.holds(r.root) {
			delete(byRule, r.number)
		}
	}
	out := make([]NearMiss, 0, len(byRule))
	for rule, weight := range byRule {
		out = append(out, NearMiss{Rule: rule, Weight: weight})
	}
	slices.SortFunc(out, func(a, b NearMiss) int {
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.Rule, b.Rule))
	})
	out = out[:min(n, len(out))]
	for i := range out {
		for _, e := range m.set.Explain(out[i].Rule, rec, ev) {
			if e.Outside == "" && len(out[i].Tests) == 0 {
				out[i].Tests = e.Verdict.turning(true, nil)
			}
		}
	}
	return out
}

// distances are how many tests would have to come out differently for parts of the conditions to hold, or not to.
type distances struct {
	trial *trial
	known [][2]uint8 // by node: for not to hold, and to hold, plus one
	// weights of nodes.
	weights map[int32]float64
}

// far is any distance of more than one.
const far = 2

func (d *distances) of(n int32, hold bool) uint8 {
	known := &d.known[n][flag(hold)]
	if *known == 0 {
		*known = 1 + d.work(n, hold)
	}
	return *known - 1
}

func (d *distances) work(n int32, hold bool) uint8 {
	if d.trial.holds(n) == hold {
		return 0
	}
	p := &d.trial.plan.program
	node := &p.nodes[n]
	all := hold
	switch node.kind {
	case isConstant:
		return far
	case isTest:
		return 1
	case isNot:
		return d.of(node.first, !hold)
	case isOr:
		all = !hold
	case isAnd:
	}
	best, sum := uint8(far), uint8(0)
	for k := range p.parts(node) {
		one := d.of(k, hold)
		best, sum = min(best, one), min(far, sum+one)
	}
	if all {
		return sum
	}
	return best
}

// weight is how much of a rule was there: the information in those parts that hold and are not of the kind that must not.
func (d *distances) weight(n int32) float64 {
	w, ok := d.weights[n]
	if ok {
		return w
	}
	p := &d.trial.plan.program
	switch node := &p.nodes[n]; node.kind {
	case isTest:
		if d.trial.holds(n) {
			w = -math.Log2(estimateOf(&p.predicates[node.first]).chance + 1e-9)
		}
	case isAnd:
		for k := range p.parts(node) {
			w += d.weight(k)
		}
	case isOr:
		for k := range p.parts(node) {
			w = max(w, d.weight(k))
		}
	case isNot, isConstant:
	}
	d.weights[n] = w
	return w
}

// turning are the tests any one of which would have brought the part to hold, or not to.
func (v *Verdict) turning(hold bool, out []*sigma.Test) []*sigma.Test {
	if v.Holds == hold || len(out) >= maxNearTests || v.Unanswered != "" {
		return out
	}
	switch v.Kind {
	case "test":
		return append(out, v.Test)
	case "not":
		return v.Of[0].turning(!hold, out)
	}
	if (v.Kind == "and") == hold { // all that stand in the way; if they are two, this is not the part
		against := 0
		for _, of := range v.Of {
			if of.Holds != hold {
				against++
			}
		}
		if against > 1 {
			return out
		}
	}
	for _, of := range v.Of {
		out = of.turning(hold, out)
	}
	return out
}
