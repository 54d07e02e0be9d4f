package hunt

import (
	"context"
	"errors"
	"slices"
	"time"

	"penstock/format"
	"penstock/kql"
	"penstock/kql/duckdb"
	"penstock/lake"
)

// compiled is a query that is bound.
type compiled struct {
	request *Request
	plan    *kql.Plan
	tables  []string // that it reads
	timed   bool     // it says itself of which time it wants events
	remarks []Diagnostic
	outside []*kql.External
}

// discover answers a question of the binder about the data that a result's columns depend on.
type discover func(ctx context.Context, plan *kql.Plan) ([][]any, error)

// compile binds a request's query. Without discover, columns that depend on data are those that are known without.
func (h *Hunts) compile(ctx context.Context, r *Request, d discover) (*compiled, error) {
	o := kql.Options{
		Schema: h.Schema(), Now: r.Now, Dialect: r.Dialect, Parameters: map[string]string{}, AllowExternal: true,
	}
	for _, p := range r.Parameters {
		o.Parameters[p.Name] = p.Value
	}
	if d != nil {
		o.Discover = kql.Discover(d)
	}
	text, _ := r.text()
	plan, found := kql.BindContext(ctx, text, o)
	if plan == nil {
		e := &QueryError{}
		for _, d := range found {
			e.Diagnostics = append(e.Diagnostics, diagnosticOf(r, d))
		}
		return nil, e
	}
	c := newCompiled(r, plan)
	for _, d := range found {
		c.remarks = append(c.remarks, diagnosticOf(r, d))
	}
	return c, nil
}

func diagnosticOf(r *Request, d kql.Diagnostic) Diagnostic {
	return Diagnostic{Message: d.Message, Hint: d.Hint, Warning: d.Severity != kql.Failure, Place: r.place(d.Span)}
}

func newCompiled(r *Request, plan *kql.Plan) *compiled {
	kql.Narrow(plan)
	c := &compiled{request: r, plan: plan}
	kql.Visit(plan.Root, func(n kql.Node) {
		switch n := n.(type) {
		case *kql.Scan:
			if !slices.Contains(c.tables, n.Table.Name) {
				c.tables = append(c.tables, n.Table.Name)
			}
			c.timed = c.timed || !n.From.IsZero() || !n.To.IsZero()
		case *kql.Filter:
			c.timed = c.timed || mentionsTime(n.Where)
		case *kql.External:
			c.outside = append(c.outside, n)
		}
	})
	return c
}

// mentionsTime tells whether a condition is about the time of events. Looking for a word in it, as search does in all columns, is not.
func mentionsTime(e kql.Expr) bool {
	switch e := e.(type) {
	case kql.Ref:
		return e.Name == "Timestamp" || e.Name == "TimeGenerated" || e.Name == kql.Arrival
	case kql.Member:
		return mentionsTime(e.In)
	case kql.Element:
		return mentionsTime(e.In) || mentionsTime(e.Index)
	case kql.InTable:
		return mentionsTime(e.X)
	case kql.Call:
		if slices.Contains(searching, e.Func.Name) {
			if text, ok := e.Args[0].(kql.Call); ok && text.Func.Name == "tostring" {
				return false
			}
		}
		return slices.ContainsFunc(e.Args, mentionsTime)
	}
	return false
}

// searching are the operators that search makes of its terms.
var searching = []string{"has", "has_cs", "hasprefix", "hasprefix_cs", "hassuffix", "hassuffix_cs", "contains", "contains_cs", "matches regex"}

// write writes the query as SQL over a snapshot, and tells what it reads.
func (c *compiled) write(s *lake.Snapshot) (*duckdb.Query, []Read, error) {
	before := scansOf(c.plan.Root)
	prune(c.plan.Root, func(scan *kql.Scan) bool { return s.Share(c.extent(scan)).Rows == 0 })
	reads := c.spared(s, before)
	query, err := duckdb.Compile(c.plan, func(scan *kql.Scan) (string, error) {
		e := c.extent(scan)
		var columns []format.Column
		for i, column := range scan.Cols {
			if scan.Used == nil || scan.Used[i] {
				columns = append(columns, format.Column{Name: column.Name, Type: storedType(column.Type)})
			}
		}
		from, share := s.Relation(e, columns)
		reads = append(reads, readOf(e, share))
		return from, nil
	})
	if err != nil {
		return nil, nil, explainQuery(c.request, err)
	}
	return query, reads, nil
}

