package kql

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"penstock/kql/syntax"
)

// Options say for whom and when a query is bound.
type Options struct {
	Schema Schema
	Now    time.Time // what now() is; the zero time: this moment
	// Dialect is "defender", "sentinel" (tables have TimeGenerated and the other columns that Microsoft Sentinel adds), or "": defender's, and
	// sentinel's where a name is known to that alone.
	Dialect string
	// Parameters are values for declare query_parameters, as a query would write them.
	Parameters map[string]string
	// Discover finds the columns that depend on data: those of bag_unpack and pivot. Without it they have the columns that Microsoft's binder
	// gives them, which are the ones that are known beforehand.
	Discover Discover
	// AllowExternal lets externaldata into the plan; whoever runs it decides on hosts.
	AllowExternal bool
}

// Discover computes a plan whose result tells what columns there are, and gives its rows. The plan shares tables with the one that is being bound.
type Discover func(ctx context.Context, plan *Plan) ([][]any, error)

// Severity says whether a diagnostic stops a query.
type Severity string

// The severities.
const (
	Failure Severity = "error"
	Warning Severity = "warning"
)

// Diagnostic is a mistake in a query, with its place and what to do about it.
type Diagnostic struct {
	Span
	Line, Column int // both from 1; columns in characters
	Severity     Severity
	Message      string
	Hint         string // may be empty
}

// String is how a diagnostic is told on a terminal.
func (d Diagnostic) String() string {
	s := fmt.Sprintf("line %d, column %d: %s", d.Line, d.Column, d.Message)
	if d.Hint != "" {
		s += " (" + d.Hint + ")"
	}
	return s
}

// What a query may grow to when its functions are expanded.
const (
	maxDepth   = 400
	maxNodes   = 50_000
	maxColumns = 5_000
	// maxCells bounds the columns of all steps together: search and union * multiply them.
	maxCells     = 500_000
	maxOperators = 1_000
	maxDiags     = 50
)

// Bind resolves a query against a schema. The plan is nil where there are errors; diagnostics hold them, and warnings as well.
func Bind(query string, opt Options) (*Plan, []Diagnostic) {
	return BindContext(context.Background(), query, opt)
}

// BindContext is Bind with a context, which Discover gets.
func BindContext(ctx context.Context, query string, opt Options) (*Plan, []Diagnostic) {
	if opt.Now.IsZero() {
		opt.Now = time.Now()
	}
	opt.Now = opt.Now.UTC().Truncate(time.Microsecond)
	parsed := syntax.Parse(query)
	first := opt
	if opt.Dialect == "" {
		first.Dialect = "defender"
	}
	b := newBinder(ctx, query, first)
	plan := b.query(parsed)
	if plan != nil || !b.unknownNames {
		return plan, b.diags
	}
	// Names that are unknown may be of columns which no page names, or of Sentinel's form of the tables.
	for _, dialect := range []string{first.Dialect, "sentinel"} {
		if opt.Dialect != "" && opt.Dialect != dialect {
			continue
		}
		first.Dialect = dialect
		again := newBinder(ctx, query, first)
		again.other = true
		if plan := again.query(parsed); plan != nil {
			return plan, again.diags
		}
	}
	return nil, b.diags
}

type binder struct {
	ctx     context.Context
	text    string
	opt     Options
	lib     *library
	diags   []Diagnostic
	notices []Notice
	depth   int
	nodes   int
	cells   int
	failed  bool
	// unknownNames says that a column or table was not found, which another dialect may know.
	unknownNames bool
	// settings are the options of set statements.
	settings map[string]syntax.Expr
	// other shows columns of tables that no page names.
	other  bool
	render *Render
	// open are the tables with columns that only data tells, and undetermined the names that queries asked of them without finding them.
	open         map[Node]bool
	undetermined map[string]bool
	// inside is where a built-in function was called: mistakes within it are told of there.
	inside *Span
	// watch is told what each name means, for hover and completion.
	watch func(Span, Meaning)
	// cursor is what names mean at the place that completion asks about.
	cursor *seen
	// root is the outermost scope, which the names of as live in.
	root *scope
	// places are where nodes stand in the text.
	places map[Node]Span
}

func newBinder(ctx context.Context, text string, opt Options) *binder {
	return &binder{ctx: ctx, text: text, opt: opt, lib: catalogue(), open: map[Node]bool{}, undetermined: map[string]bool{}, settings: map[string]syntax.Expr{},
		places: map[Node]Span{}}
}

// report notes an error.
func (b *binder) report(span Span, hint, format string, args ...any) {
	b.failed = true
	b.diagnose(span, Failure, fmt.Sprintf(format, args...), hint)
}

func (b *binder) warn(span Span, hint, format string, args ...any) {
	b.diagnose(span, Warning, fmt.Sprintf(format, args...), hint)
}

