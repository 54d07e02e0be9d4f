package lake

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"penstock/journal"
)

// retryPause is between two attempts to write when the disk does not take it.
const retryPause = 2 * time.Second

// persist writes what is to be flushed as segments, and makes them and the cursor count at once. While the disk is full
// it tries again; the journal holds back the sources meanwhile.
func (l *Lake) persist(ctx context.Context, cursor journal.Cursor, r *journal.Reader) error {
	for {
		err := l.tryPersist(ctx, cursor)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the journal has it all
		}
		l.metrics.failures.Inc()
		hint := "it is tried again"
		if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
			hint = "free some space or shorten the retention, and it goes on by itself"
		}
		l.log.Error("the lake cannot be written: "+hint, "error", err)
		select {
		case <-time.After(retryPause):
		case <-ctx.Done():
			return nil
		}
	}
	if err := r.Commit(cursor); err != nil {
		return fmt.Errorf("release the journal: %w", err)
	}
	return nil
}

func (l *Lake) tryPersist(ctx context.Context, cursor journal.Cursor) error {
	l.mu.Lock()
	tables := make(map[part]*memTable, len(l.flushing))
	for key, t := range l.flushing {
		tables[key] = t
	}
	l.mu.Unlock()
	id, err := l.catalogue.nextID(ctx, max(len(tables), 1))
	if err != nil {
		return err
	}
	var added []*segment
	var infos []*segmentInfo
	for key, t := range tables {
		info := segmentInfo{ID: id, Part: key, Min: t.min, Max: t.max, Created: time.Now(), Shape: t.schema.shape}
		id++
		s, err := l.place(info, func(parquet, tokens string) error {
			if info.Rows, err = t.write(parquet); err != nil {
				return err
			}
			return writeTokens(tokens, false, sliceSource(t.tokens.sorted()))
		})
		if err != nil {
			l.discard(added)
			return err
		}
		s.Rows = info.Rows
		added, infos = append(added, s), append(infos, &s.segmentInfo)
	}
	// A commit that is cut short by the end of the process would leave it open what counts: it is let finish.
	if err := l.catalogue.commit(context.WithoutCancel(ctx), infos, nil, &cursor); err != nil {
		l.discard(added)
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flushing = map[part]*memTable{}
	for _, s := range added {
		l.segments[s.ID] = s
	}
	return nil
}

// write writes the rows, in order and each record once, as a segment, and tells how many there are.
func (m *memTable) write(path string) (rows int64, err error) {
	columns := func(i int) []arrow.Array {
		parts := make([]arrow.Array, len(m.chunks))
		for c, chunk := range m.chunks {
			parts[c] = chunk.Column(i)
		}
		return parts
	}
	keys := make([]sortKeys, len(m.chunks))
	lead := m.schema.lead()
	for c, chunk := range m.chunks {
		var first arrow.Array
		if lead >= 0 {
			first = chunk.Column(lead)
		}
		keys[c] = keysOf(first, chunk.Column(atTime), chunk.Column(atID))
	}
	order := inOrder(keys)
	known := make([]traits, m.schema.arrow.NumFields())
	for i := range known {
		parts := columns(i)
		known[i] = traits{full: true, repeats: repeats(parts)}
		for _, p := range parts {
			known[i].full = known[i].full && p.NullN() == 0
		}
	}
	column := func(i int) (arrow.Array, error) { return gather(columns(i), order), nil }
	return int64(len(order)), writeParquet(path, m.schema.arrow, forNow, known, column)
}

// place lets write make a segment's two files beside the others, and moves them to where they belong.
func (l *Lake) place(info segmentInfo, write func(parquet, tokens string) error) (*segment, error) {
	parquet := filepath.Join(l.dir, "new", fmt.Sprintf("%012d.parquet", info.ID))
	tokens := tokenPath(parquet)
	err := write(parquet, tokens)
	if err == nil {
		info.Checksum, err = checksum(parquet)
	}
	if err == nil {
		err = l.move(&info, parquet, tokens)
	}
	if err != nil {
		os.Remove(parquet)
		os.Remove(tokens)
		return nil, err
	}
	return l.openSegment(info)
}

func (l *Lake) move(info *segmentInfo, parquet, tokens string) error {
	to := filepath.Join(l.dir, info.path())
	dir := filepath.Dir(to)
	if _, err := os.Stat(dir); err != nil {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("create a folder of the lake: %w", err)
		}
		if err := errors.Join(syncDir(filepath.Dir(dir)), syncDir(l.dir)); err != nil {
			return err
		}
	}
	for _, path := range []string{parquet, tokens} {
		size, err := os.Stat(path)
		if err != nil {
			return fmt.Errorf("look at a new segment: %w", err)
		}
		info.Bytes += size.Size()
	}
	if err := os.Rename(tokens, filepath.Join(l.dir, info.tokens())); err != nil {
		return fmt.Errorf("put a token index in its place: %w", err)
	}
	return rename(parquet, to)
}

// discard deletes the files of segments that came to nothing.
func (l *Lake) discard(list []*segment) {
	for _, s := range list {
		l.deleteFiles(s)
	}
}

func (l *Lake) deleteFiles(s *segment) {
	if s.tokens != nil {
		s.tokens.close()
	}
	for _, name := range []string{s.path(), s.segmentInfo.tokens()} {
		if err := os.Remove(filepath.Join(l.dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			l.log.Warn("a file of the lake cannot be deleted", "file", name, "error", err)
		}
	}
}
