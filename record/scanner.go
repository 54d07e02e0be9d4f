package record

import (
	"math/bits"
	"sync"
	"unicode/utf8"
)

// scanner reads JSON. Before it does, it marks in one pass the bytes that a string cannot hold as they are, so that the
// end of a string is found by counting zeros, whatever its length.
type scanner struct {
	text    []byte
	special []uint64 // a bit for every byte of text: a quote, a backslash, a control character
	beyond  []uint64 // the same: a byte beyond ASCII
	ascii   bool     // there is none
}

// block is how many bytes a word of marks is for.
const block = 64

// maxMarks is how many words may wait for the next text: an oversized one does not hold its memory for ever.
const maxMarks = 1 << 17

// mark makes text what the scanner reads. Behind the end everything is special: nothing reads on there.
func (s *scanner) mark(text []byte) {
	whole := len(text) / block
	words := whole + 3 // what is left, and two so that a window may begin at the end
	if cap(s.special) < words || cap(s.special) > maxMarks {
		room := make([]uint64, 2*(words+words/4))
		s.special, s.beyond = room[:len(room)/2:len(room)/2], room[len(room)/2:]
	}
	s.text, s.special, s.beyond = text, s.special[:words], s.beyond[:words]
	seen := uint64(0)
	if whole > 0 {
		seen = markBlocks(s.special, s.beyond, text[:whole*block])
	}
	var rest [block]byte
	copy(rest[:], text[whole*block:])
	seen |= markBlocks(s.special[whole:], s.beyond[whole:], rest[:])
	s.special[whole+1], s.special[whole+2] = ^uint64(0), ^uint64(0)
	s.beyond[whole+1], s.beyond[whole+2] = 0, 0
	s.ascii = seen == 0
}

// window is the marks of the 64 bytes from i on.
func window(marks []uint64, i int) uint64 {
	k, shift := uint(i)/block, uint(i)%block
	return marks[k]>>shift | marks[k+1]<<1<<(block-1-shift)
}

// str reads the string that starts at i and returns where it ends, behind its closing quote.
func (s *scanner) str(i int) (end int, escaped bool, err error) {
	b := s.text
	i++
	for start := i; ; {
		found := window(s.special, i)
		if found == 0 {
			i += block
			continue
		}
		i += bits.TrailingZeros64(found)
		if i >= len(b) {
			return len(b), escaped, errTruncated
		}
		if b[i] == '"' {
			if !s.ascii && !s.valid(start, i) {
				return i, escaped, errUTF8
			}
			return i + 1, escaped, nil
		}
		if b[i] != '\\' {
			return i, escaped, errSyntax
		}
		escaped = true
		if i+1 < len(b) && (b[i+1] == '"' || b[i+1] == '\\') {
			i += 2
		} else if i, err = escape(b, i); err != nil {
			return i, escaped, err
		}
	}
}

// valid reports whether the inside of a string is UTF-8.
func (s *scanner) valid(from, to int) bool {
	for i := from; i < to; i += block {
		found := window(s.beyond, i)
		if left := to - i; left < block {
			found &= 1<<left - 1
		}
		if found != 0 {
			return utf8.Valid(s.text[from:to])
		}
	}
	return true
}

// scanners are for texts that come one at a time.
var scanners = sync.Pool{New: func() any { return new(scanner) }}

// scan is a scanner of text, until it is done.
func scan(text []byte) *scanner {
	s := scanners.Get().(*scanner) //nolint:forcetypeassert,errcheck // there are no others
	s.mark(text)
	return s
}

func (s *scanner) done() {
	s.text = nil
	scanners.Put(s)
}
