package syntax

// Operator is what follows a | in a query.
type Operator interface{ Pos() Span }

// Option is name=value after an operator's word: kind=inner, hint.strategy=broadcast, with_itemindex=i.
type Option struct {
	Span
	Name  string
	Value Expr // an Ident where the value is a bare word
}

// Where is where and filter.
type Where struct {
	Span
	X Expr
}

// Project is project and extend with their kin: Word is "project", "project-away", "project-keep", "project-rename", "project-reorder", "extend",
// "distinct" or "serialize". Items of away, keep, reorder and distinct may be Pattern or Star; of reorder also Ordered.
type Project struct {
	Span
	Word  string
	Items []Expr
}

// Ordered is a key of an order. Desc is what KQL takes when nothing is said.
type Ordered struct {
	Span
	X Expr
	// Dir is "asc", "desc", or "granny-asc" and "granny-desc" of project-reorder; "" if not given.
	Dir string
	// Nulls is "first", "last" or "".
	Nulls string
}

// Summarize is summarize. By is what follows the word.
type Summarize struct {
	Span
	Options []Option
	Aggs    []Expr
	By      []Expr
}

// Count is count, with as's name if one is given.
type Count struct {
	Span
	As *Ident
}

// Take is take and limit.
type Take struct {
	Span
	N Expr
}

// Sort is sort and order.
type Sort struct {
	Span
	Keys []Ordered
}

// Top is top N by keys.
type Top struct {
	Span
	N    Expr
	Keys []Ordered
}

// TopHitters is top-hitters N of X by Y.
type TopHitters struct {
	Span
	N  Expr
	Of Expr
	By Expr // may be nil
}

// TopNested is top-nested with its levels.
type TopNested struct {
	Span
	Levels []TopNestedLevel
}

// TopNestedLevel is N of X with others = Y by Agg.
type TopNestedLevel struct {
	Span
	N      Expr // may be nil
	Of     Expr
	Others Expr // may be nil
	By     Ordered
}

// Sample is sample, and sample-distinct with Of.
type Sample struct {
	Span
	N  Expr
	Of Expr // may be nil
}

// Join is join and lookup.
type Join struct {
	Span
	Lookup  bool
	Options []Option
	Table   Expr
	On      []Expr
}

// Union is union. After a pipe it has what stands before it as well.
type Union struct {
	Span
	Options []Option
	Tables  []Expr
}

// MvExpand is mv-expand, and mv-apply with On.
type MvExpand struct {
	Span
	Word    string
	Options []Option
	Items   []MvItem
	Limit   Expr
	On      *Pipe // of mv-apply: a pipe without source
}

// MvItem is a column of mv-expand with the type that its items get.
type MvItem struct {
	Span
	X  Expr
	To string // "" if not given
}

// ParseWith is parse and parse-where.
type ParseWith struct {
	Span
	Filter  bool
	Options []Option
	X       Expr
	Parts   []ParsePart
}

// ParsePart is a text, * or a column of a pattern.
type ParsePart struct {
	Span
	Text   string
	Star   bool
	Column *Column
}

// ParseKV is parse-kv.
type ParseKV struct {
	Span
	X       Expr
	Columns []Column
	Options []Option
}

// MakeSeries is make-series.
type MakeSeries struct {
	Span
	Options []Option
	Aggs    []SeriesAgg
	On      Expr
	// From, To and Step are of the form on X from … to … step …; in range (a, b, c) says that the old form was used, whose end is included.
	From, To, Step Expr
	InRange        bool
	By             []Expr
}

// SeriesAgg is an aggregation of make-series with what fills its gaps.
type SeriesAgg struct {
	Span
	X       Expr
	Default Expr // may be nil
}

// Evaluate is evaluate plugin(…) : schema.
type Evaluate struct {
	Span
	Options []Option
	Plugin  *Call
	Schema  []SchemaItem
	// HasSchema tells an empty schema from none.
	HasSchema bool
}

// SchemaItem is a column of a schema, or * for all of the input's.
type SchemaItem struct {
	Star   bool
	Column Column
}

// Invoke is invoke f(…).
type Invoke struct {
	Span
	Call *Call
}

// As is as Name.
type As struct {
	Span
	Name *Ident
}

// Render is render kind with (…).
type Render struct {
	Span
	Kind       string
	Properties []Option
}

// Range is range x from a to b step c.
type Range struct {
	Span
	Name           *Ident
	From, To, Step Expr
}

// Print is print.
type Print struct {
	Span
	Items []Expr
}

// Datatable is datatable(…) […].
type Datatable struct {
	Span
	Columns []Column
	Values  []Expr
}

// ExternalData is externaldata(…) […] with (…).
type ExternalData struct {
	Span
	Columns []Column
	URLs    []Expr
	With    []Option
}

// Search is search: in tables, or what stands before the pipe, or everything.
type Search struct {
	Span
	Options []Option
	Tables  []Expr
	X       Expr
}

// Find is find.
type Find struct {
	Span
	Options []Option
	Tables  []Expr
	X       Expr
	Project []FindColumn // nil: project-smart
	Away    []Expr
}

// FindColumn is a column that find shows; Pack is pack(*).
type FindColumn struct {
	Span
	Name *Ident
	Type string
	Pack bool
}

// GetSchema is getschema.
type GetSchema struct{ Span }

// Consume is consume: rows are read and thrown away.
type Consume struct{ Span }

// Partition is partition by X (subquery).
type Partition struct {
	Span
	Options []Option
	By      Expr
	Body    *Pipe // a pipe without source, or with the source of the old form in braces
}

// Scan is scan.
type Scan struct {
	Span
	Options  []Option
	OrderBy  []Ordered
	By       []Expr
	Declares []Param
	Steps    []ScanStep
}

// ScanStep is a step of scan.
type ScanStep struct {
	Span
	Name     *Ident
	Optional bool
	Output   string
	Where    Expr
	Assign   []*Named
}

// Unsupported is an operator that was read past.
type Unsupported struct {
	Span
	Word string
}
