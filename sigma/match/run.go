package match

import (
	"regexp/syntax"
	"unicode/utf8"
)

// run is a sequence of characters of a class that an expression asks for: sixty-four hexadecimal digits. Where there is
// no text to look for, it tells quickly that the expression does not match.
type run struct {
	class  *[256]bool // bytes of such characters
	length int
}

// minRun is how long a run must be to be worth looking for.
const minRun = 12

// longestRun is the longest run that every match has; its length is 0 if there is none.
func longestRun(re *syntax.Regexp) run {
	var best run
	switch re.Op {
	case syntax.OpRepeat:
		sub := re.Sub[0]
		for sub.Op == syntax.OpCapture {
			sub = sub.Sub[0]
		}
		if sub.Op == syntax.OpCharClass && re.Min >= minRun {
			return run{classBytes(sub.Rune), re.Min}
		}
		if re.Min > 0 {
			return longestRun(sub)
		}
	case syntax.OpCapture, syntax.OpPlus:
		return longestRun(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if r := longestRun(sub); r.length > best.length {
				best = r
			}
		}
	}
	return best
}

// classBytes are the bytes of which the characters of a class consist.
func classBytes(ranges []rune) *[256]bool {
	var class [256]bool
	for i := 0; i+1 < len(ranges); i += 2 {
		for r := ranges[i]; r <= min(ranges[i+1], utf8.RuneSelf-1); r++ {
			class[r] = true
		}
		if ranges[i+1] >= utf8.RuneSelf {
			for c := utf8.RuneSelf; c < len(class); c++ {
				class[c] = true
			}
		}
	}
	return &class
}

// in reports whether the run may be in a text. It looks at the end of where a run could be and skips what cannot be in one.
func (r run) in(text []byte) bool {
	for start := 0; start+r.length <= len(text); {
		i := start + r.length - 1
		for i >= start && r.class[text[i]] {
			i--
		}
		if i < start {
			return true
		}
		start = i + 1
	}
	return false
}
