package lake

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"penstock/record"
	"penstock/search"
)

// candidate is a row that the query may hold for.
type candidate struct {
	place
	from *stream
	sure bool
}

// stream gives the candidates of one table, newest first, a batch at a time.
type stream struct {
	table *tableView
	list  []candidate // what has not been looked at
	after *place      // where the next batch begins
	more  bool        // there may be one
	batch int         // how many candidates the next one has, at most
}

// newest finds the newest events of a time range, in the order of results: the places of candidates first, of all tables,
// and then the rows of those alone that can be among the results.
type newest struct {
	lake     *Lake
	query    *search.Query
	from, to time.Time
	limit    int
	streams  []*stream
	found    []*row
}

// window finds the newest events of a time range that come after a place in the order.
func (l *Lake) window(ctx context.Context, v *view, q *search.Query, from, to time.Time, after *place, limit int) ([]*row, error) {
	n := &newest{lake: l, query: q, from: from, to: to, limit: limit}
	for _, name := range v.names() {
		n.streams = append(n.streams, &stream{table: v.tables[name], after: after, more: true, batch: limit})
	}
	for len(n.found) < limit {
		if err := n.refill(ctx); err != nil {
			return nil, err
		}
		next := n.take()
		if len(next) == 0 {
			break
		}
		if err := n.fetch(ctx, next); err != nil {
			return nil, err
		}
	}
	return n.found[:min(len(n.found), limit)], nil
}

// eachStream runs do for streams, some at a time.
func (n *newest) eachStream(ctx context.Context, wanted func(*stream) bool, do func(context.Context, *stream) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(n.lake.options.Threads)
	for _, s := range n.streams {
		if wanted(s) {
			g.Go(func() error {
				if err := do(ctx, s); err != nil {
					return fmt.Errorf("table %s: %w", s.table.schema.name, err)
				}
				return nil
			})
		}
	}
	return g.Wait()
}

// refill asks the tables for candidates that have none left.
func (n *newest) refill(ctx context.Context) error {
	empty := func(s *stream) bool { return len(s.list) == 0 && s.more }
	return n.eachStream(ctx, empty, func(ctx context.Context, s *stream) error {
		list, err := n.candidates(ctx, s)
		if err != nil {
			return err
		}
		s.list, s.more = list, len(list) == s.batch
		if s.more {
			s.after = &list[len(list)-1].place
		}
		s.batch = min(s.batch*2, maxLimit)
		return nil
	})
}

func (n *newest) candidates(ctx context.Context, s *stream) ([]candidate, error) {
	c := n.lake.compile(s.table, n.query, n.from, n.to)
	if c.never {
		return nil, nil
	}
	filter := c.filter
	if s.after != nil {
		// A copy of the id: C code may not be given a part of memory that has pointers of Go's in it, as a candidate has.
		at, id := c.builder.bind(time.UnixMicro(s.after.micros).UTC()), c.builder.bind(bytes.Clone(s.after.id[:]))
		filter += " AND (" + colTime + " < " + at + " OR " + colTime + " = " + at + " AND " + colID + " < " + id + ")"
	}
	if c.where != always {
		filter += " AND (" + c.where + ") IS DISTINCT FROM false"
	}
	query := fmt.Sprintf("SELECT %s, %s, coalesce(%s, false) FROM %s WHERE %s ORDER BY %s DESC, %s DESC LIMIT %d",
		colTime, colID, c.where, s.table.all(n.lake.dir), filter, colTime, colID, s.batch)
	rows, err := n.lake.engine.db.QueryContext(ctx, query, c.builder.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []candidate
	for rows.Next() {
		var at time.Time
		var id []byte
		c := candidate{from: s}
		if err := rows.Scan(&at, &id, &c.sure); err != nil {
			return nil, err
		}
		c.micros = at.UnixMicro()
		copy(c.id[:], id)
		list = append(list, c)
	}
	return list, rows.Err()
}

// take takes the candidates that come next in the order, no more than are still wanted, and none that something unknown
// may come before.
func (n *newest) take() []candidate {
	var next []candidate
	for _, s := range n.streams {
		next = append(next, s.list...)
	}
	slices.SortFunc(next, func(a, b candidate) int { return a.compare(b.place) })
	for _, s := range n.streams {
		if s.more {
			known := slices.IndexFunc(next, func(c candidate) bool { return c.compare(*s.after) > 0 })
			if known >= 0 {
				next = next[:known]
			}
		}
	}
	next = next[:min(len(next), n.limit-len(n.found))]
	for _, c := range next {
		c.from.list = c.from.list[1:]
	}
	return next
}

// fetch reads the rows of candidates and keeps those that the query holds for.
func (n *newest) fetch(ctx context.Context, next []candidate) error {
	of := map[*stream][]candidate{}
	for _, c := range next {
		of[c.from] = append(of[c.from], c)
	}
	var mu sync.Mutex
	rows := map[record.ID]*row{}
	err := n.eachStream(ctx, func(s *stream) bool { return len(of[s]) > 0 }, func(ctx context.Context, s *stream) error {
		found, err := n.rows(ctx, s.table, of[s])
		mu.Lock()
		defer mu.Unlock()
		for _, r := range found {
			rows[r.id] = r
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, c := range next {
		r := rows[c.id]
		delete(rows, c.id) // a record that is there twice counts once
		if r != nil && (c.sure || n.lake.matches(n.query, r)) {
			n.found = append(n.found, r)
		}
	}
	return nil
}

// rows reads the rows of a table's candidates, which are in order.
func (n *newest) rows(ctx context.Context, t *tableView, list []candidate) ([]*row, error) {
	missing := make(map[record.ID]bool, len(list))
	low, high := list[len(list)-1].micros, list[0].micros
	for _, c := range list {
		missing[c.id] = true
	}
	found := t.head.findAll(missing)
	for _, r := range found {
		delete(missing, r.id)
	}
	var segments []*segment
	for _, s := range t.segments {
		if s.Min <= high && s.Max >= low {
			segments = append(segments, s)
		}
	}
	if len(missing) == 0 || len(segments) == 0 {
		return found, nil
	}
	args := []any{time.UnixMicro(low).UTC(), time.UnixMicro(high).UTC()}
	marks := make([]string, 0, len(missing))
	for id := range missing {
		args = append(args, id[:])
		marks = append(marks, "?")
	}
	stored, err := n.lake.rows(ctx, t, "SELECT * FROM "+t.relation(n.lake.dir, segments, false)+" WHERE "+colTime+" BETWEEN ? AND ? AND "+
		colID+" IN ("+strings.Join(marks, ",")+")", args...)
	return append(found, stored...), err
}
