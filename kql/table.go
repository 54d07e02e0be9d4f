package kql

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"penstock/kql/syntax"
)

// isTable says whether an expression is a table, without binding it.
func (b *binder) isTable(x syntax.Expr, s *scope) bool {
	switch x := x.(type) {
	case *syntax.Pipe:
		return true
	case *syntax.Paren:
		return b.isTable(x.X, s)
	case *syntax.Ident:
		if e := s.find(x.Name); e != nil {
			return e.table != nil || e.tabular || e.fn != nil && b.givesTable(e)
		}
		_, ok := b.tableNamed(x.Name)
		return ok
	case *syntax.Call:
		if e := s.find(x.Name.Name); e != nil {
			return e.fn != nil && b.givesTable(e)
		}
		switch x.Name.Name {
		case "materialize", "table", "union":
			return true
		}
		return builtIns[x.Name.Name] != nil
	}
	return false
}

// givesTable says whether a function's body is a table.
func (b *binder) givesTable(e *entity) bool {
	if e.gives != nil {
		return *e.gives
	}
	inner := &scope{parent: e.in, function: e.fn}
	for _, p := range e.fn.Params {
		inner.add(&entity{name: p.Name, tabular: p.Table, scalar: bad{}})
	}
	for _, stmt := range e.fn.Lets {
		if l, ok := stmt.(*syntax.Let); ok {
			if f, ok := l.Value.(*syntax.Function); ok {
				inner.add(&entity{name: l.Name.Name, fn: f, in: inner.sofar()})
			} else {
				inner.add(&entity{name: l.Name.Name, tabular: b.isTable(l.Value, inner), scalar: bad{}})
			}
		}
	}
	gives := e.fn.Body != nil && b.isTable(e.fn.Body, inner)
	e.gives = &gives
	return gives
}

// table binds a tabular expression. Where it cannot, it says so and gives a table without columns.
func (b *binder) table(x syntax.Expr, s *scope) Node {
	if !b.enter(x.Pos()) || !b.grow(x.Pos()) {
		b.leave()
		return lost{}
	}
	defer b.leave()
	switch x := x.(type) {
	case *syntax.Paren:
		return b.table(x.X, s)
	case *syntax.Pipe:
		return b.pipe(x, s, nil)
	case *syntax.Ident:
		return b.namedTable(x, s)
	case *syntax.Call:
		return b.tableCall(x, s)
	case *syntax.Path:
		if t := b.qualified(x, s); t != nil {
			return t
		}
	case *syntax.Named:
		b.report(x.Span, "", "a table cannot be named here; use let or as")
		return lost{}
	case *syntax.Bad:
		return lost{}
	case *syntax.Pattern:
		b.report(x.Span, "use union "+x.Text, "a name with * stands for several tables")
		return lost{}
	}
	b.report(x.Pos(), "", "expected a table")
	return lost{}
}

// lost is a table that could not be bound: whatever is asked of it, nothing more is said.
type lost struct{}

// Columns: none are known.
func (lost) Columns() []Column { return nil }

func isLost(n Node) bool {
	_, ok := n.(lost)
	return ok
}

// pipe binds operators one after another. input is what stands before them where the text has no source: the body of mv-apply.
func (b *binder) pipe(p *syntax.Pipe, s *scope, input Node) Node {
	node := input
	if p.Source != nil {
		node = b.table(p.Source, s)
	}
	if len(p.Ops) > maxOperators {
		b.report(p.Ops[maxOperators].Pos(), "", "a pipe has more than %d operators", maxOperators)
		return lost{}
	}
	// Names that as gives are seen by the operators that follow.
	inner := &scope{parent: s}
	for _, op := range p.Ops {
		if node != nil && b.open[node] {
			node = b.askedOf(node, op, inner)
		}
		if !carriesArrival(op) {
			node = withoutArrival(node)
		}
		before := node
		node = b.operator(op, node, inner)
		if node == nil {
			node = lost{}
		}
		b.place(node, before, op.Pos())
		if keepsColumns(op) && before != nil && b.open[before] {
			b.open[node] = true
		}
		width := len(node.Columns())
		if width > maxColumns {
			b.report(op.Pos(), "", "the table has more than %d columns", maxColumns)
			return lost{}
		}
		if !b.spend(width, op.Pos()) {
			return lost{}
		}
	}
	return node
}

