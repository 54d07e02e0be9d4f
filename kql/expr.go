package kql

// Expr is a bound scalar expression: names are resolved, types are known, and what KQL converts silently is a call.
// Plans are immutable once bound; several nodes may share one expression.
type Expr interface {
	Type() Type
}

// Const is a literal, or what the binder could already compute (now(), let constants).
//
// Value is nil for null, else by type: bool; int64 for Int, Long and TimeSpan (in ticks); float64; string for String,
// Decimal (as written) and Guid (lower case, with hyphens); time.Time in UTC; json.RawMessage (valid, compact) for Dynamic.
type Const struct {
	Of    Type
	Value any
}

// Ref is a column of the node's input, by its place in Columns. For the conditions of a join each side counts alone.
type Ref struct {
	Index int
	Column
}

// Outer is a column of the row that an mv-apply expands, seen from its body: the same for all rows there. Index counts in Expand.In's columns.
type Outer struct {
	Index int
	Column
}

// StepRef is step.column of a scan: a column of the last row that a step matched; null before there is one.
type StepRef struct {
	Step  int
	Index int
	Column
}

// Call is an operator or a function. Func is the catalogue's name: operators as they are written ("==", "!has_cs",
// "matches regex", "and", "unary-"), functions in lower case by their main name ("parse_json", never "todynamic").
// Negated and list operators have names of their own ("!in~", whose further Args are the list).
type Call struct {
	Func *Function
	Args []Expr
	Of   Type
	// Window says that the function looks at other rows in the input's order: row_number, prev, next, row_cumsum, …
	Window bool
	Span   Span // where it stands in the query; empty for what the binder puts in
}

// Member is d.name of a dynamic value; null where it has none.
type Member struct {
	In   Expr
	Name string
}

// Element is d[i]: an array's item (from the end, if negative) or a bag's by its name.
type Element struct {
	In    Expr
	Index Expr
}

// Scalar is toscalar(): the first column of the first row.
type Scalar struct {
	Query Node
	Of    Type
}

// InTable is x in (T): T's first column holds x. Fold compares without case, Not negates (null is not in anything).
type InTable struct {
	X     Expr
	Query Node
	Not   bool
	Fold  bool
}

// Type of a constant.
func (c Const) Type() Type { return c.Of }

// Type of a column.
func (r Ref) Type() Type { return r.Column.Type }

// Type of a column.
func (o Outer) Type() Type { return o.Column.Type }

// Type of a column.
func (s StepRef) Type() Type { return s.Column.Type }

// Type of a call's result.
func (c Call) Type() Type { return c.Of }

// Type of a member.
func (Member) Type() Type { return Dynamic }

// Type of an element.
func (Element) Type() Type { return Dynamic }

// Type of a scalar subquery.
func (s Scalar) Type() Type { return s.Of }

// Type of a membership.
func (InTable) Type() Type { return Bool }
