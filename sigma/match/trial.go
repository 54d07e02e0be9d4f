package match

import (
	"bytes"

	"penstock/ecs"
	"penstock/record"
	"penstock/sigma/pipeline"
)

// trial is a plan at work: what is known about the present event.
type trial struct {
	plan    *plan
	reader  pipeline.Reader
	now     uint32   // number of the event
	decided []uint32 // by node: now and, in the lowest bit, whether it holds
	hits    hits
	tried   []uint32 // by rule: the event on which it was tried last
	slots   []slot
	texts   []byte   // values in lower case
	words   []uint64 // presences
	ends    []int32
	action  []byte
}

// What a trial keeps for the next event: an oversized one does not hold its memory for ever.
const (
	maxKeptText   = 1 << 20
	maxKeptWords  = 1 << 16
	maxKeptValues = 1 << 10
	// MaxValues is how many values of a field are looked at.
	MaxValues = 1 << 14
	// lastEvent is the highest number of an event; behind it counting begins anew.
	lastEvent = 1<<31 - 1
)

func newTrial(p *plan, router pipeline.Router) *trial {
	return &trial{
		plan:    p,
		reader:  router.Reader(p.sources),
		decided: make([]uint32, len(p.nodes)),
		hits:    hits{stamps: make([]uint32, len(p.postings))},
		tried:   make([]uint32, len(p.rules)),
		slots:   make([]slot, len(p.sources)+1),
	}
}

// begin turns to the next event.
func (t *trial) begin(rec *record.Record, ev *ecs.Event) {
	if t.now++; t.now > lastEvent {
		t.now = 1
		clear(t.decided)
		clear(t.hits.stamps)
		clear(t.tried)
		clear(t.slots)
	}
	t.hits.now, t.hits.found = t.now, t.hits.found[:0]
	if cap(t.texts) > maxKeptText || cap(t.words) > maxKeptWords {
		t.texts, t.words = nil, nil
	}
	t.texts, t.words = t.texts[:0], t.words[:0]
	t.decided[always] = t.now<<1 | 1
	t.decided[never] = t.now << 1
	t.reader.Begin(rec, ev)
}

// match appends the numbers of the rules that match.
func (t *trial) match(r *route, rec *record.Record, ev *ecs.Event, dst []int32) []int32 {
	t.begin(rec, ev)
	p := t.plan
	for _, slot := range r.scanned {
		if slot != everything || p.valuewise || !p.raw.scan(rec, &t.hits) {
			t.search(slot)
		}
	}
	for _, hit := range t.hits.found {
		for _, rule := range p.postings[hit].rules {
			if t.tried[rule] == t.now || r.rules[rule/64]>>(rule%64)&1 == 0 {
				continue
			}
			t.tried[rule] = t.now
			if t.holds(p.rules[rule].root) {
				dst = append(dst, p.rules[rule].number)
			}
		}
	}
	for _, rule := range r.unguarded {
		if t.holds(p.rules[rule].root) {
			dst = append(dst, p.rules[rule].number)
		}
	}
	return dst
}

// search looks for literals in the values of a slot.
func (t *trial) search(slot int32) {
	x := &t.plan.indexes[slot]
	values := t.values(slot)
	settled := t.now
	for i := range values {
		v := &values[i]
		t.fold(v)
		from := len(t.hits.found)
		if x.ends != nil {
			t.ends = x.ends.find(v.indexed, t.ends[:0])
			for _, posting := range t.ends {
				t.hits.add(posting)
			}
		}
		if x.grams != nil {
			x.grams.scan(v.indexed, v.has, &t.hits)
		}
		if x.beyond >= 0 && v.has != ascii {
			t.hits.add(x.beyond)
		}
		for i := range x.short {
			if s := &x.short[i]; bytes.Contains(v.indexed, s.text) {
				t.hits.add(s.posting)
			}
		}
		if v.has == odd { // what is found in the index need not be in the value
			settled = 0
			continue
		}
		for _, hit := range t.hits.found[from:] {
			for _, n := range t.plan.postings[hit].holding {
				t.decided[n] = t.now<<1 | 1
			}
		}
	}
	t.slots[slot].settled = settled
}
