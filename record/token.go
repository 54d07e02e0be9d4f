package record

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"
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
	s := scan(text)
	defer s.done()
	dst, end, err := s.members(dst, i, 1)
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
	s := scan(text)
	defer s.done()
	return s.whole()
}

// whole reads the text as one value.
func (s *scanner) whole() error {
	_, end, _, err := s.value(skipSpace(s.text, 0), 0)
	if err != nil {
		return err
	}
	if skipSpace(s.text, end) != len(s.text) {
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
func (s *scanner) members(dst []Member, i, depth int) ([]Member, int, error) {
	b := s.text
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
		var done bool
		var err error
		if object {
			i, done, err = s.entry(i, m)
		} else {
			m.Key, m.KeyEscaped = nil, false
		}
		if start := i; !done && err == nil {
			m.Kind, i, m.Escaped, err = s.value(i, depth)
			m.Value = b[start:i:i]
		}
		if err != nil {
			return dst, i, err
		}
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

// entry reads a name, and the value as well where that is a string; otherwise next is where the value starts. Names and
// values are mostly short and without escapes: one look at the marks finds the ends of both.
func (s *scanner) entry(i int, m *Member) (next int, done bool, err error) {
	b := s.text
	found := window(s.special, i+1)
	end := i + 1 + bits.TrailingZeros64(found)
	if end+2 >= len(b) || !s.ascii || b[i] != '"' || b[end] != '"' || b[end+1] != ':' || b[end+2] <= ' ' {
		if next, err = s.key(i, m); err != nil || next >= len(b) || b[next] != '"' {
			return next, false, err
		}
		found = 0
	} else {
		m.Key, m.KeyEscaped = b[i+1:end:end], false
		if next = end + 2; b[next] != '"' {
			return next, false, nil
		}
	}
	found &= found - 1 // the name's end
	found &= found - 1 // the value's start
	if last := i + 1 + bits.TrailingZeros64(found); found != 0 && last < len(b) && b[last] == '"' {
		m.Value, m.Kind, m.Escaped = b[next:last+1:last+1], String, false
		return last + 1, true, nil
	}
	start := next
	next, m.Escaped, err = s.str(start)
	m.Value, m.Kind = b[start:next:next], String
	return next, true, err
}

// key reads a name and its colon; it returns where the value starts.
func (s *scanner) key(i int, m *Member) (int, error) {
	b := s.text
	if i >= len(b) {
		return i, errTruncated
	}
	if b[i] != '"' {
		return i, errSyntax
	}
	end, escaped, err := s.str(i)
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
func (s *scanner) value(i, depth int) (kind Kind, end int, escaped bool, err error) {
	b := s.text
	if i >= len(b) {
		return Null, i, false, errTruncated
	}
	switch b[i] {
	case '"':
		end, escaped, err = s.str(i)
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
		end, err = s.object(i, depth+1)
		return Object, end, false, err
	case '[':
		end, err = s.array(i, depth+1)
		return Array, end, false, err
	}
	end, err = number(b, i)
	return Number, end, false, err
}

func (s *scanner) object(i, depth int) (int, error) {
	b := s.text
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
		end, _, err := s.str(i)
		if err != nil {
			return end, err
		}
		if i, err = colon(b, end); err != nil {
			return i, err
		}
		if _, i, _, err = s.value(i, depth); err != nil {
			return i, err
		}
		more, next, err := separator(b, i, '}')
		if err != nil || !more {
			return next, err
		}
		i = next
	}
}

func (s *scanner) array(i, depth int) (int, error) {
	b := s.text
	if depth > MaxDepth {
		return i, errDepth
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == ']' {
		return i + 1, nil
	}
	for {
		var err error
		if _, i, _, err = s.value(i, depth); err != nil {
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