func (b *binder) diagnose(span Span, severity Severity, message, hint string) {
	if b.inside != nil {
		span = *b.inside
	}
	if len(b.diags) >= maxDiags {
		return
	}
	for _, d := range b.diags {
		if d.Span == span && d.Message == message {
			return
		}
	}
	line, column := position(b.text, span.Start)
	b.diags = append(b.diags, Diagnostic{span, line, column, severity, message, hint})
}

// position is the line and column of a place, both from 1.
func position(text string, at int) (line, column int) {
	before := text[:min(at, len(text))]
	line = strings.Count(before, "\n") + 1
	column = len([]rune(before[strings.LastIndexByte(before, '\n')+1:])) + 1
	return line, column
}

// notice tells the reader of a result something about it, once.
func (b *binder) notice(span Span, message string) {
	if b.inside != nil {
		span = *b.inside
	}
	for _, n := range b.notices {
		if n.Message == message {
			return
		}
	}
	b.notices = append(b.notices, Notice{span, message})
}

// grow counts what has been bound, so that functions which call functions stay bounded.
func (b *binder) grow(span Span) bool {
	b.nodes++
	if b.nodes == maxNodes {
		b.report(span, "call fewer functions, or name parts with let", "the query grows too large")
	}
	return b.nodes < maxNodes
}

// spend counts columns that a step is about to have.
func (b *binder) spend(cells int, span Span) bool {
	if b.cells += cells; b.cells <= maxCells {
		return true
	}
	b.report(span, "name fewer tables and terms", "the query grows too large")
	return false
}

// enter counts nesting; every enter has its leave.
func (b *binder) enter(span Span) bool {
	b.depth++
	if b.depth > maxDepth {
		b.report(span, "name inner parts with let", "the query is nested too deeply")
		return false
	}
	return true
}

func (b *binder) leave() { b.depth-- }

// query binds all statements; the last tabular one is the query.
func (b *binder) query(parsed *syntax.Query) *Plan {
	for _, e := range parsed.Errors {
		b.report(e.Span, e.Hint, "%s", e.Message)
	}
	b.root = &scope{}
	var last *syntax.Tabular
	for _, s := range parsed.Statements {
		if t, ok := s.(*syntax.Tabular); ok {
			last = t
		}
	}
	var root Node
	for _, s := range parsed.Statements {
		if t, ok := s.(*syntax.Tabular); ok {
			b.render = nil
			node := b.result(t.X, b.root)
			if t == last {
				root = node
			}
			continue
		}
		b.statement(s, b.root)
	}
	if last == nil && !b.failed {
		end := len(strings.TrimRight(b.text, " \t\r\n;"))
		b.report(Span{Start: end, End: end}, "end with a table and its operators, such as DeviceProcessEvents | take 10", "the query has no result")
	}
	if b.failed || root == nil {
		if !b.failed {
			b.report(Span{}, "", "the query has no result")
		}
		return nil
	}
	root = withoutArrival(root)
	cols := slices.Clone(root.Columns())
	for i, c := range cols {
		if c.Type == Dynamic && b.undetermined[c.Name] {
			cols[i].Type = 0 // "unknown", as Microsoft's binder says
		}
	}
	return &Plan{Root: root, Columns: cols, Render: b.render, Now: b.opt.Now, Notices: b.notices, Places: b.places}
}

// result binds what a query gives: a table, or a single value.
func (b *binder) result(x syntax.Expr, s *scope) Node {
	if b.isTable(x, s) || !b.looksScalar(x, s) {
		return b.table(x, s)
	}
	value := b.scalar(x, &env{scope: s})
	name := resultName(x)
	if name == "" {
		name = "print_0"
	}
	return &Values{Cols: []Column{{name, typeOr(value, Dynamic)}}, Rows: [][]Expr{{value}}}
}

// looksScalar says whether an expression that is no known table can only be a value.
func (b *binder) looksScalar(x syntax.Expr, s *scope) bool {
	switch x := x.(type) {
	case *syntax.Ident:
		e := s.find(x.Name)
		return e != nil && e.scalar != nil
	case *syntax.Call:
		return b.lib.scalars[x.Name.Name] != nil || special(x.Name.Name) != nil || s.find(x.Name.Name) != nil && !b.isTable(x, s)
	case *syntax.Paren:
		return b.looksScalar(x.X, s)
	case *syntax.Bad, *syntax.Pattern, *syntax.Star:
		return false
	}
	return true
}

// typeOr is an expression's type, or another where it could not be bound.
func typeOr(x Expr, otherwise Type) Type {
	if t := x.Type(); t != 0 {
		return t
	}
	return otherwise
}

// bad is an expression with a mistake, told already; nothing more is said of what it stands in.
type bad struct{}

func (bad) Type() Type { return 0 }

func isBad(x Expr) bool { return x.Type() == 0 }
