// Package amqp is the wire form of AMQP 1.0 as a server needs it: values, frames, performatives and the sections of a
// message, after the OASIS standard (parts 1, 2, 3 and 5).
//
// Everything that is decoded comes from the network, so every size, count and depth is checked before memory is set aside
// for it; whatever is malformed is an error, never a panic.
package amqp

import "time"

// The Go form of the primitive types: nil, bool, uint8, uint16, uint32, uint64, int8, int16, int32, int64, float32,
// float64, string and []byte stand for themselves, time.Time for a timestamp (milliseconds), and the types below for
// what Go does not have.
type (
	// Symbol is a name out of a constrained set (ASCII).
	Symbol string
	// Char is one Unicode code point.
	Char uint32
	// UUID is a universally unique identifier.
	UUID [16]byte
	// Decimal32 is an IEEE 754 decimal, kept as its bytes.
	Decimal32 [4]byte
	// Decimal64 is an IEEE 754 decimal, kept as its bytes.
	Decimal64 [8]byte
	// Decimal128 is an IEEE 754 decimal, kept as its bytes.
	Decimal128 [16]byte
	// List holds values of any types.
	List []any
	// Map holds pairs in the order of the wire.
	Map []Pair
	// Pair is one entry of a Map.
	Pair struct{ Key, Value any }
	// Array holds values of one type. Of is the widest constructor of that type (part 1.6), Descriptor is nil unless
	// the elements are described.
	Array struct {
		Of         byte
		Descriptor any
		Items      []any
	}
	// Described is a value with a descriptor that says what it means.
	Described struct{ Descriptor, Value any }
)

// Get returns the value whose key, a symbol or a string, is name; nil if there is none.
func (m Map) Get(name string) any {
	for _, p := range m {
		switch k := p.Key.(type) {
		case Symbol:
			if string(k) == name {
				return p.Value
			}
		case string:
			if k == name {
				return p.Value
			}
		}
	}
	return nil
}

// Strings returns an array of strings.
func Strings(values ...string) Array {
	a := Array{Of: codeString32, Items: make([]any, len(values))}
	for i, v := range values {
		a.Items[i] = v
	}
	return a
}

// Symbols returns an array of symbols.
func Symbols(values ...Symbol) Array {
	a := Array{Of: codeSymbol32, Items: make([]any, len(values))}
	for i, v := range values {
		a.Items[i] = v
	}
	return a
}

// Constructors of part 1.6. The high nibble tells the width of what follows.
const (
	codeDescribed  = 0x00
	codeNull       = 0x40
	codeTrue       = 0x41
	codeFalse      = 0x42
	codeUint0      = 0x43
	codeUlong0     = 0x44
	codeList0      = 0x45
	codeUbyte      = 0x50
	codeByte       = 0x51
	codeUint8      = 0x52
	codeUlong8     = 0x53
	codeInt8       = 0x54
	codeLong8      = 0x55
	codeBoolean    = 0x56
	codeUshort     = 0x60
	codeShort      = 0x61
	codeUint       = 0x70
	codeInt        = 0x71
	codeFloat      = 0x72
	codeChar       = 0x73
	codeDecimal32  = 0x74
	codeUlong      = 0x80
	codeLong       = 0x81
	codeDouble     = 0x82
	codeTimestamp  = 0x83
	codeDecimal64  = 0x84
	codeDecimal128 = 0x94
	codeUUID       = 0x98
	codeBinary8    = 0xa0
	codeString8    = 0xa1
	codeSymbol8    = 0xa3
	codeBinary32   = 0xb0
	codeString32   = 0xb1
	codeSymbol32   = 0xb3
	codeList8      = 0xc0
	codeMap8       = 0xc1
	codeList32     = 0xd0
	codeMap32      = 0xd1
	codeArray8     = 0xe0
	codeArray32    = 0xf0
)

// widest maps a compact constructor to the one that can hold every value of its type; the others are their own.
func widest(code byte) byte {
	switch code {
	case codeTrue, codeFalse:
		return codeBoolean
	case codeUint0, codeUint8:
		return codeUint
	case codeUlong0, codeUlong8:
		return codeUlong
	case codeInt8:
		return codeInt
	case codeLong8:
		return codeLong
	case codeBinary8:
		return codeBinary32
	case codeString8:
		return codeString32
	case codeSymbol8:
		return codeSymbol32
	case codeList0, codeList8:
		return codeList32
	case codeMap8:
		return codeMap32
	case codeArray8:
		return codeArray32
	}
	return code
}

func timestamp(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
