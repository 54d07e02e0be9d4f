package catalogue

import (
	"fmt"
	"strings"

	"penstock/sigma"
	"penstock/sigma/pipeline"
)

// narrow is how many characters a part of a value must have to say much about it.
const narrow = 4

// lint names what is doubtful about an exception, in words.
func (c *Catalogue) lint(e *entry, x *Exception) []string {
	var out notes
	switch fold(x.condition, anyValue) {
	case always:
		out.add("It fits every event: the rule would never match again. Disable the rule instead.")
	case never:
		out.add("No event can fulfil it.")
	}
	if !positive(x.condition, true) {
		out.add("It only says what an event must not be, so that everything else is hidden, what nobody has thought of included.")
	}
	walk(x.condition, true, func(t *sigma.Test, wanted bool) {
		if !wanted {
			return
		}
		if warning := wide(t); warning != "" {
			out.add(warning)
		}
	})
	names := map[string]bool{}
	for t := range sigma.Tests(e.rule.Condition) {
		names[strings.ToLower(t.Field)] = true
	}
	for _, name := range e.Fields {
		names[strings.ToLower(name)] = true
	}
	for _, s := range c.options.Router.Route(e.Logsource).Streams {
		ask := answers(c.options.Router, s)
		for t := range sigma.Tests(x.condition) {
			if v, note := ask(t); v == never && !names[strings.ToLower(t.Field)] {
				out.add("It never hides anything of " + s.Name + ": " + note)
			}
		}
	}
	return out
}

// Unanswered tells which fields of an exception no event has that its rule is for, each with the reason: as ExceptionRule
// makes it, with the logsource of its rule.
func (c *Catalogue) Unanswered(exception *sigma.Rule) []string {
	streams := c.options.Router.Route(exception.Logsource).Streams
	var out notes
	for t := range sigma.Tests(exception.Condition) {
		why := ""
		for _, s := range streams {
			if why = c.unanswered(s, t.Field); why == "" {
				break
			}
		}
		out.add(why)
	}
	return out
}

// unanswered says why no event of a stream has a field; empty: some may have it.
func (c *Catalogue) unanswered(s *pipeline.Stream, field string) string {
	if field == "" { // a keyword is looked for in all of them
		return ""
	}
	source := c.options.Router.Field(s, field)
	if source == nil {
		return fieldNote(field, "", "there is no such field in "+s.Name)
	}
	if support, missing := source.Support(); support == pipeline.None {
		return fieldNote(field, missing, "it has no counterpart in "+s.Name)
	}
	return ""
}

// anyValue knows of tests that every value passes.
func anyValue(t *sigma.Test) (verdict, string) {
	if t.Kind == sigma.Match && literalLength(t.Pattern) == 0 && hasAny(t.Pattern) {
		return always, ""
	}
	return open, ""
}

// walk visits the tests of a condition, each with whether it is wanted to hold.
func walk(n sigma.Node, wanted bool, visit func(t *sigma.Test, wanted bool)) {
	switch n := n.(type) {
	case *sigma.And:
		for _, part := range n.Of {
			walk(part, wanted, visit)
		}
	case *sigma.Or:
		for _, part := range n.Of {
			walk(part, wanted, visit)
		}
	case *sigma.Not:
		walk(n.Of, !wanted, visit)
	case *sigma.Test:
		visit(n, wanted)
	}
}

// positive reports whether a condition cannot hold without a test that does.
func positive(n sigma.Node, wanted bool) bool {
	switch n := n.(type) {
	case *sigma.And:
		return positiveList(n.Of, wanted, wanted)
	case *sigma.Or:
		return positiveList(n.Of, wanted, !wanted)
	case *sigma.Not:
		return positive(n.Of, !wanted)
	case *sigma.Test:
		return wanted && asks(n)
	}
	return false
}

// asks reports whether a test asks for something that is there.
func asks(t *sigma.Test) bool {
	return t.Kind != sigma.Null && t.Kind != sigma.Empty && (t.Kind != sigma.Exists || t.Want)
}

// positiveList: of parts that all must hold one positive one is enough, of alternatives all must be.
func positiveList(list []sigma.Node, wanted, together bool) bool {
	for _, part := range list {
		if positive(part, wanted) == together {
			return together
		}
	}
	return !together && len(list) > 0
}

// wide says what makes a test fit more than its author may think.
func wide(t *sigma.Test) string {
	field := t.Field
	if field == "" {
		field = "any field"
	}
	switch t.Kind {
	case sigma.Match:
		n := literalLength(t.Pattern)
		open := hasAny(t.Pattern)
		switch {
		case n == 0 && open:
			return fmt.Sprintf("%s: * fits every value.", field)
		case n <= 1 && open:
			return fmt.Sprintf("%s: a single character with wildcards around it fits nearly every value.", field)
		case n < narrow && anyAt(t.Pattern, 0) && anyAt(t.Pattern, len(t.Pattern)-1):
			return fmt.Sprintf("%s: values that contain only %d given characters are many.", field, n)
		case t.Field == "":
			return "A keyword is looked for in every field: name the field that it is in."
		}
	case sigma.Regex:
		if t.Regexp != nil && t.Regexp.MatchString("") {
			return fmt.Sprintf("%s: the regular expression fits the empty text, and so perhaps every value.", field)
		}
	case sigma.Exists:
		if t.Want {
			return fmt.Sprintf("%s: every event that has the field fits.", field)
		}
	case sigma.CIDR:
		if (t.Prefix.Addr().Is4() && t.Prefix.Bits() < 8) || (t.Prefix.Addr().Is6() && t.Prefix.Bits() < 16) {
			return fmt.Sprintf("%s: the network %s is a large part of the internet.", field, t.Prefix)
		}
	}
	return ""
}

func literalLength(p sigma.Pattern) int {
	n := 0
	for _, piece := range p {
		n += len([]rune(piece.Text))
	}
	return n
}

func hasAny(p sigma.Pattern) bool {
	for i := range p {
		if anyAt(p, i) {
			return true
		}
	}
	return false
}

func anyAt(p sigma.Pattern, i int) bool {
	return i >= 0 && i < len(p) && p[i].Text == "" && p[i].Any
}
