package sigma

import (
	"fmt"
	"regexp"
	"strings"
)

// expand replaces %name% by what the name stands for. A value with several placeholders becomes every combination; one of
// them has to hold, with all as well. In a regex the values are what they say, but for their wildcards.
func (r *reader) expand(o operand) ([]operand, error) {
	if o.form == regex {
		texts := []string{""}
		for _, s := range cutAtPlaceholders(o.text) {
			made := []string{s.text}
			if s.placeholder {
				values, err := r.placeholder(s.text)
				if err != nil {
					return nil, err
				}
				made = made[:0]
				for _, v := range values {
					made = append(made, v.regex())
				}
			}
			var err error
			if texts, err = combine(texts, made, func(a, b string) string { return a + b }); err != nil {
				return nil, err
			}
		}
		out := make([]operand, len(texts))
		for i, t := range texts {
			out[i] = o
			out[i].text = t
		}
		return out, nil
	}
	list := []Pattern{nil}
	for _, piece := range o.Pattern {
		segments := []segment{{}}
		if piece.Text != "" {
			segments = cutAtPlaceholders(piece.Text)
		}
		for _, s := range segments {
			made := []Pattern{{piece}}
			if s.placeholder {
				values, err := r.placeholder(s.text)
				if err != nil {
					return nil, err
				}
				made = values
			} else if piece.Text != "" {
				made = []Pattern{Literal(s.text)}
			}
			var err error
			if list, err = combine(list, made, join); err != nil {
				return nil, err
			}
		}
	}
	out := make([]operand, len(list))
	for i, p := range list {
		out[i] = o
		out[i].Pattern = p
	}
	return out, nil
}

// combine makes every pair of a head and a tail.
func combine[T any](heads, tails []T, join func(head, tail T) T) ([]T, error) {
	if len(heads)*len(tails) > maxAlternatives {
		return nil, fmt.Errorf("the placeholders of the value stand for more than %d texts together; give it fewer of them", maxAlternatives)
	}
	out := make([]T, 0, len(heads)*len(tails))
	for _, h := range heads {
		for _, t := range tails {
			out = append(out, join(h, t))
		}
	}
	return out, nil
}

// placeholder gives the values of a name.
func (r *reader) placeholder(name string) ([]Pattern, error) {
	var values []string
	known := false
	if r.options.Placeholder != nil {
		values, known = r.options.Placeholder(name)
	}
	switch {
	case !known:
		return nil, fmt.Errorf("the placeholder %%%s%% is not defined; say under rules.placeholders of penstock.yaml which values it stands for", name)
	case len(values) == 0:
		return nil, fmt.Errorf("the placeholder %%%s%% stands for no value; give it at least one", name)
	case len(values) > maxAlternatives:
		return nil, fmt.Errorf("the placeholder %%%s%% stands for more than %d values", name, maxAlternatives)
	}
	list := make([]Pattern, len(values))
	for i, v := range values {
		list[i] = ParsePattern(v)
	}
	return list, nil
}

// segment is a piece of a text, or the name of a placeholder.
type segment struct {
	text        string
	placeholder bool
}

// cutAtPlaceholders finds each %name%; a name has no backslash. Other % are themselves.
func cutAtPlaceholders(s string) []segment {
	var out []segment
	start := 0
	for at := 0; at < len(s); {
		if s[at] != '%' {
			at++
			continue
		}
		length := strings.IndexByte(s[at+1:], '%')
		if length < 1 || strings.Contains(s[at+1:at+1+length], `\`) {
			at++
			continue
		}
		if at > start {
			out = append(out, segment{text: s[start:at]})
		}
		out = append(out, segment{s[at+1 : at+1+length], true})
		at += length + 2
		start = at
	}
	if start < len(s) {
		out = append(out, segment{text: s[start:]})
	}
	return out
}

// join writes one pattern behind another.
func join(p, q Pattern) Pattern {
	out := append(make(Pattern, 0, len(p)+len(q)), p...)
	for _, piece := range q {
		switch last := len(out) - 1; {
		case last >= 0 && piece.Text != "" && out[last].Text != "":
			out[last].Text += piece.Text
		case last >= 0 && piece.Any && out[last].Any:
		default:
			out = append(out, piece)
		}
	}
	return out
}

// regex is the pattern as a part of a regular expression.
func (p Pattern) regex() string {
	var b strings.Builder
	for _, piece := range p {
		switch {
		case piece.Any:
			b.WriteString(".*")
		case piece.Text == "":
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(piece.Text))
		}
	}
	return b.String()
}
