package match

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
)

// grams finds which of many literals a text contains. Every literal is known by a few bytes of it, its grams. At places of
// the text a bit is looked up that says whether the bytes there may be some literal's gram; what follows happens seldom.
// So the time depends on the length of the text, hardly on how many literals there are.
type grams struct {
	long  *gramTable // of seven bytes or more: every fourth place of a text is looked at
	short *gramTable // of fewer: every place
	other *gramTable // not all of ASCII: every place, but only of texts that are not all of ASCII either
}

// gramLiteral is a literal that is looked for.
type gramLiteral struct {
	text    []byte
	start   bool // it must be where the text begins
	posting int32
}

// shortest is the length of literals below which grams cannot find them.
const shortest = 3

// newGrams builds the index of literals that have at least three bytes; nil if there are none.
func newGrams(literals []gramLiteral) *grams {
	var long, short, other []gramLiteral
	for _, l := range literals {
		switch {
		case !isASCII(string(l.text)):
			other = append(other, l)
		case len(l.text) < longEnough:
			short = append(short, l)
		default:
			long = append(long, l)
		}
	}
	if len(literals) == 0 {
		return nil
	}
	return &grams{long: newGramTable(long, longStride), short: newGramTable(short, 1), other: newGramTable(other, 1)}
}

// longEnough is the length from which on a literal has its four bytes at one of the places looked at, wherever it is.
const (
	longStride = 4
	longEnough = 4 + longStride - 1
)

// scan notes the postings of the literals that text contains.
func (x *grams) scan(text []byte, has letters, h *hits) {
	if x.long != nil {
		x.long.scanStrides(text, h)
	}
	if x.short != nil {
		x.short.scan(text, h)
	}
	if x.other != nil && has != ascii {
		x.other.scan(text, h)
	}
}

// gramTable is a part of the index. A gram has four bytes, that of a literal of three bytes those and a zero.
type gramTable struct {
	stride      int
	filterShift uint8
	slotShift   uint8
	threes      bool       // there are literals of three bytes
	filter      []uint64   // a bit for every four bytes that may be a gram, by hash
	slots       []gramSlot // by hash, open addressing
	places      []gramPlace
	literals    []gramLiteral
}

type gramSlot struct {
	gram        uint32
	first, last int32 // its places; none: the slot is empty
}

// gramPlace is where a gram is in a literal. Four other bytes of the literal, as far away as can be, tell mostly that it is
// not there without a look at it.
type gramPlace struct {
	literal int32
	from    int32
	other   int32 // where they are, from the gram on
	bytes   uint32
	short   bool // the literal has only three
}

func newGramPlace(literal int32, text []byte, from int) gramPlace {
	p := gramPlace{literal: literal, from: int32(from), short: len(text) < 4}
	if !p.short {
		other := 0
		if from < len(text)-4-from {
			other = len(text) - 4
		}
		p.other, p.bytes = int32(other-from), gramAt(text, other)
	}
	return p
}

// maybe reports whether the literal may be there if its gram is at this place of text.
func (p *gramPlace) maybe(text []byte, at int) bool {
	i := at + int(p.other)
	return p.short || i >= 0 && i+4 <= len(text) && binary.LittleEndian.Uint32(text[i:]) == p.bytes
}

const (
	gramFactor = 0x9e3779b1
	threeBytes = 1<<24 - 1
)

func newGramTable(literals []gramLiteral, stride int) *gramTable {
	if len(literals) == 0 {
		return nil
	}
	t := &gramTable{stride: stride, literals: literals}
	buckets, order := t.distribute()
	size := bits.Len(uint(len(order)*2 - 1))
	t.slotShift, t.slots = uint8(32-size), make([]gramSlot, 1<<size)
	threes := 0
	for _, gram := range order {
		if gram <= threeBytes {
			threes++
		}
	}
	t.threes = threes > 0
	// Few bits are set, the fewer the more places are looked at; but a filter of more than 32 KB would not stay in the
	// processor's first cache.
	size = min(max(bits.Len(uint(len(order)+256*threes)*uint(32/min(stride, 2))), 10), 18)
	t.filterShift, t.filter = uint8(32-size), make([]uint64, 1<<(size-6))
	for _, gram := range order {
		t.mark(gram)
		for next := uint32(1); gram <= threeBytes && next < 256; next++ { // whatever comes next
			t.mark(gram | next<<24)
		}
		i := gram * gramFactor >> t.slotShift
		for t.slots[i].last != 0 {
			i = (i + 1) & uint32(len(t.slots)-1)
		}
		first := int32(len(t.places))
		t.places = append(t.places, buckets[gram]...)
		t.slots[i] = gramSlot{gram, first, int32(len(t.places))}
	}
	return t
}

func (t *gramTable) mark(gram uint32) {
	bit := gram * gramFactor >> t.filterShift
	t.filter[bit/64] |= 1 << (bit % 64)
}

