package sigma

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// Bounds of what is read; what goes past one is a Problem. Public rules stay far below: the longest list has some 3,900 values.
const (
	maxFile      = 1 << 20
	maxDocuments = 2000
	maxNodes     = 400_000 // of YAML in a file, those that aliases or global documents repeat counted as often as they are repeated
	maxWritten   = 4 << 20 // bytes of the rules of a file that global documents were merged into
	maxTests     = 100_000 // of a file, and of a rule, a selection that the condition names several times counted as often
	maxTexts     = 8 << 20 // bytes of the texts that values stand for
	maxPrograms  = 400_000 // of all regular expressions of a file, as maxProgram
	maxDepth     = 16      // of lists and keys within each other
	maxProblems  = 50      // of a document; more are not told
)

// part is the text of one document in a file.
type part struct {
	text []byte
	line int // lines in front of it
}

// split cuts a file at its document markers. They mean the same wherever they stand at the start of a line, within a
// block or a quoted text as well (YAML 1.2.2, 9.1.4), so that a fault in one document cannot hide the next.
func split(data []byte) []part {
	var parts []part
	start, first, line := 0, 0, 0
	end := func(at int) {
		if text := data[start:at]; !blank(text) {
			parts = append(parts, part{text, first})
		}
	}
	for at := 0; at < len(data); line++ {
		next := len(data)
		if i := bytes.IndexByte(data[at:], '\n'); i >= 0 {
			next = at + i + 1
		}
		if rest, ok := marker(data[at:next]); ok {
			end(at)
			start, first = at, line
			if blank(rest) {
				start, first = next, line+1
			}
		}
		at = next
	}
	end(len(data))
	return parts
}

// marker reports whether a line is --- or ..., and what stands behind it.
func marker(line []byte) ([]byte, bool) {
	for _, m := range []string{"---", "..."} {
		rest, ok := bytes.CutPrefix(line, []byte(m))
		if ok && (len(rest) == 0 || bytes.IndexByte([]byte(" \t\r\n"), rest[0]) >= 0) {
			return rest, true
		}
	}
	return nil, false
}

// blank reports whether there are only comments and directives.
func blank(text []byte) bool {
	for line := range bytes.Lines(text) {
		switch trimmed := bytes.TrimSpace(line); {
		case len(trimmed) == 0, trimmed[0] == '#', line[0] == '%':
		default:
			return false
		}
	}
	return true
}

