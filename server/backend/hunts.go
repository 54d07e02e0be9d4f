package backend

import (
	"context"
	"errors"
	"fmt"
	"time"

	"penstock/access"
	"penstock/hunt"
	"penstock/kql"
	"penstock/server"
)

// HuntLimits are the limits of hunts by role.
type HuntLimits map[access.Role]hunt.Limits

// Hunts answers for hunts.
func Hunts(h *hunt.Hunts, limits HuntLimits) server.Hunts { return hunts{h, limits} }

type hunts struct {
	hunts  *hunt.Hunts
	limits HuntLimits
}

func huntError(err error) error {
	var query *hunt.QueryError
	var mistake *hunt.Mistake
	switch {
	case errors.As(err, &query):
		return &server.HuntError{Remarks: remarks(query.Diagnostics)}
	case errors.As(err, &mistake):
		return &server.InputError{Field: mistake.Field, Message: mistake.Message}
	case errors.Is(err, hunt.ErrNotFound):
		return fmt.Errorf("%w: %w", server.ErrNotFound, err)
	case errors.Is(err, hunt.ErrTaken):
		return &server.ConflictError{Message: "A hunt of yours with this id is under way.", Hint: "Choose another id."}
	case errors.Is(err, hunt.ErrBusy):
		return &server.BusyError{Message: "Too many hunts are under way. Wait for one to end, or cancel one of yours."}
	case errors.Is(err, hunt.ErrMemory):
		return &server.BusyError{Message: "The hunt needs more memory than it may take. A shorter time range, fewer columns or fewer groups will need less.", Memory: true}
	case errors.Is(err, hunt.ErrCancelled):
		return context.Canceled
	case errors.Is(err, hunt.ErrTimeout):
		return context.DeadlineExceeded
	}
	return err
}

func remarks(list []hunt.Diagnostic) []server.HuntRemark {
	out := make([]server.HuntRemark, len(list))
	for i, d := range list {
		out[i] = server.HuntRemark{
			Message: d.Message, Hint: d.Hint, Severity: "error", Start: d.Start, End: d.End, Line: d.Line, Column: d.Column,
		}
		if d.Warning {
			out[i].Severity = "warning"
		}
	}
	return out
}

// request is what is asked for, in the terms of hunts.
func (h hunts) request(who server.HuntWho, o *server.HuntOrder) hunt.Request {
	r := hunt.Request{
		ID: o.ID, Who: who.Name, Intakes: who.Intakes, Query: o.Query, From: o.From, To: o.To, Rows: o.Rows,
		Timeout: time.Duration(o.Seconds) * time.Second, Limits: h.limits[who.Role],
	}
	for _, p := range o.Parameters {
		r.Parameters = append(r.Parameters, hunt.Parameter{Name: p.Name, Type: p.Type, Value: p.Value})
	}
	return r
}

func (h hunts) Run(ctx context.Context, who server.HuntWho, o *server.HuntOrder, sink server.HuntSink) (*server.HuntEnd, error) {
	s, err := h.hunts.Run(ctx, h.request(who, o), &huntSink{to: sink})
	if err != nil {
		return nil, huntError(err)
	}
	total := s.Segments()
	return &server.HuntEnd{
		Rows: s.Rows, Cut: s.Cut != hunt.Whole, CutBy: string(s.Cut), Statistics: server.HuntStatistics{
			Rows: s.Rows, Segments: total.Segments, Skipped: total.Skipped, RowsRead: total.Rows, Bytes: total.Bytes,
			Waited: s.Waited.Seconds(), Compiled: s.Compiled.Seconds(), Elapsed: s.Elapsed.Seconds(), Reads: reads(s.Reads),
		},
	}, nil
}

// huntSink hands a result on.
type huntSink struct {
	to  server.HuntSink
	row huntRow
}

func (s *huntSink) Begin(o *hunt.Outline) error {
	s.row.columns, s.row.texts = o.Columns, make([]string, len(o.Columns))
	b := &server.HuntBegin{
		ID: o.ID, Columns: huntColumns(o.Columns), Render: render(o.Render), Notices: remarks(o.Notices), Reads: reads(o.Reads),
		TimeSetInQuery: o.To.IsZero(),
	}
	if !o.To.IsZero() {
		b.From, b.To = &o.From, &o.To
	}
	return s.to.Begin(b)
}

func (s *huntSink) Row(values []any) error {
	s.row.values = values
	return s.to.Row(&s.row)
}

// huntRow is a row of a result.
type huntRow struct {
	columns []kql.Column
	values  []any
	texts   []string
}

func (r *huntRow) AppendJSON(dst []byte) []byte {
	dst = append(dst, '[')
	for i, v := range r.values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = hunt.AppendJSON(dst, r.columns[i].Type, v)
	}
	return append(dst, ']')
}

