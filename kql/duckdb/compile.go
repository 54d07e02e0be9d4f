package duckdb

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"penstock/kql"
)

// Query is a statement that answers a plan. Its columns are Columns, in order; Rows reads them.
type Query struct {
	SQL     string
	Args    []any
	Columns []kql.Column
}

// Unsupported is a construct that has no SQL, and its place in the query: that of the operator or the call.
type Unsupported struct {
	What string
	Span kql.Span
}

func (u *Unsupported) Error() string { return u.What + " is not supported" }

// Mistake is what a query itself has wrong, found while it is written, and its place.
type Mistake struct {
	Span kql.Span
	err  error
}

func (m *Mistake) Error() string { return m.err.Error() }

func (m *Mistake) Unwrap() error { return m.err }

// errTooLarge says that a statement passes maxSQL.
var errTooLarge = errors.New("the query grows too large when its definitions are written out: split it up")

// maxSQL bounds a statement: shared definitions that are written out again and again must not fill memory.
const maxSQL = 16 << 20

// Compile writes plan as SQL. relation gives, for a stored table, what stands after FROM: a table or a subquery in brackets with all of the
// table's columns under their names (text VARCHAR, datetime TIMESTAMP, int and long BIGINT, dynamic JSON text).
func Compile(plan *kql.Plan, relation func(*kql.Scan) (string, error)) (*Query, error) {
	c := &compiler{relation: relation, plan: plan, inputs: map[*kql.Input]*rows{}, shared: map[*kql.Shared]*sharedTable{}}
	c.countShared(plan.Root)
	root := c.node(plan.Root)
	if c.err != nil {
		return nil, c.err
	}
	cols := plan.Columns
	if cols == nil {
		cols = plan.Root.Columns()
	}
	if len(root.cols) != len(cols) {
		return nil, fmt.Errorf("the plan gives %d columns where %d are named", len(root.cols), len(cols))
	}
	var out strings.Builder
	for i, with := range c.with {
		switch {
		case i > 0:
			out.WriteString(",\n")
		case c.recursive:
			out.WriteString("WITH RECURSIVE ")
		default:
			out.WriteString("WITH ")
		}
		out.WriteString(with)
	}
	if len(c.with) > 0 {
		out.WriteByte('\n')
	}
	items := make([]string, len(cols))
	for i := range root.cols {
		items[i] = root.cols[i].value() + " AS " + resultName(cols[i].Name, i)
	}
	out.WriteString(root.selects(items))
	out.WriteString(root.orderBy())
	if out.Len() > maxSQL {
		return nil, &Mistake{Span: plan.Places[plan.Root], err: errTooLarge}
	}
	return &Query{SQL: out.String(), Columns: cols}, nil
}

// compiler holds one statement while it is written. The first error stays; what is written after it does not matter.
type compiler struct {
	relation  func(*kql.Scan) (string, error)
	plan      *kql.Plan
	err       error
	at        kql.Span // the operator or call that is being written
	ids       int
	with      []string // CTEs, those needed by others first
	inputs    map[*kql.Input]*rows
	shared    map[*kql.Shared]*sharedTable
	written   int
	applies   []*outerRow              // the mv-apply bodies that are being written, the innermost last
	stepRef   func(kql.StepRef) string // what a step of scan matched last, while a step is written
	recursive bool
	hidden    map[string]string // columns that window functions build upon, while a projection is written
}

func (c *compiler) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// unsupported gives a harmless expression, so that callers need not ask.
func (c *compiler) unsupported(format string, args ...any) string {
	c.fail(&Unsupported{What: fmt.Sprintf(format, args...), Span: c.at})
	return "NULL"
}

func (c *compiler) mistake(err error) { c.fail(&Mistake{Span: c.at, err: err}) }

// within says what is being written from here on, and gives what takes that back. A part without a place belongs to the one around it.
func (c *compiler) within(span kql.Span) func() {
	around := c.at
	if span != (kql.Span{}) {
		c.at = span
	}
	return func() { c.at = around }
}

func (c *compiler) unsupportedRows(format string, args ...any) *rows {
	c.unsupported(format, args...)
	return &rows{from: "(SELECT 1)"}
}

// id is a name that occurs once in the statement.
func (c *compiler) id(prefix string) string {
	c.ids++
	return prefix + strconv.Itoa(c.ids)
}

// node writes a node's rows.
func (c *compiler) node(n kql.Node) *rows {
	if c.err != nil {
		return &rows{from: "(SELECT 1)", cols: make([]column, len(n.Columns()))}
	}
	defer c.within(c.plan.Places[n])()
	out := c.operator(n)
	if c.written += len(out.from); c.written > 4*maxSQL {
		c.mistake(errTooLarge)
	}
	return out
}

// operator writes what a node does with its inputs.
func (c *compiler) operator(n kql.Node) *rows {
	var out *rows
	switch n := n.(type) {
	case *kql.Scan:
		out = c.scan(n)
	case *kql.Values:
		out = c.values(n)
	case *kql.Range:
		out = c.rangeRows(n)
	case *kql.External:
		if n.Values != nil {
			out = c.values(n.Values)
			break
		}
		c.fail(&Unsupported{What: "externaldata (reading from other hosts)", Span: n.Span})
		out = &rows{from: "(SELECT 1)", cols: make([]column, len(n.Cols))}
	case *kql.Filter:
		out = c.filter(n)
	case *kql.Project:
		out = c.project(n)
	case *kql.Sort:
		out = c.sort(n, c.node(n.In))
	case *kql.Limit:
		out = c.limit(c.node(n.In), n.N)
	case *kql.Serialize:
		out = c.serialize(c.node(n.In))
	case *kql.Sample:
		out = c.sample(n)
	case *kql.Aggregate:
		out = c.aggregate(n)
	case *kql.MakeSeries:
		out = c.makeSeries(n)
	case *kql.Join:
		out = c.join(n)
	case *kql.Lookup:
		out = c.lookup(n)
	case *kql.Union:
		out = c.union(n)
	case *kql.MvExpand:
		out = c.mvExpand(c.node(n.In), n, "")
	case *kql.Apply:
		out = c.apply(n)
	case *kql.Input:
		if out = c.inputs[n]; out == nil {
			out = c.unsupportedRows("an operator's body outside of it")
		}
	case *kql.Parse:
		out = c.parse(n)
	case *kql.ParseKV:
		out = c.parseKV(n)
	case *kql.TopNested:
		out = c.topNested(n)
	case *kql.Shared:
		out = c.sharedRows(n)
	case *kql.Steps:
		out = c.steps(n)
	default:
		out = c.unsupportedRows("the operator %T", n)
	}
	return out
}

// resultName is a result column's name in SQL. Names that SQL cannot hold stay the compiler's own; Query.Columns has them.
func resultName(name string, i int) string {
	if name == "" || strings.ContainsRune(name, 0) || len(name) > 1024 {
		return "r" + strconv.Itoa(i)
	}
	return ident(name)
}

// ident writes a name so that it is nothing but a name.
func ident(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// literal writes text so that it is nothing but text. DuckDB has no escapes within quotes but the doubled quote; a zero byte
// would end the statement.
func literal(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if strings.ContainsRune(s, 0) {
		parts := strings.Split(s, "\x00")
		for i, p := range parts {
			parts[i] = literal(p)
		}
		return "(" + strings.Join(parts, " || chr(0) || ") + ")"
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
