package record

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// short is the length up to which marking a text costs more than looking at it eight bytes at a time.
const short = 48

// Unescape appends the text that the inside of a JSON string stands for to dst. The string has been validated. A
// surrogate without its partner becomes U+FFFD, as with encoding/json.
func Unescape(dst, text []byte) []byte {
	if len(text) > short {
		s := scan(text)
		dst = s.unescape(dst)
		s.done()
		return dst
	}
	dst = slices.Grow(dst, len(text)+8)
	for i := 0; i < len(text); {
		if len(text)-i >= 8 { // eight bytes are copied, and then counted up to the backslash
			w := binary.LittleEndian.Uint64(text[i:])
			n := len(dst)
			binary.LittleEndian.PutUint64(dst[n:n+8], w)
			s := w ^ (lows * '\\')
			found := (s - lows) &^ s & highs
			if found == 0 {
				dst, i = dst[:n+8], i+8
				continue
			}
			at := bits.TrailingZeros64(found) >> 3
			dst, i = dst[:n+at], i+at
		} else if text[i] != '\\' {
			dst = append(dst, text[i])
			i++
			continue
		}
		dst, i = unescapeOne(dst, text, i)
	}
	return dst
}

// unescape appends what the scanner's text, the inside of a JSON string, stands for.
func (s *scanner) unescape(dst []byte) []byte {
	text, i := s.text, 0
	dst = slices.Grow(dst, len(text)+run) // unescaping makes nothing longer, and a copy may reach beyond
	for k, marks := range s.special {
		for ; marks != 0; marks &= marks - 1 {
			at := k*block + bits.TrailingZeros64(marks)
			if at >= len(text) {
				return append(dst, text[i:]...)
			}
			if at < i || text[at] != '\\' { // the second of two backslashes
				continue
			}
			dst = appendRun(dst, text, i, at)
			if c := text[at+1]; c == '"' || c == '\\' {
				dst, i = append(dst, c), at+2
			} else {
				dst, i = unescapeOne(dst, text, at)
			}
		}
	}
	return dst
}

// run is how many bytes are copied at once between two marks.
const run = 32

// appendRun appends text from i to at to dst, which has room for it and a run.
func appendRun(dst, text []byte, i, at int) []byte {
	n := len(dst)
	if at-i > run || len(text)-i < run {
		return append(dst, text[i:at]...)
	}
	to, from := dst[n:n+run], text[i:i+run]
	binary.LittleEndian.PutUint64(to, binary.LittleEndian.Uint64(from))
	binary.LittleEndian.PutUint64(to[8:], binary.LittleEndian.Uint64(from[8:]))
	binary.LittleEndian.PutUint64(to[16:], binary.LittleEndian.Uint64(from[16:]))
	binary.LittleEndian.PutUint64(to[24:], binary.LittleEndian.Uint64(from[24:]))
	return dst[:n+at-i]
}

// unescapeOne appends what the escape sequence at i stands for and returns where it ends.
func unescapeOne(dst, text []byte, i int) ([]byte, int) {
	c := text[i+1]
	i += 2
	switch c {
	case '"', '\\', '/':
		return append(dst, c), i
	case 'b':
		return append(dst, '\b'), i
	case 'f':
		return append(dst, '\f'), i
	case 'n':
		return append(dst, '\n'), i
	case 'r':
		return append(dst, '\r'), i
	case 't':
		return append(dst, '\t'), i
	}
	r := hex4(text[i:])
	i += 4
	if utf16.IsSurrogate(r) {
		second := rune(utf8.RuneError)
		if i+6 <= len(text) && text[i] == '\\' && text[i+1] == 'u' {
			second = utf16.DecodeRune(r, hex4(text[i+2:]))
		}
		if r = second; r != utf8.RuneError {
			i += 6
		}
	}
	return utf8.AppendRune(dst, r), i
}

func hex4(b []byte) rune {
	var r rune
	for _, c := range b[:4] {
		switch {
		case c <= '9':
			c -= '0'
		default:
			c = c | 0x20 - 'a' + 10
		}
		r = r<<4 | rune(c)
	}
	return r
}

// Escape appends text as the inside of a JSON string to dst. Text is valid UTF-8 and stays as it is but for what RFC
// 8259 asks to be escaped.
func Escape(dst, text []byte) []byte {
	if len(text) > short {
		s := scan(text)
		dst = s.escape(dst)
		s.done()
		return dst
	}
	for _, c := range text {
		if c < 0x20 || c == '"' || c == '\\' {
			dst = appendEscape(dst, c)
		} else {
			dst = append(dst, c)
		}
	}
	return dst
}

// escape appends the scanner's text as the inside of a JSON string.
func (s *scanner) escape(dst []byte) []byte {
	text, i := s.text, 0
	for k, marks := range s.special {
		for ; marks != 0; marks &= marks - 1 {
			at := k*block + bits.TrailingZeros64(marks)
			if at >= len(text) {
				return append(dst, text[i:]...)
			}
			if cap(dst)-len(dst) < at-i+2*run {
				dst = slices.Grow(dst, (len(text)-i)*5/4+2*run)
			}
			dst = appendRun(dst, text, i, at)
			if c := text[at]; c == '"' || c == '\\' {
				dst = append(dst, '\\', c)
			} else {
				dst = appendEscape(dst, c)
			}
			i = at + 1
		}
	}
	return dst
}

// appendEscape appends a character that needs to be escaped.
func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

const hexDigits = "0123456789abcdef"
