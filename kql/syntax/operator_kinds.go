package syntax

import "strings"

func (p *parser) mvExpand(word string, start int) Operator {
	m := &MvExpand{Word: word, Options: p.options()}
	for {
		itemStart := p.peek().Start
		item := MvItem{X: p.named()}
		if p.acceptWord("to") {
			if t, ok := p.primary().(*Typeof); ok {
				item.To = t.Type
			} else {
				p.reportAt(p.since(itemStart), "expected typeof(…) after to", "for example: to typeof(string)")
			}
		}
		item.Span = p.since(itemStart)
		m.Items = append(m.Items, item)
		if !p.accept(",") {
			break
		}
	}
	if p.acceptWord("limit") {
		m.Limit = p.expr()
	}
	if word == "mv-apply" {
		if p.acceptWord("id") {
			p.expr()
		}
		if p.expectWord("on", "before the subquery of mv-apply") {
			m.On = p.body("(", ")")
		}
	}
	m.Span = p.since(start)
	return m
}

// body reads the operators of a subquery in brackets: (where … | extend …).
func (p *parser) body(open, end string) *Pipe {
	start := p.peek().Start
	pipe := &Pipe{}
	if !p.enter() {
		p.leave()
		return pipe
	}
	defer p.leave()
	if !p.expect(open, "before a subquery") {
		return pipe
	}
	for !p.peek().is(end) && p.peek().Kind != EOF {
		if op := p.operator(); op != nil {
			pipe.Ops = append(pipe.Ops, op)
		}
		if !p.accept("|") {
			break
		}
	}
	if !p.expect(end, "after a subquery") {
		p.skip()
		p.accept(end)
	}
	pipe.Span = p.since(start)
	return pipe
}

func (p *parser) parse(filter bool, start int) Operator {
	op := &ParseWith{Filter: filter, Options: p.options()}
	op.X = p.expr()
	p.expectWord("with", "before the pattern of parse")
	for p.startsExpr() {
		t := p.peek()
		part := ParsePart{Span: t.Span}
		switch {
		case t.is("*"):
			p.take()
			part.Star = true
		case t.Kind == Text:
			part.Text = p.text().Value.(string)
		case t.Kind == Name || t.is("["):
			name := p.ident("")
			part.Column = &Column{Span: name.Span, Name: name.Name, Type: "string"}
			if p.accept(":") {
				part.Column.Type = p.typeName()
			}
		default:
			p.unexpected("expected a text, a column or * in the pattern of parse")
			p.skip()
			op.Span = p.since(start)
			return op
		}
		part.Span = p.since(t.Start)
		op.Parts = append(op.Parts, part)
		p.accept(",")
	}
	op.Span = p.since(start)
	return op
}

func (p *parser) parseKV(start int) Operator {
	op := &ParseKV{X: p.expr()}
	p.expectWord("as", "before the columns of parse-kv")
	op.Columns = p.columns("(")
	if p.acceptWord("with") {
		op.Options = p.properties()
	}
	op.Span = p.since(start)
	return op
}

// properties reads (name = value, …).
func (p *parser) properties() []Option {
	var list []Option
	if !p.expect("(", "before properties") {
		return nil
	}
	for !p.peek().is(")") && p.peek().Kind != EOF {
		start := p.peek().Start
		o := Option{Name: p.ident("of a property").Name}
		if p.expect("=", "after the name of a property") {
			o.Value = p.propertyValue()
		}
		o.Span = p.since(start)
		list = append(list, o)
		if !p.accept(",") {
			break
		}
	}
	if !p.expect(")", "after properties") {
		p.skip()
		p.accept(")")
	}
	return list
}

// propertyValue is a literal, or names with commas: ycolumns = a, b.
func (p *parser) propertyValue() Expr {
	first := p.optionValue()
	if _, ok := first.(*Ident); !ok {
		return first
	}
	list := []Expr{first}
	for p.peek().is(",") && (p.ahead(1).Kind == Name && !p.ahead(2).is("=") || p.ahead(1).is("[") && !p.ahead(4).is("=")) {
		p.take()
		list = append(list, p.ident("in a list of columns"))
	}
	if len(list) == 1 {
		return first
	}
	return &Call{Span: first.Pos().to(list[len(list)-1].Pos()), Args: list}
}

