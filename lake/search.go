package lake

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"penstock/ecs"
	"penstock/format"
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
	_, err := l.describe(ev, nil, r)
	return err
}

// describe makes the event of a row, and says what it is unless sentence is nil. It gives the record as it came.
func (l *Lake) describe(ev *ecs.Event, sentence *format.Sentence, r *row) ([]byte, error) {
	raw, err := r.recordBytes()
	if err != nil {
		return nil, err
	}
	var parser record.Parser
	var rec record.Record
	if err := parser.Parse(raw, &rec); err != nil {
		return nil, fmt.Errorf("read event %s: %w", r.id, err)
	}
	if rec.ID != r.id {
		return nil, fmt.Errorf("event %s is not what was stored: its segment is damaged", r.id)
	}
	l.normalise(ev, &rec, r)
	if sentence != nil {
		l.plan.Describe(sentence, &rec, ev)
	}
	return raw, nil
}

func (l *Lake) hit(r *row) (search.Hit, error) {
	var ev ecs.Event
	var sentence format.Sentence
	raw, err := l.describe(&ev, &sentence, r)
	if err != nil {
		return search.Hit{}, err
	}
	return search.Hit{
		ID: r.id.String(), Table: r.schema.name, Time: time.UnixMicro(r.time).UTC(), Document: ev.AppendJSON(nil), Sentence: sentence, Record: raw,
	}, nil
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