// place notes where the operator stands that made a node, and those below it down to its input.
func (b *binder) place(n, input Node, span Span) {
	for n != nil && n != input && !isLost(n) {
		if _, ok := b.places[n]; ok {
			return
		}
		b.places[n] = b.placeOf(span)
		below := Inputs(n)
		if len(below) == 0 {
			return
		}
		n = below[0]
	}
}

// keepsColumns says whether an operator's result has the columns of its input, those included that only data tells.
func keepsColumns(op syntax.Operator) bool {
	switch op := op.(type) {
	case *syntax.Project:
		return op.Word != "project" && op.Word != "distinct" && op.Word != "project-keep"
	case *syntax.Where, *syntax.Take, *syntax.Sort, *syntax.Top, *syntax.Sample, *syntax.As, *syntax.Render, *syntax.MvExpand, *syntax.ParseWith, *syntax.ParseKV, *syntax.Join,
		*syntax.Union:
		return true
	}
	return false
}

// namedTable binds a name: a let's or parameter's table, a function without parameters, a table of the schema.
func (b *binder) namedTable(x *syntax.Ident, s *scope) Node {
	if x.Name == "" {
		return lost{}
	}
	if x.Name == cursor {
		b.cursor = &seen{scope: s, table: true}
		return lost{}
	}
	if e := s.find(x.Name); e != nil {
		b.meet(x.Span, e)
		switch {
		case e.table != nil:
			return e.table
		case e.fn != nil:
			return b.expandTable(e, &syntax.Call{Span: x.Span, Name: x}, nil, s)
		}
		if !isBad(e.scalar) {
			b.report(x.Span, "", "%s is a single value, not a table", x.Name)
		}
		return lost{}
	}
	if t, ok := b.tableNamed(x.Name); ok {
		b.meetTable(x.Span, t)
		return b.scan(t)
	}
	if f := builtIns[x.Name]; f != nil {
		return b.tableCall(&syntax.Call{Span: x.Span, Name: x}, s)
	}
	b.unknownTable(x, s)
	return lost{}
}

func (b *binder) unknownTable(x *syntax.Ident, s *scope) {
	b.unknownNames = true
	hint := ""
	if near := syntax.Nearest(x.Name, append(s.names(), b.opt.Schema.Names()...)); near != "" {
		hint = "did you mean " + near + "?"
	}
	b.report(x.Span, hint, "unknown table %s", strconv.Quote(x.Name))
}

func (b *binder) tableNamed(name string) (*Table, bool) { return b.opt.Schema.Table(name) }

// qualified reads database("x").Table and cluster("y").database("x").Table, which all mean the table here: published queries name their own
// workspace so.
func (b *binder) qualified(x *syntax.Path, s *scope) Node {
	call, ok := x.X.(*syntax.Call)
	if !ok || call.Name.Name != "database" && call.Name.Name != "workspace" && call.Name.Name != "cluster" {
		return nil
	}
	if call.Name.Name == "cluster" {
		b.report(call.Span, "name the table alone", "other clusters cannot be read")
		return lost{}
	}
	b.notice(call.Span, "the query names a database; the tables here are read instead")
	return b.namedTable(x.Name, s)
}

