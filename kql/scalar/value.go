package scalar

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A dynamic value is nil, bool, json.Number, string, []any or *Bag.

// Bag is a JSON object that keeps the order of its members.
type Bag struct {
	names  []string
	values map[string]any
}

func newBag() *Bag { return &Bag{values: map[string]any{}} }

func (b *Bag) set(name string, v any) {
	if _, ok := b.values[name]; !ok {
		b.names = append(b.names, name)
	}
	b.values[name] = v
}

func (b *Bag) remove(name string) {
	if _, ok := b.values[name]; ok {
		delete(b.values, name)
		b.names = slices.DeleteFunc(b.names, func(n string) bool { return n == name })
	}
}

// maxDepth bounds nesting.
const maxDepth = 200

var errDepth = errors.New("the JSON value is nested too deeply")

// Parse reads JSON text; the order of members is kept.
func Parse(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	v, err := parseValue(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return v, nil
}

func parseValue(d *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	if delim == '[' {
		list := []any{}
		for d.More() {
			item, err := parseValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, item)
		}
		_, err := d.Token()
		return list, err
	}
	bag := newBag()
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		item, err := parseValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		text, _ := name.(string)
		bag.set(text, item)
	}
	_, err = d.Token()
	return bag, err
}

// Text writes a dynamic value as compact JSON.
func Text(v any) string { return string(appendJSON(nil, v)) }

func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case json.Number:
		return append(b, v...)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float64:
		return appendReal(b, v)
	case string:
		return appendString(b, v)
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, item)
		}
		return append(b, ']')
	case *Bag:
		b = append(b, '{')
		for i, name := range v.names {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(append(appendString(b, name), ':'), v.values[name])
		}
		return append(b, '}')
	}
	return append(b, "null"...)
}

// appendReal writes a real so that it is read back as one: 1.0, not 1.
func appendReal(b []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(b, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(b, `"-Infinity"`...)
	case v == math.Trunc(v) && math.Abs(v) < 1e15:
		return strconv.AppendFloat(b, v, 'f', 1, 64)
	}
	return strconv.AppendFloat(b, v, 'g', -1, 64)
}

func appendString(b []byte, s string) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return append(b, `""`...)
	}
	return append(b, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...)
}

// plain is a dynamic value as tostring() writes it.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	return Text(v)
}

// number reads a dynamic value as a real.
func number(v any) (float64, bool) {
	switch v := v.(type) {
	case json.Number:
		f, err := v.Float64()
		return f, err == nil || math.IsInf(f, 0)
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case string:
		switch v {
		case "NaN":
			return math.NaN(), true
		case "Infinity":
			return math.Inf(1), true
		case "-Infinity":
			return math.Inf(-1), true
		}
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i, true
		}
		f, err := v.Float64()
		if err != nil || math.Abs(f) >= 1<<63 {
			return 0, false
		}
		return int64(f), true
	case float64:
		if math.IsNaN(v) || math.Abs(v) >= 1<<63 {
			return 0, false
		}
		return int64(v), true
	}
	return 0, false
}

// same compares two dynamic values: numbers by value, all else by its JSON.
func same(a, b any) bool {
	if x, ok := a.(json.Number); ok {
		y, ok := b.(json.Number)
		if !ok {
			return false
		}
		if x == y {
			return true
		}
		f, err1 := x.Float64()
		g, err2 := y.Float64()
		return err1 == nil && err2 == nil && f == g
	}
	return Text(a) == Text(b)
}

// key is the same text for values that are the same.
func key(v any) string {
	if n, ok := v.(json.Number); ok {
		if f, err := n.Float64(); err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			return strconv.FormatInt(int64(f), 10)
		}
	}
	return Text(v)
}

func runes(s string) int { return utf8.RuneCountInString(s) }
