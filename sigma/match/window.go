package match

import (
	"bytes"
	"regexp/syntax"
	"unicode"
	"unicode/utf8"
)

// window is a few characters in a row of which an expression says what each may be: a letter or digit, a dot, a quote. To
// look for it costs a tenth of what the expression does, and mostly it is not there.
type window struct {
	classes []*[256]bool
	pivot   int // the one that is looked for first
	only    int // the pivot's only byte; -1: it may be several
}

const (
	minWindow = 2
	maxWindow = 8
)

// windowOf is the window of an expression that is the least likely to be somewhere; without classes if there is none.
func windowOf(re *syntax.Regexp) window {
	f := windowFinder{}
	f.walk(re)
	f.cut()
	w := window{classes: f.best, only: -1}
	fewest := 257
	for i, c := range w.classes {
		if n := members(c); n < fewest {
			fewest, w.pivot = n, i
		}
	}
	if fewest == 1 {
		w.only = bytes.IndexByte(boolBytes(w.classes[w.pivot]), 1)
	}
	return w
}

// windowFinder goes through an expression and gathers classes that follow each other.
type windowFinder struct {
	run, best  []*[256]bool
	bestChance float64
}

func (f *windowFinder) walk(re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			ranges := []rune{r, r}
			if re.Flags&syntax.FoldCase != 0 {
				for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
					ranges = append(ranges, o, o)
				}
			}
			f.add(ranges)
		}
	case syntax.OpCharClass:
		f.add(re.Rune)
	case syntax.OpCapture:
		f.walk(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			f.walk(sub)
		}
	case syntax.OpPlus:
		f.repeat(re.Sub[0], 1, false)
	case syntax.OpRepeat:
		f.repeat(re.Sub[0], re.Min, re.Min == re.Max)
	case syntax.OpEmptyMatch, syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
	default:
		f.cut()
	}
}

// repeat is for what comes n times or, unless that is exact, more often.
func (f *windowFinder) repeat(sub *syntax.Regexp, n int, exact bool) {
	for range min(n, maxWindow) {
		f.walk(sub)
	}
	if exact && n <= maxWindow {
		return
	}
	f.cut()
	for range min(n, maxWindow) { // the last ones
		f.walk(sub)
	}
}

// add takes in a character of a class. One that may be outside ASCII has several bytes: it is in no window.
func (f *windowFinder) add(ranges []rune) {
	for i := 1; i < len(ranges); i += 2 {
		if ranges[i] >= utf8.RuneSelf {
			f.cut()
			return
		}
	}
	f.run = append(f.run, classBytes(ranges))
}

// cut ends the run, and keeps its most unlikely part if that is the most unlikely so far.
func (f *windowFinder) cut() {
	for from := 0; from == 0 || from+maxWindow <= len(f.run); from++ {
		part := f.run[from:min(from+maxWindow, len(f.run))]
		chance := 1.0
		for _, c := range part {
			chance *= float64(members(c)) / 100
		}
		if len(part) >= minWindow && (f.best == nil || chance < f.bestChance) {
			f.best, f.bestChance = part, chance
		}
	}
	f.run = nil
}

func members(class *[256]bool) int { return bytes.Count(boolBytes(class), []byte{1}) }

func boolBytes(class *[256]bool) []byte {
	out := make([]byte, len(class))
	for i, is := range class {
		out[i] = flag(is)
	}
	return out
}

// in reports whether the window is somewhere in a text.
func (w *window) in(text []byte) bool {
	last := len(text) - len(w.classes) // the last place for it
	for i := 0; i <= last; i++ {
		if w.only >= 0 {
			next := bytes.IndexByte(text[i+w.pivot:], byte(w.only))
			if next < 0 {
				return false
			}
			if i += next; i > last {
				return false
			}
		} else if !w.classes[w.pivot][text[i+w.pivot]] {
			continue
		}
		if w.at(text[i:]) {
			return true
		}
	}
	return false
}

func (w *window) at(text []byte) bool {
	for j, c := range w.classes {
		if !c[text[j]] {
			return false
		}
	}
	return true
}