// tableCall binds a call that gives a table.
func (b *binder) tableCall(x *syntax.Call, s *scope) Node {
	name := x.Name.Name
	if e := s.find(name); e != nil {
		b.meet(x.Name.Span, e)
		if e.fn == nil {
			b.report(x.Name.Span, "", "%s is no function", name)
			return lost{}
		}
		return b.expandTable(e, x, nil, s)
	}
	switch name {
	case "materialize":
		if len(x.Args) != 1 {
			b.report(x.Span, "", "materialize has one argument, a table")
			return lost{}
		}
		return &Shared{In: b.table(x.Args[0], s), Materialize: true}
	case "table":
		if len(x.Args) >= 1 {
			if c, ok := b.scalar(x.Args[0], &env{scope: s}).(Const); ok && c.Of == String {
				return b.namedTable(&syntax.Ident{Span: x.Args[0].Pos(), Name: c.Value.(string)}, &scope{})
			}
		}
		b.report(x.Span, "", "table has one argument, the name of a table as a constant text")
		return lost{}
	}
	if f := builtIns[name]; f != nil {
		return b.expandBuiltIn(f, x, nil, s)
	}
	if f := b.lib.scalars[name]; f != nil {
		b.report(x.Span, "put a table before it, and use it in extend or where", "%s gives a single value, not a table", name)
		return lost{}
	}
	hint := ""
	if near := syntax.Nearest(name, append(s.names(), builtInNames()...)); near != "" {
		hint = "did you mean " + near + "?"
	}
	if name == "_GetWatchlist" || name == "_ASIM_GetWatchlistRaw" {
		hint = "Microsoft Sentinel keeps watchlists: put the values in the query, as in let list = datatable(SearchKey:string)[\"…\"]"
	}
	b.report(x.Name.Span, hint, "unknown function %s", strconv.Quote(name))
	return lost{}
}

// operator binds one operator over its input; input is nil at the start of a query.
func (b *binder) operator(op syntax.Operator, in Node, s *scope) Node {
	if !b.grow(op.Pos()) {
		return lost{}
	}
	switch op := op.(type) {
	case *syntax.Print:
		return b.print(op, s)
	case *syntax.Range:
		return b.rangeOf(op, s)
	case *syntax.Datatable:
		return b.datatable(op, s)
	case *syntax.ExternalData:
		return b.externalData(op, s)
	case *syntax.Union:
		return b.union(op, in, s)
	case *syntax.Search:
		return b.search(op, in, s)
	case *syntax.Find:
		return b.find(op, in, s)
	case *syntax.Unsupported:
		b.failed = true
		return lost{}
	}
	if in == nil {
		b.report(op.Pos(), "begin with a table", "the operator has no input")
		return lost{}
	}
	if e, ok := op.(*syntax.Evaluate); ok && !isLost(in) {
		return b.evaluate(e, in, s)
	}
	if isLost(in) {
		// What the operator says cannot be judged without columns.
		return in
	}
	return b.over(op, in, s)
}

// over binds the operators that need an input.
func (b *binder) over(op syntax.Operator, in Node, s *scope) Node {
	switch op := op.(type) {
	case *syntax.Where:
		return b.where(op, in, s)
	case *syntax.Project:
		return b.project(op, in, s)
	case *syntax.Summarize:
		return b.summarize(op, in, s)
	case *syntax.Count:
		name := "Count"
		if op.As != nil {
			name = op.As.Name
		}
		count := Aggregation{Func: b.lib.aggregates["count"], Cols: []Column{{name, Long}}}
		return &Aggregate{In: in, Aggs: []Aggregation{count}}
	case *syntax.Take:
		return &Limit{in, b.number(op.N, s)}
	case *syntax.Sort:
		return &Sort{In: in, Keys: b.sortKeys(op.Keys, in, s)}
	case *syntax.Top:
		return &Sort{In: in, Keys: b.sortKeys(op.Keys, in, s), Limit: b.number(op.N, s)}
	case *syntax.TopHitters:
		return b.topHitters(op, in, s)
	case *syntax.TopNested:
		return b.topNested(op, in, s)
	case *syntax.Sample:
		return b.sample(op, in, s)
	case *syntax.Join:
		return b.join(op, in, s)
	case *syntax.MvExpand:
		return b.mvExpand(op, in, s)
	case *syntax.ParseWith:
		return b.parse(op, in, s)
	case *syntax.ParseKV:
		return b.parseKV(op, in, s)
	case *syntax.MakeSeries:
		return b.makeSeries(op, in, s)
	case *syntax.Invoke:
		return b.invoke(op, in, s)
	case *syntax.As:
		shared := &Shared{Name: op.Name.Name, In: in}
		s.add(&entity{name: op.Name.Name, table: shared})
		b.root.add(&entity{name: op.Name.Name, table: shared})
		return shared
	case *syntax.Render:
		b.setRender(op)
		return in
	case *syntax.GetSchema:
		return getSchema(in)
	case *syntax.Consume:
		return &Limit{in, Const{Long, int64(0)}}
	case *syntax.Partition:
		return b.partition(op, in, s)
	case *syntax.Scan:
		return b.steps(op, in, s)
	}
	b.report(op.Pos(), "", "the operator is not supported")
	return lost{}
}

