package match

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// ends finds which of many literals a text ends with, or is. It looks at the last bytes only, up to eight of them, once
// for every length of key that occurs, so that it does not matter how many literals there are.
type ends struct {
	lengths [256]uint16 // by the last byte: a bit for every length of key that occurs, 1 to 8
	shift   uint8
	slots   []endSlot // by hash, open addressing
	entries []endEntry
}

type endSlot struct {
	key         uint64
	length      uint8
	first, last int32 // its entries
}

type endEntry struct {
	text    []byte
	whole   bool // it must be all of the text
	posting int32
}

// keyLength is how many of a literal's last bytes are its key.
const keyLength = 8

func endHash(key uint64, length uint8) uint64 {
	return (key ^ uint64(length)*0x9e3779b97f4a7c15) * 0xd6e8feb86659fd93
}

// endKey is the last bytes of a text that is at least as long.
func endKey(text []byte, length uint8) uint64 {
	if len(text) >= keyLength {
		return binary.LittleEndian.Uint64(text[len(text)-keyLength:]) >> (8 * (keyLength - length))
	}
	var key uint64
	for _, c := range text[len(text)-int(length):] {
		key = key>>8 | uint64(c)<<56
	}
	return key >> (8 * (keyLength - length))
}

// newEnds builds the index of literals, none of which is empty.
func newEnds(entries []endEntry) *ends {
	if len(entries) == 0 {
		return nil
	}
	type key struct {
		key    uint64
		length uint8
	}
	byKey := make(map[key][]endEntry, len(entries))
	var order []key
	for _, e := range entries {
		k := key{length: uint8(min(len(e.text), keyLength))}
		k.key = endKey(e.text, k.length)
		if byKey[k] == nil {
			order = append(order, k)
		}
		byKey[k] = append(byKey[k], e)
	}
	size := bits.Len(uint(len(order)*2 - 1))
	x := &ends{shift: uint8(64 - size), slots: make([]endSlot, 1<<size)}
	for _, k := range order {
		x.lengths[k.key>>(8*(k.length-1))] |= 1 << k.length
		i := endHash(k.key, k.length) >> x.shift
		for x.slots[i].length != 0 {
			i = (i + 1) & uint64(len(x.slots)-1)
		}
		first := int32(len(x.entries))
		x.entries = append(x.entries, byKey[k]...)
		x.slots[i] = endSlot{k.key, k.length, first, int32(len(x.entries))}
	}
	return x
}

// find appends the postings of the literals that text ends with.
func (x *ends) find(text []byte, found []int32) []int32 {
	if len(text) == 0 {
		return found
	}
	for lengths := x.lengths[text[len(text)-1]]; lengths != 0; lengths &= lengths - 1 {
		length := uint8(bits.TrailingZeros16(lengths))
		if len(text) < int(length) {
			break
		}
		key := endKey(text, length)
		for i := endHash(key, length) >> x.shift; ; i = (i + 1) & uint64(len(x.slots)-1) {
			s := &x.slots[i]
			if s.length == 0 {
				break
			}
			if s.key == key && s.length == length {
				for j := s.first; j < s.last; j++ {
					e := &x.entries[j]
					if (!e.whole || len(e.text) == len(text)) && bytes.HasSuffix(text, e.text) {
						found = append(found, e.posting)
					}
				}
				break
			}
		}
	}
	return found
}