func (p *parser) makeSeries(start int) Operator {
	m := &MakeSeries{Options: p.options()}
	for {
		aggStart := p.peek().Start
		agg := SeriesAgg{X: p.named()}
		if p.acceptWord("default") {
			p.expect("=", "after default")
			agg.Default = p.expr()
		}
		agg.Span = p.since(aggStart)
		m.Aggs = append(m.Aggs, agg)
		if !p.accept(",") {
			break
		}
	}
	if p.expectWord("on", "in make-series") {
		m.On = p.axis()
	}
	if p.acceptWord("in") {
		m.InRange = true
		p.expectWord("range", "after in")
		p.expect("(", "after range")
		m.From = p.expr()
		p.expect(",", "in a range")
		m.To = p.expr()
		p.expect(",", "in a range")
		m.Step = p.expr()
		p.expect(")", "after a range")
	} else {
		if p.acceptWord("from") {
			m.From = p.expr()
		}
		if p.acceptWord("to") {
			m.To = p.expr()
		}
		if p.expectWord("step", "in make-series") {
			m.Step = p.expr()
		}
	}
	if p.acceptWord("by") {
		m.By = p.itemsUntil("")
	}
	m.Span = p.since(start)
	return m
}

// axis reads what make-series runs along; an "in range" after it is not the operator in.
func (p *parser) axis() Expr {
	if t := p.peek(); t.Kind == Name && p.ahead(1).is("=") {
		name := p.ident("")
		p.take()
		x := p.additive()
		return &Named{p.since(t.Start), []*Ident{name}, false, x}
	}
	return p.additive()
}

func (p *parser) evaluate(start int) Operator {
	e := &Evaluate{Options: p.options()}
	name := p.ident("of a plugin after evaluate")
	e.Plugin = &Call{Span: name.Span, Name: name}
	if p.peek().is("(") {
		e.Plugin = p.call(name).(*Call)
	} else {
		p.unexpected("expected \"(\" after the name of a plugin")
	}
	if p.accept(":") {
		e.HasSchema = true
		p.expect("(", "before the schema of a plugin")
		for !p.peek().is(")") && p.peek().Kind != EOF {
			if p.accept("*") {
				e.Schema = append(e.Schema, SchemaItem{Star: true})
			} else {
				colStart := p.peek().Start
				c := Column{Name: p.ident("of a column").Name}
				p.expect(":", "between a column and its type")
				c.Type = p.typeName()
				c.Span = p.since(colStart)
				e.Schema = append(e.Schema, SchemaItem{Column: c})
			}
			if !p.accept(",") {
				break
			}
		}
		p.expect(")", "after the schema of a plugin")
	}
	e.Span = p.since(start)
	return e
}

func (p *parser) render(start int) Operator {
	r := &Render{}
	if t := p.peek(); t.Kind == Name {
		r.Kind = p.take().Text
	} else {
		p.unexpected("expected a kind of chart after render")
	}
	if p.acceptWord("with") {
		r.Properties = p.properties()
	}
	// The old form has its properties without parentheses: kind=stacked title="x", and "by a, b".
	for p.peek().Kind == Name && p.ahead(1).is("=") {
		optionStart := p.peek().Start
		o := Option{Name: p.take().Text}
		p.take()
		o.Value = p.optionValue()
		o.Span = p.since(optionStart)
		r.Properties = append(r.Properties, o)
		p.accept(",")
	}
	if p.acceptWord("with") {
		r.Properties = append(r.Properties, p.properties()...)
	}
	if p.acceptWord("by") {
		p.items("project")
	}
	r.Span = p.since(start)
	return r
}

// rows reads the operators that hold their rows or say how to make them.
func (p *parser) rows(name string, start int) Operator {
	switch name {
	case "print":
		return &Print{Items: p.items("print"), Span: p.since(start)}
	case "range":
		r := &Range{Name: p.ident("of the column of range")}
		p.expectWord("from", "in range")
		r.From = p.expr()
		p.expectWord("to", "in range")
		r.To = p.expr()
		p.expectWord("step", "in range")
		r.Step = p.expr()
		r.Span = p.since(start)
		return r
	case "datatable":
		d := &Datatable{Columns: p.columns("(")}
		d.Values = p.bracketed("datatable")
		d.Span = p.since(start)
		return d
	}
	e := &ExternalData{Columns: p.columns("(")}
	e.URLs = p.bracketed("externaldata")
	if p.acceptWord("with") {
		e.With = p.properties()
	}
	e.Span = p.since(start)
	return e
}

