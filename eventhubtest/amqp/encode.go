package amqp

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// Append writes v in its shortest form. A value of a type that AMQP does not know is an error of the caller, and panics:
// what is written is made by this program, never by the network.
func Append(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, codeNull)
	case bool:
		if v {
			return append(dst, codeTrue)
		}
		return append(dst, codeFalse)
	case uint32:
		return appendUint(dst, v)
	case uint64:
		return appendUlong(dst, v)
	case int32:
		if v >= math.MinInt8 && v <= math.MaxInt8 {
			return append(dst, codeInt8, byte(v))
		}
	case int64:
		if v >= math.MinInt8 && v <= math.MaxInt8 {
			return append(dst, codeLong8, byte(v))
		}
	case string:
		return AppendString(dst, v)
	case Symbol:
		if len(v) <= math.MaxUint8 {
			return append(append(dst, codeSymbol8, byte(len(v))), v...)
		}
	case []byte:
		if len(v) <= math.MaxUint8 {
			return append(append(dst, codeBinary8, byte(len(v))), v...)
		}
	case List:
		if len(v) == 0 {
			return append(dst, codeList0)
		}
	case Described:
		return Append(Append(append(dst, codeDescribed), v.Descriptor), v.Value)
	}
	code := constructor(v)
	return appendData(append(dst, code), code, v)
}

// AppendString writes a string without boxing it.
func AppendString(dst []byte, s string) []byte {
	if len(s) <= math.MaxUint8 {
		return append(append(dst, codeString8, byte(len(s))), s...)
	}
	dst = append(dst, codeString32)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(s)))
	return append(dst, s...)
}

// AppendLong writes a long without boxing it.
func AppendLong(dst []byte, v int64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, codeLong), uint64(v))
}

// AppendTimestamp writes a timestamp, in milliseconds since 1970, without boxing it.
func AppendTimestamp(dst []byte, ms int64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, codeTimestamp), uint64(ms))
}

func appendUint(dst []byte, v uint32) []byte {
	switch {
	case v == 0:
		return append(dst, codeUint0)
	case v <= math.MaxUint8:
		return append(dst, codeUint8, byte(v))
	}
	return binary.BigEndian.AppendUint32(append(dst, codeUint), v)
}

func appendUlong(dst []byte, v uint64) []byte {
	switch {
	case v == 0:
		return append(dst, codeUlong0)
	case v <= math.MaxUint8:
		return append(dst, codeUlong8, byte(v))
	}
	return binary.BigEndian.AppendUint64(append(dst, codeUlong), v)
}

// constructor returns the widest constructor of the type of v.
func constructor(v any) byte {
	switch v := v.(type) {
	case nil:
		return codeNull
	case bool:
		return codeBoolean
	case uint8:
		return codeUbyte
	case uint16:
		return codeUshort
	case uint32:
		return codeUint
	case uint64:
		return codeUlong
	case int8:
		return codeByte
	case int16:
		return codeShort
	case int32:
		return codeInt
	case int64:
		return codeLong
	case float32:
		return codeFloat
	case float64:
		return codeDouble
	case Char:
		return codeChar
	case Decimal32:
		return codeDecimal32
	case Decimal64:
		return codeDecimal64
	case Decimal128:
		return codeDecimal128
	case time.Time:
		return codeTimestamp
	case UUID:
		return codeUUID
	case []byte:
		return codeBinary32
	case string:
		return codeString32
	case Symbol:
		return codeSymbol32
	case List:
		return codeList32
	case Map:
		return codeMap32
	case Array:
		return codeArray32
	default:
		panic(fmt.Sprintf("amqp: cannot encode a value of type %T", v))
	}
}

// appendData writes what follows the widest constructor of a value.
func appendData(dst []byte, code byte, v any) []byte {
	if code != constructor(v) {
		panic(fmt.Sprintf("amqp: an array of 0x%02x holds a value of type %T", code, v))
	}
	switch v := v.(type) {
	case bool:
		if v {
			return append(dst, 1)
		}
		return append(dst, 0)
	case []byte:
		return append(binary.BigEndian.AppendUint32(dst, uint32(len(v))), v...)
	case string:
		return append(binary.BigEndian.AppendUint32(dst, uint32(len(v))), v...)
	case Symbol:
		return append(binary.BigEndian.AppendUint32(dst, uint32(len(v))), v...)
	case List, Map, Array:
		return appendCompound(dst, v)
	}
	return appendFixed(dst, v)
}

func appendFixed(dst []byte, v any) []byte {
	switch v := v.(type) {
	case uint8:
		return append(dst, v)
	case int8:
		return append(dst, byte(v))
	case uint16:
		return binary.BigEndian.AppendUint16(dst, v)
	case int16:
		return binary.BigEndian.AppendUint16(dst, uint16(v))
	case uint32:
		return binary.BigEndian.AppendUint32(dst, v)
	case int32:
		return binary.BigEndian.AppendUint32(dst, uint32(v))
	case Char:
		return binary.BigEndian.AppendUint32(dst, uint32(v))
	case float32:
		return binary.BigEndian.AppendUint32(dst, math.Float32bits(v))
	case uint64:
		return binary.BigEndian.AppendUint64(dst, v)
	case int64:
		return binary.BigEndian.AppendUint64(dst, uint64(v))
	case float64:
		return binary.BigEndian.AppendUint64(dst, math.Float64bits(v))
	case time.Time:
		return binary.BigEndian.AppendUint64(dst, uint64(v.UnixMilli()))
	case Decimal32:
		return append(dst, v[:]...)
	case Decimal64:
		return append(dst, v[:]...)
	case Decimal128:
		return append(dst, v[:]...)
	case UUID:
		return append(dst, v[:]...)
	}
	return dst // null
}

func appendCompound(dst []byte, v any) []byte {
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0) // size and count
	var n int
	switch v := v.(type) {
	case List:
		n = len(v)
		for _, item := range v {
			dst = Append(dst, item)
		}
	case Map:
		n = 2 * len(v)
		for _, p := range v {
			dst = Append(Append(dst, p.Key), p.Value)
		}
	case Array:
		n = len(v.Items)
		if v.Descriptor != nil {
			dst = Append(append(dst, codeDescribed), v.Descriptor)
		}
		dst = append(dst, v.Of)
		for _, item := range v.Items {
			dst = appendData(dst, v.Of, item)
		}
	}
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	binary.BigEndian.PutUint32(dst[at+4:], uint32(n))
	return dst
}

// AppendSymbol writes a symbol of at most 255 characters without boxing it.
func AppendSymbol(dst []byte, s string) []byte {
	return append(append(dst, codeSymbol8, byte(len(s))), s...)
}

// AppendStringBytes writes a string of at most 255 bytes.
func AppendStringBytes(dst, s []byte) []byte {
	return append(append(dst, codeString8, byte(len(s))), s...)
}
