package lake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"time"
)

const (
	compactBytes = 128 << 20       // segments are merged into ones of about this size
	compactMost  = 48              // segments that are merged at once, at most
	compactCount = 16              // small ones are merged when there are so many,
	compactCheap = 8 << 20         // together of less than this size
	smallAge     = 4 * time.Minute // a lone few of level 0 are merged once they are older
	upkeepPause  = 5 * time.Second
)

// Upkeep merges small segments into large ones, deletes what retention no longer keeps and the files of segments that
// were merged, and looks the segments over for damage, until ctx ends.
func (l *Lake) Upkeep(ctx context.Context) error {
	for {
		worked, err := l.upkeepOnce(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the end is no failure
		}
		if err != nil {
			l.metrics.failures.Inc()
			l.log.Error("the lake's upkeep failed; it is tried again", "error", err)
		}
		if worked && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(upkeepPause):
		}
	}
}

// upkeepOnce does the next thing there is to do, and tells whether there was one.
func (l *Lake) upkeepOnce(ctx context.Context) (bool, error) {
	l.compacting.Lock()
	defer l.compacting.Unlock()
	if err := l.retain(ctx, time.Now()); err != nil {
		return false, err
	}
	l.bury(time.Now())
	l.mu.Lock()
	group := chooseGroup(l.segments, time.Now())
	for _, s := range group {
		s.views++
	}
	l.mu.Unlock()
	if group == nil {
		l.check(ctx, time.Now())
		return false, nil
	}
	defer func() {
		for _, s := range group {
			l.leave(s)
		}
	}()
	return true, l.merge(ctx, group)
}

// chooseGroup picks segments of one part and level that are worth merging, the part with most of them first. One without
// a token index stays as it is: the merged segment could not have one either.
func chooseGroup(segments map[int64]*segment, now time.Time) []*segment {
	type key struct {
		part  part
		level int
	}
	groups := map[key][]*segment{}
	bytes := map[key]int64{}
	for _, s := range segments {
		if s.Bytes < compactBytes/2 && s.tokens != nil && !s.single {
			k := key{s.Part, s.Level}
			groups[k] = append(groups[k], s)
			bytes[k] += s.Bytes
		}
	}
	var best []*segment
	for k, g := range groups {
		slices.SortFunc(g, func(a, b *segment) int { return cmp.Compare(a.ID, b.ID) })
		ripe := len(g) >= compactMost || len(g) >= compactCount && (bytes[k] < compactCheap || k.level > 0) ||
			len(g) > 1 && (bytes[k] >= compactBytes || k.level == 0 && now.Sub(g[0].Created) > smallAge)
		if ripe && len(g) > len(best) {
			best = g
		}
	}
	total := int64(0)
	for i, s := range best {
		if total += s.Bytes; i >= 2 && total > compactBytes || i == compactMost {
			return best[:i]
		}
	}
	return best
}

// merge makes one segment of several. A record that slipped in twice comes out once.
func (l *Lake) merge(ctx context.Context, group []*segment) error {
	id, err := l.catalogue.nextID(ctx, 1)
	if err != nil {
		return err
	}
	// What is damaged without being noticed would get a new, right checksum.
	if l.blame(ctx, group, intact) {
		return nil // the rest is merged next time
	}
	first := group[0]
	info := segmentInfo{ID: id, Part: first.Part, Level: first.Level + 1, Min: first.Min, Max: first.Max, Created: time.Now()}
	infos := make([]*segmentInfo, len(group))
	for i, s := range group {
		infos[i] = &s.segmentInfo
		info.Rows += s.Rows
		info.Min, info.Max = min(info.Min, s.Min), max(info.Max, s.Max)
	}
	merged, err := l.place(info, func(parquet, tokens string) error {
		if err := l.mergeParquet(ctx, parquet, group, &info); err != nil {
			return err
		}
		return l.mergeTokens(tokens, group)
	})
	if err != nil {
		if l.leaveOut(err) || l.blame(ctx, group, l.verify) {
			return nil
		}
		return fmt.Errorf("merge %d segments of %s: %w", len(group), first.Part.table, err)
	}
	merged.Rows, merged.Shape = info.Rows, info.Shape
	if err := l.catalogue.commit(context.WithoutCancel(ctx), []*segmentInfo{&merged.segmentInfo}, infos, nil); err != nil {
		l.deleteFiles(merged)
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.segments[merged.ID] = merged
	l.forget(group)
	l.metrics.compacted.Add(float64(len(group)))
	return nil
}

// forget takes segments out of the lake; their files are deleted later. The caller holds mu.
func (l *Lake) forget(group []*segment) {
	for _, s := range group {
		delete(l.segments, s.ID)
		s.died = time.Now()
		l.dead = append(l.dead, s)
	}
}

// mergeParquet writes the merged rows, and notes in info how many there are and what columns they have.
func (l *Lake) mergeParquet(ctx context.Context, path string, group []*segment, info *segmentInfo) (err error) {
	m, err := l.openMerger(ctx, l.schemaOf(info.Part.table), group)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.close()) }()
	if err := writeParquet(path, m.schema, merged(m.full()), m.batches(ctx)); err != nil {
		return err
	}
	info.Rows, info.Shape = m.rows, shapeOf(m.schema)
	if m.repeats > 0 {
		l.log.Info("records that were there twice are now there once", "table", info.Part.table, "repeats", m.repeats)
	}
	return nil
}

// leaveOut keeps a segment that cannot be merged out of all merges to come.
func (l *Lake) leaveOut(err error) bool {
	var foreign *foreignError
	if !errors.As(err, &foreign) {
		return false
	}
	l.log.Warn("a segment stays as it is", "error", err)
	l.mu.Lock()
	defer l.mu.Unlock()
	foreign.segment.single = true
	return true
}

func (l *Lake) schemaOf(table string) *tableSchema {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.schema(table)
}

func (l *Lake) mergeTokens(path string, group []*segment) error {
	var sources []hashSource
	for _, s := range group {
		hashes := s.tokens.source()
		sources = append(sources, func() (uint32, bool, error) {
			h, ok, err := hashes()
			if err != nil {
				l.mu.Lock()
				s.single = true
				l.mu.Unlock()
				err = fmt.Errorf("segment %d, which is left out from now on: %w", s.ID, err)
			}
			return h, ok, err
		})
	}
	return writeTokens(path, sources...)
}
