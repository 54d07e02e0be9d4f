package match

import (
	"bytes"
	"regexp/syntax"
	"unicode/utf8"
)

// minimum is what a value must have at least to match an expression: a length, and so many of one character, which tells
// quickly of an expression like \+.*\+.*\+ that it does not match.
type minimum struct {
	length int // in bytes
	char   byte
	count  int // of char; 0: it does not matter
}

// minCount is how often a character must be wanted for counting to be worth it.
const minCount = 3

func minimumOf(re *syntax.Regexp) minimum {
	length, counts := least(re)
	m := minimum{length: length}
	for c, n := range counts {
		if n >= minCount && n > m.count {
			m.char, m.count = byte(c), n
		}
	}
	return m
}

// least is how many bytes, and how many of each ASCII character, every match has.
func least(re *syntax.Regexp) (length int, counts [utf8.RuneSelf]int) {
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			if length++; r < utf8.RuneSelf && re.Flags&syntax.FoldCase == 0 {
				counts[r]++
			}
		}
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		length = 1
	case syntax.OpCapture, syntax.OpPlus:
		return least(re.Sub[0])
	case syntax.OpRepeat:
		length, counts = least(re.Sub[0])
		length *= re.Min
		for c := range counts {
			counts[c] *= re.Min
		}
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			l, n := least(sub)
			length += l
			for c := range counts {
				counts[c] += n[c]
			}
		}
	case syntax.OpAlternate:
		length, counts = least(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			l, n := least(sub)
			length = min(length, l)
			for c := range counts {
				counts[c] = min(counts[c], n[c])
			}
		}
	}
	return length, counts
}

// has reports whether a text has the minimum.
func (m minimum) has(text []byte) bool {
	return len(text) >= m.length && (m.count == 0 || bytes.Count(text, []byte{m.char}) >= m.count)
}
