package syntax

// Expr is a scalar or tabular expression: KQL tells them apart by what names mean, not by their form.
type Expr interface{ Pos() Span }

// Ident is a name: of a column, a table, a let.
type Ident struct {
	Span
	Name   string
	Quoted bool // as ['odd name']
}

// Literal is a constant. Type is KQL's name of its type; Value is nil for null, else as in kql.Const: timespans are int64 ticks, dynamic
// values json.RawMessage. A datetime that is no date keeps its text as a string.
type Literal struct {
	Span
	Type  string
	Value any
}

// Unary is -x or +x.
type Unary struct {
	Span
	Op string
	X  Expr
}

// Binary is an operator between two expressions, Op as it is written in lower case.
type Binary struct {
	Span
	Op     string
	OpSpan Span
	X, Y   Expr
}

// List is an operator with a list on its right: in, !in~, has_any, has_all. An Item may be a table.
type List struct {
	Span
	Op     string
	OpSpan Span
	X      Expr
	Items  []Expr
}

// Between is x between (a .. b).
type Between struct {
	Span
	Not      bool
	OpSpan   Span
	X        Expr
	From, To Expr
}

// Call is f(a, b). An argument may be Star, a Named (f(a = 1)), or a table.
type Call struct {
	Span
	Name *Ident
	Args []Expr
}

// Path is x.Name.
type Path struct {
	Span
	X    Expr
	Name *Ident
}

// Index is x[Index].
type Index struct {
	Span
	X     Expr
	Index Expr
}

// Star is * as an argument, a column list or the left side of an operator.
type Star struct{ Span }

// Pattern is a name with asterisks, such as Device*; of union, find and the projecting operators.
type Pattern struct {
	Span
	Text string
}

// Typeof is typeof(long), or a schema: typeof(a:string, b:long).
type Typeof struct {
	Span
	Type   string
	Schema []Column
}

// Column is a declaration Name:Type.
type Column struct {
	Span
	Name string
	Type string
}

// Named is Name = X, and (a, b) = X for functions with several results.
type Named struct {
	Span
	Names []*Ident
	// Tuple says that the names stand in parentheses.
	Tuple bool
	X     Expr
}

// Paren is an expression in parentheses.
type Paren struct {
	Span
	X Expr
}

// Pipe is a table and what is done to it. Source is nil where the first operator makes rows itself: print, range, union, search, find,
// datatable.
type Pipe struct {
	Span
	Source Expr
	Ops    []Operator
}

// Bad stands where an expression could not be read.
type Bad struct{ Span }

// Param is a parameter of a function: scalar with Type, or a table with Columns (nil for any: (*)).
type Param struct {
	Span
	Name    string
	Type    string
	Table   bool
	Columns []Column
	Default Expr
}

// Function is (a:string) { … } in a let.
type Function struct {
	Span
	Params []Param
	View   bool
	Lets   []Statement
	Body   Expr // nil: the function does nothing, which the binder complains about
}

// Statement is a part of a query that ends with a semicolon.
type Statement interface{ Pos() Span }

// Let gives a name to a value, a table or a function (Value is a *Function).
type Let struct {
	Span
	Name  *Ident
	Value Expr
}

// Set is an option of the query, which changes nothing in its result.
type Set struct {
	Span
	Name  string
	Value Expr
}

// Declare is declare query_parameters(…).
type Declare struct {
	Span
	Params []Param
}

// Tabular is an expression that stands as a statement: the query itself, if it is the last one.
type Tabular struct {
	Span
	X Expr
}

// Query is a whole text.
type Query struct {
	Statements []Statement
	Errors     []Error
}

// Error is a mistake in a text with its place.
type Error struct {
	Span
	Message string
	Hint    string // what to do; may be empty
}
