package format

import "encoding/binary"

// columnIndex finds a column by its name, without regard to case. Names are hashed by their length, both their ends and
// their middle, which tells the columns of a table apart as well as hashing all of it.
type columnIndex struct {
	mask  uint64
	slots []columnSlot
	names []string
}

type columnSlot struct {
	name  string
	index int16 // -1: free
}

func newColumnIndex(names []string) *columnIndex {
	size := 16
	for size < 4*len(names) {
		size *= 2
	}
	c := &columnIndex{mask: uint64(size - 1), slots: make([]columnSlot, size), names: names}
	for i := range c.slots {
		c.slots[i].index = -1
	}
	for i, name := range names {
		at := hashName([]byte(name)) & c.mask
		for c.slots[at].index >= 0 {
			at = (at + 1) & c.mask
		}
		c.slots[at] = columnSlot{name, int16(i)}
	}
	return c
}

// find is the index of the column, or -1.
func (c *columnIndex) find(name []byte) int {
	at := hashName(name) & c.mask
	for {
		slot := &c.slots[at]
		if slot.index < 0 {
			return -1
		}
		if len(slot.name) == len(name) && (slot.name == string(name) || foldEqual(slot.name, name)) {
			return int(slot.index)
		}
		at = (at + 1) & c.mask
	}
}

// foldEqual compares names of the same length without regard to the case of ASCII letters.
func foldEqual(a string, b []byte) bool {
	for i := range b {
		x, y := a[i], b[i]
		if x != y && (x|0x20 != y|0x20 || x|0x20 < 'a' || x|0x20 > 'z') {
			return false
		}
	}
	return true
}

// hashName hashes a name so that the case of ASCII letters does not matter.
func hashName(name []byte) uint64 {
	const lower = 0x2020202020202020
	n := len(name)
	var a, b uint64
	if n >= 8 {
		a = binary.LittleEndian.Uint64(name) | lower
		b = binary.LittleEndian.Uint64(name[n-8:]) | lower
		a ^= (binary.LittleEndian.Uint64(name[(n-8)/2:]) | lower) << 1
	} else {
		for _, c := range name {
			a = a<<8 | uint64(c|0x20)
		}
	}
	h := (a*0x9e3779b97f4a7c15 ^ b) * 0xbf58476d1ce4e5b9
	return (h ^ uint64(n)*0x94d049bb133111eb) >> 20
}
