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
		dst, i = unguard(dst, text, i)
		if i == len(text) {
			return dst
		}
		dst, i = unescapeOne(dst, text, i)
	}
}

// unguardWords appends text from i on to dst, which has room for it and a word more, without the backslashes that only
// guard a quote, a backslash or a slash. It ends before any other escape and returns where that is.
func unguardWords(dst, text []byte, i int) ([]byte, int) {
	for i < len(text) {
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
		c := text[i+1]
		if c != '"' && c != '\\' && c != '/' {
			break
		}
		dst, i = append(dst, c), i+2
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
		dst, i = guard(dst, text, i)
		if i < len(text) && isSpecial(text[i]) {
			dst = appendEscape(dst, text[i])
			i++
		}
	}
	return dst
}

func isSpecial(c byte) bool { return c < 0x20 || c == '"' || c == '\\' }

// guardWords appends text from i on to dst, with a backslash before every quote and backslash. It ends before a control
// character, and when there is little room, and returns where that is.
func guardWords(dst, text []byte, i int) ([]byte, int) {
	for i < len(text) && cap(dst)-len(dst) >= block {
		if len(text)-i >= 8 {
			w := binary.LittleEndian.Uint64(text[i:])
			n := len(dst)
			binary.LittleEndian.PutUint64(dst[n:n+8], w)
			found := special(w)
			if found == 0 {
				dst, i = dst[:n+8], i+8
				continue
			}
			at := bits.TrailingZeros64(found) >> 3
			dst, i = dst[:n+at], i+at
		}
		c := text[i]
		if c < 0x20 {
			break
		}
		if c == '"' || c == '\\' {
			dst = append(dst, '\\')
		}
		dst, i = append(dst, c), i+1
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
