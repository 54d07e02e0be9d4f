package match

import (
	"encoding/binary"
	"slices"
	"unicode"
	"unicode/utf8"
)

const (
	lows  = 0x0101010101010101
	highs = 0x8080808080808080
)

// longS is the one letter besides upper and lower case that (?i) takes for an ASCII letter and that unicode.ToLower does
// not bring to it.
const longS = 'ſ'

// letters are what kinds of characters a text has.
type letters uint8

const (
	ascii  letters = iota
	beyond         // others than ASCII
	odd            // a ſ among them, which equals an s for a regular expression only
)

// appendLower appends text in lower case, rune by rune; bytes that are not UTF-8 stay as they are.
func appendLower(dst, text []byte) ([]byte, letters) {
	dst = slices.Grow(dst, len(text))
	i := 0
	for ; i+8 <= len(text); i += 8 {
		w := binary.LittleEndian.Uint64(text[i:])
		if w&highs != 0 {
			return appendLowerRunes(dst, text[i:])
		}
		dst = binary.LittleEndian.AppendUint64(dst, lowerWord(w))
	}
	for ; i < len(text); i++ {
		c := text[i]
		if c >= utf8.RuneSelf {
			return appendLowerRunes(dst, text[i:])
		}
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst, ascii
}

// lowerWord is eight ASCII characters in lower case.
func lowerWord(w uint64) uint64 {
	upper := (w + lows*(0x80-'A')) &^ (w + lows*(0x80-'Z'-1)) & highs
	return w | upper>>2
}

func appendLowerRunes(dst, text []byte) ([]byte, letters) {
	has := beyond
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && size <= 1:
			dst = append(dst, text[0])
		case r == longS:
			has = odd
			dst = utf8.AppendRune(dst, r)
		default:
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
		text = text[size:]
	}
	return dst, has
}

// lower is a literal in lower case.
func lower(s string) string {
	out, _ := appendLower(nil, []byte(s))
	return string(out)
}

// appendIndexed appends text that is in lower case in the form that the index holds: with every ſ an s, so that a
// literal taken from a regular expression is found wherever the expression would match.
func appendIndexed(dst, text []byte) []byte {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == longS {
			dst = append(dst, 's')
		} else {
			dst = append(dst, text[:size]...)
		}
		text = text[size:]
	}
	return dst
}

// indexed is a literal in the form of the index.
func indexed(s string) string {
	l, has := appendLower(nil, []byte(s))
	if has == odd {
		l = appendIndexed(nil, l)
	}
	return string(l)
}

// foldsAlike reports whether every character that (?i) takes for r has the same form in the index.
func foldsAlike(r rune) bool {
	want := indexedRune(r)
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		if indexedRune(f) != want {
			return false
		}
	}
	return true
}

func indexedRune(r rune) rune {
	if r == longS {
		return 's'
	}
	return unicode.ToLower(r)
}
