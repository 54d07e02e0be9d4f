package lake

import (
	"bytes"
	"time"
	"unicode/utf8"

	"penstock/format"
)

// A record is kept as the values of its columns and its layout: the record's text with each value replaced by a marker.
// Markers are control characters, which cannot stand in JSON text outside the values that they replace. Records of one
// table mostly share a few layouts, so that a layout costs next to nothing once a segment's dictionary has it, and the
// record can be rebuilt byte for byte.
const (
	markText    = 0x01 // the column's text as a JSON string, in the layout's style of escapes; NULL: null
	markJSON    = 0x02 // the column's text is JSON itself; NULL: null
	markNumber  = 0x03 // an integer
	markBool    = 0x04
	markTime    = 0x05 // a time, its last digits in penstock_digits
	markExtra   = 0x06 // the next member of penstock_extra
	markReal    = 0x07
	markEnvTime = 0x0e // the envelope's time
	markEnvRecv = 0x0f // the envelope's _TimeReceivedBySvc
)

// A style is how a writer escapes strings. It is the layout's first byte.
type style byte

const (
	plainStyle style = 'p' // only what must be escaped; the rest is UTF-8
	asciiStyle style = 'a' // non-ASCII characters as \uxxxx too, hexadecimal digits in lower case
	dotnetText style = 'd' // as System.Text.Json does by default: non-ASCII and < > & ' + ` " as \uXXXX
	upperAscii style = 'A' // as asciiStyle, digits in upper case
)

var styles = []style{plainStyle, asciiStyle, dotnetText, upperAscii}

// plainBytes tells, for a style, which bytes stand for themselves.
type plainBytes [256]bool

var (
	plainInPlain  = plainIn(plainStyle)
	plainInASCII  = plainIn(asciiStyle)
	plainInDotnet = plainIn(dotnetText)
)

func plainIn(st style) *plainBytes {
	var p plainBytes
	for c := range p {
		p[c] = c >= 0x20 && c != '"' && c != '\\' && (c < utf8.RuneSelf || st == plainStyle)
	}
	if st == dotnetText {
		for _, c := range []byte("<>&'+`\x7f") {
			p[c] = false
		}
	}
	return &p
}

func (st style) plain() *plainBytes {
	switch st {
	case plainStyle:
		return plainInPlain
	case dotnetText:
		return plainInDotnet
	}
	return plainInASCII
}

// appendEscaped appends s as the inside of a JSON string.
func appendEscaped(dst []byte, s []byte, st style) []byte {
	plain := st.plain()
	for {
		n := 0
		for n < len(s) && plain[s[n]] {
			n++
		}
		dst = append(dst, s[:n]...)
		if n == len(s) {
			return dst
		}
		s = s[n:]
		if s[0] < utf8.RuneSelf {
			dst = appendEscape(dst, s[0], st)
			s = s[1:]
			continue
		}
		r, size := utf8.DecodeRune(s)
		dst = appendUnicode(dst, r, st != asciiStyle)
		s = s[size:]
	}
}

func appendEscape(dst []byte, c byte, st style) []byte {
	switch c {
	case '\\':
		return append(dst, '\\', '\\')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '"':
		if st != dotnetText {
			return append(dst, '\\', '"')
		}
	}
	return appendUnicode(dst, rune(c), st == dotnetText || st == upperAscii)
}