// getSchema is the schema of a table as a table.
func getSchema(in Node) Node {
	v := &Values{Cols: []Column{{"ColumnName", String}, {"ColumnOrdinal", Long}, {"DataType", String}, {"ColumnType", String}}}
	for i, c := range in.Columns() {
		v.Rows = append(v.Rows, []Expr{Const{String, c.Name}, Const{Long, int64(i)}, Const{String, dotnetTypes[c.Type]}, Const{String, c.Type.String()}})
	}
	return v
}

// dotnetTypes are what getschema calls DataType.
var dotnetTypes = map[Type]string{Bool: "System.SByte", Int: "System.Int32", Long: "System.Int64", Real: "System.Double", Decimal: "System.Data.SqlTypes.SqlDecimal",
	String: "System.String", DateTime: "System.DateTime", TimeSpan: "System.TimeSpan", Dynamic: "System.Object", Guid: "System.Guid"}

// setRender notes how the query wants to be drawn.
func (b *binder) setRender(op *syntax.Render) {
	if b.inside != nil {
		return
	}
	r := &Render{Kind: strings.ToLower(op.Kind), Properties: map[string]string{}}
	if !renderKinds[r.Kind] {
		hint := ""
		if near := syntax.Nearest(r.Kind, RenderKinds()); near != "" {
			hint = "did you mean " + near + "?"
		}
		b.report(op.Span, hint, "unknown kind of chart %q", op.Kind)
	}
	for _, p := range op.Properties {
		r.Properties[strings.ToLower(p.Name)] = propertyText(p.Value)
	}
	b.render = r
}

func propertyText(x syntax.Expr) string {
	switch x := x.(type) {
	case *syntax.Ident:
		return x.Name
	case *syntax.Literal:
		switch v := x.Value.(type) {
		case string:
			return v
		case int64:
			return strconv.FormatInt(v, 10)
		case float64:
			return strconv.FormatFloat(v, 'g', -1, 64)
		case bool:
			return strconv.FormatBool(v)
		}
	case *syntax.Call:
		names := make([]string, len(x.Args))
		for i, a := range x.Args {
			names[i] = propertyText(a)
		}
		return strings.Join(names, ",")
	}
	return ""
}

// renderKinds are the charts that Microsoft documents.
var renderKinds = map[string]bool{"anomalychart": true, "areachart": true, "barchart": true, "card": true, "columnchart": true, "ladderchart": true, "linechart": true,
	"piechart": true, "pivotchart": true, "plotly": true, "scatterchart": true, "stackedareachart": true, "table": true, "timechart": true, "timepivot": true,
	"treemap": true, "graph": true, "list": true, "sankey": true}

// RenderKinds are the names of charts, in order.
func RenderKinds() []string { return slices.Sorted(maps.Keys(renderKinds)) }
