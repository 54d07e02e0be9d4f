package sigma

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

var errWildcards = errors.New("a text with wildcards has no base64 form; put contains behind the modifier, or write \\* for an asterisk")

func base64Encoded(o *operand) error {
	s, ok := o.Pattern.Literal()
	if !ok {
		return errWildcards
	}
	o.form, o.Pattern = text, Literal(base64.StdEncoding.EncodeToString([]byte(s)))
	return nil
}

// base64Offsets makes the three texts of which one is in the base64 form of any text that the value is in: what is encoded
// begins at a multiple of three bytes, or one or two bytes behind it. Characters that depend on the neighbours are left out.
func base64Offsets(_ *reader, o operand) ([]operand, error) {
	s, ok := o.Pattern.Literal()
	if !ok {
		return nil, errWildcards
	}
	if len(s) < 2 {
		return nil, errors.New("base64offset needs at least two characters: a single one leaves none in the encoded form that is sure")
	}
	out := make([]operand, 3)
	for offset := range 3 {
		encoded := base64.StdEncoding.EncodeToString(append(make([]byte, offset), s...))
		begin, end := [3]int{0, 2, 3}[offset], len(encoded)-[3]int{0, 3, 2}[(len(s)+offset)%3]
		out[offset] = o
		out[offset].form, out[offset].Pattern = text, Literal(encoded[begin:end])
	}
	return out, nil
}

// encoded writes the literal pieces of a text otherwise; wildcards stay.
func encoded(encode func(string) string) func(*operand) error {
	return func(o *operand) error {
		p := slices.Clone(o.Pattern)
		for i := range p {
			if p[i].Text != "" {
				p[i].Text = encode(p[i].Text)
			}
		}
		o.form, o.Pattern = text, p
		return nil
	}
}

func utf16Little(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

func utf16Big(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		b.WriteByte(byte(u >> 8))
		b.WriteByte(byte(u))
	}
	return b.String()
}

// utf16Marked is UTF-16LE with its byte order mark in front.
func utf16Marked(o *operand) error {
	if err := encoded(utf16Little)(o); err != nil {
		return err
	}
	const mark = "\xff\xfe"
	if len(o.Pattern) > 0 && o.Pattern[0].Text != "" {
		o.Pattern[0].Text = mark + o.Pattern[0].Text
	} else {
		o.Pattern = append(Pattern{{Text: mark}}, o.Pattern...)
	}
	return nil
}

// dashes are the characters that programs on Windows take for the one in front of an option.
var dashes = []string{"-", "/", "–", "—", "―"}

const maxDashes = 3

// windash makes of every - and / in front of a word, and not behind one, each of the five dashes.
func windash(_ *reader, o operand) ([]operand, error) {
	list, found := []Pattern{nil}, 0
	for _, piece := range o.Pattern {
		parts := cutAtDashes(piece.Text)
		if found += len(parts) - 1; found > maxDashes {
			return nil, fmt.Errorf("windash replaces at most %d dashes in one value; write parts of it as values of their own", maxDashes)
		}
		if piece.Text == "" {
			for i := range list {
				list[i] = append(list[i], piece)
			}
			continue
		}
		texts := []string{parts[0]}
		for _, rest := range parts[1:] {
			var next []string
			for _, t := range texts {
				for _, d := range dashes {
					next = append(next, t+d+rest)
				}
			}
			texts = next
		}
		var next []Pattern
		for _, p := range list {
			for _, t := range texts {
				next = append(next, append(slices.Clone(p), Piece{Text: t}))
			}
		}
		list = next
	}
	out := make([]operand, len(list))
	for i, p := range list {
		out[i] = o
		out[i].form, out[i].Pattern = text, p
	}
	return out, nil
}

// cutAtDashes cuts a text where \B[-/]\b matches: at a - or / with a letter, digit or _ behind it and none in front.
func cutAtDashes(s string) []string {
	word := func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) }
	var parts []string
	start, before := 0, ' '
	for i, r := range s {
		if r == '-' || r == '/' {
			behind, _ := utf8.DecodeRuneInString(s[i+1:])
			if !word(before) && i+1 < len(s) && word(behind) {
				parts = append(parts, s[start:i])
				start = i + 1
			}
		}
		before = r
	}
	return append(parts, s[start:])
}
