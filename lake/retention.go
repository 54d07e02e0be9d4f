package lake

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// retain drops whole segments: those whose newest event is older than the retention, then the oldest ones until the
// rest is no larger than it may be.
func (l *Lake) retain(ctx context.Context, now time.Time) error {
	l.mu.Lock()
	list := make([]*segment, 0, len(l.segments))
	total := int64(0)
	for _, s := range l.segments {
		list = append(list, s)
		total += s.Bytes
	}
	l.mu.Unlock()
	slices.SortFunc(list, func(a, b *segment) int { return cmp.Compare(a.Max, b.Max) })
	cut := int64(-1 << 62)
	if l.options.MaxAge > 0 {
		cut = now.Add(-l.options.MaxAge).UnixMicro()
	}
	var drop []*segment
	var infos []*segmentInfo
	rows := int64(0)
	for _, s := range list {
		if s.Max >= cut && (l.options.MaxBytes == 0 || total <= l.options.MaxBytes) {
			break
		}
		total -= s.Bytes
		rows += s.Rows
		drop, infos = append(drop, s), append(infos, &s.segmentInfo)
	}
	if drop == nil {
		return nil
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
