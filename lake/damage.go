package lake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"
	"github.com/zeebo/xxh3"
)

// checkEvery is how often each segment is compared with its checksum.
const checkEvery = 24 * time.Hour

// blame sets aside those segments that a test finds damaged. It is false when there are none.
func (l *Lake) blame(ctx context.Context, group []*segment, test damageTest) bool {
	found := false
	for _, s := range group {
		reason := test(ctx, s, filepath.Join(l.dir, s.path()))
		if ctx.Err() != nil {
			return found
		}
		l.mu.Lock()
		s.checked = time.Now()
		l.mu.Unlock()
		if reason == nil {
			continue
		}
		if err := l.setAside(ctx, s, reason.Error()); err != nil {
			l.log.Error("a damaged segment cannot be set aside", "segment", s.ID, "error", err)
			continue
		}
		found = true
	}
	return found
}

// damageTest tells what is wrong with a segment's file; an error that says nothing about the file is none.
type damageTest func(ctx context.Context, s *segment, path string) error

// intact compares a segment's file with its checksum.
func intact(_ context.Context, s *segment, path string) error {
	if s.Checksum == 0 {
		return nil
	}
	sum, err := checksum(path)
	switch {
	case errors.Is(err, syscall.EIO), errors.Is(err, fs.ErrNotExist):
		return err
	case err == nil && sum != s.Checksum:
		return errors.New("the file is no longer what was written: its checksum differs")
	}
	return nil
}

// checksumBuffers are used again: a scan compares thousands of segments with their checksums.
var checksumBuffers = sync.Pool{New: func() any { buffer := make([]byte, 256<<10); return &buffer }}

func checksum(path string) (uint64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, fmt.Errorf("read a segment: %w", err)
	}
	defer f.Close()
	h := xxh3.New()
	buffer := checksumBuffers.Get().(*[]byte)
	defer checksumBuffers.Put(buffer)
	if _, err := io.CopyBuffer(h, f, *buffer); err != nil {
		return 0, fmt.Errorf("read a segment: %w", err)
	}
	return h.Sum64(), nil
}

// check compares the segment that was not looked at for longest with its checksum, if a day has passed. With a pause
// between two of them this takes little of the disk's time.
func (l *Lake) check(ctx context.Context, now time.Time) {
	var oldest *segment
	l.mu.Lock()
	for _, s := range l.segments {
		if now.Sub(s.Created) > checkEvery && now.Sub(s.checked) > checkEvery && (oldest == nil || s.checked.Before(oldest.checked)) {
			oldest = s
		}
	}
	l.mu.Unlock()
	if oldest != nil {
		l.blame(ctx, []*segment{oldest}, intact)
	}
}

// verify compares a segment with its checksum and reads every value.
func (l *Lake) verify(ctx context.Context, s *segment, path string) error {
	if err := intact(ctx, s, path); err != nil {
		return err
	}
	rows, err := l.engine.db.QueryContext(ctx, "SELECT max(hash(COLUMNS(*))) FROM read_parquet(["+quote(path)+"], hive_partitioning=false)")
	if err != nil {
		return damage(err)
	}
	defer rows.Close()
	for rows.Next() { //nolint:revive // reading is all that is wanted
	}
	return damage(rows.Err())
}

// damage is err if it can come from what a file holds.
func damage(err error) error {
	var e *duckdb.Error
	if !errors.As(err, &e) {
		return nil
	}
	switch e.Type {
	case duckdb.ErrorTypeBinder, duckdb.ErrorTypeCatalog, duckdb.ErrorTypeParser, duckdb.ErrorTypeOutOfMemory, duckdb.ErrorTypeInterrupt,
		duckdb.ErrorTypeConnection, duckdb.ErrorTypeSettings, duckdb.ErrorTypePermission:
		return nil
	}
	return err
}

// setAside takes a damaged segment out of the lake and keeps its files in the folder "damaged".
func (l *Lake) setAside(ctx context.Context, s *segment, reason string) error {
	if err := l.catalogue.markDamaged(context.WithoutCancel(ctx), s.ID, reason); err != nil {
		return err
	}
	l.mu.Lock()
	delete(l.segments, s.ID)
	l.mu.Unlock()
	dir := filepath.Join(l.dir, "damaged")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("set a damaged segment aside: %w", err)
	}
	for _, name := range []string{s.path(), s.segmentInfo.tokens()} {
		to := filepath.Join(dir, folder(s.Part.table)+"-"+s.Part.day+"-"+filepath.Base(name))
		if err := os.Rename(filepath.Join(l.dir, name), to); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("set a damaged segment aside: %w", err)
		}
	}
	l.log.Error("a segment of the lake is damaged; it is in the folder damaged, and searches go on without it",
		"segment", s.ID, "table", s.Part.table, "day", s.Part.day, "rows", s.Rows, "reason", reason)
	if l.metrics != nil {
		l.metrics.damaged.Inc()
	}
	return nil
}
