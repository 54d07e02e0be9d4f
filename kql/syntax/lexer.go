package syntax

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lexer cuts a text into tokens, one at a time.
type lexer struct {
	text   string
	at     int
	report func(Span, string, string)
	// comments are handed out as tokens for highlighting; a parser does not want them.
	comments bool
}

// Tokens are all tokens of a text with its comments, for highlighting; mistakes are left to Parse.
func Tokens(text string) []Token {
	lex := lexer{text: text, report: func(Span, string, string) {}, comments: true}
	var all []Token
	for {
		t := lex.next()
		if t.Kind == EOF || len(all) >= maxTokens {
			return all
		}
		all = append(all, t)
	}
}

// puncts are the operators and brackets, the longest first where one begins another.
var puncts = []string{"..", "==", "=>", "=~", "!=", "!~", "<=", ">=", "<>", "<|", "|", "<", ">", "=", "+", "-", "*", "/", "%", "(", ")", "[", "]",
	"{", "}", ",", ";", ":", ".", "?", "@", "!"}

func (l *lexer) next() Token {
	start := l.at
	if c, ok := l.blanks(); ok {
		return c
	}
	t := Token{Span: Span{l.at, l.at}, Blank: l.at > start}
	if l.at >= len(l.text) {
		return t
	}
	rest := l.text[l.at:]
	r, size := utf8.DecodeRuneInString(rest)
	switch {
	case r == '"' || r == '\'' || strings.HasPrefix(rest, "```") || strings.HasPrefix(rest, "~~~") || l.prefixed(rest):
		return l.quoted(t)
	case r >= '0' && r <= '9':
		return l.number(t)
	case r == '_' || r == '$' || unicode.IsLetter(r):
		return l.name(t)
	}
	for _, p := range puncts {
		if strings.HasPrefix(rest, p) {
			l.at += len(p)
			t.Kind, t.Text, t.End = Punct, p, l.at
			return t
		}
	}
	l.at += size
	t.Kind, t.Text, t.End = Unknown, l.text[t.Start:l.at], l.at
	l.report(t.Span, "unexpected character "+strconv.QuoteRune(r), "")
	return t
}

// blanks goes past white space, typographic blanks that published queries are full of, and comments.
func (l *lexer) blanks() (Token, bool) {
	for l.at < len(l.text) {
		r, size := utf8.DecodeRuneInString(l.text[l.at:])
		switch {
		case unicode.IsSpace(r) || unicode.Is(unicode.Zs, r) || r == '\ufeff' || r == '\u200b' || r == '\u200c' || r == '\u200d' || r == '\u2060':
			l.at += size
		case r == '#' && l.lineStart(), strings.HasPrefix(l.text[l.at:], "//"):
			start := l.at
			if n := strings.IndexByte(l.text[l.at:], '\n'); n >= 0 {
				l.at += n
			} else {
				l.at = len(l.text)
			}
			if l.comments {
				return Token{Kind: Comment, Span: Span{start, l.at}, Text: l.text[start:l.at]}, true
			}
		default:
			return Token{}, false
		}
	}
	return Token{}, false
}

// lineStart says whether nothing but blanks stands before this place in its line: a # there begins a directive, which says nothing to us.
func (l *lexer) lineStart() bool {
	line := l.text[:l.at]
	return strings.TrimSpace(line[strings.LastIndexByte(line, '\n')+1:]) == ""
}

// prefixed says whether a string begins here with h, H or @ before its quote.
func (l *lexer) prefixed(rest string) bool {
	n := 0
	if rest[0] == 'h' || rest[0] == 'H' {
		n = 1
	}
	if n < len(rest) && rest[n] == '@' {
		n++
	}
	return n > 0 && n < len(rest) && (rest[n] == '"' || rest[n] == '\'' || strings.HasPrefix(rest[n:], "```"))
}

