package record

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// Unescape appends the text that the inside of a JSON string stands for to dst. The string has been validated. A
// surrogate without its partner becomes U+FFFD, as with encoding/json.
func Unescape(dst, text []byte) []byte {
	dst = slices.Grow(dst, len(text)+block) // unescaping makes nothing longer, and a copy may reach beyond
	for i := 0; ; {
		dst, i = appendUnguarded(dst, text, i)
		if i == len(text) {
			return dst
		}
		dst, i = unescapeOne(dst, text, i)
	}
}

// appendPlain appends text from i on up to the next escape sequence, or its end, to dst, which has room for a
// word more. It returns where that is.
func appendPlain(dst, text []byte, i int) ([]byte, int) {
	for len(text)-i >= 8 { // eight bytes are copied, and then counted up to the backslash
		w := binary.LittleEndian.Uint64(text[i:])
		n := len(dst)
		binary.LittleEndian.PutUint64(dst[n:n+8], w)
		s := w ^ (lows * '\\')
		if found := (s - lows) &^ s & highs; found != 0 {
			at := bits.TrailingZeros64(found) >> 3
			return dst[:n+at], i + at
		}
		dst, i = dst[:n+8], i+8
	}
	for i < len(text) && text[i] != '\\' {
		dst = append(dst, text[i])
		i++
	}
	return dst, i
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
	for i := 0; i < len(text); {
		if cap(dst)-len(dst) < block {
			dst = slices.Grow(dst, (len(text)-i)*5/4+2*block)
		}
		dst, i = appendGuarded(dst, text, i)
		if i < len(text) && isSpecial(text[i]) {
			dst = appendEscape(dst, text[i])
			i++
		}
	}
	return dst
}

func isSpecial(c byte) bool { return c < 0x20 || c == '"' || c == '\\' }

// appendUntouched appends text from i on up to the next byte that is to be escaped, or its end, to dst. It returns where
// that is.
func appendUntouched(dst, text []byte, i int) ([]byte, int) {
	dst = slices.Grow(dst, len(text)-i)
	for len(text)-i >= 8 {
		w := binary.LittleEndian.Uint64(text[i:])
		n := len(dst)
		binary.LittleEndian.PutUint64(dst[n:n+8], w)
		if found := special(w); found != 0 {
			at := bits.TrailingZeros64(found) >> 3
			return dst[:n+at], i + at
		}
		dst, i = dst[:n+8], i+8
	}
	for i < len(text) && !isSpecial(text[i]) {
		dst = append(dst, text[i])
		i++
	}
	return dst, i
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
