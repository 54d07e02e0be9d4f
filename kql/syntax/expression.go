package syntax

import "strings"

// pipe reads a table with its operators, or any expression: source | operator | …
func (p *parser) pipe() Expr {
	if !p.enter() {
		defer p.leave()
		return &Bad{p.peek().Span}
	}
	defer p.leave()
	start := p.peek().Start
	pipe := &Pipe{}
	if op := p.sourceOperator(); op != nil {
		pipe.Ops = append(pipe.Ops, op)
	} else {
		pipe.Source = p.named()
	}
	for p.peek().is("|") {
		p.take()
		if op := p.operator(); op != nil {
			pipe.Ops = append(pipe.Ops, op)
		}
	}
	pipe.Span = p.since(start)
	if pipe.Source != nil && len(pipe.Ops) == 0 {
		return pipe.Source
	}
	return pipe
}

// expr reads a scalar expression.
func (p *parser) expr() Expr {
	if !p.enter() {
		defer p.leave()
		return &Bad{p.peek().Span}
	}
	defer p.leave()
	return p.or()
}

// named reads Name = expr, (a, b) = expr, or an expression.
func (p *parser) named() Expr {
	t := p.peek()
	start := t.Start
	switch {
	case t.Kind == Name && p.ahead(1).is("="):
		name := p.ident("")
		p.take()
		x := p.namedValue()
		return &Named{p.since(start), []*Ident{name}, false, x}
	case t.is("[") && p.ahead(1).Kind == Text && p.ahead(2).is("]") && p.ahead(3).is("="):
		name := p.ident("")
		p.take()
		x := p.namedValue()
		return &Named{p.since(start), []*Ident{name}, false, x}
	case t.is("(") && p.tupleAhead():
		p.take()
		var names []*Ident
		for !p.peek().is(")") {
			names = append(names, p.ident("in a list of names"))
			if !p.accept(",") {
				break
			}
		}
		if len(names) == 0 {
			names = append(names, p.ident("in a list of names"))
		}
		p.expect(")", "after a list of names")
		p.expect("=", "after a list of names")
		x := p.expr()
		return &Named{p.since(start), names, true, x}
	}
	return p.expr()
}

func (p *parser) namedValue() Expr {
	if op := p.sourceOperator(); op != nil {
		return &Pipe{op.Pos(), nil, []Operator{op}}
	}
	return p.expr()
}

// tupleAhead says whether (a, b) = stands here.
func (p *parser) tupleAhead() bool {
	for i := 1; ; i++ {
		switch t := p.ahead(i); {
		case t.Kind == Name || t.is(",") || t.Kind == Text || t.is("[") || t.is("]"):
		case t.is(")"):
			return p.ahead(i + 1).is("=")
		default:
			return false
		}
	}
}

func (p *parser) or() Expr {
	x := p.and()
	for p.peek().word("or") {
		op := p.take()
		y := p.and()
		x = &Binary{x.Pos().to(y.Pos()), "or", op.Span, x, y}
	}
	return x
}

func (p *parser) and() Expr {
	x := p.equality()
	for p.peek().word("and") {
		op := p.take()
		y := p.equality()
		x = &Binary{x.Pos().to(y.Pos()), "and", op.Span, x, y}
	}
	return x
}

var listWords = map[string]bool{"in": true, "in~": true, "has_any": true, "has_all": true}

// wordOperator is the operator of words that stands here, with its ! and ~, and how many tokens it has; "" for none.
func (p *parser) wordOperator() (string, int) {
	n, op := 0, ""
	if p.peek().is("!") {
		n, op = 1, "!"
	}
	t := p.ahead(n)
	if t.Kind != Name || n == 1 && t.Blank {
		return "", 0
	}
	op += t.Text
	n++
	return op, n
}

func (p *parser) equality() Expr {
	x := p.relational()
	for {
		t := p.peek()
		if t.is("==") || t.is("!=") || t.is("<>") {
			p.take()
			y := p.relational()
			op := t.Text
			if op == "<>" {
				op = "!="
			}
			x = &Binary{x.Pos().to(y.Pos()), op, t.Span, x, y}
			continue
		}
		op, n := p.wordOperator()
		plain := strings.TrimPrefix(op, "!")
		switch {
		case listWords[plain]:
			x = p.list(x, op, n)
		case plain == "between":
			x = p.between(x, op, n)
		default:
			return x
		}
	}
}

// list reads the list of in, has_any and their kin. Its parentheses may be missing around a name.
func (p *parser) list(x Expr, op string, n int) Expr {
	opSpan := p.peek().Span
	p.at += n
	opSpan.End = p.tokens[p.at-1].End
	l := &List{Op: op, OpSpan: opSpan, X: x}
	if !p.peek().is("(") {
		// has_any and in take a bare name or call of a dynamic value as well.
		l.Items = []Expr{p.stringOperand()}
		l.Span = x.Pos().to(l.Items[0].Pos())
		return l
	}
	p.take()
	for !p.peek().is(")") && p.peek().Kind != EOF {
		l.Items = append(l.Items, p.pipe())
		if !p.accept(",") {
			break
		}
	}
	if !p.expect(")", "after the list of "+op) {
		p.skip()
		p.accept(")")
	}
	l.Span = p.since(x.Pos().Start)
	return l
}