func appendUnicode(dst []byte, r rune, upper bool) []byte {
	if r >= 0x10000 {
		r -= 0x10000
		dst = appendUnicode(dst, 0xd800+r>>10, upper)
		return appendUnicode(dst, 0xdc00+r&0x3ff, upper)
	}
	digits := "0123456789abcdef"
	if upper {
		digits = "0123456789ABCDEF"
	}
	return append(dst, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}

// appendUnescaped appends the text that the inside of a JSON string stands for. It is false when that is no text: half
// of a surrogate pair, or a zero byte, which not every reader of Parquet takes.
func appendUnescaped(dst, s []byte) ([]byte, bool) {
	for {
		i := bytes.IndexByte(s, '\\')
		if i < 0 {
			return append(dst, s...), true
		}
		dst = append(dst, s[:i]...)
		if i+1 >= len(s) {
			return dst, false
		}
		c := s[i+1]
		s = s[i+2:]
		switch c {
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'u':
			r, rest, ok := unicodeEscape(s)
			if !ok || r == 0 {
				return dst, false
			}
			dst, s = utf8.AppendRune(dst, r), rest
		default:
			dst = append(dst, c)
		}
	}
}

// appendLenient undoes the escapes of JSON wherever they stand in a text, for the token index: what is no escape stays.
func appendLenient(dst, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			dst = append(dst, s[i])
			continue
		}
		i++
		switch c := s[i]; c {
		case 'n', 'r', 't', 'b', 'f':
			dst = append(dst, ' ')
		case 'u':
			if r, ok := hex4(s[i+1:]); ok {
				dst = utf8.AppendRune(dst, r)
				i += 4
				continue
			}
			dst = append(dst, c)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// unicodeEscape reads what follows \u, a second escape included where two make one character.
func unicodeEscape(s []byte) (r rune, rest []byte, ok bool) {
	first, ok := hex4(s)
	if !ok {
		return 0, s, false
	}
	s = s[4:]
	if first < 0xd800 || first > 0xdfff {
		return first, s, true
	}
	if first > 0xdbff || len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, s, false
	}
	second, ok := hex4(s[2:])
	if !ok || second < 0xdc00 || second > 0xdfff {
		return 0, s, false
	}
	return 0x10000 + (first-0xd800)<<10 + second - 0xdc00, s[6:], true
}

func hex4(s []byte) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	v := rune(0)
	for _, c := range s[:4] {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			v = v<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return v, true
}

// splitTime reads a time as Defender writes it, YYYY-MM-DDThh:mm:ss[.f…]Z with up to seven digits: microseconds since
// 1970, and one character for what they do not say: the seventh digit, or a letter for fewer digits (a: none).
func splitTime(s []byte) (micros int64, digit byte, ok bool) {
	if len(s) < 20 || s[len(s)-1] != 'Z' || s[10] != 'T' || len(s) > 28 {
		return 0, 0, false
	}
	t, source := format.TimeOf(s, nil, time.Time{})
	if source != format.FromTimestamp {
		return 0, 0, false
	}
	micros = t.UnixMicro()
	if len(s) == 20 {
		digit = 'a'
	} else if n := len(s) - 21; n == 7 {
		digit = s[26]
	} else {
		digit = 'a' + byte(n)
	}
	return micros, digit, true
}

// appendTime writes what splitTime read.
func appendTime(dst []byte, micros int64, digit byte) []byte {
	t := time.UnixMicro(micros).UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	dst = appendPadded(dst, year, 4)
	for _, part := range [...]struct {
		before byte
		value  int
	}{{'-', int(month)}, {'-', day}, {'T', hour}, {':', minute}, {':', second}} {
		dst = append(dst, part.before, '0'+byte(part.value/10), '0'+byte(part.value%10))
	}
	fraction := t.Nanosecond() / 1000
	switch {
	case digit == 'a':
	case digit >= '0' && digit <= '9':
		dst = append(dst, '.')
		dst = appendPadded(dst, fraction, 6)
		dst = append(dst, digit)
	default:
		n := int(digit - 'a')
		dst = append(dst, '.')
		for range 6 - n {
			fraction /= 10
		}
		dst = appendPadded(dst, fraction, n)
	}
	return append(dst, 'Z')
}

func appendPadded(dst []byte, v, width int) []byte {
	from := len(dst)
	for range width {
		dst = append(dst, '0')
	}
	for i := len(dst) - 1; i >= from; i-- {
		dst[i] += byte(v % 10)
		v /= 10
	}
	return dst
}
