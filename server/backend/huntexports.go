package backend

import (
	"context"

	"penstock/export"
	"penstock/hunt"
	"penstock/kql"
)

// HuntExports runs the hunts whose results are exported.
func HuntExports(h *hunt.Hunts) export.Hunts { return huntExports{h} }

type huntExports struct{ hunts *hunt.Hunts }

func exportRequest(who string, w *export.Order) hunt.Request {
	r := hunt.Request{Who: who, Intakes: w.Intakes, Query: w.Query, From: w.From, To: w.To, Quiet: true, Patient: true}
	for _, p := range w.Parameters {
		r.Parameters = append(r.Parameters, hunt.Parameter(p))
	}
	return r
}

func (x huntExports) Check(ctx context.Context, who string, w *export.Order) error {
	_, err := x.hunts.Check(ctx, exportRequest(who, w))
	return huntError(err)
}

func (x huntExports) Hunt(ctx context.Context, who string, w *export.Order, most int64, begin func([]kql.Column) error, row func(export.Cells) error) (bool, error) {
	r := exportRequest(who, w)
	// It writes to a file and not to memory: the rows that a file may have are its limit.
	r.Rows, r.Bytes = int(most), -1
	r.Limits.Rows = r.Rows
	s, err := x.hunts.Run(ctx, r, &cellSink{begin: begin, row: row})
	if err != nil {
		return false, err
	}
	return s.Cut != hunt.Whole, nil
}

// cellSink hands a result to an export.
type cellSink struct {
	begin   func([]kql.Column) error
	row     func(export.Cells) error
	columns []kql.Column
	values  []any
}

func (s *cellSink) Begin(o *hunt.Outline) error {
	s.columns = o.Columns
	return s.begin(o.Columns)
}

func (s *cellSink) Row(values []any) error {
	s.values = values
	return s.row(s)
}

func (s *cellSink) Value(i int) any { return s.values[i] }

func (s *cellSink) Text(i int) string { return hunt.Text(s.columns[i].Type, s.values[i]) }

func (s *cellSink) AppendJSON(dst []byte, i int) []byte {
	return hunt.AppendJSON(dst, s.columns[i].Type, s.values[i])
}