func isNamePart(r rune) bool {
	return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

func (l *lexer) name(t Token) Token {
	for l.at < len(l.text) {
		r, size := utf8.DecodeRuneInString(l.text[l.at:])
		if !isNamePart(r) {
			break
		}
		l.at += size
	}
	if l.text[t.Start:l.at] == "in" && strings.HasPrefix(l.text[l.at:], "~") {
		l.at++
	}
	t.Kind, t.Text, t.End = Name, l.text[t.Start:l.at], l.at
	if typedLiterals[t.Text] != "" {
		return l.typed(t)
	}
	return t
}

// typedLiterals are the words whose parentheses hold a literal without quotes, with the type that they make.
var typedLiterals = map[string]string{"datetime": "datetime", "date": "datetime", "time": "timespan", "timespan": "timespan", "guid": "guid",
	"int": "int", "int32": "int", "long": "long", "int64": "long", "real": "real", "double": "real", "decimal": "decimal", "bool": "bool",
	"boolean": "bool"}

// typed reads the parentheses of datetime(2020-01-01) and its kin; a word that no parenthesis follows stays a name.
func (l *lexer) typed(t Token) Token {
	open := l.at
	for open < len(l.text) && (l.text[open] == ' ' || l.text[open] == '\t') {
		open++
	}
	if open >= len(l.text) || l.text[open] != '(' {
		return t
	}
	end := strings.IndexAny(l.text[open+1:], ")\n")
	if end < 0 || l.text[open+1+end] != ')' {
		return t
	}
	body := strings.TrimSpace(l.text[open+1 : open+1+end])
	l.at = open + 1 + end + 1
	t.Kind, t.End, t.Text = Typed, l.at, l.text[t.Start:l.at]
	literal, err := typedLiteral(typedLiterals[l.text[t.Start:open][:nameLength(l.text[t.Start:open])]], body)
	if err != "" {
		l.report(t.Span, err, "")
	}
	literal.Span = t.Span
	t.Value = literal
	return t
}

func nameLength(s string) int {
	for i, r := range s {
		if !isNamePart(r) {
			return i
		}
	}
	return len(s)
}

// number reads 1, 0x1f, 1.5, 1e3, 1d, 1.5h; digits that letters follow in any other way are a name.
func (l *lexer) number(t Token) Token {
	text := l.text[l.at:]
	n := digits(text)
	real := false
	if len(text) > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && isHex(text[2]) {
		n = 2
		for n < len(text) && isHex(text[n]) {
			n++
		}
	} else {
		// A second dot makes it a range of between: 1..5.
		if n < len(text) && text[n] == '.' && (n+1 >= len(text) || text[n+1] != '.') && (n+1 < len(text) && text[n+1] >= '0' && text[n+1] <= '9' || !followsName(text[n+1:])) {
			real = true
			n += 1 + digits(text[n+1:])
		}
		if e := exponent(text[n:]); e > 0 {
			real = true
			n += e
		}
	}
	unit := n
	for unit < len(text) {
		r, size := utf8.DecodeRuneInString(text[unit:])
		if !isNamePart(r) {
			break
		}
		unit += size
	}
	l.at += unit
	t.Text, t.End = text[:unit], l.at
	t.Kind = Number
	switch {
	case unit > n:
		if ticks, ok := timespanOf(text[:n], text[n:unit]); ok {
			t.Value = ticks
		} else if real {
			t.Kind = Unknown
			l.report(t.Span, "unknown unit of time "+strconv.Quote(text[n:unit]), "use d, h, m, s, ms, microsecond or tick")
		} else {
			t.Kind = Name
		}
	case real:
		f, err := strconv.ParseFloat(text[:n], 64)
		if err != nil {
			l.report(t.Span, "number out of range", "")
		}
		t.Value = f
	default:
		v, err := strconv.ParseInt(text[:n], 0, 64)
		if strings.HasPrefix(text, "0") && !strings.ContainsAny(text[:n], "xX") {
			v, err = strconv.ParseInt(text[:n], 10, 64)
		}
		if err != nil {
			l.report(t.Span, "number out of range", "a long holds up to 9223372036854775807; use real(…) or decimal(…) for more")
		}
		t.Value = v
	}
	return t
}

func followsName(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r == '_' || unicode.IsLetter(r)
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// exponent is the length of e10 or E-3 at the start of s.
func exponent(s string) int {
	if len(s) < 2 || s[0] != 'e' && s[0] != 'E' {
		return 0
	}
	n := 1
	if s[1] == '+' || s[1] == '-' {
		n = 2
	}
	d := digits(s[n:])
	if d == 0 {
		return 0
	}
	return n + d
}

// quoted reads a string literal of any form.
func (l *lexer) quoted(t Token) Token {
	text := l.text
	if text[l.at] == 'h' || text[l.at] == 'H' {
		l.at++
	}
	verbatim := text[l.at] == '@'
	if verbatim {
		l.at++
	}
	t.Kind = Text
	if fence := text[l.at:min(len(text), l.at+3)]; fence == "```" || fence == "~~~" {
		end := strings.Index(text[l.at+3:], fence)
		if end < 0 {
			l.report(Span{t.Start, l.at + 3}, "string without its end", "close it with "+fence)
			t.Value, l.at = text[l.at+3:], len(text)
		} else {
			t.Value, l.at = text[l.at+3:l.at+3+end], l.at+3+end+3
		}
	} else {
		t.Value = l.stringBody(t.Start, verbatim)
	}
	t.End, t.Text = l.at, text[t.Start:l.at]
	return t
}

// stringBody reads from the quote to its partner. A string ends with its line at the latest.
func (l *lexer) stringBody(start int, verbatim bool) string {
	quote := l.text[l.at]
	l.at++
	var b strings.Builder
	for l.at < len(l.text) {
		c := l.text[l.at]
		switch {
		case c == quote && verbatim && l.at+1 < len(l.text) && l.text[l.at+1] == quote:
			b.WriteByte(quote)
			l.at += 2
		case c == quote:
			l.at++
			return b.String()
		case c == '\n' || c == '\r':
			l.report(Span{start, l.at}, "string without its end", "close it with "+string(quote)+", or use ``` for a text of several lines")
			return b.String()
		case c == '\\' && !verbatim:
			l.escape(&b)
		default:
			b.WriteByte(c)
			l.at++
		}
	}
	l.report(Span{start, l.at}, "string without its end", "close it with "+string(quote))
	return b.String()
}

var escapes = map[byte]byte{'\\': '\\', '"': '"', '\'': '\'', 'n': '\n', 't': '\t', 'r': '\r', 'a': '\a', 'b': '\b', 'f': '\f', 'v': '\v', '0': 0}

func (l *lexer) escape(b *strings.Builder) {
	start := l.at
	l.at++
	if l.at >= len(l.text) {
		return
	}
	c := l.text[l.at]
	width := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
	if width > 0 && l.at+1+width <= len(l.text) {
		if v, err := strconv.ParseUint(l.text[l.at+1:l.at+1+width], 16, 32); err == nil {
			l.at += 1 + width
			r := rune(v)
			// Two escapes make one character of the higher planes.
			if c == 'u' && r >= 0xd800 && r < 0xdc00 && strings.HasPrefix(l.text[l.at:], `\u`) && l.at+6 <= len(l.text) {
				if low, err := strconv.ParseUint(l.text[l.at+2:l.at+6], 16, 32); err == nil && low >= 0xdc00 && low < 0xe000 {
					l.at += 6
					r = (r-0xd800)<<10 + rune(low) - 0xdc00 + 0x10000
				}
			}
			b.WriteRune(r)
			return
		}
	}
	if v, ok := escapes[c]; ok {
		l.at++
		b.WriteByte(v)
		return
	}
	_, size := utf8.DecodeRuneInString(l.text[l.at:])
	if c != '\n' && c != '\r' {
		l.at += size
	}
	l.report(Span{start, l.at}, "unknown escape in a string", `write \\ for a backslash, or put @ before the string`)
}
