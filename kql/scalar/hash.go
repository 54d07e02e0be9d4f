package scalar

import (
	"encoding/binary"
	"math"

	"github.com/cespare/xxhash/v2"
)

// The hash of a text is that of its bytes, of a number or time that of its eight bytes, the least first.
var hashFunctions = map[string]Function{
	"hash_text": {"sl?", 'l', func(a []any) any { return modulo(xxhash.Sum64String(text(a[0])), a[1]) }},
	"hash_long": {"ll?", 'l', strict1(func(a []any) any { return modulo(hashBytes(uint64(long(a[0], 0))), a[1]) })},
	"hash_real": {"rl?", 'l', strict1(func(a []any) any { return modulo(hashBytes(math.Float64bits(real(a[0], 0))), a[1]) })},
	"hash_guid": {"sl?", 'l', strict1(hashGUID)},
	"hash_bool": {"bl?", 'l', strict1(func(a []any) any {
		b := []byte{0}
		if a[0] == true {
			b[0] = 1
		}
		return modulo(xxhash.Sum64(b), a[1])
	})},
}

// strict1 is strict for the first argument.
func strict1(f func([]any) any) func([]any) any {
	return func(a []any) any {
		if a[0] == nil {
			return nil
		}
		return f(a)
	}
}

func hashBytes(v uint64) uint64 {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], v)
	return xxhash.Sum64(b[:])
}

func hashGUID(a []any) any {
	raw, ok := base64FromGUID([]any{a[0]}).(string)
	if !ok {
		return nil
	}
	b, _ := unbase64(raw)
	return modulo(xxhash.Sum64(b), a[1])
}

func modulo(h uint64, by any) any {
	n, ok := by.(int64)
	if !ok {
		return int64(h)
	}
	if n <= 0 {
		return nil
	}
	return int64(h % uint64(n))
}
