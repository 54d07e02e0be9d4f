package kql

import (
	"time"

	"penstock/kql/syntax"
)

// Plan is a bound query: what to compute, independent of how. A planner (kql/duckdb) writes it for a database.
type Plan struct {
	Root    Node
	Columns []Column // of the result, as Microsoft's binder names and orders them; without a type where only data would tell it
	Render  *Render  // how the query asks to be drawn; nil: as a table
	Now     time.Time
	Notices []Notice // what the reader should know: data that only the cloud has, limits
	// Places are where the operators stand that made the nodes; a node without a place belongs to the one above it.
	Places map[Node]Span
}

// Render is what the last operator of a query says about drawing its result.
type Render struct {
	Kind       string // "timechart", "columnchart", …
	Properties map[string]string
}

// Notice is a remark on a query that runs all the same.
type Notice struct {
	Span    Span
	Message string
}

// Span is a place in a query's text, in bytes: from Start up to, without, End.
type Span = syntax.Span

// Node is a tabular expression. Names within Columns differ (by case, perhaps, alone).
type Node interface {
	Columns() []Column
}

// Scan reads a stored table. What narrows it is filled in by Narrow, and is only ever a help: the conditions stand in the plan as well.
type Scan struct {
	Table *Table
	Cols  []Column  // all that the table has
	From  time.Time // of Timestamp, included; zero: from the first
	To    time.Time // not included; zero: to the last
	Words []string  // terms that every wanted row has, in lower case
	// AnyWords are lists of such terms: every wanted row has one at least of each list.
	AnyWords [][]string
	Used     []bool // by column: what the result depends on; nil: all
}

// Values is datatable, print, or a table that is known without reading.
type Values struct {
	Cols []Column
	Rows [][]Expr // without columns of any input
}

// Range is the operator range: numbers, times or timespans from From to To, both included.
type Range struct {
	Col            Column
	From, To, Step Expr
}

// External is externaldata. Whoever runs the plan reads what it names, or refuses.
type External struct {
	Cols   []Column
	URLs   []string
	Format string
	With   map[string]string
	Span   Span
	Values *Values // what was read; nil: it is refused
}

// Filter keeps the rows for which Where is true.
type Filter struct {
	In    Node
	Where Expr
}

// Item is an expression with the name of the column that it makes.
type Item struct {
	Name string
	Expr Expr
}

// Project makes each row anew: project, extend, project-away and all their kin. It keeps the order of rows.
type Project struct {
	In    Node
	Items []Item
}

// Aggregation is one aggregate of a summarize: its function, arguments, and the columns that it gives (arg_max(t, *) gives many).
// sumif, make_set_if and their kin are Func "sum", "make_set" with Where. makeset and makelist are make_set and make_list with their cap of 128
// as the second argument. arg_max and take_any have one argument for each column that they give. The further arguments of percentiles are
// constants, one for each column.
type Aggregation struct {
	Func  *Function
	Args  []Expr
	Cols  []Column
	Where Expr // of countif, sumif, …; nil: all rows
	// Default fills the gaps of make-series; nil elsewhere and where the query has none.
	Default Expr
	Span    Span // where it stands in the query
}

// Aggregate is summarize and distinct: the keys come first, then the aggregations. Without keys there is one row, always.
// Expressions around aggregates stand in a Project above it.
type Aggregate struct {
	In   Node
	Keys []Item
	Aggs []Aggregation
}

// MakeSeries is make-series: aggregations by key and by step of an axis, gathered in arrays.
type MakeSeries struct {
	In             Node
	Aggs           []Aggregation
	Axis           Item
	From, To, Step Expr // From and To may be nil: what the data has
	Keys           []Item
}

// SortKey is one key of an order.
type SortKey struct {
	Expr       Expr
	Desc       bool
	NullsFirst bool
}

// Sort orders rows, and keeps the first Limit of them unless that is nil.
type Sort struct {
	In    Node
	Keys  []SortKey
	Limit Expr
}

