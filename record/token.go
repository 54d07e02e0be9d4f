package record

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// MaxDepth is how deep objects and arrays may nest within one record, the record itself being the first level.
const MaxDepth = 128

// Errors of the tokeniser. They say why a text is not one JSON value (RFC 8259).
var (
	errSyntax    = errors.New("not JSON")
	errTruncated = errors.New("the text ends before the value does")
	errUTF8      = errors.New("a string is not valid UTF-8")
	errDepth     = errors.New("nested deeper than 128")
)

// Kind is the type of a JSON value.
type Kind uint8

// The kinds of JSON values.
const (
	Null Kind = iota
	False
	True
	Number
	String
	Array
	Object
)

// Member is one name and value of an object, or one element of an array (then without a key). Both are slices of the
// text that was parsed.
type Member struct {
	Key        []byte // between its quotes, escapes as they came
	Value      []byte // the JSON text of the value; a string with its quotes
	Kind       Kind
	KeyEscaped bool // Key holds escapes
	Escaped    bool // Value is a string that holds escapes
}

// Text is the inside of a string value, escapes as they came, or the JSON text of any other value.
func (m *Member) Text() []byte {
	if m.Kind == String {
		return m.Value[1 : len(m.Value)-1]
	}
	return m.Value
}

// Members appends the members of the object, or the elements of the array, that text consists of to dst. A key that
// occurs twice is there twice; the last one counts. The error tells why text is no JSON object or array.
func Members(dst []Member, text []byte) ([]Member, error) {
	i := skipSpace(text, 0)
	if i == len(text) || text[i] != '{' && text[i] != '[' {
		return dst, errSyntax
	}
	dst, end, err := members(dst, text, i, 1)
	if err != nil {
		return dst, err
	}
	if skipSpace(text, end) != len(text) {
		return dst, errSyntax
	}
	return dst, nil
}

