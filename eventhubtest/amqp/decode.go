package amqp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// maxDepth is how deep values may be nested; messages of real clients stay below ten.
const maxDepth = 32

var errShort = errors.New("amqp: value is cut off")

// Decode reads one value from the start of b and returns it with the bytes after it. Binary values share the memory of b.
func Decode(b []byte) (v any, rest []byte, err error) {
	d := decoder{budget: len(b) + 64}
	return d.value(b, 0)
}

// decoder counts the values that it makes, so that a few bytes (an array of nulls) cannot ask for gigabytes.
type decoder struct{ budget int }

func (d *decoder) spend(n int) error {
	if n > d.budget {
		return errors.New("amqp: more elements than bytes")
	}
	d.budget -= n
	return nil
}

func (d *decoder) value(b []byte, depth int) (any, []byte, error) {
	if depth > maxDepth {
		return nil, nil, fmt.Errorf("amqp: values nested deeper than %d", maxDepth)
	}
	if len(b) == 0 {
		return nil, nil, errShort
	}
	if b[0] == codeDescribed {
		descriptor, rest, err := d.value(b[1:], depth+1)
		if err != nil {
			return nil, nil, err
		}
		v, rest, err := d.value(rest, depth+1)
		if err != nil {
			return nil, nil, err
		}
		return Described{descriptor, v}, rest, nil
	}
	data, rest, err := cut(b[0], b[1:])
	if err != nil {
		return nil, nil, err
	}
	v, err := d.body(b[0], data, depth)
	return v, rest, err
}

// cut takes the bytes that belong to a value with the constructor code off b: without the length of a variable value,
// with the count of a compound one.
func cut(code byte, b []byte) (data, rest []byte, err error) {
	var n int
	switch code >> 4 {
	case 0x4:
	case 0x5:
		n = 1
	case 0x6:
		n = 2
	case 0x7:
		n = 4
	case 0x8:
		n = 8
	case 0x9:
		n = 16
	case 0xa, 0xc, 0xe:
		if len(b) < 1 {
			return nil, nil, errShort
		}
		n, b = int(b[0]), b[1:]
	case 0xb, 0xd, 0xf:
		if len(b) < 4 {
			return nil, nil, errShort
		}
		size := binary.BigEndian.Uint32(b)
		if uint64(size) > uint64(len(b)-4) {
			return nil, nil, errShort
		}
		n, b = int(size), b[4:]
	default:
		return nil, nil, fmt.Errorf("amqp: unknown constructor 0x%02x", code)
	}
	if n > len(b) {
		return nil, nil, errShort
	}
	return b[:n:n], b[n:], nil
}

// body reads the value of the bytes that cut found.
func (d *decoder) body(code byte, data []byte, depth int) (any, error) {
	switch code {
	case codeNull:
		return nil, nil
	case codeTrue:
		return true, nil
	case codeFalse:
		return false, nil
	case codeBoolean:
		if data[0] > 1 {
			return nil, fmt.Errorf("amqp: boolean 0x%02x", data[0])
		}
		return data[0] == 1, nil
	case codeString8, codeString32:
		if !utf8.Valid(data) {
			return nil, errors.New("amqp: string is not UTF-8")
		}
		return string(data), nil
	case codeSymbol8, codeSymbol32:
		return Symbol(data), nil
	case codeBinary8, codeBinary32:
		return data, nil
	case codeList0:
		return List{}, nil
	case codeList8, codeList32, codeMap8, codeMap32:
		return d.compound(code, data, depth)
	case codeArray8, codeArray32:
		return d.array(code, data, depth)
	}
	if v, ok := fixed(code, data); ok {
		return v, nil
	}
	return nil, fmt.Errorf("amqp: unknown constructor 0x%02x", code)
}

