package lake

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"penstock/record"
	"penstock/search"
)

// referredSlack is how far the time of an event may be from the one that a reference has.
const referredSlack = time.Second

// MaxReferred is how many events can be asked for at once.
const MaxReferred = 1000

// Referred finds the events that references name, in no order; those that are not stored any more are left out.
func (l *Lake) Referred(ctx context.Context, list []search.Reference) ([]search.Hit, error) {
	if len(list) == 0 {
		return nil, nil
	}
	if len(list) > MaxReferred {
		return nil, fmt.Errorf("find %d events: %d are the most", len(list), MaxReferred)
	}
	byTime := func(a, b search.Reference) int { return a.Time.Compare(b.Time) }
	from, to := slices.MinFunc(list, byTime).Time.Add(-referredSlack), slices.MaxFunc(list, byTime).Time.Add(referredSlack)
	rows, err := retry(ctx, l, func(v *view) ([]*row, error) {
		var rows []*row
		for _, name := range v.names() {
			t := v.tables[name]
			wanted := slices.DeleteFunc(slices.Clone(list), func(r search.Reference) bool { return !strings.EqualFold(r.Table, name) })
			found, err := l.referred(ctx, t, wanted)
			if err != nil {
				return nil, err
			}
			rows = append(rows, found...)
		}
		return rows, nil
	}, nil, from, to)
	if err != nil {
		return nil, fmt.Errorf("find events by their ids: %w", err)
	}
	hits := make([]search.Hit, 0, len(rows))
	for _, r := range rows {
		hit, err := l.hit(r)
		if err != nil {
			l.log.Error("an event cannot be read back", "error", err)
			continue
		}
		hits = append(hits, hit)
	}
	return hits, nil
}

// referred finds events of one table.
func (l *Lake) referred(ctx context.Context, t *tableView, list []search.Reference) ([]*row, error) {
	missing := make(map[record.ID]bool, len(list))
	for _, r := range list {
		missing[r.ID] = true
	}
	found := t.head.findAll(missing)
	for _, r := range found {
		delete(missing, r.id)
	}
	if len(missing) == 0 {
		return found, nil
	}
	var segments []*segment
	for _, s := range t.segments {
		if slices.ContainsFunc(list, func(r search.Reference) bool {
			at := r.Time.UnixMicro()
			near := s.Min <= at+referredSlack.Microseconds() && s.Max >= at-referredSlack.Microseconds()
			return missing[r.ID] && near && l.mayHaveAll(s, []uint32{idNeedle(r.ID)})
		}) {
			segments = append(segments, s)
		}
	}
	if len(segments) == 0 {
		return found, nil
	}
	args := make([]any, 0, len(missing))
	for id := range missing {
		args = append(args, id[:])
	}
	stored, err := l.rows(ctx, t, "SELECT * FROM "+t.relation(l.dir, segments, false)+" WHERE "+colID+" IN (?"+strings.Repeat(",?", len(args)-1)+")", args...)
	for _, r := range stored {
		if missing[r.id] { // a record that is there twice counts once
			delete(missing, r.id)
			found = append(found, r)
		}
	}
	return found, err
}