func (p *parser) between(x Expr, op string, n int) Expr {
	b := &Between{Not: op[0] == '!', X: x, OpSpan: p.peek().Span}
	p.at += n
	b.OpSpan.End = p.tokens[p.at-1].End
	p.expect("(", "after between")
	b.From = p.expr()
	p.expect("..", "between the bounds of between")
	b.To = p.expr()
	p.expect(")", "after the bounds of between")
	b.Span = p.since(x.Pos().Start)
	return b
}

func (p *parser) relational() Expr {
	x := p.additive()
	for {
		t := p.peek()
		if !t.is("<") && !t.is(">") && !t.is("<=") && !t.is(">=") {
			return x
		}
		p.take()
		y := p.additive()
		x = &Binary{x.Pos().to(y.Pos()), t.Text, t.Span, x, y}
	}
}

func (p *parser) additive() Expr {
	x := p.multiplicative()
	for {
		t := p.peek()
		if !t.is("+") && !t.is("-") {
			return x
		}
		p.take()
		y := p.multiplicative()
		x = &Binary{x.Pos().to(y.Pos()), t.Text, t.Span, x, y}
	}
}

func (p *parser) multiplicative() Expr {
	x := p.stringOperation()
	for {
		t := p.peek()
		if !t.is("*") && !t.is("/") && !t.is("%") {
			return x
		}
		p.take()
		y := p.stringOperation()
		x = &Binary{x.Pos().to(y.Pos()), t.Text, t.Span, x, y}
	}
}

var stringWords = map[string]string{"has": "has", "has_cs": "has_cs", "hasprefix": "hasprefix", "hasprefix_cs": "hasprefix_cs", "hassuffix": "hassuffix",
	"hassuffix_cs": "hassuffix_cs", "contains": "contains", "contains_cs": "contains_cs", "startswith": "startswith", "startswith_cs": "startswith_cs",
	"endswith": "endswith", "endswith_cs": "endswith_cs", "containscs": "contains_cs", "notcontains": "!contains", "notcontainscs": "!contains_cs", "like": "like", "likecs": "likecs",
	"notlike": "notlike", "notlikecs": "notlikecs"}

// stringOperation reads the operators of text, which bind closer than arithmetic.
func (p *parser) stringOperation() Expr {
	x := p.stringOperand()
	for {
		t := p.peek()
		var op string
		n := 1
		switch {
		case t.is("=~") || t.is("!~"):
			op = t.Text
		case t.is(":"):
			op = ":"
		case t.word("matches") && p.ahead(1).word("regex"):
			op, n = "matches regex", 2
		case t.is("!") && p.ahead(1).word("matches") && p.ahead(2).word("regex"):
			p.reportAt(t.Span, "there is no !matches regex", "write not(x matches regex \"…\")")
			op, n = "matches regex", 3
		default:
			word, count := p.wordOperator()
			plain := strings.TrimPrefix(word, "!")
			op, n = stringWords[plain], count
			if op == "" {
				return x
			}
			if word[0] == '!' {
				op = "!" + op
			}
		}
		span := t.Span
		p.at += n
		span.End = p.tokens[p.at-1].End
		y := p.stringOperand()
		x = &Binary{x.Pos().to(y.Pos()), op, span, x, y}
	}
}

// stringOperand reads -x, or x with its members and elements.
func (p *parser) stringOperand() Expr {
	t := p.peek()
	if t.is("-") || t.is("+") {
		p.take()
		if !p.enter() {
			defer p.leave()
			return &Bad{t.Span}
		}
		defer p.leave()
		x := p.stringOperand()
		if l, ok := x.(*Literal); ok && t.Text == "-" {
			if negative := negated(l); negative != nil {
				negative.Span = t.to(l.Span)
				return negative
			}
		}
		return &Unary{t.to(x.Pos()), t.Text, x}
	}
	return p.postfix(p.primary())
}

// negated is the literal with a minus, so that -1 is a constant; nil where it must stay an operation.
func negated(l *Literal) *Literal {
	switch v := l.Value.(type) {
	case int64:
		return &Literal{Type: l.Type, Value: -v}
	case float64:
		return &Literal{Type: l.Type, Value: -v}
	}
	return nil
}