// parse reads one document. Lines of its nodes are those of the file.
func parse(p part) (*yaml.Node, *Problem) {
	var doc yaml.Node
	if err := yaml.Unmarshal(p.text, &doc); err != nil {
		return nil, yamlProblem(p, err)
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	root := doc.Content[0]
	if p.line > 0 {
		move(root, p.line)
	}
	return root, nil
}

func move(n *yaml.Node, lines int) {
	n.Line += lines
	for _, c := range n.Content {
		move(c, lines)
	}
}

// entry is a key with its value.
type entry struct {
	key   string
	at    *yaml.Node // the key
	value *yaml.Node
}

// follow is the node that an alias stands for, and counts what is looked at. It is nil when that becomes too much.
func (r *reader) follow(n *yaml.Node) *yaml.Node {
	if !r.afford(&r.spent.nodes, 1, maxNodes, n, "values, those behind aliases (*name) and of global documents counted each time") {
		return nil
	}
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// afford counts towards a bound of the file. The first time that it is passed is told, and ends the reading of the file.
func (r *reader) afford(count *int, more, most int, n *yaml.Node, of string) bool {
	if *count += more; *count <= most && !r.exhausted {
		return true
	}
	if !r.exhausted {
		r.exhausted = true
		r.problem(n, "the file becomes too large: more than %d %s; split it into several", most, of)
	}
	return false
}

// entries are the keys and values of a mapping, those of merge keys (<<) included. A key that stands twice is a fault:
// which of the two would count is anybody's guess.
func (r *reader) entries(n *yaml.Node, what string) []entry {
	n = r.follow(n)
	if n == nil {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		r.problem(n, "expected %s, got %s", what, kindOf(n))
		return nil
	}
	return r.merged(n, 0)
}

func (r *reader) merged(n *yaml.Node, depth int) []entry {
	out := make([]entry, 0, len(n.Content)/2)
	seen := make(map[string]*yaml.Node, len(n.Content)/2)
	var inherited []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := r.follow(n.Content[i]), n.Content[i+1]
		switch {
		case key == nil:
			return out
		case key.Kind != yaml.ScalarNode:
			r.problem(key, "expected the name of a key, got %s", kindOf(key))
		case key.Tag == "!!merge":
			inherited = append(inherited, value)
		case seen[key.Value] != nil:
			r.problem(key, "the key %q stands twice, first in line %d; both must be in one list, or have different names",
				key.Value, seen[key.Value].Line)
		default:
			seen[key.Value] = key
			out = append(out, entry{key.Value, key, value})
		}
	}
	for _, value := range inherited {
		for _, e := range r.inherit(value, depth) {
			if seen[e.key] == nil {
				seen[e.key] = e.at
				out = append(out, e)
			}
		}
	}
	return out
}

// inherit are the entries that a merge key brings: those of a mapping, or of a list of them.
func (r *reader) inherit(n *yaml.Node, depth int) []entry {
	at := n
	n = r.follow(n)
	switch {
	case n == nil:
		return nil
	case depth > maxDepth:
		r.problem(at, "keys are merged (<<) into each other more than %d times", maxDepth)
		return nil
	case n.Kind == yaml.MappingNode:
		return r.merged(n, depth+1)
	case n.Kind == yaml.SequenceNode:
		var out []entry
		for _, item := range n.Content {
			out = append(out, r.inherit(item, depth+1)...)
		}
		return out
	}
	r.problem(at, "expected keys to merge behind <<, got %s", kindOf(n))
	return nil
}

// bounded reports whether all of a value can be looked at: aliases in it do not make it too large, or endless.
func (r *reader) bounded(n *yaml.Node, depth int) bool {
	at := n
	if n = r.follow(n); n == nil {
		return false
	}
	if depth > maxDepth {
		r.problem(at, "lists and keys lie within each other more than %d deep", maxDepth)
		return false
	}
	for _, c := range n.Content {
		if !r.bounded(c, depth+1) {
			return false
		}
	}
	return true
}

// text of a scalar. What else is there is a fault.
func (r *reader) text(n *yaml.Node, what string) string {
	n = r.follow(n)
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.problem(n, "expected %s, got %s", what, kindOf(n))
		return ""
	}
	return n.Value
}

// texts of a list; a single text is a list of one.
func (r *reader) texts(n *yaml.Node, what string) []string {
	n = r.follow(n)
	if n == nil || n.Tag == "!!null" {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		return []string{r.text(n, what)}
	}
	out := make([]string, 0, len(n.Content))
	for _, item := range n.Content {
		if item.Tag != "!!null" {
			out = append(out, r.text(item, what))
		}
	}
	return out
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "keys with values"
	case yaml.ScalarNode:
		switch n.Tag {
		case "!!null":
			return "nothing"
		case "!!int", "!!float":
			return "the number " + n.Value
		}
		return "the text " + shorten(n.Value)
	}
	return "something else"
}

// shorten quotes a text for a message.
func shorten(s string) string {
	const most = 60
	if runes := []rune(s); len(runes) > most {
		return fmt.Sprintf("%q…", string(runes[:most]))
	}
	return fmt.Sprintf("%q", s)
}

// problem tells a fault for which the rule cannot be used, unless it is one of metadata.
func (r *reader) problem(n *yaml.Node, format string, args ...any) {
	if r.lenient && !r.exhausted {
		r.warn(n, format, args...)
		return
	}
	r.failed = true
	r.tell(Problem{Message: fmt.Sprintf(format, args...), Position: positionOf(n)})
}

// warn tells a fault that does not keep the rule from being used.
func (r *reader) warn(n *yaml.Node, format string, args ...any) {
	r.tell(Problem{Message: fmt.Sprintf(format, args...), Position: positionOf(n), Warning: true})
}

func (r *reader) tell(p Problem) {
	if len(r.problems) < maxProblems {
		p.File = r.file
		r.problems = append(r.problems, &p)
	}
}

func positionOf(n *yaml.Node) Position { return Position{max(n.Line, 1), max(n.Column, 1)} }
