package simulate

import (
	"math/rand/v2"
	"strconv"
	"unicode/utf8"
)

const (
	second = int64(1e9)
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
)

// row appends the members of one JSON object to a buffer. Times are nanoseconds since 1970, in UTC.
type row struct{ b []byte }

func (r *row) key(k string) {
	if n := len(r.b); n > 0 && r.b[n-1] != '{' && r.b[n-1] != '[' {
		r.b = append(r.b, ',')
	}
	r.b = append(r.b, '"')
	r.b = append(r.b, k...)
	r.b = append(r.b, '"', ':')
}

func (r *row) str(k, v string) {
	r.key(k)
	r.b = append(r.b, '"')
	r.b = appendEscaped(r.b, v)
	r.b = append(r.b, '"')
}

func (r *row) bytes(k string, v []byte) {
	r.key(k)
	r.b = append(r.b, '"')
	r.b = appendEscaped(r.b, v)
	r.b = append(r.b, '"')
}

// opt writes null for an empty text, as the tables do where a value is not known.
func (r *row) opt(k, v string) {
	if v == "" {
		r.null(k)
		return
	}
	r.str(k, v)
}

func (r *row) null(keys ...string) {
	for _, k := range keys {
		r.key(k)
		r.b = append(r.b, "null"...)
	}
}

func (r *row) int(k string, v int64) {
	r.key(k)
	r.b = strconv.AppendInt(r.b, v, 10)
}

// digits writes a number as text: unique process ids are longer than a JSON number holds safely.
func (r *row) digits(k string, v uint64) {
	r.key(k)
	r.b = append(r.b, '"')
	r.b = strconv.AppendUint(r.b, v, 10)
	r.b = append(r.b, '"')
}

func (r *row) bool(k string, v bool) {
	r.key(k)
	r.b = strconv.AppendBool(r.b, v)
}

// raw writes a value that is JSON already.
func (r *row) raw(k, json string) {
	r.key(k)
	r.b = append(r.b, json...)
}

// time writes a time with as many digits as it needs, at most seven; null for 0.
func (r *row) time(k string, at int64) {
	if at == 0 {
		r.null(k)
		return
	}
	r.key(k)
	r.b = append(r.b, '"')
	r.b = appendTime(r.b, at, false)
	r.b = append(r.b, '"')
}

func (r *row) open(k string) {
	if k == "" {
		if n := len(r.b); n > 0 && r.b[n-1] == '}' {
			r.b = append(r.b, ',')
		}
	} else {
		r.key(k)
	}
	r.b = append(r.b, '{')
}

func (r *row) close() { r.b = append(r.b, '}') }

func (r *row) list(k string) {
	r.key(k)
	r.b = append(r.b, '[')
}

func (r *row) end() { r.b = append(r.b, ']') }

// embed writes the JSON of another row as a text: how most tables carry AdditionalFields.
func (r *row) embed(k string, inner *row) { r.bytes(k, inner.b) }

var plain = func() (t [256]bool) {
	for i := 0x20; i < 0x80; i++ {
		t[i] = i != '"' && i != '\\'
	}
	return t
}()

const hexDigits = "0123456789abcdef"

// appendEscaped appends v as the inside of a JSON string, everything beyond ASCII as \u, as Microsoft's exporter does.
func appendEscaped[T string | []byte](dst []byte, v T) []byte {
	from := 0
	for i := 0; i < len(v); {
		c := v[i]
		if plain[c] {
			i++
			continue
		}
		dst = append(dst, v[from:i]...)
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
			i++
		case c == '\n':
			dst = append(dst, '\\', 'n')
			i++
		case c < 0x20 || c == 0x7f:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			i++
		default:
			r, n := utf8.DecodeRuneInString(string(v[i:min(len(v), i+utf8.UTFMax)]))
			dst = appendRune(dst, r)
			i += n
		}
		from = i
	}
	return append(dst, v[from:]...)
}

func appendRune(dst []byte, r rune) []byte {
	if r > 0xffff {
		return utf8.AppendRune(dst, r)
	}
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

// appendTime appends a time as Microsoft writes it: UTC, tenths of a microsecond, Z.
func appendTime(dst []byte, at int64, full bool) []byte {
	days, rest := at/day, at%day
	y, m, d := civil(days)
	dst = append(dst, byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10), '-')
	dst = append(two(dst, m), '-')
	dst = append(two(dst, d), 'T')
	dst = append(two(dst, int(rest/hour)), ':')
	dst = append(two(dst, int(rest/minute%60)), ':')
	dst = two(dst, int(rest/second%60))
	ticks := rest % second / 100
	if full || ticks > 0 {
		var f [8]byte
		f[0] = '.'
		for i := 7; i > 0; i-- {
			f[i] = byte('0' + ticks%10)
			ticks /= 10
		}
		n := 8
		for !full && f[n-1] == '0' {
			n--
		}
		dst = append(dst, f[:n]...)
	}
	return append(dst, 'Z')
}

func two(dst []byte, v int) []byte { return append(dst, byte('0'+v/10), byte('0'+v%10)) }

// civil is the date of a day since 1970 (H. Hinnant, "chrono-compatible low-level date algorithms").
func civil(days int64) (year, month, dayOfMonth int) {
	z := days + 719468
	era := z / 146097
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	m := mp + 3
	if m > 12 {
		m -= 12
	}
	y := yoe + era*400
	if m <= 2 {
		y++
	}
	return int(y), int(m), int(doy - (153*mp+2)/5 + 1)
}

// randomHex is a text of n random hexadecimal digits.
func randomHex(rng *rand.Rand, n int) string { return string(appendHex(nil, rng, n)) }

func appendHex(dst []byte, rng *rand.Rand, n int) []byte {
	for n > 0 {
		v := rng.Uint64()
		for i := 0; i < 16 && n > 0; i++ {
			dst = append(dst, hexDigits[v&15])
			v >>= 4
			n--
		}
	}
	return dst
}

func randomGUID(rng *rand.Rand) string { return string(appendGUID(nil, rng)) }

func appendGUID(dst []byte, rng *rand.Rand) []byte {
	a, b := rng.Uint64(), rng.Uint64()
	a = a&^(0xf<<12) | 4<<12
	b = b&^(3<<62) | 2<<62
	for i := 60; i >= 0; i -= 4 {
		if i == 28 || i == 12 {
			dst = append(dst, '-')
		}
		dst = append(dst, hexDigits[a>>uint(i)&15])
	}
	for i := 60; i >= 0; i -= 4 {
		if i == 60 || i == 44 {
			dst = append(dst, '-')
		}
		dst = append(dst, hexDigits[b>>uint(i)&15])
	}
	return dst
}

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

func appendNumber(dst []byte, n int) []byte { return strconv.AppendInt(dst, int64(n), 10) }
