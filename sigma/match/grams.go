package match

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
)

// grams finds which of many literals a text contains. Every literal is known by its rarest four bytes (three, of a short
// one). At every place of the text a bit is looked up that says whether such four bytes may be some literal's; what
// follows happens seldom. So the time depends on the length of the text, hardly on how many literals there are.
type grams struct {
	four, three *gramTable
}

// gramEntry is a literal; from is where in it its gram is.
type gramEntry struct {
	text    []byte
	start   bool // it must be where the text begins
	posting int32
	from    int
}

// shortest is the length of literals below which grams cannot find them.
const shortest = 3

// gramTable is the part of the index with grams of one width.
type gramTable struct {
	mask        uint32
	width       int
	filterShift uint8
	slotShift   uint8
	filter      []uint64
	slots       []gramSlot // by hash, open addressing
	entries     []gramEntry
}

type gramSlot struct {
	gram        uint32
	first, last int32 // its entries; none: the slot is empty
}

const gramFactor = 0x9e3779b1

// newGrams builds the index of literals that have at least three bytes.
func newGrams(entries []gramEntry) *grams {
	var short, long []gramEntry
	for _, e := range entries {
		if len(e.text) < 4 {
			short = append(short, e)
		} else {
			long = append(long, e)
		}
	}
	if len(entries) == 0 {
		return nil
	}
	return &grams{four: newGramTable(long, 4), three: newGramTable(short, 3)}
}

func newGramTable(entries []gramEntry, width int) *gramTable {
	if len(entries) == 0 {
		return nil
	}
	t := &gramTable{width: width, mask: uint32(1<<(8*width) - 1)}
	buckets := t.distribute(entries)
	size := bits.Len(uint(len(buckets)*2 - 1))
	t.slotShift, t.slots = uint8(32-size), make([]gramSlot, 1<<size)
	// Some 3 % of the bits are set; more than 32 KB would not stay in the processor's first cache.
	size = min(max(bits.Len(uint(len(buckets)*32)), 10), 18)
	t.filterShift, t.filter = uint8(32-size), make([]uint64, 1<<(size-6))
	for _, b := range buckets {
		hash := b.gram * gramFactor
		bit := hash >> t.filterShift
		t.filter[bit/64] |= 1 << (bit % 64)
		i := hash >> t.slotShift
		for t.slots[i].last != 0 {
			i = (i + 1) & uint32(len(t.slots)-1)
		}
		first := int32(len(t.entries))
		t.entries = append(t.entries, b.entries...)
		t.slots[i] = gramSlot{b.gram, first, int32(len(t.entries))}
	}
	return t
}

func (t *gramTable) gram(text []byte, i int) uint32 {
	if len(text)-i >= 4 {
		return binary.LittleEndian.Uint32(text[i:]) & t.mask
	}
	return uint32(text[i]) | uint32(text[i+1])<<8 | uint32(text[i+2])<<16
}

type gramBucket struct {
	gram    uint32
	entries []gramEntry
}

// distribute gives every literal the gram that is the rarest in texts, as far as the literals themselves and what is
// common everywhere tell, and that few others have.
func (t *gramTable) distribute(entries []gramEntry) []gramBucket {
	frequency := make(map[uint32]int)
	count := func(text []byte, weight int) {
		for i := 0; i+t.width <= len(text); i++ {
			frequency[t.gram(text, i)] += weight
		}
	}
	for _, s := range commonTexts {
		count([]byte(s), 100)
	}
	for i := range entries {
		count(entries[i].text, 1)
	}
	// Those that have the least choice come first.
	entries = slices.Clone(entries)
	slices.SortStableFunc(entries, func(a, b gramEntry) int { return cmp.Compare(len(a.text), len(b.text)) })
	at := make(map[uint32]int)
	var buckets []gramBucket
	for _, e := range entries {
		best, bestScore := uint32(0), 0
		for i := 0; i+t.width <= len(e.text); i++ {
			gram := t.gram(e.text, i)
			score := 1 + frequency[gram]*4
			if b, ok := at[gram]; ok {
				score += 8 * len(buckets[b].entries)
			}
			if bestScore == 0 || score < bestScore {
				best, bestScore, e.from = gram, score, i
			}
		}
		b, ok := at[best]
		if !ok {
			b = len(buckets)
			at[best] = b
			buckets = append(buckets, gramBucket{gram: best})
		}
		buckets[b].entries = append(buckets[b].entries, e)
	}
	return buckets
}

// scan notes the postings of the literals that text contains.
func (x *grams) scan(text []byte, h *hits) {
	if x.four != nil {
		x.four.scan(text, h)
	}
	if x.three != nil {
		x.three.scan(text, h)
	}
}

func (t *gramTable) scan(text []byte, h *hits) {
	filter, shift, mask := t.filter, t.filterShift&31, t.mask
	i := 0
	// Eight bytes at a time hold the grams of four places.
	for ; i+8 <= len(text); i += 4 {
		w := binary.LittleEndian.Uint64(text[i:])
		a, b := uint32(w)&mask, uint32(w>>8)&mask
		c, d := uint32(w>>16)&mask, uint32(w>>24)&mask
		ha, hb := a*gramFactor>>shift, b*gramFactor>>shift
		hc, hd := c*gramFactor>>shift, d*gramFactor>>shift
		bit := filter[ha/64]>>(ha%64) | filter[hb/64]>>(hb%64) | filter[hc/64]>>(hc%64) | filter[hd/64]>>(hd%64)
		if bit&1 == 0 {
			continue
		}
		t.look(a, text, i, h)
		t.look(b, text, i+1, h)
		t.look(c, text, i+2, h)
		t.look(d, text, i+3, h)
	}
	for ; i+t.width <= len(text); i++ {
		t.look(t.gram(text, i), text, i, h)
	}
}

// look finds the literals that have this gram and are at this place.
func (t *gramTable) look(gram uint32, text []byte, at int, h *hits) {
	hash := gram * gramFactor
	bit := hash >> t.filterShift
	if t.filter[bit/64]>>(bit%64)&1 == 0 {
		return
	}
	for i := hash >> t.slotShift; ; i = (i + 1) & uint32(len(t.slots)-1) {
		s := &t.slots[i]
		if s.last == 0 {
			return
		}
		if s.gram != gram {
			continue
		}
		for j := s.first; j < s.last; j++ {
			e := &t.entries[j]
			from := at - e.from
			if from < 0 || e.start && from > 0 || len(text)-from < len(e.text) || h.has(e.posting) {
				continue
			}
			if bytes.Equal(text[from:from+len(e.text)], e.text) {
				h.add(e.posting)
			}
		}
		return
	}
}

// hits are the postings that were found for one event, each once.
type hits struct {
	now    uint32
	stamps []uint32 // by posting: the event for which it was found last
	found  []int32
}

func (h *hits) has(posting int32) bool { return h.stamps[posting] == h.now }

func (h *hits) add(posting int32) {
	if h.stamps[posting] != h.now {
		h.stamps[posting] = h.now
		h.found = append(h.found, posting)
	}
}
