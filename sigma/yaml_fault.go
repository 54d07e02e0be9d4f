package sigma

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	goccy "github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"
)

// yamlProblem tells what is wrong with a text that is not YAML. The library that reads rules fast names the start of what it
// could not read to the end, often lines above the slip; the slower one, asked second, points at the slip itself.
func yamlProblem(p part, err error) *Problem {
	at, message := ownPlace(p.text, strings.TrimPrefix(err.Error(), "yaml: "))
	if better, text, ok := secondOpinion(p.text); ok {
		at, message = better, text
	}
	at.Line += p.line
	return &Problem{Message: "this is not YAML: " + message, Position: at}
}

// secondOpinion asks the other library. Its time grows with the cube of brackets within each other, so texts with many get none.
func secondOpinion(text []byte) (at Position, message string, ok bool) {
	const maxText, maxBrackets = 64 << 10, 200
	if len(text) > maxText || bytes.Count(text, []byte("["))+bytes.Count(text, []byte("{")) > maxBrackets {
		return at, "", false
	}
	// What breaks one parser may break the other as well, and then the first answer has to do.
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	_, err := parser.ParseBytes(text, 0)
	var syntax *goccy.SyntaxError
	if !errors.As(err, &syntax) || syntax.Token == nil || syntax.Token.Position == nil {
		return at, "", false
	}
	where := syntax.Token.Position
	lines := bytes.Count(text, []byte("\n")) + 1
	return Position{min(max(where.Line, 1), lines), max(where.Column, 1)}, syntax.Message, true
}

// ownPlace finds the place that the library's message names; where it names none, what it is about in the text.
func ownPlace(text []byte, message string) (Position, string) {
	line := 1
	if rest, ok := strings.CutPrefix(message, "line "); ok {
		if number, what, ok := strings.Cut(rest, ": "); ok {
			if n, err := strconv.Atoi(number); err == nil {
				line, message = n, what
			}
		}
	} else if name, ok := strings.CutPrefix(message, "unknown anchor '"); ok {
		name, _, _ = strings.Cut(name, "'")
		if i := bytes.Index(text, []byte("*"+name)); i >= 0 {
			line = 1 + bytes.Count(text[:i], []byte("\n"))
		}
	} else {
		for l := range bytes.Lines(text) {
			if !utf8.Valid(l) || bytes.ContainsFunc(l, control) {
				break
			}
			line++
		}
	}
	lines := bytes.Split(text, []byte("\n"))
	line = min(max(line, 1), len(lines))
	content := bytes.TrimLeft(lines[line-1], " \t")
	return Position{line, 1 + len(lines[line-1]) - len(content)}, message
}

func control(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f }
