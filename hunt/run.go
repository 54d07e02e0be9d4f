package hunt

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	engine "github.com/duckdb/duckdb-go/v2"

	"penstock/kql"
	"penstock/kql/duckdb"
	"penstock/lake"
)

// running is a hunt whose turn has come.
type running struct {
	hunts    *Hunts
	request  *Request
	sink     Sink
	room     *room
	compiled *compiled
	bound    time.Duration // that compiling took before its turn
	began    bool          // the sink has the outline
	summary  Summary
}

// run compiles the query, asks, and hands over what comes. Where a segment turns out to be damaged before a row has come,
// it asks again without.
func (r *running) run(ctx context.Context) (err error) {
	started := time.Now()
	defer func() { r.summary.Elapsed = time.Since(started) }()
	if r.room, err = r.hunts.rooms.take(ctx, r.request.Limits.Memory); err != nil {
		return err
	}
	defer func() {
		if closing := r.hunts.rooms.give(r.room, err != nil); closing != nil {
			r.hunts.log.Warn("the workspace of a hunt cannot be closed", "error", closing)
		}
	}()
	c := r.compiled
	if dependsOnData(r.request.Query) {
		if c, err = r.hunts.compile(ctx, r.request, r.discover); err != nil {
			return err
		}
	}
	if err := c.fetch(ctx, r.hunts.fetch); err != nil {
		return err
	}
	for {
		snapshot := r.hunts.lake.Snapshot(c.tables, r.request.Intakes)
		err := r.ask(ctx, c, snapshot, started)
		blamed := err != nil && !r.began && ctx.Err() == nil && snapshot.Blame(ctx, err)
		snapshot.Release()
		if !blamed {
			return err
		}
	}
}

// ask runs the compiled query over a snapshot.
func (r *running) ask(ctx context.Context, c *compiled, s *lake.Snapshot, started time.Time) error {
	query, reads, err := c.write(s)
	if err != nil {
		return err
	}
	r.summary.Reads, r.summary.Compiled = reads, r.bound+time.Since(started)
	total := r.summary.Segments()
	r.hunts.metrics.opened.Add(float64(total.Segments))
	r.hunts.metrics.skipped.Add(float64(total.Skipped))
	rows, err := r.room.Query(ctx, fmt.Sprintf("%s\nLIMIT %d", query.SQL, r.request.Rows+1), query.Args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	outline := c.outline(r.request)
	outline.Reads = reads
	r.began = true
	if err := r.sink.Begin(outline); err != nil {
		return err
	}
	return r.hand(query, rows)
}

// hand gives the sink the rows, up to the bounds.
func (r *running) hand(query *duckdb.Query, rows *sql.Rows) error {
	read := query.ReadRows(rows)
	bytes := int64(0)
	for read.Next() {
		if r.summary.Rows == int64(r.request.Rows) {
			r.summary.Cut = CutByRows
			return nil
		}
		values := read.Values()
		for _, v := range values {
			bytes += int64(size(v))
		}
		if r.request.Bytes > 0 && bytes > r.request.Bytes {
			r.summary.Cut = CutByBytes
			return nil
		}
		if err := r.sink.Row(values); err != nil {
			return err
		}
		r.summary.Rows++
	}
	return read.Err()
}

// dependsOnData tells whether a query may have columns that depend on data: then it is bound once more, by whoever can ask.
func dependsOnData(query string) bool { return strings.Contains(query, "evaluate") }

// maxDiscovered bounds what the columns of a result may be made of.
const maxDiscovered = 1000

// discover answers a query of the binder about the data that columns depend on.
func (r *running) discover(ctx context.Context, plan *kql.Plan) ([][]any, error) {
	c := newCompiled(r.request, plan)
	snapshot := r.hunts.lake.Snapshot(c.tables, r.request.Intakes)
	defer snapshot.Release()
	query, _, err := c.write(snapshot)
	if err != nil {
		return nil, err
	}
	rows, err := r.room.Query(ctx, fmt.Sprintf("%s\nLIMIT %d", query.SQL, maxDiscovered), query.Args...) //nolint:rowserrcheck // what reads them tells
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	read := query.ReadRows(rows)
	var all [][]any
	for read.Next() {
		all = append(all, append([]any(nil), read.Values()...))
	}
	return all, read.Err()
}

// explain says what an error means for whoever waits for the hunt.
func (r *running) explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return cause(ctx)
	}
	var e *engine.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Type {
	case engine.ErrorTypeOutOfMemory:
		return ErrMemory
	case engine.ErrorTypeOutOfRange, engine.ErrorTypeConversion, engine.ErrorTypeDivideByZero, engine.ErrorTypeMismatchType, engine.ErrorTypeInvalidInput:
		return &QueryError{[]Diagnostic{{Message: "A value cannot be computed: " + firstLine(e.Msg)}}}
	}
	return fmt.Errorf("run a hunt: %w", err)
}

// firstLine is what a message says before it goes into details.
func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func isCancelled(err error) bool {
	return errors.Is(err, ErrCancelled) || errors.Is(err, context.Canceled)
}