// Limit is take: any N rows, the first ones where the input has an order.
type Limit struct {
	In Node
	N  Expr
}

// Serialize says that the order of rows counts from here on.
type Serialize struct{ In Node }

// Sample is sample (Distinct nil) and sample-distinct.
type Sample struct {
	In       Node
	N        Expr
	Distinct *Item
}

// JoinKind is how a join treats rows without a partner, and repeated keys.
type JoinKind string

// The kinds. Outer kinds give nulls (and "" for strings) where a side has no row.
const (
	InnerUnique JoinKind = "innerunique"
	Inner       JoinKind = "inner"
	LeftOuter   JoinKind = "leftouter"
	RightOuter  JoinKind = "rightouter"
	FullOuter   JoinKind = "fullouter"
	LeftSemi    JoinKind = "leftsemi"
	RightSemi   JoinKind = "rightsemi"
	LeftAnti    JoinKind = "leftanti"
	RightAnti   JoinKind = "rightanti"
)

// Join matches rows of two tables. Its columns are all of Left and then all of Right, under the names in Cols; those of one
// side alone for semi and anti kinds. A lookup is a Join with a Project above it.
type Join struct {
	Left, Right Node
	Kind        JoinKind
	On          []JoinKey
	Cols        []Column
}

// JoinKey is one equality: Left's expression refers to the left side's columns, Right's to the right side's.
type JoinKey struct{ Left, Right Expr }

// Lookup is ipv4_lookup and ipv6_lookup: a row of Right joins where its network, as Func tells, holds the row's address; of several the narrowest one.
// Outer keeps rows of Left without a partner. Its columns are those of Left, then those of Right.
type Lookup struct {
	Left, Right      Node
	Func             *Function // of address and network
	Address, Network Expr      // over Left's columns, and over Right's
	On               []JoinKey // further keys
	Outer            bool
	Cols             []Column
}

// Union puts the rows of several tables together. Each of them has its columns in Cols' order and types: the binder sees to that.
type Union struct {
	Of   []Node
	Cols []Column
}

// Expansion is one column of mv-expand or mv-apply. Place is where it stands in the result: in an input column's stead, or after all.
type Expansion struct {
	Name  string
	Expr  Expr
	To    Type // Dynamic unless the query says otherwise
	Place int
}

// MvExpand gives a row for each item of an array or bag; several expand in parallel.
type MvExpand struct {
	In    Node
	Items []Expansion
	Index string // name of the column that counts items, the last one; "": none
	Bag   bool   // bagexpansion=array: [key, value] instead of {key: value}
	Limit Expr   // of rows for each row; nil: none
	Cols  []Column
}

// Apply is mv-apply and partition: Body is computed for each row of In (mv-apply) or each group of rows (partition) alone. Body's leaf is Input,
// which has the expanded items alone for mv-apply; Body refers to other columns of the expanded row with Outer.
type Apply struct {
	Expand *MvExpand // for mv-apply
	In     Node      // for partition
	By     Expr      // for partition
	Input  *Input
	Body   Node
	Keep   []int // for mv-apply: columns of Expand.In that stand before Body's in the result
	Cols   []Column
}

// Input is the leaf of an Apply's body.
type Input struct{ Cols []Column }

// ParsePart is a part of a parse pattern: text that must stand there, "*" (Any), or a column.
type ParsePart struct {
	Text   string
	Any    bool
	Column *Column
}

// Parse is parse and parse-where (Filter). Its columns follow the input's, in the order of Parts.
type Parse struct {
	In     Node
	Expr   Expr
	Kind   string // "simple", "relaxed", "regex"
	Flags  string // of regex
	Parts  []ParsePart
	Filter bool
	Cols   []Column
}

// ParseKV is parse-kv. The last columns of Cols are those of Keys, in their order, perhaps under other names.
type ParseKV struct {
	In                    Node
	Expr                  Expr
	Keys                  []Column
	Pairs, Values, Escape string // delimiters; Pairs "": white space
	Quotes                [][2]string
	Greedy                bool
	Cols                  []Column
}

