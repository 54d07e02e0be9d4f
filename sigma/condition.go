package sigma

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	maxCondition = 16 << 10 // bytes
	maxNesting   = 100      // of parentheses and not
)

// conditionError is a fault at a byte of a condition.
type conditionError struct {
	at      int
	message string
}

func (e *conditionError) Error() string { return e.message }

// condition reads a condition over selections.
func (r *reader) condition(n *yaml.Node, s *selections) Node {
	if n = r.follow(n); n == nil {
		return nil
	}
	written := r.text(n, "a condition, as in selection and not filter")
	if written == "" {
		if !r.failed {
			r.problem(n, "the condition is empty; expected the name of a selection, as in condition: selection")
		}
		return nil
	}
	if i := strings.IndexByte(written, '|'); i >= 0 {
		r.within(n, &conditionError{i, instead(written[i+1:])})
		return nil
	}
	node, err := parseCondition(written, s.named, s.quantified)
	if err != nil {
		r.within(n, err)
		return nil
	}
	if s.weighed += s.weight(node); s.weighed > maxTests {
		r.problem(n, "the rule has more than %d values, those of a selection counted wherever the condition names it; split it", maxTests)
	}
	return node
}

// within tells a fault in a text: at its place where the text stands in one line.
func (r *reader) within(n *yaml.Node, err *conditionError) {
	at := *n
	if !strings.Contains(n.Value, "\n") && n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		at.Column += len([]rune(n.Value[:err.at]))
		if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			at.Column++
		}
	}
	r.problem(&at, "%s", err.message)
}

// weight counts the tests of a tree, those of shared parts as often as they are named.
func (s *selections) weight(n Node) int {
	sum := 0
	switch n := n.(type) {
	case *And:
		if w, ok := s.tests[n.Label]; ok && s.nodes[n.Label] == Node(n) {
			return w
		}
		for _, c := range n.Of {
			sum += s.weight(c)
		}
	case *Or:
		if w, ok := s.tests[n.Label]; ok && s.nodes[n.Label] == Node(n) {
			return w
		}
		for _, c := range n.Of {
			sum += s.weight(c)
		}
	case *Not:
		return s.weight(n.Of)
	case *Test:
		return 1
	}
	return sum
}

// named is the selection of that name.
func (s *selections) named(t token) (Node, *conditionError) {
	if node, ok := s.nodes[t.text]; ok {
		return node, nil
	}
	return nil, &conditionError{t.at, fmt.Sprintf("unknown selection %q; there are %s", t.text, strings.Join(s.names, ", "))}
}

// quantified is one or all of the selections whose name is like a pattern. Those that begin with _ are only meant by
// patterns that do so too.
func (s *selections) quantified(all bool, label string, pattern token) (Node, *conditionError) {
	like := pattern.text
	if like == "them" {
		like = "*"
	}
	var of []Node
	for _, name := range s.names {
		if (like[0] == '_' || name[0] != '_') && glob(like, name) {
			of = append(of, s.nodes[name])
		}
	}
	if len(of) == 0 {
		return nil, &conditionError{pattern.at, fmt.Sprintf("%q fits no selection; there are %s", pattern.text, strings.Join(s.names, ", "))}
	}
	if all {
		return &And{Of: of, Label: label}, nil
	}
	return &Or{Of: of, Label: label}, nil
}

// glob matches a name with a pattern in which * is anything. Case counts, as in the specification.
func glob(pattern, name string) bool {
	var p Pattern
	for i, text := range strings.Split(pattern, "*") {
		if i > 0 {
			p = join(p, Pattern{{Any: true}})
		}
		p = join(p, Literal(text))
	}
	return p.Match(name, true)
}

// instead says which correlation does what an old aggregation did.
func instead(aggregation string) string {
	const hint = "aggregations behind | are no longer part of Sigma; write a correlation instead that refers to this rule by its name"
	parts := regexp.MustCompile(`^\s*count\(\s*(\S*)\s*\)\s*(?:by\s+([\w.-]+)\s*)?(>=|<=|==|=|>|<)\s*(\d+)\s*$`).FindStringSubmatch(aggregation)
	if parts == nil {
		if strings.HasPrefix(strings.TrimSpace(aggregation), "near") {
			return hint + ", of type temporal"
		}
		return hint
	}
	op := map[string]string{">": "gt", ">=": "gte", "<": "lt", "<=": "lte", "=": "eq", "==": "eq"}[parts[3]]
	kind, condition := "event_count", fmt.Sprintf("{%s: %s}", op, parts[4])
	if parts[1] != "" {
		kind, condition = "value_count", fmt.Sprintf("{%s: %s, field: %s}", op, parts[4], parts[1])
	}
	group := ""
	if parts[2] != "" {
		group = fmt.Sprintf(", group-by: [%s]", parts[2])
	}
	return fmt.Sprintf("%s: correlation: {type: %s, rules: [NAME]%s, timespan: 1h, condition: %s}", hint, kind, group, condition)
}

// token is a word, a parenthesis, or the end.
type token struct {
	text string
	at   int
}