func fixed(code byte, data []byte) (any, bool) {
	switch code {
	case codeUint0:
		return uint32(0), true
	case codeUlong0:
		return uint64(0), true
	case codeUbyte:
		return data[0], true
	case codeByte:
		return int8(data[0]), true
	case codeUint8:
		return uint32(data[0]), true
	case codeUlong8:
		return uint64(data[0]), true
	case codeInt8:
		return int32(int8(data[0])), true
	case codeLong8:
		return int64(int8(data[0])), true
	case codeUshort:
		return binary.BigEndian.Uint16(data), true
	case codeShort:
		return int16(binary.BigEndian.Uint16(data)), true
	case codeUint:
		return binary.BigEndian.Uint32(data), true
	case codeInt:
		return int32(binary.BigEndian.Uint32(data)), true
	case codeFloat:
		return math.Float32frombits(binary.BigEndian.Uint32(data)), true
	case codeChar:
		return Char(binary.BigEndian.Uint32(data)), true
	case codeDecimal32:
		return Decimal32(data), true
	case codeUlong:
		return binary.BigEndian.Uint64(data), true
	case codeLong:
		return int64(binary.BigEndian.Uint64(data)), true
	case codeDouble:
		return math.Float64frombits(binary.BigEndian.Uint64(data)), true
	case codeTimestamp:
		return timestamp(int64(binary.BigEndian.Uint64(data))), true
	case codeDecimal64:
		return Decimal64(data), true
	case codeDecimal128:
		return Decimal128(data), true
	case codeUUID:
		return UUID(data), true
	}
	return nil, false
}

// count takes the number of elements off the bytes of a compound value.
func count(code byte, data []byte) (int, []byte, error) {
	if code>>4 == 0xc || code>>4 == 0xe {
		if len(data) < 1 {
			return 0, nil, errShort
		}
		return int(data[0]), data[1:], nil
	}
	if len(data) < 4 {
		return 0, nil, errShort
	}
	n := binary.BigEndian.Uint32(data)
	if n > math.MaxInt32 {
		return 0, nil, errors.New("amqp: more elements than bytes")
	}
	return int(n), data[4:], nil
}

func (d *decoder) compound(code byte, data []byte, depth int) (any, error) {
	n, data, err := count(code, data)
	if err != nil {
		return nil, err
	}
	if n > len(data) {
		return nil, errors.New("amqp: more elements than bytes")
	}
	if err := d.spend(n); err != nil {
		return nil, err
	}
	items := make([]any, n)
	for i := range items {
		if items[i], data, err = d.value(data, depth+1); err != nil {
			return nil, err
		}
	}
	if len(data) > 0 {
		return nil, fmt.Errorf("amqp: %d bytes after the last element", len(data))
	}
	if code == codeList8 || code == codeList32 {
		return List(items), nil
	}
	if n%2 == 1 {
		return nil, errors.New("amqp: map with a key that has no value")
	}
	m := make(Map, n/2)
	for i := range m {
		m[i] = Pair{items[2*i], items[2*i+1]}
	}
	return m, nil
}

func (d *decoder) array(code byte, data []byte, depth int) (any, error) {
	n, data, err := count(code, data)
	if err != nil {
		return nil, err
	}
	if err := d.spend(n); err != nil {
		return nil, err
	}
	if len(data) == 0 {
		return nil, errShort
	}
	var a Array
	element := data[0]
	data = data[1:]
	if element == codeDescribed {
		if a.Descriptor, data, err = d.value(data, depth+1); err != nil {
			return nil, err
		}
		if len(data) == 0 {
			return nil, errShort
		}
		element, data = data[0], data[1:]
	}
	if depth+1 > maxDepth {
		return nil, fmt.Errorf("amqp: values nested deeper than %d", maxDepth)
	}
	if _, _, err := cut(element, nil); err != nil && !errors.Is(err, errShort) {
		return nil, err
	}
	a.Of = widest(element)
	a.Items = make([]any, n)
	for i := range a.Items {
		var item []byte
		if item, data, err = cut(element, data); err != nil {
			return nil, err
		}
		if a.Items[i], err = d.body(element, item, depth+1); err != nil {
			return nil, err
		}
	}
	if len(data) > 0 {
		return nil, fmt.Errorf("amqp: %d bytes after the last element", len(data))
	}
	return a, nil
}
