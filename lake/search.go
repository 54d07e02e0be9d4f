package lake

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"penstock/ecs"
	"penstock/record"
	"penstock/search"
)

const (
	defaultLimit = 100
	maxLimit     = 10_000
	firstWindow  = time.Hour // of a search that goes back in time
	windowGrowth = 8         // how much larger each further window is
)

// place is where an event stands in the order of results: newest first, among equals the greater id.
type place struct {
	micros int64
	id     record.ID
}

func (p place) String() string {
	b := binary.BigEndian.AppendUint64(nil, uint64(p.micros))
	return base64.RawURLEncoding.EncodeToString(append(b, p.id[:]...))
}

func parsePlace(s string) (place, error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) != 24 {
		return place{}, &search.SyntaxError{Column: 1, Message: "The page that is asked for does not exist.", Hint: "Pass on what the page before gave as next."}
	}
	return place{int64(binary.BigEndian.Uint64(b)), record.ID(b[8:])}, nil
}

// before orders results.
func (p place) compare(q place) int {
	if c := cmp.Compare(q.micros, p.micros); c != 0 {
		return c
	}
	return strings.Compare(string(q.id[:]), string(p.id[:]))
}

// Search finds events, newest first. A page's Next stays right while further events arrive.
func (l *Lake) Search(ctx context.Context, r search.Request) (*search.Page, error) {
	if r.Limit <= 0 {
		r.Limit = defaultLimit
	}
	r.Limit = min(r.Limit, maxLimit)
	var after *place
	to := r.To
	if r.After != "" {
		p, err := parsePlace(r.After)
		if err != nil {
			return nil, err
		}
		after = &p
		if at := time.UnixMicro(p.micros + 1); at.Before(to) {
			to = at
		}
	}
	var hits []*row
	// Most searches are content with the newest hour.
	for window := firstWindow; len(hits) <= r.Limit && r.From.Before(to); window *= windowGrowth {
		from := to.Add(-window)
		if from.Before(r.From) {
			from = r.From
		}
		found, err := retry(ctx, l, func(v *view) ([]*row, error) {
			return l.window(ctx, v, r.Query, from, to, after, r.Limit+1-len(hits))
		}, r.Query, from, to)
		if err != nil {
			return nil, fmt.Errorf("search: %w", err)
		}
		hits = append(hits, found...)
		to = l.skipEmpty(r.From, from)
	}
	page := &search.Page{}
	if len(hits) > r.Limit {
		hits = hits[:r.Limit]
		last := hits[r.Limit-1]
		page.Next = place{last.time, last.id}.String()
	}
	for _, h := range hits {
		hit, err := l.hit(h)
		if err != nil {
			page.Warnings = append(page.Warnings, err.Error())
			continue
		}
		page.Hits = append(page.Hits, hit)
	}
	return page, nil
}

// skipEmpty goes on back from a moment to the newest event before it, no further than from.
func (l *Lake) skipEmpty(from, at time.Time) time.Time {
	low, high, newest := from.UnixMicro(), at.UnixMicro(), from.UnixMicro()
	consider := func(first, last int64) {
		if first < high && last >= low {
			newest = max(newest, min(last+1, high))
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.segments {
		consider(s.Min, s.Max)
	}
	for _, head := range []map[part]*memTable{l.flushing, l.head} {
		for _, t := range head {
			if t.rows > 0 {
				consider(t.min, t.max)
			}
		}
	}
	return time.UnixMicro(newest)
}

// retry asks a view, and asks again without the segments that turn out to be damaged.
func retry[T any](ctx context.Context, l *Lake, ask func(*view) (T, error), q *search.Query, from, to time.Time) (T, error) {
	var need []uint32
	if q != nil && q.Root != nil {
		need = needles(q.Root)
	}
	for {
		v := l.view(nil, from, to, need)
		answer, err := ask(v)
		if err == nil {
			v.release()
			return answer, nil
		}
		var read []*segment
		for _, t := range v.tables {
			read = append(read, t.segments...)
		}
		blamed := damage(err) != nil && l.blame(ctx, read, l.verify)
		v.release()
		if ctx.Err() != nil {
			return answer, ctx.Err()
		}
		if !blamed {
			return answer, err
		}
	}
}

// compiled is a query for one table.
type compiled struct {
	builder *sqlBuilder
	where   string // in three values
	never   bool   // no row of the table can match
}

func (l *Lake) compile(t *tableView, q *search.Query, from, to time.Time) compiled {
	b := &sqlBuilder{plan: l.plan, schema: t.schema, table: l.plan.Table(t.schema.name)}
	where := colTime + " >= " + b.bind(from.UTC()) + " AND " + colTime + " < " + b.bind(to.UTC())
	c := compiled{builder: b}
	if q != nil && q.Root != nil {
		switch about := b.where(q.Root); about {
		case "false":
			c.never = true
		case "true":
		default:
			where = "(" + where + ") AND " + about
		}
	}
	c.where = where
	return c
}

// window finds the newest events of a time range that come after a place in the order.
func (l *Lake) window(ctx context.Context, v *view, q *search.Query, from, to time.Time, after *place, limit int) ([]*row, error) {
	var all []*row
	for _, name := range v.names() {
		t := v.tables[name]
		found, err := l.newest(ctx, t, q, from, to, after, limit)
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", name, err)
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, func(a, b *row) int { return place{a.time, a.id}.compare(place{b.time, b.id}) })
	all = slices.CompactFunc(all, func(a, b *row) bool { return a.id == b.id })
	return all[:min(len(all), limit)], nil
}

// candidate is a row that the query may hold for.
type candidate struct {
	place
	sure bool
}

// newest finds a table's newest events: their places first, then, for those that count, their rows.
func (l *Lake) newest(ctx context.Context, t *tableView, q *search.Query, from, to time.Time, after *place, limit int) ([]*row, error) {
	var found []*row
	for batch := limit; len(found) < limit; batch = min(batch*2, maxLimit) {
		list, err := l.candidates(ctx, t, q, from, to, after, batch)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			break
		}
		rows, err := l.fetch(ctx, t, list)
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			r := rows[c.id]
			if r == nil || !c.sure && !l.matches(q, r) {
				continue
			}
			found = append(found, r)
		}
		if len(list) < batch {
			break
		}
		after = &list[len(list)-1].place
	}
	return found[:min(len(found), limit)], nil
}

