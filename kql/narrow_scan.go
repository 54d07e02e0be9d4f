package kql

import (
	"slices"
	"strings"
	"time"
	"unicode"
)

// leastWord is the length from which a term is worth looking for.
const leastWord = 3

// narrowScan reads off conditions which times a scan needs, and which terms every row of it has.
func narrowScan(s *Scan, conditions []Expr) {
	words := map[string]bool{}
	for _, condition := range conditions {
		c, ok := condition.(Call)
		if !ok || len(c.Args) == 0 {
			continue
		}
		narrowTime(s, c)
		column, ok := c.Args[0].(Ref)
		if ok && s.Cols[column.Index].Type == String {
			for _, w := range requiredWords(c) {
				words[w] = true
			}
		}
	}
	for w := range words {
		if !slices.Contains(s.Words, w) {
			s.Words = append(s.Words, w)
		}
	}
	slices.Sort(s.Words)
}

// mirrored are comparisons with their sides exchanged.
var mirrored = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}

// narrowTime reads a condition on Timestamp.
func narrowTime(s *Scan, c Call) {
	isTime := func(x Expr) bool {
		r, ok := x.(Ref)
		return ok && s.Cols[r.Index] == Column{"Timestamp", DateTime}
	}
	op, args := c.Func.Name, c.Args
	if len(args) == 2 && !isTime(args[0]) && isTime(args[1]) {
		op, args = mirrored[op], []Expr{args[1], args[0]}
	}
	if len(args) < 2 || !isTime(args[0]) {
		return
	}
	bound, ok := timeOf(args[1])
	if !ok {
		return
	}
	switch op {
	case ">", ">=":
		s.after(bound)
	case "<":
		s.before(bound)
	case "<=":
		s.before(bound.Add(time.Microsecond))
	case "==":
		s.after(bound)
		s.before(bound.Add(time.Microsecond))
	case "between":
		if end, ok := timeOf(args[2]); ok {
			s.after(bound)
			s.before(end.Add(time.Microsecond))
		}
	}
}

func (s *Scan) after(t time.Time) {
	if s.From.IsZero() || t.After(s.From) {
		s.From = t
	}
}

func (s *Scan) before(t time.Time) {
	if s.To.IsZero() || t.Before(s.To) {
		s.To = t
	}
}

// requiredWords are the whole terms that a row's column must have for a condition to hold.
func requiredWords(c Call) []string {
	texts := make([]string, 0, len(c.Args)-1)
	for _, a := range c.Args[1:] {
		k, ok := a.(Const)
		text, isText := k.Value.(string)
		if !ok || !isText || k.Of != String {
			return nil
		}
		texts = append(texts, text)
	}
	if len(texts) == 0 {
		return nil
	}
	switch c.Func.Name {
	case "==", "=~", "has", "has_cs":
		return terms(texts[0], true, true)
	case "in", "in~", "has_any":
		if len(texts) == 1 {
			return terms(texts[0], true, true)
		}
	case "has_all":
		var all []string
		for _, t := range texts {
			all = append(all, terms(t, true, true)...)
		}
		return all
	case "startswith", "startswith_cs", "hasprefix", "hasprefix_cs":
		return terms(texts[0], true, false)
	case "endswith", "endswith_cs", "hassuffix", "hassuffix_cs":
		return terms(texts[0], false, true)
	case "contains", "contains_cs":
		return terms(texts[0], false, false)
	}
	return nil
}

// terms are the runs of letters and digits in a text, in lower case. The first and the last run count only where the text's start and end are those of
// a term. Letters beyond ASCII are left to the condition itself: databases fold their case in different ways.
func terms(text string, start, end bool) []string {
	isPart := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	var list []string
	for at := 0; at < len(text); {
		from := strings.IndexFunc(text[at:], isPart)
		if from < 0 {
			break
		}
		from += at
		to := len(text)
		if n := strings.IndexFunc(text[from:], func(r rune) bool { return !isPart(r) }); n >= 0 {
			to = from + n
		}
		at = to
		whole := (start || from > 0) && (end || to < len(text))
		word := text[from:to]
		if whole && len(word) >= leastWord && isASCII(word) {
			list = append(list, strings.ToLower(word))
		}
	}
	return list
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
