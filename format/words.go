package format

import (
	"fmt"
	"strconv"
	"strings"
)

// Words goes through the text of a statement, of the mapping or of another small language that is data here: names, texts in
// quotation marks, and operators. Its readers embed it. Whatever fails ends the reading, see Guard, so that a grammar reads
// like one.
type Words struct {
	Text   string
	Also   string   // what names may have beside letters, digits and _ @
	Signs  []string // operators; of two that begin alike the longer one first
	At     int      // where the token begins, in bytes
	Token  string
	Quoted bool // Token is the text of a string
	word   bool // Token is a name or a number
	next   int
	depth  int
}

// maxDepth is how deep expressions, conditions and templates nest.
const maxDepth = 20

// SyntaxError is a mistake in a statement, at a byte of its text.
type SyntaxError struct {
	At      int
	Message string
}

func (e *SyntaxError) Error() string { return e.Message }

// Fail ends the reading.
func (w *Words) Fail(format string, args ...any) {
	panic(&SyntaxError{w.At, fmt.Sprintf(format, args...)})
}

// Guard, deferred by whoever begins to read, makes an error of what ended the reading.
func Guard(err *error) {
	switch r := recover().(type) {
	case nil:
	case *SyntaxError:
		*err = r
	default:
		panic(r)
	}
}

// IsName tells whether a byte may be in a name.
func (w *Words) IsName(c byte) bool {
	return c == '_' || c == '@' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80 || strings.IndexByte(w.Also, c) >= 0
}

// Advance goes to the next token; behind the last one it is empty and not quoted.
func (w *Words) Advance() {
	for w.next < len(w.Text) && strings.IndexByte(" \t\r\n", w.Text[w.next]) >= 0 {
		w.next++
	}
	w.At, w.Token, w.Quoted, w.word = w.next, "", false, false
	rest := w.Text[w.next:]
	if rest == "" {
		return
	}
	if rest[0] == '"' {
		quoted, err := strconv.QuotedPrefix(rest)
		if err == nil {
			w.Token, err = strconv.Unquote(quoted)
		}
		if err != nil {
			w.Fail("a text that starts with a quotation mark must end with one")
		}
		w.Quoted, w.next = true, w.next+len(quoted)
		return
	}
	for _, sign := range w.Signs {
		if strings.HasPrefix(rest, sign) {
			w.Token, w.next = sign, w.next+len(sign)
			return
		}
	}
	for w.next < len(w.Text) && w.IsName(w.Text[w.next]) {
		w.next++
	}
	if w.Token = w.Text[w.At:w.next]; w.Token == "" {
		w.Fail("%q has no meaning here", rest[:1])
	}
	w.word = true
}

// Is tells whether the token is a name or an operator.
func (w *Words) Is(token string) bool { return !w.Quoted && w.Token == token }

// Nest goes a level deeper, until what it gives is called. What nests reads itself, and memory ends somewhere.
func (w *Words) Nest() (back func()) {
	if w.depth++; w.depth > maxDepth {
		w.Fail("nested deeper than %d", maxDepth)
	}
	return func() { w.depth-- }
}

// Accept goes on where the token is a name or an operator.
func (w *Words) Accept(token string) bool {
	if !w.Is(token) {
		return false
	}
	w.Advance()
	return true
}

// Expect fails where the token is another one.
func (w *Words) Expect(token string) {
	if !w.Accept(token) {
		w.Fail("expected %q, got %s", token, w.Found())
	}
}

// Found is the token as mistakes name it.
func (w *Words) Found() string {
	if w.Token == "" && !w.Quoted {
		return "the end"
	}
	return strconv.Quote(w.Token)
}

// End fails where something follows.
func (w *Words) End() {
	if w.Token != "" || w.Quoted {
		w.Fail("expected the end, got %s", w.Found())
	}
}

// Name reads a name; what says what it is of.
func (w *Words) Name(what string) string {
	if !w.word {
		w.Fail("expected %s, got %s", what, w.Found())
	}
	return w.take()
}

// Quote reads a text in quotation marks.
func (w *Words) Quote(what string) string {
	if !w.Quoted {
		w.Fail("expected %s in quotation marks, got %s", what, w.Found())
	}
	return w.take()
}

// Number reads a number that is not negative.
func (w *Words) Number(what string) int {
	n, err := strconv.Atoi(w.Token)
	if err != nil || !w.word || n < 0 {
		w.Fail("expected %s, got %s", what, w.Found())
	}
	w.Advance()
	return n
}

func (w *Words) take() string {
	token := w.Token
	w.Advance()
	return token
}
