package match

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"

	"penstock/record"
)

// raw looks for keywords in the JSON text of a whole record, without taking its values apart: a part of each keyword, of
// characters that JSON writes as they are. Only some places of the text are looked at, as far from each other as the
// shortest part allows, so each part is known by the four bytes at as many places of it.
type raw struct {
	stride  int
	shift   uint8
	filter  []uint64
	entries map[uint32][]rawEntry // by gram, with the bits that tell upper from lower case set
}

type rawEntry struct {
	text    []byte
	from    int // where in it the gram is
	posting int32
}

const (
	rawShortest = 7 // shorter parts would have too many places looked at
	maxStride   = 8
	lowerCase   = 0x20202020
)

// rawPart is the longest part of a keyword that JSON writes as it is; empty if it is too short.
func rawPart(text string) string {
	best, start := "", 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && plainInJSON(text[i]) {
			continue
		}
		if i-start > len(best) {
			best = text[start:i]
		}
		start = i + 1
	}
	if len(best) < rawShortest {
		return ""
	}
	return best
}

// plainInJSON reports whether a character, in lower case, is written as it is, in upper or lower case, in every record
// that canScan.
func plainInJSON(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '.' || c == '-' || c == '_' || c == ' '
}

// newRaw builds the index of parts of keywords.
func newRaw(parts []rawEntry) *raw {
	if len(parts) == 0 {
		return nil
	}
	stride := maxStride
	for _, e := range parts {
		stride = min(stride, len(e.text)-3)
	}
	size := min(max(bits.Len(uint(len(parts)*stride*16)), 10), 18)
	x := &raw{stride: stride, shift: uint8(32 - size), filter: make([]uint64, 1<<(size-6)), entries: make(map[uint32][]rawEntry)}
	for _, e := range parts {
		middle := (len(e.text) - stride - 3) / 2
		for e.from = middle; e.from < middle+stride; e.from++ {
			gram := binary.LittleEndian.Uint32(e.text[e.from:]) | lowerCase
			x.entries[gram] = append(x.entries[gram], e)
			bit := gram * gramFactor >> x.shift
			x.filter[bit/64] |= 1 << (bit % 64)
		}
	}
	return x
}

// scan notes the postings of the keywords that may be in a record. It gives up, and returns false, where JSON writes a
// letter as \u0041, or where there is one of the forms outside ASCII that the index brings to an ASCII letter.
func (x *raw) scan(rec *record.Record, h *hits) bool {
	for i := range rec.Columns {
		m := &rec.Columns[i]
		if len(m.Value) < rawShortest {
			continue
		}
		if !plainLetters(m.Value, m.Escaped || m.Kind == record.Array || m.Kind == record.Object) {
			return false
		}
		x.scanText(m.Value, h)
	}
	return true
}

// plainLetters reports whether every letter of a text is there as it is. A backslash that is escaped itself may be taken
// for one that escapes.
func plainLetters(text []byte, escaped bool) bool {
	var seen uint64
	for i := 0; i < len(text); i += 7 { // eight bytes at a time, so that two that belong together are among the same eight
		if i+8 <= len(text) {
			w := binary.LittleEndian.Uint64(text[i:])
			if seen |= w; !escaped || zeros(w^lows*'\\')<<8&zeros(w^lows*'u') == 0 {
				continue
			}
		}
		for j := i; j < min(i+7, len(text)); j++ {
			seen |= uint64(text[j])
			if j+6 <= len(text) && text[j] == '\\' && text[j+1] == 'u' && escapesLetter(text[j+2:j+6]) {
				return false
			}
		}
	}
	return seen&highs == 0 || !slices.ContainsFunc(letterForms, func(s []byte) bool { return bytes.Contains(text, s) })
}

var letterForms = [][]byte{[]byte("\u212a"), []byte("\u0130"), []byte("\u017f")}

// zeros has the high bit of every byte of w that is zero, and of some behind such a one.
func zeros(w uint64) uint64 { return (w - lows) &^ w & highs }

// escapesLetter reports whether four hexadecimal digits stand for a character that a part of a keyword may have.
func escapesLetter(digits []byte) bool {
	var r rune
	for _, c := range digits {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return false
		}
		r = r<<4 | rune(c)
	}
	r = indexedRune(r)
	return r < utf8.RuneSelf && plainInJSON(byte(r))
}

// scanText looks at some places of a text.
func (x *raw) scanText(text []byte, h *hits) {
	shift := x.shift & 31
	for i := 0; i+4 <= len(text); i += x.stride {
		gram := binary.LittleEndian.Uint32(text[i:]) | lowerCase
		bit := gram * gramFactor >> shift
		if x.filter[bit/64]>>(bit%64)&1 == 0 {
			continue
		}
		for _, e := range x.entries[gram] {
			start := i - e.from
			if start < 0 || start+len(e.text) > len(text) || h.has(e.posting) {
				continue
			}
			if bytes.EqualFold(text[start:start+len(e.text)], e.text) {
				h.add(e.posting)
			}
		}
	}
}