func lex(s string) ([]token, *conditionError) {
	var out []token
	word := func(c byte) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_-.*", c) >= 0
	}
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case strings.IndexByte(" \t\r\n", c) >= 0:
			i++
		case c == '(' || c == ')':
			out = append(out, token{s[i : i+1], i})
			i++
		case word(c):
			start := i
			for i < len(s) && word(s[i]) {
				i++
			}
			out = append(out, token{s[start:i], start})
		default:
			r := []rune(s[i:])[0]
			return nil, &conditionError{i, fmt.Sprintf("unexpected %q in the condition; expected names, and, or, not, 1 of, all of and parentheses", r)}
		}
	}
	return append(out, token{"", len(s)}), nil
}

// conditionParser is a recursive descent over the tokens of a condition. not binds closest, then and, then or.
type conditionParser struct {
	tokens []token
	pos    int
	depth  int
	// operand is what a name stands for; quantified what 1 of and all of do, nil where there are none.
	operand    func(token) (Node, *conditionError)
	quantified func(all bool, label string, pattern token) (Node, *conditionError)
}

func parseCondition(s string, operand func(token) (Node, *conditionError),
	quantified func(bool, string, token) (Node, *conditionError)) (Node, *conditionError) {
	if len(s) > maxCondition {
		return nil, &conditionError{0, fmt.Sprintf("the condition is longer than %d bytes", maxCondition)}
	}
	tokens, err := lex(s)
	if err != nil {
		return nil, err
	}
	p := &conditionParser{tokens: tokens, operand: operand, quantified: quantified}
	node, err := p.or()
	if err != nil {
		return nil, err
	}
	switch t := p.peek(); t.text {
	case "":
		return node, nil
	case ")":
		return nil, &conditionError{t.at, "there is no ( for this )"}
	default:
		return nil, &conditionError{t.at, fmt.Sprintf("expected \"and\" or \"or\" in front of %q", t.text)}
	}
}

func (p *conditionParser) peek() token { return p.tokens[p.pos] }

// take takes the next token if it is that word, in whatever case.
func (p *conditionParser) take(word string) bool {
	if strings.EqualFold(p.peek().text, word) {
		p.pos++
		return true
	}
	return false
}

func (p *conditionParser) or() (Node, *conditionError) {
	first, err := p.and()
	if err != nil {
		return nil, err
	}
	list := []Node{first}
	for p.take("or") {
		next, err := p.and()
		if err != nil {
			return nil, err
		}
		list = append(list, next)
	}
	if len(list) == 1 {
		return first, nil
	}
	return &Or{Of: list}, nil
}

func (p *conditionParser) and() (Node, *conditionError) {
	first, err := p.unary()
	if err != nil {
		return nil, err
	}
	list := []Node{first}
	for p.take("and") {
		next, err := p.unary()
		if err != nil {
			return nil, err
		}
		list = append(list, next)
	}
	if len(list) == 1 {
		return first, nil
	}
	return &And{Of: list}, nil
}

// unary is a name, a quantifier, something in parentheses, or not and one of these.
func (p *conditionParser) unary() (Node, *conditionError) {
	t := p.peek()
	if p.depth++; p.depth > maxNesting {
		return nil, &conditionError{t.at, fmt.Sprintf("parentheses and not lie within each other more than %d deep", maxNesting)}
	}
	defer func() { p.depth-- }()
	switch {
	case p.take("not"):
		node, err := p.unary()
		if err != nil {
			return nil, err
		}
		return &Not{Of: node}, nil
	case p.take("("):
		node, err := p.or()
		if err != nil {
			return nil, err
		}
		if !p.take(")") {
			return nil, &conditionError{t.at, "there is no ) for this ("}
		}
		return node, nil
	case t.text == "" || t.text == ")":
		return nil, &conditionError{t.at, "expected a name" + p.after()}
	case slices.Contains([]string{"and", "or", "of", "them"}, strings.ToLower(t.text)):
		return nil, &conditionError{t.at, fmt.Sprintf("expected a name%s, got %q", p.after(), t.text)}
	}
	p.pos++
	if !p.take("of") {
		if strings.Contains(t.text, "*") {
			return nil, &conditionError{t.at, fmt.Sprintf("%q needs 1 of or all of in front of it", t.text)}
		}
		return p.operand(t)
	}
	return p.quantifier(t)
}

// after says what stands in front of the place where a name is missing.
func (p *conditionParser) after() string {
	if p.pos == 0 {
		return ""
	}
	return fmt.Sprintf(" behind %q", p.tokens[p.pos-1].text)
}

// quantifier reads what follows "1 of" and the like.
func (p *conditionParser) quantifier(count token) (Node, *conditionError) {
	if p.quantified == nil {
		return nil, &conditionError{count.at, "expected names of rules with and, or, not and parentheses; there is no 1 of and all of here"}
	}
	pattern := p.peek()
	switch strings.ToLower(pattern.text) {
	case "", "(", ")", "and", "or", "not", "of":
		return nil, &conditionError{pattern.at, fmt.Sprintf("expected them or names like selection_* behind %q", count.text+" of")}
	}
	p.pos++
	if p.take("of") {
		return nil, &conditionError{pattern.at, fmt.Sprintf("%q cannot stand within another quantifier; expected them or names like selection_*",
			pattern.text+" of")}
	}
	label := count.text + " of " + pattern.text
	switch strings.ToLower(count.text) {
	case "1", "any":
		return p.quantified(false, label, pattern)
	case "all":
		return p.quantified(true, label, pattern)
	}
	return nil, &conditionError{count.at, fmt.Sprintf("unknown quantifier %q; expected 1 of, any of or all of", count.text+" of")}
}
