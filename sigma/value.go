package sigma

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// item reads a key with its value or values.
func (r *reader) item(k *key, n *yaml.Node) Node {
	n = r.follow(n)
	if n == nil {
		return nil
	}
	var list []Node
	switch {
	case n.Kind == yaml.SequenceNode && len(n.Content) == 0:
		list = append(list, r.value(k, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: n.Line, Column: n.Column}))
	case n.Kind == yaml.SequenceNode:
		for _, item := range n.Content {
			list = append(list, r.value(k, item))
		}
	default:
		list = append(list, r.value(k, n))
	}
	if r.failed {
		return nil
	}
	node := list[0]
	if len(list) > 1 && k.all {
		node = &And{Of: list, Label: k.written}
	} else if len(list) > 1 {
		node = &Or{Of: list, Label: k.written}
	}
	if k.neq {
		node = &Not{Of: node}
	}
	return node
}

// value makes the test of one value, or several of which one has to hold.
func (r *reader) value(k *key, n *yaml.Node) Node {
	at := n
	if n = r.follow(n); n == nil {
		return nil
	}
	if n.Kind != yaml.ScalarNode {
		r.problem(at, "expected a value or a list of values%s, got %s", behind(k), kindOf(n))
		return nil
	}
	o := scalar(n)
	o.Field, o.At = k.field, positionOf(at)
	o.Source = source(k, n)
	alternatives, err := r.modify(k, o)
	length, program := 0, 0
	for i := 0; i < len(alternatives) && err == nil; i++ {
		err = alternatives[i].finish(k)
		length += alternatives[i].Pattern.length()
		program += alternatives[i].program
	}
	if err != nil {
		r.problem(at, "%v", err)
		return nil
	}
	if !r.afford(&r.spent.tests, len(alternatives), maxTests, at, "values in selections") ||
		!r.afford(&r.spent.texts, length, maxTexts, at, "bytes that the values stand for") ||
		!r.afford(&r.spent.programs, program, maxPrograms, at, "instructions of regular expressions") {
		return nil
	}
	if len(alternatives) == 1 {
		t := alternatives[0].Test
		return &t
	}
	or := &Or{Of: make([]Node, len(alternatives)), Label: o.Source}
	for i := range alternatives {
		t := alternatives[i].Test
		or.Of[i] = &t
	}
	return or
}

func behind(k *key) string {
	if k.written == "" {
		return ""
	}
	return " behind " + k.written
}

// source is a value as the rule has it.
func source(k *key, n *yaml.Node) string {
	v := n.Value
	switch n.Tag {
	case "!!int", "!!float", "!!bool":
	case "!!null":
		v = "null"
	default:
		v = "'" + strings.ReplaceAll(v, "'", "''") + "'"
	}
	if k.written == "" {
		return v
	}
	return k.written + ": " + v
}

// scalar is a value as YAML has it. What YAML takes for a time, or for a number though it has no digits of one (1e3, .inf), is a text.
func scalar(n *yaml.Node) operand {
	o := operand{form: text, text: n.Value}
	switch n.Tag {
	case "!!null":
		o.form, o.Kind = null, Null
		return o
	case "!!bool":
		o.form, o.Pattern = boolean, Literal(strings.ToLower(n.Value))
		return o
	case "!!int":
		digits := strings.ReplaceAll(n.Value, "_", "")
		// 0x1F is the number 31; 0755 is no octal number to those who write rules.
		if i, err := strconv.ParseInt(digits, 0, 64); err == nil && !decimal(digits) {
			digits = strconv.FormatInt(i, 10)
		}
		if v, err := strconv.ParseFloat(digits, 64); err == nil {
			o.form, o.number, o.Pattern = number, v, Literal(strings.TrimPrefix(digits, "+"))
			return o
		}
	case "!!float":
		if v, err := strconv.ParseFloat(n.Value, 64); err == nil && strings.Contains(n.Value, ".") && !math.IsInf(v, 0) && !math.IsNaN(v) {
			o.form, o.number, o.Pattern = number, v, Literal(n.Value)
			return o
		}
	}
	o.Pattern = ParsePattern(n.Value)
	return o
}

func decimal(s string) bool {
	return strings.Trim(s, "0123456789") == "" || strings.Trim(s[1:], "0123456789") == ""
}

// finish makes a test of what the modifiers left.
func (o *operand) finish(k *key) error {
	switch o.form {
	case text, number, boolean:
		if k.field == "" {
			if len(o.Pattern) == 0 {
				return errEmptyKeyword
			}
			if !k.anchored() {
				o.Pattern = o.Pattern.contained()
			}
		}
		for _, piece := range o.Pattern {
			if !utf8.ValidString(piece.Text) {
				return errNoText
			}
		}
		o.Kind = Match
		if len(o.Pattern) == 0 {
			o.Kind = Empty
		}
	case null:
		if k.field == "" {
			return errNullKeyword
		}
	case regex:
		return o.compile()
	}
	return nil
}

var (
	errEmptyKeyword = errors.New("an empty keyword is in every event; expected a text")
	errNullKeyword  = errors.New("a keyword cannot be nothing; expected a text, or a field in front of null")
	errNoText       = errors.New("wide and utf16 make bytes of this value that are no text; put base64 or base64offset behind them")
)