func (p *parser) postfix(x Expr) Expr {
	for {
		switch {
		case p.peek().is("."):
			dot := p.take()
			switch t := p.peek(); {
			case t.Kind == Name:
				p.take()
				if p.peek().is("(") && !p.peek().Blank {
					// database("x").Table and cluster("x").… never reach this: calls are on names.
					p.reportAt(t.Span, "methods are not supported", "")
				}
				x = &Path{x.Pos().to(t.Span), x, &Ident{t.Span, t.Text, false}}
			case t.is("[") && p.ahead(1).Kind == Text && p.ahead(2).is("]"):
				name := p.ident("")
				x = &Path{x.Pos().to(name.Span), x, name}
			case t.is("["):
				continue
			default:
				p.reportAt(dot.Span, "expected a name after the dot", "")
				return x
			}
		case p.peek().is("["):
			p.take()
			i := p.expr()
			p.expect("]", "after an index")
			x = &Index{p.since(x.Pos().Start), x, i}
		default:
			return x
		}
	}
}

func (p *parser) primary() Expr {
	t := p.peek()
	switch t.Kind {
	case Text:
		return p.text()
	case Number:
		p.take()
		switch v := t.Value.(type) {
		case Ticks:
			return &Literal{t.Span, "timespan", int64(v)}
		case float64:
			return &Literal{t.Span, "real", v}
		default:
			return &Literal{t.Span, "long", v}
		}
	case Typed:
		p.take()
		return t.Value.(*Literal)
	case Name:
		return p.nameOrCall()
	case Punct:
		switch {
		case t.is("("):
			p.take()
			x := p.pipe()
			if !p.expect(")", "to close the parenthesis") {
				p.skip()
				p.accept(")")
			}
			return &Paren{p.since(t.Start), x}
		case t.is("[") && p.ahead(1).Kind == Text && p.ahead(2).is("]"):
			return p.ident("")
		case t.is("*"):
			p.take()
			return &Star{t.Span}
		}
	}
	p.unexpected("expected an expression")
	return &Bad{Span{t.Start, t.Start}}
}

// text reads a string; strings side by side are one.
func (p *parser) text() *Literal {
	t := p.take()
	value, span := t.Value.(string), t.Span
	for p.peek().Kind == Text {
		t = p.take()
		value += t.Value.(string)
		span.End = t.End
	}
	return &Literal{span, "string", value}
}

func (p *parser) nameOrCall() Expr {
	t := p.take()
	switch t.Text {
	case "true", "false", "True", "False", "TRUE", "FALSE":
		return &Literal{t.Span, "bool", strings.EqualFold(t.Text, "true")}
	case "null":
		return &Literal{t.Span, "dynamic", nil}
	case "dynamic":
		if p.peek().is("(") {
			return p.dynamic(t)
		}
	case "typeof":
		if p.peek().is("(") {
			return p.typeof(t)
		}
	}
	name := &Ident{t.Span, t.Text, false}
	if !p.peek().is("(") {
		return name
	}
	return p.call(name)
}

func (p *parser) call(name *Ident) Expr {
	c := &Call{Name: name}
	p.take()
	for !p.peek().is(")") && p.peek().Kind != EOF {
		before := p.at
		c.Args = append(c.Args, p.pipe())
		if p.accept(",") {
			continue
		}
		if p.peek().is(")") {
			break
		}
		p.unexpected("expected \",\" or \")\" in the arguments of " + name.Name)
		p.skipArgument()
		if !p.accept(",") && p.at == before {
			break
		}
		if !p.peek().is(")") && p.tokens[p.at-1].Text != "," {
			break
		}
	}
	p.expect(")", "after the arguments of "+name.Name)
	c.Span = p.since(name.Start)
	return c
}

// skipArgument goes to the next comma or closing bracket of this level.
func (p *parser) skipArgument() {
	level := 0
	for {
		t := p.peek()
		switch {
		case t.Kind == EOF || t.is(";"):
			return
		case t.is("(") || t.is("[") || t.is("{"):
			level++
		case t.is(")") || t.is("]") || t.is("}"):
			if level == 0 {
				return
			}
			level--
		case level == 0 && (t.is(",") || t.is("|")):
			return
		}
		p.at++
	}
}

func (p *parser) typeof(word Token) Expr {
	p.take()
	t := &Typeof{}
	if p.ahead(1).is(":") || p.peek().is("*") || p.peek().is("[") {
		// typeof(*, a:string) is the input's columns and more.
		if p.accept("*") {
			p.accept(",")
		}
		p.at--
		t.Schema = p.columns(p.peek().Text)
	} else {
		t.Type = p.typeName()
		p.expect(")", "after a type")
	}
	t.Span = p.since(word.Start)
	return t
}

// ident reads a name; where says in a message what it is for.
func (p *parser) ident(where string) *Ident {
	t := p.peek()
	switch {
	case t.Kind == Name:
		p.take()
		return &Ident{t.Span, t.Text, false}
	case t.is("[") && p.ahead(1).Kind == Text && p.ahead(2).is("]"):
		name := p.ahead(1).Value.(string)
		p.at += 3
		return &Ident{p.since(t.Start), name, true}
	}
	p.unexpected("expected a name " + where)
	return &Ident{Span{t.Start, t.Start}, "", false}
}
