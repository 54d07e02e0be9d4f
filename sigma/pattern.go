package sigma

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// ParsePattern reads a text as a rule writes it: * stands for any number of characters, ? for exactly one. A backslash takes
// the meaning from a *, a ? or a backslash behind it, and is itself in front of everything else: \* is an asterisk,
// \\* a backslash and anything, \\\* a backslash and an asterisk, C:\Windows is written as it is, and \\ is one backslash.
func ParsePattern(s string) Pattern {
	if !strings.ContainsAny(s, `*?\`) {
		return Literal(s)
	}
	var p Pattern
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			p = append(p, Piece{Text: text.String()})
			text.Reset()
		}
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && strings.IndexByte(`*?\`, s[i+1]) >= 0:
			i++
			text.WriteByte(s[i])
		case c == '*':
			flush()
			if len(p) == 0 || !p[len(p)-1].Any {
				p = append(p, Piece{Any: true})
			}
		case c == '?':
			flush()
			p = append(p, Piece{})
		default:
			text.WriteByte(c)
		}
	}
	flush()
	return p
}

// Literal is the pattern of a text without wildcards.
func Literal(s string) Pattern {
	if s == "" {
		return nil
	}
	return Pattern{{Text: s}}
}

// Literal is the text that a pattern without wildcards stands for; false if it has wildcards.
func (p Pattern) Literal() (string, bool) {
	switch {
	case len(p) == 0:
		return "", true
	case len(p) == 1 && p[0].Text != "":
		return p[0].Text, true
	}
	return "", false
}

// String writes the pattern so that ParsePattern reads the same one.
func (p Pattern) String() string {
	var b strings.Builder
	for i, piece := range p {
		switch {
		case piece.Any:
			b.WriteByte('*')
			continue
		case piece.Text == "":
			b.WriteByte('?')
			continue
		}
		for j := range len(piece.Text) {
			c := piece.Text[j]
			last := j+1 == len(piece.Text)
			switch {
			case c == '*' || c == '?':
				b.WriteByte('\\')
			case c == '\\' && (last && i+1 < len(p) || !last && strings.IndexByte(`*?\`, piece.Text[j+1]) >= 0):
				b.WriteByte('\\')
			}
			b.WriteByte(c)
		}
	}
	return b.String()
}

// length of its texts.
func (p Pattern) length() int {
	sum := 0
	for _, piece := range p {
		sum += len(piece.Text)
	}
	return sum
}

// contained is the pattern with anything before and behind it.
func (p Pattern) contained() Pattern { return p.anyBefore().anyBehind() }

func (p Pattern) anyBefore() Pattern {
	if len(p) > 0 && p[0].Any {
		return p
	}
	return append(Pattern{{Any: true}}, p...)
}

func (p Pattern) anyBehind() Pattern {
	if len(p) > 0 && p[len(p)-1].Any {
		return p
	}
	return append(p[:len(p):len(p)], Piece{Any: true})
}

// Match reports whether the whole value is as the pattern wants it. Characters are runes. Without regard to case means: both
// sides rune by rune through Fold. A byte that is not UTF-8 is a character that equals only itself.
func (p Pattern) Match(value string, cased bool) bool {
	// What a place in the pattern wants: a character, exactly one (one) or any number (many).
	const one, many = -1, -2
	var want []rune
	for _, piece := range p {
		switch {
		case piece.Any:
			want = append(want, many)
		case piece.Text == "":
			want = append(want, one)
		default:
			want = append(want, characters(piece.Text, cased)...)
		}
	}
	have := characters(value, cased)
	// Greedy, as globs are matched: on a mismatch the last * takes one character more.
	w, h, star, taken := 0, 0, -1, 0
	for h < len(have) {
		switch {
		case w < len(want) && want[w] == many:
			star, taken = w, h
			w++
		case w < len(want) && (want[w] == one || want[w] == have[h]):
			w++
			h++
		case star >= 0:
			taken++
			w, h = star+1, taken
		default:
			return false
		}
	}
	for w < len(want) && want[w] == many {
		w++
	}
	return w == len(want)
}

// characters of a text, folded unless cased. Bytes that are not UTF-8 lie behind the last rune.
func characters(s string, cased bool) []rune {
	out := make([]rune, 0, len(s))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			r = unicode.MaxRune + 1 + rune(s[i])
		case !cased:
			r = Fold(r)
		}
		out = append(out, r)
		i += n
	}
	return out
}

// Fold is what upper and lower case are the same under: unicode.ToLower of the single rune. So the Kelvin sign is k and
// İ is i, but ſ is not s and ß is not ss: what holds does not depend on a language, and never changes the number of runes.
func Fold(r rune) rune { return unicode.ToLower(r) }
