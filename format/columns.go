package format

import "encoding/binary"

// ColumnIndex finds a column by its name, without regard to case. Names are hashed by their length, both their ends and
// their middle, which tells the columns of a table apart as well as hashing all of it.
type ColumnIndex struct {
	mask  uint64
	table []int16 // by hash: the column, or -1
	keys  []columnKey
	names []string
}

// columnKey is eight bytes each of a name's start, middle and end: up to wholeKey bytes all that there is of it.
type columnKey struct {
	start, middle, end uint64
	length             int
}

const wholeKey = 24

func newColumnKey(name []byte) (k columnKey) {
	n := len(name)
	k.length = n
	if n >= 8 {
		k.start = binary.LittleEndian.Uint64(name)
		k.middle = binary.LittleEndian.Uint64(name[(n-8)/2:])
		k.end = binary.LittleEndian.Uint64(name[n-8:])
		return k
	}
	for _, c := range name {
		k.start = k.start<<8 | uint64(c)
	}
	return k
}

// hash is the same for names that differ in the case of ASCII letters.
func (k *columnKey) hash() uint64 {
	const lower = 0x2020202020202020
	a, b := (k.start|lower)^(k.middle|lower)<<1, k.end|lower
	h := (a*0x9e3779b97f4a7c15 ^ b) * 0xbf58476d1ce4e5b9
	return (h ^ uint64(k.length)*0x94d049bb133111eb) >> 20
}

// NewColumnIndex makes an index of names that differ in more than case.
func NewColumnIndex(names []string) *ColumnIndex {
	size := 16
	for size < 4*len(names) {
		size *= 2
	}
	c := &ColumnIndex{mask: uint64(size - 1), table: make([]int16, size), names: names}
	for i := range c.table {
		c.table[i] = -1
	}
	for i, name := range names {
		key := newColumnKey([]byte(name))
		at := key.hash() & c.mask
		for c.table[at] >= 0 {
			at = (at + 1) & c.mask
		}
		c.table[at] = int16(i)
		c.keys = append(c.keys, key)
	}
	return c
}

// Find is the number of the column in the list of names, or -1.
func (c *ColumnIndex) Find(name []byte) int {
	key := newColumnKey(name)
	for at := key.hash() & c.mask; ; at = (at + 1) & c.mask {
		i := int(c.table[at])
		if i < 0 {
			return -1
		}
		known := &c.keys[i]
		if known.length != key.length {
			continue
		}
		if *known == key && (key.length <= wholeKey || c.names[i] == string(name)) || foldEqual(c.names[i], name) {
			return i
		}
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