func (r *huntRow) Texts() []string {
	for i, v := range r.values {
		r.texts[i] = hunt.Text(r.columns[i].Type, v)
	}
	return r.texts
}

func huntColumns(list []kql.Column) []server.HuntColumn {
	out := make([]server.HuntColumn, len(list))
	for i, c := range list {
		out[i] = server.HuntColumn{Name: c.Name, Type: c.Type.String()}
	}
	return out
}

func render(r *kql.Render) *server.HuntRender {
	if r == nil {
		return nil
	}
	out := &server.HuntRender{Kind: r.Kind, Properties: r.Properties}
	if out.Properties == nil {
		out.Properties = map[string]string{}
	}
	return out
}

func reads(list []hunt.Read) []server.HuntRead {
	out := make([]server.HuntRead, len(list))
	for i, r := range list {
		out[i] = server.HuntRead(r)
	}
	return out
}

func (h hunts) Check(ctx context.Context, who server.HuntWho, o *server.HuntOrder) (*server.HuntCheck, error) {
	c, err := h.hunts.Check(ctx, h.request(who, o))
	var query *hunt.QueryError
	if errors.As(err, &query) {
		return &server.HuntCheck{Diagnostics: remarks(query.Diagnostics)}, nil
	}
	if err != nil {
		return nil, huntError(err)
	}
	return &server.HuntCheck{
		Valid: true, Columns: huntColumns(c.Columns), Render: render(c.Render), Notices: remarks(c.Notices), Reads: reads(c.Reads),
		TimeSetInQuery: c.To.IsZero(), Compiled: c.Compiled.Seconds(),
	}, nil
}

func (h hunts) Complete(_ context.Context, query string, offset int) (*server.HuntCompletion, error) {
	c := h.hunts.Complete(query, offset)
	out := &server.HuntCompletion{Start: c.Start, End: c.End}
	for _, i := range c.Items {
		out.Items = append(out.Items, server.HuntCompletionItem(i))
	}
	return out, nil
}

func (h hunts) Hover(_ context.Context, query string, offset int) (*server.HuntHover, error) {
	return (*server.HuntHover)(h.hunts.Hover(query, offset)), nil
}

func (h hunts) Schema(_ context.Context, who server.HuntWho) (*server.HuntSchema, error) {
	out := &server.HuntSchema{}
	for _, t := range h.hunts.Tables() {
		table := server.HuntTable{Name: t.Name, Columns: huntColumns(t.Columns)}
		if len(who.Intakes) == 0 && t.Rows > 0 {
			table.Rows, table.Oldest, table.Newest = t.Rows, &t.Oldest, &t.Newest
		}
		out.Tables = append(out.Tables, table)
	}
	return out, nil
}

func (h hunts) Limits(who server.HuntWho) server.HuntLimits {
	l, limits := h.limits[who.Role], h.hunts.Limits()
	if l.Rows == 0 {
		l.Rows = limits.Rows
	}
	if l.Timeout == 0 {
		l.Timeout = limits.Timeout
	}
	if l.Memory == 0 {
		l.Memory = limits.Memory
	}
	return server.HuntLimits{
		Rows: min(hunt.DefaultRows, l.Rows), MaxRows: l.Rows, MaxSeconds: l.Timeout.Seconds(), Memory: l.Memory, Hosts: h.hunts.Hosts(),
	}
}

func (h hunts) Cancel(who server.HuntWho, id string) error {
	return huntError(h.hunts.Cancel(who.Name, id))
}

func (h hunts) UnderWay(who server.HuntWho) []server.HuntProgress {
	var out []server.HuntProgress
	for _, p := range h.hunts.UnderWay(who.Name) {
		state := "waiting"
		if p.Running {
			state = "running"
		}
		out = append(out, server.HuntProgress{
			ID: p.ID, Query: p.Query, State: state, Ahead: p.Ahead, Started: p.Started.UTC(), Elapsed: time.Since(p.Started).Seconds(),
		})
	}
	return out
}

func (h hunts) History(ctx context.Context, who server.HuntWho, before int64, most int) ([]server.HuntPast, error) {
	list, err := h.hunts.History(ctx, who.Name, before, most)
	out := make([]server.HuntPast, len(list))
	for i, p := range list {
		out[i] = server.HuntPast{
			ID: p.Number, Query: p.Query, From: p.From, To: p.To, Started: p.Started, Elapsed: p.Seconds, Rows: p.Rows,
			Cut: p.Cut != hunt.Whole, Outcome: string(p.Outcome), Error: p.Error,
		}
	}
	return out, huntError(err)
}

func (h hunts) Forget(ctx context.Context, who server.HuntWho, id int64) error {
	return huntError(h.hunts.Forget(ctx, who.Name, id))
}
