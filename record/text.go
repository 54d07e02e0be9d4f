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
		if i+1 >= len(text) {
			break
		}
		if c := text[i+1]; c == '"' || c == '\\' || c == '/' {
			dst = append(dst, c)
			i += 2
			continue
		}
		dst, i = unescapeOne(dst, text, i)
	}
	return dst
}

// unescapeOne appends what the escape sequence at i stands for and returns where it ends.
func unescapeOne(dst, text []byte, i int) ([]byte, int) {
	c := text[i+1]
	i += 2
	switch c {
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
		dst = slices.Grow(dst, len(text)-i+16)
		for len(text)-i >= 8 {
			w := binary.LittleEndian.Uint64(text[i:])
			n := len(dst)
			if cap(dst)-n < 16 {
				break
			}
			binary.LittleEndian.PutUint64(dst[n:n+8], w)
			found := special(w)
			if found == 0 {
				dst, i = dst[:n+8], i+8
				continue
			}
			at := bits.TrailingZeros64(found) >> 3
			c := text[i+at]
			i += at + 1
			if n += at; c == '"' || c == '\\' {
				dst = dst[:n+2]
				dst[n], dst[n+1] = '\\', c
			} else {
				dst = appendEscape(dst[:n], c)
			}
		}
		for len(text)-i < 8 && i < len(text) {
			if c := text[i]; c >= 0x20 && c != '"' && c != '\\' {
				dst = append(dst, c)
			} else {
				dst = appendEscape(dst, c)
			}
			i++
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
