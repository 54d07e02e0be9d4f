package match

import (
	"slices"

	"penstock/sigma/pipeline"
)

// slot holds the values of a field.
type slot struct {
	now     uint32
	settled uint32 // the event for which the index settled its tests last
	values  []value
}

// values of a slot that are not empty.
func (t *trial) values(n int32) []value {
	s := &t.slots[n]
	if s.now == t.now {
		return s.values
	}
	var texts []pipeline.Value
	if n == everything {
		texts = t.reader.All()
	} else {
		texts = t.reader.Values(int(n) - 1)
	}
	if s.now = t.now; cap(s.values) > maxKeptValues && len(texts) <= maxKeptValues {
		s.values = nil
	}
	s.values = s.values[:0]
	for _, v := range texts {
		if len(v.Text) > 0 {
			s.add(v.Text)
			if len(s.values) == MaxValues {
				break
			}
		}
	}
	return s.values
}

// add takes in a value about which nothing is known yet.
func (s *slot) add(text []byte) {
	n := len(s.values)
	if n == cap(s.values) {
		s.values = slices.Grow(s.values, 4)
	}
	s.values = s.values[:n+1]
	v := &s.values[n] // written in place: clearing all of it costs more
	v.text, v.lower, v.seen.bits = text, nil, nil
	v.asked, v.numeric, v.address = 0, unknown, unknown
}

// fold works out a value's lower case.
func (t *trial) fold(v *value) {
	if v.lower != nil {
		return
	}
	start := len(t.texts)
	t.texts, v.has = appendLower(t.texts, v.text)
	v.lower = t.texts[start:]
	v.indexed = v.lower
	if v.has == odd {
		start = len(t.texts)
		t.texts = appendIndexed(t.texts, v.lower)
		v.indexed = t.texts[start:]
	}
}

// lacks reports that a text with those probes cannot be in the value.
func (t *trial) lacks(v *value, probes [2]uint32) bool {
	if v.seen.bits == nil {
		if n := len(v.lower); n < minPresence || n > maxPresence {
			return false
		}
		if v.asked++; v.asked <= patience {
			return false
		}
		t.notePresence(v)
	}
	return v.seen.lacks(probes[0]) || v.seen.lacks(probes[1])
}

func (t *trial) notePresence(v *value) {
	bits := presenceBits(len(v.lower))
	n := 1 << bits / 64
	start := len(t.words)
	if start+n > cap(t.words) {
		t.words = make([]uint64, 0, max(2*cap(t.words), n, 1024))
		start = 0
	}
	t.words = t.words[:start+n]
	v.seen = presence{bits: t.words[start : start+n], shift: 32 - bits}
	clear(v.seen.bits)
	v.seen.fill(v.lower)
}
