package syntax

// project reads all operators that list columns.
func (p *parser) project(word string, start int) Operator {
	op := &Project{Word: word}
	if word == "serialize" || word == "extend" || word == "project" || word == "distinct" {
		p.skipHints()
	}
	if word != "serialize" || p.startsExpr() {
		op.Items = p.items(word)
	}
	op.Span = p.since(start)
	return op
}

// skipHints reads past hints, which say how another engine should work.
func (p *parser) skipHints() {
	for p.peek().word("hint") && p.optionLength() > 0 {
		p.options()
	}
}

// startsExpr says whether something other than the end of an operator stands here.
func (p *parser) startsExpr() bool {
	t := p.peek()
	return t.Kind != EOF && !t.is("|") && !t.is(";") && !t.is(")") && !t.is("}")
}

func (p *parser) items(word string) []Expr {
	var items []Expr
	if !p.startsExpr() {
		// project without columns is allowed; the binder says where it is not.
		return nil
	}
	for {
		if !p.startsExpr() {
			p.unexpected("expected an expression after the comma")
			return items
		}
		items = append(items, p.item(word))
		if !p.accept(",") {
			return items
		}
	}
}

func (p *parser) item(word string) Expr {
	switch word {
	case "project-away", "project-keep", "project-reorder":
		x := p.pattern()
		if word != "project-reorder" {
			return x
		}
		o := p.direction(x)
		if o.Dir == "" {
			return x
		}
		return &o
	}
	if word == "distinct" && p.peek().is("*") {
		return &Star{p.take().Span}
	}
	return p.named()
}

// pattern reads a name that may have asterisks: Device*, *Id, a*b; anything else is an expression.
func (p *parser) pattern() Expr {
	t := p.peek()
	if !t.is("*") && (t.Kind != Name || !p.ahead(1).is("*") || p.ahead(1).Blank) {
		return p.expr()
	}
	p.take()
	end := t.End
	text := t.Text
	for next := p.peek(); !next.Blank && (next.Kind == Name || next.is("*") || next.Kind == Number) && next.Start == end; next = p.peek() {
		text += next.Text
		end = next.End
		p.take()
	}
	return &Pattern{p.since(t.Start), text}
}
