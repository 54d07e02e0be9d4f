package lake

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Retention is what a lake keeps. What is beyond either is deleted, the oldest first, in whole segments.
type Retention struct {
	MaxAge   time.Duration // of events by their own time; 0: for ever
	MaxBytes int64         // of all segments; 0: no limit
}

// Drop is what a retention deletes at a moment, and what it leaves.
type Drop struct {
	Segments int
	Events   int64
	Bytes    int64
	Left     int64     // events that stay, those in memory included
	Oldest   time.Time // time of the oldest of these; zero where none stays
}

// Keep makes another retention hold from now on. Upkeep deletes what it does not keep, within seconds.
func (l *Lake) Keep(r Retention) {
	l.mu.Lock()
	l.retention = r
	l.mu.Unlock()
}

// Drops is what a retention would delete now.
func (l *Lake) Drops(r Retention, now time.Time) Drop {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := beyond(l.segments, r, now)
	gone := map[int64]bool{}
	d := Drop{Segments: len(list)}
	for _, s := range list {
		gone[s.ID] = true
		d.Events, d.Bytes = d.Events+s.Rows, d.Bytes+s.Bytes
	}
	stays := func(rows, oldest int64) {
		d.Left += rows
		if t := time.UnixMicro(oldest).UTC(); d.Oldest.IsZero() || t.Before(d.Oldest) {
			d.Oldest = t
		}
	}
	for id, s := range l.segments {
		if !gone[id] {
			stays(s.Rows, s.Min)
		}
	}
	for _, head := range []map[part]*memTable{l.flushing, l.head} {
		for _, t := range head {
			if t.rows > 0 {
				stays(int64(t.rows), t.min)
			}
		}
	}
	return d
}

// beyond are the segments that a retention does not keep: those whose newest event is older, then the oldest ones until
// the rest is no larger than it may be.
func beyond(segments map[int64]*segment, r Retention, now time.Time) []*segment {
	list := make([]*segment, 0, len(segments))
	total := int64(0)
	for _, s := range segments {
		list = append(list, s)
		total += s.Bytes
	}
	slices.SortFunc(list, func(a, b *segment) int { return cmp.Or(cmp.Compare(a.Max, b.Max), cmp.Compare(a.ID, b.ID)) })
	cut := int64(-1 << 62)
	if r.MaxAge > 0 {
		cut = now.Add(-r.MaxAge).UnixMicro()
	}
	for i, s := range list {
		if s.Max >= cut && (r.MaxBytes == 0 || total <= r.MaxBytes) {
			return list[:i]
		}
		total -= s.Bytes
	}
	return list
}

// retain drops the segments that the retention does not keep.
func (l *Lake) retain(ctx context.Context, now time.Time) error {
	l.mu.Lock()
	drop := beyond(l.segments, l.retention, now)
	l.mu.Unlock()
	if len(drop) == 0 {
		return nil
	}
	var infos []*segmentInfo
	rows := int64(0)
	for _, s := range drop {
		rows += s.Rows
		infos = append(infos, &s.segmentInfo)
	}
	if err := l.catalogue.commit(context.WithoutCancel(ctx), nil, infos, nil); err != nil {
		return err
	}
	l.mu.Lock()
	l.forget(drop)
	l.mu.Unlock()
	l.log.Info("the retention dropped events", "segments", len(drop), "events", rows,
		"until", time.UnixMicro(drop[len(drop)-1].Max).UTC().Format(time.RFC3339))
	return nil
}

// bury deletes the files of segments that the catalogue forgot, once nobody reads them.
func (l *Lake) bury(now time.Time) {
	l.mu.Lock()
	var ripe []*segment
	l.dead = slices.DeleteFunc(l.dead, func(s *segment) bool {
		if s.views > 0 || now.Sub(s.died) < l.options.DeleteGrace {
			return false
		}
		ripe = append(ripe, s)
		return true
	})
	l.mu.Unlock()
	l.discard(ripe)
}