func (p *parser) bracketed(of string) []Expr {
	var list []Expr
	if !p.expect("[", "before the values of "+of) {
		return nil
	}
	for !p.peek().is("]") && p.peek().Kind != EOF {
		list = append(list, p.expr())
		if !p.accept(",") {
			break
		}
	}
	if !p.expect("]", "after the values of "+of) {
		p.skip()
		p.accept("]")
	}
	return list
}

// searching reads search and find, whose options and tables come in any order.
func (p *parser) searching(name string, start int) Operator {
	options := p.options()
	var tables []Expr
	if p.acceptWord("in") {
		p.expect("(", "before the tables")
		for !p.peek().is(")") && p.peek().Kind != EOF {
			tables = append(tables, p.postfix(p.pattern()))
			if !p.accept(",") {
				break
			}
		}
		p.expect(")", "after the tables")
	}
	options = append(options, p.options()...)
	if name == "search" {
		return &Search{Options: options, Tables: tables, X: p.expr(), Span: p.since(start)}
	}
	p.acceptWord("where")
	f := &Find{Options: options, Tables: tables, X: p.expr()}
	switch projection, n := p.operatorName(); projection {
	case "project":
		p.at += n
		f.Project = p.findColumns()
	case "project-smart":
		p.at += n
	case "project-away":
		p.at += n
		f.Away = p.items("project-away")
	}
	if projection, n := p.operatorName(); projection == "project-away" {
		p.at += n
		f.Away = p.items("project-away")
	}
	f.Span = p.since(start)
	return f
}

func (p *parser) findColumns() []FindColumn {
	cols := []FindColumn{}
	for {
		start := p.peek().Start
		c := FindColumn{}
		if p.peek().word("pack") && p.ahead(1).is("(") {
			p.at += 2
			p.expect("*", "in pack")
			p.expect(")", "after pack")
			c.Pack = true
		} else {
			c.Name = p.ident("of a column")
			if p.accept(":") {
				c.Type = p.typeName()
			}
		}
		c.Span = p.since(start)
		cols = append(cols, c)
		if !p.accept(",") {
			return cols
		}
	}
}

func (p *parser) partition(start int) Operator {
	op := &Partition{Options: p.options()}
	p.expectWord("by", "in partition")
	// What follows in parentheses is the subquery, not arguments.
	name := p.ident("of a column after by")
	op.By = name
	for p.peek().is(".") && p.ahead(1).Kind == Name {
		p.take()
		member := p.ident("")
		op.By = &Path{p.since(name.Start), op.By, member}
	}
	op.Options = append(op.Options, p.options()...)
	switch {
	case p.peek().is("{"):
		p.take()
		x := p.pipe()
		if pipe, ok := x.(*Pipe); ok {
			op.Body = pipe
		} else {
			op.Body = &Pipe{Span: x.Pos(), Source: x}
		}
		p.expect("}", "after the subquery of partition")
	default:
		op.Body = p.body("(", ")")
	}
	op.Span = p.since(start)
	return op
}

func (p *parser) scan(start int) Operator {
	s := &Scan{Options: p.options()}
	for {
		switch {
		case p.acceptWord("order"):
			p.expectWord("by", "after order")
			s.OrderBy = p.keys()
			continue
		case p.acceptWord("partition"):
			p.expectWord("by", "after partition")
			s.By = p.itemsUntil("")
			continue
		case p.acceptWord("declare"):
			s.Declares = p.params()
			continue
		}
		break
	}
	p.expectWord("with", "before the steps of scan")
	p.expect("(", "before the steps of scan")
	for p.peek().word("step") {
		s.Steps = append(s.Steps, p.scanStep())
		p.accept(";")
	}
	if !p.expect(")", "after the steps of scan") {
		p.skip()
		p.accept(")")
	}
	s.Span = p.since(start)
	return s
}

func (p *parser) scanStep() ScanStep {
	start := p.take().Start
	step := ScanStep{Name: p.ident("of a step")}
	step.Optional = p.acceptWord("optional")
	if p.acceptWord("output") {
		p.expect("=", "after output")
		step.Output = strings.ToLower(p.take().Text)
	}
	p.expect(":", "before the condition of a step")
	step.Where = p.expr()
	if p.accept("=>") {
		for {
			if n, ok := p.named().(*Named); ok {
				step.Assign = append(step.Assign, n)
			} else {
				p.unexpected("expected a column with = in a step")
			}
			if !p.accept(",") {
				break
			}
		}
	}
	step.Span = p.since(start)
	return step
}
