package lake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"time"

	"github.com/apache/arrow-go/v18/arrow"
)

const (
	compactRows  = 128 << 10       // segments are merged into ones of at most so many rows, since a column of them must fit into memory
	compactBytes = 256 << 20       // and of about so many bytes
	compactMost  = 64              // segments that are merged at once, at most
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

// chooseGroup picks segments of one part and level that are worth merging, of the part with most of them. One without
// a token index stays as it is: the merged segment could not have one either.
func chooseGroup(segments map[int64]*segment, now time.Time) []*segment {
	type key struct {
		part  part
		level int
	}
	groups := map[key][]*segment{}
	for _, s := range segments {
		if s.Bytes < compactBytes/2 && s.Rows < compactRows/2 && s.tokens != nil && !s.single {
			k := key{s.Part, s.Level}
			groups[k] = append(groups[k], s)
		}
	}
	var best []*segment
	for k, g := range groups {
		if len(g) > len(best) && ripe(g, k.level, now) {
			best = g
		}
	}
	slices.SortFunc(best, func(a, b *segment) int { return cmp.Compare(a.ID, b.ID) })
	var rows, bytes int64
	for i, s := range best {
		rows, bytes = rows+s.Rows, bytes+s.Bytes
		if i >= 2 && (rows > compactRows || bytes > compactBytes) || i == compactMost {
			return best[:i]
		}
	}
	return best
}

// ripe tells whether segments are worth merging by now: they make a whole one, or are many or old.
func ripe(group []*segment, level int, now time.Time) bool {
	if len(group) < 2 {
		return false
	}
	var rows, bytes int64
	oldest := now
	for _, s := range group {
		rows, bytes = rows+s.Rows, bytes+s.Bytes
		if s.Created.Before(oldest) {
			oldest = s.Created
		}
	}
	return rows >= compactRows || bytes >= compactBytes || len(group) >= compactMost ||
		len(group) >= compactCount && (bytes < compactCheap || level > 0) ||
		level == 0 && now.Sub(oldest) > smallAge
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
	column := func(i int) (arrow.Array, error) { return m.column(ctx, i) }
	if err := writeParquet(path, m.schema, forGood, m.traits(), column); err != nil {
		return err
	}
	info.Rows, info.Shape = int64(len(m.order)), shapeOf(m.schema)
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
	partial := false
	for _, s := range group {
		partial = partial || s.tokens.partial
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
	return writeTokens(path, partial, sources...)
}
