package duckdb

import (
	"fmt"
	"regexp"
	"strings"

	"penstock/kql"
)

var termEdge = regexp.MustCompile(`[\pL\pN]`)

// hasTerm looks for a term: a run of letters and digits. A boundary is asked for only where the text sought has such a sign at its edge.
func hasTerm(x string, y term, start, end, fold bool) string {
	if !y.constant {
		macro := "k_has_cs"
		if !end {
			macro = "k_hasprefix_cs"
		} else if !start {
			macro = "k_hassuffix_cs"
		}
		if fold {
			return macro + "(lower(" + x + "), " + y.lower() + ")"
		}
		return macro + "(" + x + ", " + y.sql + ")"
	}
	sought := y.sql
	if fold {
		x, sought = "lower("+x+")", y.lower()
	}
	found := "contains(" + x + ", " + sought + ")"
	text := y.text
	if fold {
		text = strings.ToLower(text)
	}
	pattern := termPattern(text, start, end)
	if pattern == regexp.QuoteMeta(text) {
		return found
	}
	return found + " AND regexp_matches(" + x + ", " + literal(pattern) + ")"
}

// border is what may stand beside a term: no letter or digit of any script. It is written by ranges, because \pL and \pN make a pattern that takes
// milliseconds to compile.
const border = `[^0-9A-Za-z\x{AA}\x{B2}\x{B3}\x{B5}\x{B9}\x{BA}\x{BC}-\x{BE}\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{2C1}\x{370}-\x{1FFF}\x{2070}-\x{209C}\x{2100}-\x{218B}` +
	`\x{2460}-\x{249B}\x{2C00}-\x{2DFF}\x{3005}-\x{3007}\x{3021}-\x{3029}\x{3031}-\x{D7FB}\x{F900}-\x{FD3D}\x{FE70}-\x{FEFC}\x{FF10}-\x{FF19}\x{FF21}-\x{FF3A}` +
	`\x{FF41}-\x{FF5A}\x{FF66}-\x{FFDC}\x{10000}-\x{3FFFF}]`

func termPattern(text string, start, end bool) string {
	first, last := edges(text)
	pattern := regexp.QuoteMeta(text)
	if start && first {
		pattern = "(?:^|" + border + ")" + pattern
	}
	if end && last {
		pattern += "(?:$|" + border + ")"
	}
	return pattern
}

// edges says whether a text begins and ends with a letter or digit.
func edges(text string) (bool, bool) {
	runes := []rune(text)
	if len(runes) == 0 {
		return false, false
	}
	return termEdge.MatchString(string(runes[:1])), termEdge.MatchString(string(runes[len(runes)-1:]))
}

// hasList writes has_any and has_all.
func (c *compiler) hasList(call *kql.Call, r *rows, junction string, filter bool) string {
	var parts []string
	var words []term
	for _, a := range call.Args[1:] {
		if list, ok := constItems(a); ok {
			for _, item := range list {
				words = append(words, c.term(item, r))
			}
		} else if a.Type() == kql.Dynamic && !isConstant(a) {
			parts = append(parts, c.hasDynamic(call.Args[0], a, r, junction))
		} else if k, ok := asConst(a); !ok || k.Value != nil {
			words = append(words, c.term(a, r))
		}
	}
	x := c.textOf(call.Args[0], r)
	if ref, ok := asRef(call.Args[0]); ok && filter && ref.Column.Type == kql.String {
		x = c.column(ref, r).sql
		for _, w := range words {
			if !w.constant || w.text == "" {
				x = c.textOf(call.Args[0], r)
			}
		}
	}
	if junction == " OR " && len(words) > 4 {
		words, parts = alternation(x, words, parts)
	}
	for _, w := range words {
		parts = append(parts, "("+hasTerm(x, w, true, true, true)+")")
	}
	if len(parts) == 0 {
		return map[string]string{" OR ": "false", " AND ": "true"}[junction]
	}
	return "(" + strings.Join(parts, junction) + ")"
}

// alternation looks for many constant terms in one pass.
func alternation(x string, words []term, parts []string) ([]term, []string) {
	var rest []term
	var patterns []string
	for _, w := range words {
		if first, last := edges(w.text); w.constant && first && last {
			patterns = append(patterns, regexp.QuoteMeta(strings.ToLower(w.text)))
		} else {
			rest = append(rest, w)
		}
	}
	if len(patterns) < 2 {
		return words, parts
	}
	pattern := "(?:^|" + border + ")(?:" + strings.Join(patterns, "|") + ")(?:$|" + border + ")"
	return rest, append(parts, "regexp_matches(lower("+x+"), "+literal(pattern)+")")
}

func (c *compiler) hasDynamic(x, list kql.Expr, r *rows, junction string) string {
	return fmt.Sprintf("coalesce(kql_has_terms(lower(%s), lower(%s), %t), %[3]t)", c.textOf(x, r), c.expr(list, r), junction == " AND ")
}