// gramAt is the gram of a text of at least three bytes at a place that has as many behind it.
func gramAt(text []byte, i int) uint32 {
	if len(text)-i >= 4 {
		return binary.LittleEndian.Uint32(text[i:])
	}
	return uint32(text[i]) | uint32(text[i+1])<<8 | uint32(text[i+2])<<16
}

// distribute gives every literal the grams that are the rarest in texts, as far as the literals themselves and what is
// common everywhere tell, and that few others have: as many that follow each other as there are places between two looks.
func (t *gramTable) distribute() (buckets map[uint32][]gramPlace, order []uint32) {
	frequency := make(map[uint32]int32)
	count := func(text []byte, weight int32) {
		for i := 0; i+4 <= len(text); i++ {
			frequency[gramAt(text, i)] += weight
		}
	}
	for _, s := range commonTexts {
		count([]byte(s), 100)
	}
	for i := range t.literals {
		count(t.literals[i].text, 1)
	}
	// Those that have the least choice come first.
	turns := make([]int32, len(t.literals))
	for i := range turns {
		turns[i] = int32(i)
	}
	slices.SortStableFunc(turns, func(a, b int32) int {
		return cmp.Compare(len(t.literals[a].text), len(t.literals[b].text))
	})
	buckets = make(map[uint32][]gramPlace, len(turns)*t.stride)
	var scores []int32
	for _, turn := range turns {
		text := t.literals[turn].text
		scores = scores[:0]
		for i := 0; i+4 <= max(len(text), 4); i++ {
			gram := gramAt(text, i)
			scores = append(scores, 4*frequency[gram]+8*int32(len(buckets[gram])))
		}
		at := lowest(scores, t.stride)
		for from := at; from < at+t.stride; from++ {
			gram := gramAt(text, from)
			if len(buckets[gram]) == 0 {
				order = append(order, gram)
			}
			buckets[gram] = append(buckets[gram], newGramPlace(turn, text, from))
		}
	}
	return buckets, order
}

// lowest is where the n scores begin that follow each other and have the lowest sum.
func lowest(scores []int32, n int) int {
	best, bestSum, sum := 0, int32(0), int32(0)
	for i, s := range scores {
		if sum += s; i >= n {
			sum -= scores[i-n]
		}
		if i == n-1 || i >= n && sum < bestSum {
			best, bestSum = i-n+1, sum
		}
	}
	return best
}

// scan looks at every place of text.
func (t *gramTable) scan(text []byte, h *hits) {
	filter, shift := t.filter, t.filterShift&31
	i := 0
	// Eight bytes hold the grams of four places.
	for ; i+8 <= len(text); i += 4 {
		w := binary.LittleEndian.Uint64(text[i:])
		a, b := uint32(w)*gramFactor>>shift, uint32(w>>8)*gramFactor>>shift
		c, d := uint32(w>>16)*gramFactor>>shift, uint32(w>>24)*gramFactor>>shift
		if (filter[a/64]>>(a%64)|filter[b/64]>>(b%64)|filter[c/64]>>(c%64)|filter[d/64]>>(d%64))&1 == 0 {
			continue
		}
		for j := range 4 {
			t.look(uint32(w>>(8*j)), text, i+j, h)
		}
	}
	for ; i+4 <= len(text); i++ {
		t.look(binary.LittleEndian.Uint32(text[i:]), text, i, h)
	}
	if t.threes && i+3 == len(text) {
		t.find(gramAt(text, i), text, i, h)
	}
}

// scanStrides looks at every fourth place of text.
func (t *gramTable) scanStrides(text []byte, h *hits) {
	filter, shift := t.filter, t.filterShift&31
	for i := 0; i+4 <= len(text); i += longStride {
		gram := binary.LittleEndian.Uint32(text[i:])
		bit := gram * gramFactor >> shift
		if filter[bit/64]>>(bit%64)&1 != 0 {
			t.find(gram, text, i, h)
		}
	}
}

// look finds the literals whose grams are at a place of text.
func (t *gramTable) look(gram uint32, text []byte, at int, h *hits) {
	bit := gram * gramFactor >> t.filterShift
	if t.filter[bit/64]>>(bit%64)&1 == 0 {
		return
	}
	t.find(gram, text, at, h)
	if t.threes && gram > threeBytes {
		t.find(gram&threeBytes, text, at, h)
	}
}

// find finds the literals with a gram that are at a place of text.
func (t *gramTable) find(gram uint32, text []byte, at int, h *hits) {
	for i := gram * gramFactor >> t.slotShift; ; i = (i + 1) & uint32(len(t.slots)-1) {
		s := &t.slots[i]
		if s.last == 0 {
			return
		}
		if s.gram != gram {
			continue
		}
		for j := s.first; j < s.last; j++ {
			p := &t.places[j]
			if !p.maybe(text, at) {
				continue
			}
			l := &t.literals[p.literal]
			from := at - int(p.from)
			if from < 0 || l.start && from > 0 || len(text)-from < len(l.text) || h.has(l.posting) {
				continue
			}
			if bytes.Equal(text[from:from+len(l.text)], l.text) {
				h.add(l.posting)
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
