package match

import (
	"regexp/syntax"
	"strings"
	"unicode"
)

// example is a text that an expression matches, as short as can be. turn chooses among alternatives: other turns, other
// texts. What stands around a match (\b) is not looked at.
func example(re *syntax.Regexp, turn int) string {
	var b strings.Builder
	writeExample(&b, re, turn)
	return b.String()
}

// maxExample bounds what nested counts can grow to.
const maxExample = 1 << 16

func writeExample(b *strings.Builder, re *syntax.Regexp, turn int) {
	if b.Len() > maxExample {
		return
	}
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		b.WriteRune(member(re.Rune, turn))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('x')
	case syntax.OpCapture, syntax.OpPlus:
		writeExample(b, re.Sub[0], turn)
	case syntax.OpRepeat:
		for range re.Min {
			writeExample(b, re.Sub[0], turn)
		}
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			writeExample(b, sub, turn)
		}
	case syntax.OpAlternate:
		writeExample(b, re.Sub[turn%len(re.Sub)], turn/len(re.Sub))
	}
}

// member is a character of a class: of letters and digits, or at least visible, if it has such.
func member(ranges []rune, turn int) rune {
	fits := []func(rune) bool{
		func(r rune) bool { return r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) },
		func(r rune) bool { return r < unicode.MaxASCII && unicode.IsPrint(r) },
		unicode.IsPrint,
	}
	for _, fit := range fits {
		seen := 0
		for i := 0; i+1 < len(ranges); i += 2 {
			for r := ranges[i]; r <= min(ranges[i+1], ranges[i]+unicode.MaxASCII); r++ {
				if fit(r) {
					if seen == turn%4 {
						return r
					}
					seen++
				}
			}
		}
	}
	if len(ranges) == 0 {
		return 'x'
	}
	return ranges[0]
}

// anchors reports whether an expression begins at the start of a value, and whether it ends at its end.
func anchors(re *syntax.Regexp) (start, end bool) {
	switch re.Op {
	case syntax.OpBeginText, syntax.OpBeginLine:
		return true, false
	case syntax.OpEndText, syntax.OpEndLine:
		return false, true
	case syntax.OpCapture:
		return anchors(re.Sub[0])
	case syntax.OpConcat:
		start, _ = anchors(re.Sub[0])
		_, end = anchors(re.Sub[len(re.Sub)-1])
	}
	return start, end
}