// TopNested is top-nested with all its levels.
type TopNested struct {
	In     Node
	Levels []TopLevel
	Cols   []Column
}

// TopLevel is one level: the N values of By with the greatest (or least) Agg; Others is a name for the rest together.
type TopLevel struct {
	N      Expr // nil: all
	By     Item
	Others Expr
	Agg    Aggregation
	Name   string
	Desc   bool
}

// Steps is scan: rows in an order that match conditions one after another. The columns are the input's, those declared, and the
// match's number.
type Steps struct {
	In       Node
	Order    []SortKey
	By       []Item
	Declares []Item // with what they hold before a step sets them
	Steps    []Step
	MatchID  string
	Cols     []Column
}

// Step is one step of a scan. Its expressions refer to the columns of Steps, and with StepRef to what another step matched last.
type Step struct {
	Name     string
	Optional bool
	Output   string // "all", "last" or "none"; "": all
	Where    Expr
	Assign   []Item
}

// Shared is the table of a let, as, or materialize: several places refer to the same *Shared, and it is computed once where that is cheaper.
type Shared struct {
	Name        string
	In          Node
	Materialize bool
}

func names(items []Item) []Column {
	cols := make([]Column, len(items))
	for i, item := range items {
		cols[i] = Column{item.Name, item.Expr.Type()}
	}
	return cols
}

// Columns of the table.
func (s *Scan) Columns() []Column { return s.Cols }

// Columns as declared.
func (v *Values) Columns() []Column { return v.Cols }

// Columns: the one.
func (r *Range) Columns() []Column { return []Column{r.Col} }

// Columns as declared.
func (e *External) Columns() []Column { return e.Cols }

// Columns of the input.
func (f *Filter) Columns() []Column { return f.In.Columns() }

// Columns made.
func (p *Project) Columns() []Column { return names(p.Items) }

// Columns: keys, then aggregations.
func (a *Aggregate) Columns() []Column {
	cols := names(a.Keys)
	for _, agg := range a.Aggs {
		cols = append(cols, agg.Cols...)
	}
	return cols
}

// Columns: keys, then the series, then their axis.
func (m *MakeSeries) Columns() []Column {
	cols := names(m.Keys)
	for _, agg := range m.Aggs {
		cols = append(cols, Column{agg.Cols[0].Name, Dynamic})
	}
	return append(cols, Column{m.Axis.Name, Dynamic})
}

// Columns of the input.
func (s *Sort) Columns() []Column { return s.In.Columns() }

// Columns of the input.
func (l *Limit) Columns() []Column { return l.In.Columns() }

// Columns of the input.
func (s *Serialize) Columns() []Column { return s.In.Columns() }

// Columns of the input, or the one that must differ.
func (s *Sample) Columns() []Column {
	if s.Distinct != nil {
		return names([]Item{*s.Distinct})
	}
	return s.In.Columns()
}

// Columns of both sides, or of one.
func (j *Join) Columns() []Column { return j.Cols }

// Columns of both sides.
func (l *Lookup) Columns() []Column { return l.Cols }

// Columns of each table.
func (u *Union) Columns() []Column { return u.Cols }

// Columns with the items in their places.
func (m *MvExpand) Columns() []Column { return m.Cols }

// Columns: those kept, then the body's.
func (a *Apply) Columns() []Column { return a.Cols }

// Columns of the rows at hand.
func (i *Input) Columns() []Column { return i.Cols }

// Columns: the input's with those parsed.
func (p *Parse) Columns() []Column { return p.Cols }

// Columns: the input's with the keys.
func (p *ParseKV) Columns() []Column { return p.Cols }

// Columns: of each level its value and its aggregate.
func (t *TopNested) Columns() []Column { return t.Cols }

// Columns: the input's, those declared, the number of the match.
func (s *Steps) Columns() []Column { return s.Cols }

// Columns of the table.
func (s *Shared) Columns() []Column { return s.In.Columns() }
