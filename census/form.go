package census

import (
	"net/netip"
	"strings"

	"penstock/record"
)

// Forms is a set of what values look like.
type Forms uint16

// The forms of values.
const (
	Text        Forms = 1 << iota // anything else
	Decimal                       // -12.5, as a number or in a string
	Hexadecimal                   // 0x1f
	UUID
	IPv4
	IPv6
	Timestamp
	SID // S-1-5-…
	Hash
	Boolean
	List
	Map

	formCount = iota
)

var formNames = []string{"text", "decimal", "hexadecimal", "uuid", "ipv4", "ipv6", "time", "sid", "hash", "boolean", "list", "object"}

// Names are the forms in words.
func (f Forms) Names() []string {
	var names []string
	for i, name := range formNames {
		if f&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// formOf is the form of one value.
func formOf(m *record.Member) Forms {
	switch m.Kind {
	case record.True, record.False:
		return Boolean
	case record.Number:
		return Decimal
	case record.Array:
		return List
	case record.Object:
		return Map
	}
	text := m.Text()
	switch n := len(text); {
	case n == 0 || n > 64 || m.Escaped:
		return Text
	case n > 4 && text[0] == 'S' && text[1] == '-' && text[2] == '1' && text[3] == '-':
		return SID
	case n > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && all(text[2:], hexDigit):
		return Hexadecimal
	case decimal(text):
		return Decimal
	case n == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-' && all(text[:8], hexDigit):
		return UUID
	case (n == 32 || n == 40 || n == 64) && all(text, hexDigit):
		return Hash
	case n >= 19 && text[4] == '-' && text[7] == '-' && (text[10] == 'T' || text[10] == ' ') && text[13] == ':':
		return Timestamp
	}
	return address(text)
}

func address(text []byte) Forms {
	first := text[0]
	if !hexDigit(first) && first != ':' || len(text) > 45 || !strings.ContainsAny(string(text), ".:") {
		return Text
	}
	a, err := netip.ParseAddr(string(text))
	switch {
	case err != nil:
		return Text
	case a.Is4():
		return IPv4
	}
	return IPv6
}

func decimal(text []byte) bool {
	if len(text) > 1 && text[0] == '-' {
		text = text[1:]
	}
	dots := 0
	return all(text, func(b byte) bool {
		if b == '.' {
			dots++
			return dots == 1
		}
		return '0' <= b && b <= '9'
	}) && text[0] != '.' && text[len(text)-1] != '.'
}

func hexDigit(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b && b <= 'f' || 'A' <= b && b <= 'F'
}

func all(text []byte, is func(byte) bool) bool {
	for _, b := range text {
		if !is(b) {
			return false
		}
	}
	return true
}