func (l *Lake) candidates(ctx context.Context, t *tableView, q *search.Query, from, to time.Time, after *place, limit int) ([]candidate, error) {
	c := l.compile(t, q, from, to)
	if c.never {
		return nil, nil
	}
	where := "(" + c.where + ") IS DISTINCT FROM false"
	if after != nil {
		at, id := c.builder.bind(time.UnixMicro(after.micros).UTC()), c.builder.bind(after.id[:])
		where += " AND (" + colTime + " < " + at + " OR " + colTime + " = " + at + " AND " + colID + " < " + id + ")"
	}
	query := fmt.Sprintf("SELECT %s, %s, coalesce(%s, false) FROM %s WHERE %s ORDER BY %s DESC, %s DESC LIMIT %d",
		colTime, colID, c.where, t.all(l.dir), where, colTime, colID, limit)
	rows, err := l.engine.db.QueryContext(ctx, query, c.builder.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []candidate
	for rows.Next() {
		var at time.Time
		var id []byte
		var c candidate
		if err := rows.Scan(&at, &id, &c.sure); err != nil {
			return nil, err
		}
		c.micros = at.UnixMicro()
		copy(c.id[:], id)
		list = append(list, c)
	}
	return list, rows.Err()
}

// fetch reads the rows of candidates.
func (l *Lake) fetch(ctx context.Context, t *tableView, list []candidate) (map[record.ID]*row, error) {
	found := make(map[record.ID]*row, len(list))
	missing := make(map[record.ID]bool, len(list))
	low, high := list[len(list)-1].micros, list[0].micros
	for _, c := range list {
		missing[c.id] = true
	}
	for _, r := range t.head.findAll(missing) {
		found[r.id] = r
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
	rows, err := l.rows(ctx, t, "SELECT * FROM "+t.relation(l.dir, segments, false)+" WHERE "+colTime+" BETWEEN ? AND ? AND "+
		colID+" IN ("+strings.Join(marks, ",")+")", args...)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		found[r.id] = r
	}
	return found, nil
}

// matches decides about a row by the event that it is.
func (l *Lake) matches(q *search.Query, r *row) bool {
	if q == nil || q.Root == nil {
		return true
	}
	var ev ecs.Event
	if err := l.event(&ev, r); err != nil {
		l.log.Error("an event cannot be read back", "error", err)
		return false
	}
	return q.Match(&ev)
}

// event makes the event of a row.
func (l *Lake) event(ev *ecs.Event, r *row) error {
	raw, err := r.recordBytes()
	if err != nil {
		return err
	}
	var parser record.Parser
	var rec record.Record
	if err := parser.Parse(raw, &rec); err != nil {
		return fmt.Errorf("read event %s: %w", r.id, err)
	}
	if rec.ID != r.id {
		return fmt.Errorf("event %s is not what was stored: its segment is damaged", r.id)
	}
	l.normalise(ev, &rec, r)
	return nil
}

func (l *Lake) hit(r *row) (search.Hit, error) {
	var ev ecs.Event
	if err := l.event(&ev, r); err != nil {
		return search.Hit{}, err
	}
	return search.Hit{ID: r.id.String(), Table: r.schema.name, Time: time.UnixMicro(r.time).UTC(), Document: ev.AppendJSON(nil)}, nil
}

// Tail sends each event that matches, as it becomes searchable, until ctx ends or send fails.
func (l *Lake) Tail(ctx context.Context, q *search.Query, send func(search.Hit) error) error {
	w := l.watch()
	defer l.unwatch(w)
	for {
		select {
		case <-ctx.Done():
			return nil
		case r := <-w.rows:
			if !l.matches(q, r) {
				continue
			}
			h, err := l.hit(r)
			if err != nil {
				return err
			}
			if err := send(h); err != nil {
				return err
			}
		}
	}
}
