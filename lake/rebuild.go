package lake

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"penstock/record"
)

// piece of a compiled layout: text that stands as it is, then a value.
type piece struct {
	literal []byte
	mark    byte
	column  int
}

type compiledLayout struct {
	style  style
	pieces []piece
	tail   []byte
}

// layouts remembers compiled layouts, of which a table has few.
type layouts struct {
	mu    sync.RWMutex
	known map[layoutKey]*compiledLayout
}

type layoutKey struct {
	schema *tableSchema
	layout string
}

// maxLayouts bounds the memory when somebody sends records in ever new forms.
const maxLayouts = 20_000

var compiledLayouts = &layouts{known: map[layoutKey]*compiledLayout{}}

func (l *layouts) get(s *tableSchema, layout []byte) (*compiledLayout, error) {
	l.mu.RLock()
	c := l.known[layoutKey{s, string(layout)}]
	l.mu.RUnlock()
	if c != nil {
		return c, nil
	}
	key := layoutKey{s, string(layout)}
	c, err := compileLayout(s, []byte(key.layout))
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.known) >= maxLayouts {
		clear(l.known)
	}
	l.known[key] = c
	return c, nil
}

var errLayout = errors.New("the layout is damaged")

func compileLayout(s *tableSchema, layout []byte) (*compiledLayout, error) {
	if len(layout) == 0 {
		return nil, errLayout
	}
	c := &compiledLayout{style: style(layout[0])}
	start := 1
	for i := 1; i < len(layout); i++ {
		mark := layout[i]
		if mark >= 0x20 || mark == '\t' || mark == '\n' || mark == '\r' {
			continue
		}
		p := piece{literal: layout[start:i], mark: mark, column: -1}
		switch mark {
		case markText, markJSON, markNumber, markBool, markTime, markReal:
			var ok bool
			if p.column, ok = s.find(keyBefore(p.literal)); !ok {
				return nil, fmt.Errorf("%w: it names a column that %s does not have", errLayout, s.name)
			}
		case markExtra, markEnvTime, markEnvRecv:
		default:
			return nil, errLayout
		}
		c.pieces = append(c.pieces, p)
		start = i + 1
	}
	c.tail = layout[start:]
	return c, nil
}

// keyBefore is the name of the member whose value comes after the text.
func keyBefore(text []byte) []byte {
	text = bytes.TrimRight(text, " \t\r\n")
	text = bytes.TrimSuffix(text, []byte{':'})
	text = bytes.TrimRight(text, " \t\r\n")
	text = bytes.TrimSuffix(text, []byte{'"'})
	return text[bytes.LastIndexByte(text, '"')+1:]
}

// rebuildsTo tells whether the row gives raw again.
func (r *row) rebuildsTo(raw []byte) bool {
	start := len(r.text)
	text, err := r.rebuild(r.text)
	r.text = text[:start]
	return err == nil && bytes.Equal(text[start:], raw)
}

// rebuild appends the record that the row is made of.
func (r *row) rebuild(dst []byte) ([]byte, error) {
	c, err := compiledLayouts.get(r.schema, r.layout)
	if err != nil {
		return dst, err
	}
	return c.rebuild(r, dst)
}

func (c *compiledLayout) rebuild(r *row, dst []byte) ([]byte, error) {
	var err error
	var extras []record.Member
	if len(r.extra) > 0 && r.extra[0] == '{' {
		if extras, err = record.Members(nil, r.extra); err != nil {
			return dst, fmt.Errorf("%s: %w", colExtra, err)
		}
	}
	digits := r.digits
	for i := range c.pieces {
		p := &c.pieces[i]
		dst = append(dst, p.literal...)
		switch p.mark {
		case markExtra:
			if len(extras) == 0 {
				return dst, errLayout
			}
			dst, extras = append(dst, extras[0].Value...), extras[1:]
		case markEnvTime:
			dst, digits, err = appendClock(dst, r.published, digits)
		case markEnvRecv:
			dst, digits, err = appendClock(dst, r.received, digits)
		case markTime:
			if v := r.values[p.column]; v.set {
				dst, digits, err = appendClock(dst, v, digits)
			} else {
				dst = append(dst, "null"...)
			}
		default:
			dst = appendValue(dst, r.values[p.column], p.mark, c.style)
		}
		if err != nil {
			return dst, err
		}
	}
	return append(dst, c.tail...), nil
}

func appendClock(dst []byte, v value, digits []byte) ([]byte, []byte, error) {
	if len(digits) == 0 {
		return dst, nil, fmt.Errorf("%w: %s is too short", errLayout, colDigits)
	}
	dst = append(dst, '"')
	dst = appendTime(dst, v.num, digits[0])
	return append(dst, '"'), digits[1:], nil
}

func appendValue(dst []byte, v value, mark byte, st style) []byte {
	if !v.set {
		return append(dst, "null"...)
	}
	switch mark {
	case markText:
		dst = append(dst, '"')
		dst = appendEscaped(dst, v.text, st)
		return append(dst, '"')
	case markJSON:
		return append(dst, v.text...)
	case markNumber:
		return strconv.AppendInt(dst, v.num, 10)
	case markReal:
		return appendReal(dst, v.real)
	default:
		return strconv.AppendBool(dst, v.num != 0)
	}
}
