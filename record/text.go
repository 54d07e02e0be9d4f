package record

import (
	"unicode/utf16"
	"unicode/utf8"
)

// Unescape appends the text that the inside of a JSON string stands for to dst. The string has been validated. A
// surrogate without its partner becomes U+FFFD, as with encoding/json.
func Unescape(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		start := i
		for i < len(text) && text[i] != '\\' {
			i++
		}
		dst = append(dst, text[start:i]...)
		if i+1 >= len(text) {
			break
		}
		c := text[i+1]
		i += 2
		switch c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
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
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, c)
		}
	}
	return dst
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

const hexDigits = "0123456789abcdef"

// Escape appends text as the inside of a JSON string to dst. Text is valid UTF-8 and stays as it is but for what RFC
// 8259 asks to be escaped.
func Escape(dst, text []byte) []byte {
	start := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, text[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(dst, text[start:]...)
}