// scansOf are the mentions of tables in a plan.
func scansOf(root kql.Node) []*kql.Scan {
	var list []*kql.Scan
	kql.Visit(root, func(n kql.Node) {
		if scan, ok := n.(*kql.Scan); ok {
			list = append(list, scan)
		}
	})
	return list
}

// spared tells of the tables that are not in the plan any more, as nothing of them can be in the result.
func (c *compiled) spared(s *lake.Snapshot, before []*kql.Scan) []Read {
	left := scansOf(c.plan.Root)
	var reads []Read
	for _, scan := range before {
		if slices.Contains(left, scan) {
			continue
		}
		e := c.extent(scan)
		if share := s.Share(e); share.Skipped > 0 {
			reads = append(reads, readOf(e, share))
		}
	}
	return reads
}

// extent is which rows of a table a mention of it can want.
func (c *compiled) extent(scan *kql.Scan) *lake.Extent {
	e := &lake.Extent{Table: scan.Table.Name, From: scan.From, To: scan.To, Words: scan.Words, AnyWords: scan.AnyWords}
	if !e.To.IsZero() {
		e.To = e.To.Add(time.Microsecond) // the moment itself may be wanted
	}
	if !c.timed {
		e.From, e.To = c.request.From, c.request.To
	}
	return e
}

func readOf(e *lake.Extent, s lake.Share) Read {
	r := Read{Table: e.Table, Segments: s.Segments, Skipped: s.Skipped, Rows: s.Rows, Bytes: s.Bytes}
	if !e.From.IsZero() {
		r.From = new(e.From.UTC())
	}
	if !e.To.IsZero() {
		r.To = new(e.To.UTC())
	}
	return r
}

// outline is what is known of the result.
func (c *compiled) outline(r *Request) *Outline {
	o := &Outline{ID: r.ID, Columns: c.plan.Columns, Render: c.plan.Render}
	o.Notices = append(o.Notices, c.remarks...)
	for _, n := range c.plan.Notices {
		o.Notices = append(o.Notices, Diagnostic{Message: n.Message, Warning: true, Place: r.place(n.Span)})
	}
	if !c.timed {
		o.From, o.To = r.From, r.To
	}
	return o
}

// fetch reads what the query wants from outside.
func (c *compiled) fetch(ctx context.Context, f *fetcher) error {
	for _, e := range c.outside {
		values, err := f.table(ctx, e)
		if err != nil {
			return &QueryError{[]Diagnostic{{Message: err.Error(), Place: c.request.place(e.Span)}}}
		}
		e.Values = values
	}
	return nil
}

// allowed tells whether the query may read from outside, without doing it.
func (c *compiled) allowed(f *fetcher) error {
	for _, e := range c.outside {
		if err := f.check(e); err != nil {
			return &QueryError{[]Diagnostic{{Message: err.Error(), Place: c.request.place(e.Span)}}}
		}
	}
	return nil
}

// explainQuery turns what the planner finds wrong into a *QueryError.
func explainQuery(r *Request, err error) error {
	var unsupported *duckdb.Unsupported
	if errors.As(err, &unsupported) {
		return &QueryError{[]Diagnostic{{Message: unsupported.Error(), Place: r.place(unsupported.Span)}}}
	}
	var mistake *duckdb.Mistake
	if errors.As(err, &mistake) {
		return &QueryError{[]Diagnostic{{Message: mistake.Error(), Place: r.place(mistake.Span)}}}
	}
	return err
}

// Check is what is known of a query without running it.
type Check struct {
	Outline
	Compiled time.Duration
}

// Check binds a query and tells what it would read.
func (h *Hunts) Check(ctx context.Context, r Request) (*Check, error) {
	began := time.Now()
	if err := r.check(&h.options, h.options.Now()); err != nil {
		return nil, err
	}
	c, err := h.compile(ctx, &r, nil)
	if err != nil {
		return nil, err
	}
	if err := c.allowed(h.fetch); err != nil {
		return nil, err
	}
	for _, e := range c.outside {
		e.Values = &kql.Values{Cols: e.Cols} // nothing is read for a check
	}
	snapshot := h.lake.Snapshot(c.tables, r.Intakes)
	defer snapshot.Release()
	_, reads, err := c.write(snapshot)
	if err != nil {
		return nil, err
	}
	out := &Check{Outline: *c.outline(&r), Compiled: time.Since(began)}
	out.Reads = reads
	return out, nil
}
