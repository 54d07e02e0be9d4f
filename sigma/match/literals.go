package match

import (
	"math"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of what is taken from a regular expression: more alternatives than that narrow nothing down.
const (
	maxAlternatives = 64
	maxProduct      = 128 // while texts are put together
	maxClass        = 16  // characters of a class that are tried one by one
)

// tooCommon is the chance beyond which texts are in so many values that looking for them is in vain.
const tooCommon = 0.9

// required are texts, in the form of the index, one of which is in every value that the expression matches; none: there
// are no such texts, or too many.
func required(re *syntax.Regexp) []string {
	found := literalsOf(re.Simplify())
	if found.exact {
		found.texts = found.worthwhile()
	}
	if chanceOfAny(found.texts) > tooCommon {
		return nil
	}
	return found.texts
}

// literals is what an expression says about the texts that it matches: it is one of the texts (exact), or at least one
// of them is in it. Without texts it says nothing.
type literals struct {
	texts []string
	exact bool
}

// worthwhile are the texts, if one can look for each of them, without those that have another in them.
func (l literals) worthwhile() []string {
	var out []string
	for i, t := range l.texts {
		if t == "" {
			return nil
		}
		if !slices.ContainsFunc(l.texts, func(other string) bool { return len(other) < len(t) && strings.Contains(t, other) }) &&
			!slices.Contains(l.texts[:i], t) {
			out = append(out, t)
		}
	}
	if len(out) > maxAlternatives {
		return nil
	}
	return out
}

func literalsOf(re *syntax.Regexp) literals {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return literals{texts: []string{""}, exact: true}
	case syntax.OpLiteral:
		return literalText(re)
	case syntax.OpCharClass:
		return class(re.Rune)
	case syntax.OpCapture:
		return literalsOf(re.Sub[0])
	case syntax.OpPlus:
		return literals{texts: literalsOf(re.Sub[0]).worthwhile()}
	case syntax.OpRepeat: // Simplify leaves none
		if re.Min > 0 {
			return literals{texts: literalsOf(re.Sub[0]).worthwhile()}
		}
	case syntax.OpQuest:
		if l := literalsOf(re.Sub[0]); l.exact && len(l.texts) < maxProduct {
			return literals{texts: distinct(append([]string{""}, l.texts...)), exact: true}
		}
	case syntax.OpConcat:
		return concatenation(re.Sub)
	case syntax.OpAlternate:
		return alternatives(re.Sub)
	}
	return literals{}
}

// literalText is a literal, cut into pieces where a character has a form that the index does not bring to it.
func literalText(re *syntax.Regexp) literals {
	fold := re.Flags&syntax.FoldCase != 0
	best, start, whole := "", 0, true
	for i := 0; i <= len(re.Rune); i++ {
		if i < len(re.Rune) {
			if r := re.Rune[i]; r != utf8.RuneError && (!fold || foldsAlike(r)) {
				continue
			}
			whole = false
		}
		if piece := indexed(string(re.Rune[start:i])); len(piece) > len(best) {
			best = piece
		}
		start = i + 1
	}
	if best == "" {
		return literals{}
	}
	return literals{texts: []string{best}, exact: whole}
}

// class is a class of few characters: each of them.
func class(ranges []rune) literals {
	var texts []string
	for i := 0; i+1 < len(ranges); i += 2 {
		if ranges[i+1]-ranges[i] >= 2*maxClass {
			return literals{}
		}
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			if r == utf8.RuneError { // matches whatever byte is not UTF-8
				return literals{}
			}
			texts = append(texts, string(indexedRune(r)))
		}
	}
	if texts = distinct(texts); len(texts) == 0 || len(texts) > maxClass {
		return literals{}
	}
	return literals{texts: texts, exact: true}
}

func distinct(texts []string) []string {
	var out []string
	seen := make(map[string]bool, len(texts))
	for _, t := range texts {
		if !seen[t] {
			seen[t] = true
			out = append(out, t)
		}
	}
	return out
}

// concatenation puts exact texts together as long as they are few, and takes the rarest of what is required at all.
func concatenation(parts []*syntax.Regexp) literals {
	best, bestChance := []string(nil), math.Inf(1)
	offer := func(l literals) {
		texts := l.worthwhile()
		if c := chanceOfAny(texts); len(texts) > 0 && c < bestChance {
			best, bestChance = texts, c
		}
	}
	run, all := literals{texts: []string{""}, exact: true}, true
	for _, part := range parts {
		l := literalsOf(part)
		if part.Op == syntax.OpPlus { // what is before it, and what is behind, is next to one of what it repeats
			once := literalsOf(part.Sub[0])
			if once.exact && len(run.texts)*len(once.texts) <= maxProduct {
				offer(literals{texts: product(run.texts, once.texts)})
				run, all = once, false
				continue
			}
		}
		if l.exact && len(run.texts)*len(l.texts) <= maxProduct {
			run.texts = product(run.texts, l.texts)
			offer(run) // what comes next may be too much
			continue
		}
		all = false
		offer(l)
		if run = (literals{texts: []string{""}, exact: true}); l.exact {
			run = l
		}
	}
	if all {
		return run
	}
	return literals{texts: best}
}

func chanceOfAny(texts []string) float64 {
	sum := 0.0
	for _, t := range texts {
		sum += chance(t, within) + 0.01
	}
	return sum
}

func product(a, b []string) []string {
	var out []string
	for _, x := range a {
		for _, y := range b {
			out = append(out, x+y)
		}
	}
	return distinct(out)
}

func alternatives(parts []*syntax.Regexp) literals {
	all := literals{exact: true}
	for _, part := range parts {
		l := literalsOf(part)
		if len(l.texts) == 0 {
			return literals{}
		}
		all.exact = all.exact && l.exact
		if !l.exact && l.worthwhile() == nil {
			return literals{}
		}
		all.texts = append(all.texts, l.texts...)
	}
	if all.texts = distinct(all.texts); len(all.texts) > maxAlternatives {
		return literals{}
	}
	if !all.exact && all.worthwhile() == nil {
		return literals{}
	}
	return all
}

// syntaxOf is the tree of a compiled expression.
func syntaxOf(re *regexp.Regexp) (*syntax.Regexp, error) {
	return syntax.Parse(re.String(), syntax.Perl)
}
