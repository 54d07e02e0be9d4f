package syntax

// direction reads asc, desc and nulls first after a key.
func (p *parser) direction(x Expr) Ordered {
	o := Ordered{X: x}
	for _, dir := range []string{"asc", "desc"} {
		if p.acceptWord(dir) {
			o.Dir = dir
		}
	}
	if p.peek().word("granny") && p.ahead(1).is("-") {
		p.at += 2
		o.Dir = "granny-" + p.take().Text
	}
	if p.acceptWord("nulls") {
		if !p.peek().word("first") && !p.peek().word("last") {
			p.unexpected("expected first or last after nulls")
		} else {
			o.Nulls = p.take().Text
		}
	}
	o.Span = p.since(x.Pos().Start)
	return o
}

func (p *parser) keys() []Ordered {
	var keys []Ordered
	for {
		keys = append(keys, p.direction(p.named()))
		if !p.accept(",") {
			return keys
		}
	}
}

func (p *parser) ordering(name string, start int) Operator {
	p.options()
	switch name {
	case "sort":
		if !p.expectWord("by", "after sort") && !p.startsExpr() {
			return &Sort{Span: p.since(start)}
		}
		return &Sort{Keys: p.keys(), Span: p.since(start)}
	case "top":
		t := &Top{N: p.expr()}
		if p.expectWord("by", "after the number of top") {
			t.Keys = p.keys()
		}
		t.Span = p.since(start)
		return t
	case "sample":
		return &Sample{N: p.expr(), Span: p.since(start)}
	case "sample-distinct":
		s := &Sample{N: p.expr()}
		p.expectWord("of", "after the number of sample-distinct")
		s.Of = p.named()
		s.Span = p.since(start)
		return s
	case "top-hitters":
		t := &TopHitters{N: p.expr()}
		p.expectWord("of", "after the number of top-hitters")
		t.Of = p.named()
		if p.acceptWord("by") {
			t.By = p.named()
		}
		t.Span = p.since(start)
		return t
	}
	t := &TopNested{}
	for {
		t.Levels = append(t.Levels, p.nestedLevel())
		if !p.accept(",") {
			break
		}
		if name, n := p.operatorName(); name == "top-nested" {
			p.at += n
		}
	}
	t.Span = p.since(start)
	return t
}

func (p *parser) nestedLevel() TopNestedLevel {
	var l TopNestedLevel
	start := p.peek().Start
	if !p.peek().word("of") {
		l.N = p.expr()
	}
	p.expectWord("of", "in top-nested")
	l.Of = p.named()
	if p.acceptWord("with") {
		p.expectWord("others", "after with")
		p.expect("=", "after others")
		l.Others = p.expr()
	}
	if p.expectWord("by", "in top-nested") {
		l.By = p.direction(p.named())
	}
	l.Span = p.since(start)
	return l
}
