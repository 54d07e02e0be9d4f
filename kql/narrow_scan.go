package kql

import (
	"slices"
	"strings"
	"time"
	"unicode"
)

// narrowScan reads off conditions which times a scan needs, and which terms every row of it has.
func narrowScan(s *Scan, conditions []Expr) {
	for _, condition := range conditions {
		if c, ok := condition.(Call); ok && len(c.Args) > 0 {
			narrowTime(s, c)
		}
		for _, group := range requiredWords(condition, s.Cols) {
			switch {
			case len(group) > 1:
				if len(s.AnyWords) < maxGroups && !slices.ContainsFunc(s.AnyWords, func(g []string) bool { return slices.Equal(g, group) }) {
					s.AnyWords = append(s.AnyWords, group)
				}
			case !slices.Contains(s.Words, group[0]):
				s.Words = append(s.Words, group[0])
			}
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
