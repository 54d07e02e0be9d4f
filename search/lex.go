package search

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// SyntaxError says what is wrong with a query, where, and what to do.
type SyntaxError struct {
	Column  int // from 1, in characters
	Message string
	Hint    string
}

func (e *SyntaxError) Error() string {
	text := fmt.Sprintf("column %d: %s", e.Column, e.Message)
	if e.Hint != "" {
		text += " " + e.Hint
	}
	return text
}

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenString
	tokenColon
	tokenCompare // < <= > >=
	tokenOpen
	tokenClose
	tokenAnd
	tokenOr
	tokenNot
)

type token struct {
	kind tokenKind
	at   int    // byte offset
	text string // of a word: with its escapes; of a string: without quotation marks and escapes; else as it stands
	glob bool
}

// special characters end an unquoted word, or must be escaped by a backslash to be part of one.
const special = `():<>"*\`

// maxQuery bounds a query, in bytes.
const maxQuery = 16 << 10

type lexer struct {
	text   string
	at     int
	tokens []token
}

func lex(text string) ([]token, error) {
	l := &lexer{text: text}
	if len(text) > maxQuery {
		return nil, l.errorAt(0, fmt.Sprintf("The query has more than %d bytes.", maxQuery), "")
	}
	if !utf8.ValidString(text) {
		return nil, l.errorAt(0, "The query is not valid UTF-8.", "")
	}
	for {
		for l.at < len(text) {
			r, size := utf8.DecodeRuneInString(text[l.at:])
			if !unicode.IsSpace(r) {
				break
			}
			l.at += size
		}
		if l.at == len(text) {
			l.add(tokenEnd, l.at, "")
			return l.tokens, nil
		}
		if err := l.next(); err != nil {
			return nil, err
		}
	}
}

func (l *lexer) errorAt(at int, message, hint string) error {
	return &SyntaxError{Column: utf8.RuneCountInString(l.text[:min(at, len(l.text))]) + 1, Message: message, Hint: hint}
}

func (l *lexer) add(kind tokenKind, at int, text string) {
	l.tokens = append(l.tokens, token{kind: kind, at: at, text: text})
}

func (l *lexer) next() error {
	start := l.at
	switch c := l.text[start]; c {
	case '(':
		l.at++
		l.add(tokenOpen, start, "(")
	case ')':
		l.at++
		l.add(tokenClose, start, ")")
	case ':':
		l.at++
		l.add(tokenColon, start, ":")
	case '<', '>':
		l.at++
		if l.at < len(l.text) && l.text[l.at] == '=' {
			l.at++
		}
		l.add(tokenCompare, start, l.text[start:l.at])
	case '"':
		return l.quoted()
	default:
		return l.word()
	}
	return nil
}

// quoted reads "…", in which \" and \\ are escapes and other backslashes stand for themselves, so that a path can be pasted.
func (l *lexer) quoted() error {
	start := l.at
	var b strings.Builder
	for i := start + 1; i < len(l.text); i++ {
		switch c := l.text[i]; {
		case c == '\\' && i+1 < len(l.text) && (l.text[i+1] == '"' || l.text[i+1] == '\\'):
			i++
			b.WriteByte(l.text[i])
		case c == '"':
			l.at = i + 1
			l.add(tokenString, start, b.String())
			return nil
		default:
			b.WriteByte(c)
		}
	}
	return l.errorAt(start, "The quotation mark is not closed.", `End the text with ".`)
}

// word reads up to white space or a special character that no backslash precedes.
func (l *lexer) word() error {
	start := l.at
	glob := false
	for l.at < len(l.text) {
		r, size := utf8.DecodeRuneInString(l.text[l.at:])
		if r == '\\' {
			if l.at+1 == len(l.text) {
				return l.errorAt(l.at, "Nothing follows the backslash.", `Write \\ for a backslash.`)
			}
			_, next := utf8.DecodeRuneInString(l.text[l.at+1:])
			l.at += 1 + next
			continue
		}
		if r == '*' {
			glob = true
		} else if unicode.IsSpace(r) || strings.ContainsRune(special, r) && (r != ':' || !l.inner()) {
			break
		}
		l.at += size
	}
	text := l.text[start:l.at]
	kind := tokenWord
	switch strings.ToLower(text) {
	case "and":
		kind = tokenAnd
	case "or":
		kind = tokenOr
	case "not":
		kind = tokenNot
	}
	l.tokens = append(l.tokens, token{kind: kind, at: start, text: text, glob: glob})
	return nil
}

// inner tells whether the colon here belongs to the word: after "field:" an address or a time may have colons of its own.
func (l *lexer) inner() bool {
	n := len(l.tokens)
	if l.at+1 >= len(l.text) || n == 0 {
		return false
	}
	switch l.tokens[n-1].kind {
	case tokenColon, tokenCompare:
	default:
		return false
	}
	next := l.text[l.at+1]
	return next != ' ' && next != '"' && next != '('
}

// unescape undoes the backslashes of a word. Asterisks that were escaped are given apart from those that were not: the
// pieces are what stands between the latter.
func unescape(word string) (text string, pieces []string) {
	var whole, piece strings.Builder
	for i := 0; i < len(word); i++ {
		switch c := word[i]; {
		case c == '\\' && i+1 < len(word):
			i++
			// A backslash escapes special characters; before any other it stands for itself.
			if !strings.ContainsRune(special, rune(word[i])) && word[i] != ' ' {
				whole.WriteByte('\\')
				piece.WriteByte('\\')
			}
			whole.WriteByte(word[i])
			piece.WriteByte(word[i])
		case c == '*':
			whole.WriteByte('*')
			pieces = append(pieces, piece.String())
			piece.Reset()
		default:
			whole.WriteByte(c)
			piece.WriteByte(c)
		}
	}
	return whole.String(), append(pieces, piece.String())
}