// Valid reports whether text is exactly one JSON value that is well formed, valid UTF-8 and no deeper than MaxDepth.
func Valid(text []byte) error {
	_, end, _, err := value(text, skipSpace(text, 0), 0)
	if err != nil {
		return err
	}
	if skipSpace(text, end) != len(text) {
		return errSyntax
	}
	return nil
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// members reads the object or array that starts at i and lists what is in it.
func members(dst []Member, b []byte, i, depth int) ([]Member, int, error) {
	if depth > MaxDepth {
		return dst, i, errDepth
	}
	object := b[i] == '{'
	closing := b[i] + 2 // in ASCII } is { + 2 and ] is [ + 2
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == closing {
		return dst, i + 1, nil
	}
	for {
		if len(dst) == cap(dst) {
			dst = slices.Grow(dst, 64)
		}
		dst = dst[:len(dst)+1]
		m := &dst[len(dst)-1]
		m.Key, m.KeyEscaped = nil, false
		var err error
		if object {
			if i, err = key(b, i, m); err != nil {
				return dst, i, err
			}
		}
		start := i
		if i < len(b) && b[i] == '"' {
			m.Kind = String
			i, m.Escaped, err = str(b, i)
		} else {
			m.Kind, i, m.Escaped, err = value(b, i, depth)
		}
		if err != nil {
			return dst, i, err
		}
		m.Value = b[start:i:i]
		if object && i+1 < len(b) && b[i] == ',' && b[i+1] == '"' {
			i++
			continue
		}
		more, next, err := separator(b, i, closing)
		if err != nil || !more {
			return dst, next, err
		}
		i = next
	}
}

// key reads a name and its colon; it returns where the value starts.
func key(b []byte, i int, m *Member) (int, error) {
	if i >= len(b) {
		return i, errTruncated
	}
	if b[i] != '"' {
		return i, errSyntax
	}
	end, escaped, err := str(b, i)
	if err != nil {
		return end, err
	}
	m.Key, m.KeyEscaped = b[i+1:end-1:end-1], escaped
	if end+1 < len(b) && b[end] == ':' && b[end+1] > ' ' {
		return end + 1, nil
	}
	return colon(b, end)
}

func colon(b []byte, i int) (int, error) {
	i = skipSpace(b, i)
	if i >= len(b) {
		return i, errTruncated
	}
	if b[i] != ':' {
		return i, errSyntax
	}
	return skipSpace(b, i+1), nil
}

// separator reads what follows a value: a comma (more is true, next is where the next element starts) or the closing bracket.
func separator(b []byte, i int, closing byte) (more bool, next int, err error) {
	if i >= len(b) || b[i] <= ' ' {
		i = skipSpace(b, i)
	}
	if i >= len(b) {
		return false, i, errTruncated
	}
	switch b[i] {
	case closing:
		return false, i + 1, nil
	case ',':
		return true, skipSpace(b, i+1), nil
	}
	return false, i, errSyntax
}

// value reads one value that starts at i and returns its kind, where it ends, and whether it is a string with escapes.
// depth is the number of objects and arrays that are open around it.
func value(b []byte, i, depth int) (kind Kind, end int, escaped bool, err error) {
	if i >= len(b) {
		return Null, i, false, errTruncated
	}
	switch b[i] {
	case '"':
		end, escaped, err = str(b, i)
		return String, end, escaped, err
	case 'n':
		if len(b)-i >= 4 && binary.LittleEndian.Uint32(b[i:]) == 'n'|'u'<<8|'l'<<16|'l'<<24 {
			return Null, i + 4, false, nil
		}
		end, err = literal(b, i, "null")
		return Null, end, false, err
	case 't':
		end, err = literal(b, i, "true")
		return True, end, false, err
	case 'f':
		end, err = literal(b, i, "false")
		return False, end, false, err
	case '{':
		end, err = object(b, i, depth+1)
		return Object, end, false, err
	case '[':
		end, err = array(b, i, depth+1)
		return Array, end, false, err
	}
	end, err = number(b, i)
	return Number, end, false, err
}

func object(b []byte, i, depth int) (int, error) {
	if depth > MaxDepth {
		return i, errDepth
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == '}' {
		return i + 1, nil
	}
	for {
		if i >= len(b) {
			return i, errTruncated
		}
		if b[i] != '"' {
			return i, errSyntax
		}
		end, _, err := str(b, i)
		if err != nil {
			return end, err
		}
		if i, err = colon(b, end); err != nil {
			return i, err
		}
		if _, i, _, err = value(b, i, depth); err != nil {
			return i, err
		}
		more, next, err := separator(b, i, '}')
		if err != nil || !more {
			return next, err
		}
		i = next
	}
}

func array(b []byte, i, depth int) (int, error) {
	if depth > MaxDepth {
		return i, errDepth
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == ']' {
		return i + 1, nil
	}
	for {
		var err error
		if _, i, _, err = value(b, i, depth); err != nil {
			return i, err
		}
		more, next, err := separator(b, i, ']')
		if err != nil || !more {
			return next, err
		}
		i = next
	}
}

func literal(b []byte, i int, word string) (int, error) {
	if len(b)-i >= len(word) && string(b[i:i+len(word)]) == word {
		return i + len(word), nil
	}
	if rest := b[i:]; len(rest) < len(word) && string(rest) == word[:len(rest)] {
		return len(b), errTruncated
	}
	return i, errSyntax
}

func digits(b []byte, i int) (int, error) {
	if i >= len(b) {
		return i, errTruncated
	}
	if b[i] < '0' || b[i] > '9' {
		return i, errSyntax
	}
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	return i, nil
}

func number(b []byte, i int) (int, error) {
	if b[i] == '-' {
		i++
	}
	if i < len(b) && b[i] == '0' {
		i++
	} else {
		var err error
		if i, err = digits(b, i); err != nil {
			return i, err
		}
	}
	if i < len(b) && b[i] == '.' {
		var err error
		if i, err = digits(b, i+1); err != nil {
			return i, err
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		return digits(b, i)
	}
	return i, nil
}

const (
	lows  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special marks, by their high bits, the bytes of w that a string cannot hold as they are: a quote, a backslash, a control
// character. With its second bit flipped a quote is 0x20 and the control characters stay below that, so that one
// subtraction finds both. A byte below its subtrahend borrows from the next one: only the lowest mark is certain.
func special(w uint64) uint64 {
	return (((w ^ lows*0x02) - lows*0x21) | ((w ^ lows*'\\') - lows)) &^ w & highs
}

// str reads the string that starts at i and returns where it ends, behind its closing quote. It looks at eight bytes at
// a time for the four things that need a closer look: a quote, a backslash, a control character, a byte beyond ASCII.
func str(b []byte, i int) (end int, escaped bool, err error) {
	start := i + 1
	i = start
	var beyond uint64
	for len(b)-i >= 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		found := special(w)
		if found == 0 {
			beyond |= w
			i += 8
			continue
		}
		at := bits.TrailingZeros64(found) &^ 7
		beyond |= w & (1<<at - 1)
		i += at >> 3
		if b[i] == '"' {
			if beyond&highs != 0 && !utf8.Valid(b[start:i]) {
				return i, escaped, errUTF8
			}
			return i + 1, escaped, nil
		}
		if b[i] != '\\' {
			return i, escaped, errSyntax
		}
		escaped = true
		if i+1 < len(b) && (b[i+1] == '"' || b[i+1] == '\\') {
			i += 2
		} else if i, err = escape(b, i); err != nil {
			return i, escaped, err
		}
	}
	return lastBytes(b, start, i, beyond, escaped)
}

// lastBytes goes on with a string where fewer than eight bytes of the text are left.
func lastBytes(b []byte, start, i int, beyond uint64, escaped bool) (int, bool, error) {
	for i < len(b) {
		switch c := b[i]; {
		case c == '"':
			if beyond&highs != 0 && !utf8.Valid(b[start:i]) {
				return i, escaped, errUTF8
			}
			return i + 1, escaped, nil
		case c == '\\':
			escaped = true
			var err error
			if i, err = escape(b, i); err != nil {
				return i, escaped, err
			}
		case c < 0x20:
			return i, escaped, errSyntax
		default:
			beyond |= uint64(c)
			i++
		}
	}
	return i, escaped, errTruncated
}

// escape checks the escape sequence at i.
func escape(b []byte, i int) (int, error) {
	if i+1 >= len(b) {
		return len(b), errTruncated
	}
	switch b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2, nil
	case 'u':
		for j := i + 2; j < i+6; j++ {
			if j >= len(b) {
				return j, errTruncated
			}
			if c := b[j] | 0x20; (c < '0' || c > '9' || b[j] < '0') && (c < 'a' || c > 'f') {
				return j, errSyntax
			}
		}
		return i + 6, nil
	}
	return i, errSyntax
}
