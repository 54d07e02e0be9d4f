package kql

import (
	"encoding/json"
	"slices"
	"strings"
)

const (
	// leastWord is the length from which a term is worth looking for.
	leastWord = 3
	// maxGroup bounds the terms of which one is looked for, and maxGroups how many such lists there are.
	maxGroup  = 1000
	maxGroups = 20
)

// requiredWords are the terms that a row needs for a condition to hold: of each list one of them, whole, in some text of the row.
func requiredWords(x Expr, cols []Column) [][]string {
	c, ok := x.(Call)
	if !ok || len(c.Args) < 2 {
		return nil
	}
	switch c.Func.Name {
	case "and":
		return append(requiredWords(c.Args[0], cols), requiredWords(c.Args[1], cols)...)
	case "or":
		return eitherWords(c.Args[0], c.Args[1], cols)
	}
	words := textWords(c)
	column, isDynamic := textColumn(c.Args[0], cols)
	switch {
	case !column:
		return nil
	case isDynamic:
		return dynamicWords(words)
	}
	return words
}

// textColumn says whether an expression is a column of text, or a dynamic one as a text.
func textColumn(x Expr, cols []Column) (is, isDynamic bool) {
	if c, ok := x.(Call); ok && c.Func.Name == "tostring" && len(c.Args) == 1 {
		r, ok := c.Args[0].(Ref)
		return ok && cols[r.Index].Type == Dynamic, true
	}
	r, ok := x.(Ref)
	return ok && cols[r.Index].Type == String, false
}

// dynamicWords leaves out lists with terms that a dynamic value may show though they did not come so: its numbers are written anew, and a control
// character that came as a code is written as a letter, which the term after it begins with.
func dynamicWords(groups [][]string) [][]string {
	return slices.DeleteFunc(groups, func(group []string) bool {
		return slices.ContainsFunc(group, func(w string) bool {
			return strings.Trim(w, "0123456789e") == "" || strings.ContainsRune("bfnrt", rune(w[0]))
		})
	})
}

// eitherWords is what a row needs for one of two conditions: what both need or, failing that, one term of either.
func eitherWords(a, b Expr, cols []Column) [][]string {
	if neverTrue(a) || neverSo(a, cols) {
		return requiredWords(b, cols)
	}
	if neverTrue(b) || neverSo(b, cols) {
		return requiredWords(a, cols)
	}
	left, right := requiredWords(a, cols), requiredWords(b, cols)
	var both [][]string
	for _, group := range left {
		if slices.ContainsFunc(right, func(g []string) bool { return slices.Equal(g, group) }) {
			both = append(both, group)
		}
	}
	if len(both) > 0 {
		return both
	}
	if len(left) == 0 || len(right) == 0 {
		return nil
	}
	return oneOf(append(slices.Clone(narrowest(left)), narrowest(right)...))
}

// neverSo says whether a condition looks for words in what is no text, and is never written with such letters: search looks into all columns.
func neverSo(x Expr, cols []Column) bool {
	c, ok := x.(Call)
	if !ok || len(c.Args) < 2 {
		return false
	}
	switch c.Func.Name {
	case "and":
		return neverSo(c.Args[0], cols) || neverSo(c.Args[1], cols)
	case "or":
		return neverSo(c.Args[0], cols) && neverSo(c.Args[1], cols)
	}
	t, ok := c.Args[0].(Call)
	if !ok || t.Func.Name != "tostring" || len(t.Args) != 1 {
		return false
	}
	r, ok := t.Args[0].(Ref)
	if !ok {
		return false
	}
	switch cols[r.Index].Type {
	case Bool, Int, Long, Real, Decimal, DateTime, TimeSpan:
	default:
		return false
	}
	return slices.ContainsFunc(textWords(c), func(group []string) bool {
		return !slices.ContainsFunc(group, func(w string) bool {
			return strings.IndexFunc(w, func(r rune) bool { return !strings.ContainsRune(plainLetters, r) }) < 0
		})
	})
}

// plainLetters are those of numbers, times, spans, true, false, NaN and infinity, as texts.
const plainLetters = "0123456789aefilnrstuyzd"

// narrowest is the list that the fewest rows are likely to have a term of.
func narrowest(groups [][]string) []string {
	return slices.MinFunc(groups, func(a, b []string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return shortest(b) - shortest(a)
	})
}

func shortest(group []string) int {
	return len(slices.MinFunc(group, func(a, b string) int { return len(a) - len(b) }))
}

// oneOf is the list of terms of which a row needs one, unless there are too many.
func oneOf(words []string) [][]string {
	slices.Sort(words)
	if words = slices.Compact(words); len(words) > maxGroup {
		return nil
	}
	return [][]string{words}
}

// each makes every term a list of its own: a row needs all of them.
func each(words []string) [][]string {
	groups := make([][]string, len(words))
	for i, w := range words {
		groups[i] = []string{w}
	}
	return groups
}

// textWords are the terms that a text needs for a comparison with constants to hold.
func textWords(c Call) [][]string {
	texts, ok := constTexts(c.Args[1:])
	if !ok || len(texts) == 0 {
		return nil
	}
	switch c.Func.Name {
	case "==", "=~", "has", "has_cs":
		return each(terms(texts[0], true, true))
	case "in", "in~", "has_any":
		return anyText(texts)
	case "has_all":
		var all []string
		for _, t := range texts {
			all = append(all, terms(t, true, true)...)
		}
		return each(all)
	case "startswith", "startswith_cs", "hasprefix", "hasprefix_cs":
		return each(terms(texts[0], true, false))
	case "endswith", "endswith_cs", "hassuffix", "hassuffix_cs":
		return each(terms(texts[0], false, true))
	case "contains", "contains_cs":
		return each(terms(texts[0], false, false))
	}
	return nil
}

// anyText is what a text needs to be, or to have, one of several.
func anyText(texts []string) [][]string {
	if len(texts) == 1 {
		return each(terms(texts[0], true, true))
	}
	var words []string
	for _, t := range texts {
		own := each(terms(t, true, true))
		if len(own) == 0 {
			return nil
		}
		words = append(words, narrowest(own)[0])
	}
	return oneOf(words)
}

// constTexts are the texts that arguments are, a constant array standing for its items; false where one is anything else.
func constTexts(args []Expr) ([]string, bool) {
	var texts []string
	for _, a := range args {
		k, ok := a.(Const)
		if !ok {
			return nil, false
		}
		switch v := k.Value.(type) {
		case string:
			if k.Of != String {
				return nil, false
			}
			texts = append(texts, v)
		case json.RawMessage:
			var list []string
			if json.Unmarshal(v, &list) != nil || list == nil {
				return nil, false
			}
			texts = append(texts, list...)
		default:
			return nil, false
		}
	}
	return texts, true
}
