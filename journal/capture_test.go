package journal

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// copyJournal captures dir while it may be written to; between is called while it is held.
func copyJournal(t *testing.T, dir, to string, between func()) []Reached {
	t.Helper()
	for {
		c, err := OpenCapture(dir)
		if errors.Is(err, ErrMoved) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		between()
		if err := c.Look(); err != nil {
			c.Close()
			if errors.Is(err, ErrMoved) {
				continue
			}
			t.Fatal(err)
		}
		reached, err := c.Copy(func(path string, content io.Reader, _ int64) error {
			b, err := io.ReadAll(content)
			if err != nil {
				return err
			}
			path = filepath.Join(to, path)
			return errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, b, 0o600))
		})
		c.Close()
		if err != nil {
			t.Fatal(err)
		}
		return reached
	}
}

func TestACopyOfAJournalUnderLoadHasEverythingBehindItsReaders(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{SegmentBytes: 2 << 10})
	reader, err := j.Reader("lake")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var group sync.WaitGroup
	var mu sync.Mutex
	done := Cursor(1) // what the reader has taken over for good
	group.Go(func() {
		for seq := int64(1); ctx.Err() == nil; seq++ {
			if err := j.Append(ctx, batch(seq, 2)); err != nil && ctx.Err() == nil {
				t.Error(err)
				return
			}
		}
	})
	group.Go(func() {
		for {
			b, err := reader.Next(ctx)
			if err != nil {
				return
			}
			mu.Lock()
			done = b.Cursor
			mu.Unlock()
			if err := reader.Commit(b.Cursor); err != nil {
				t.Error(err)
				return
			}
		}
	})
	defer group.Wait()
	defer stop()
	for range 20 {
		to := t.TempDir()
		var cursor Cursor
		reached := copyJournal(t, dir, to, func() {
			mu.Lock()
			cursor = done
			mu.Unlock()
		})
		restored := open(t, to, Options{})
		r, err := restored.Reader("lake")
		if err != nil {
			t.Fatal(err)
		}
		r.Seek(cursor)
		next := int64(cursor)
		for r.at < restored.End() {
			b, err := r.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, batch := range b.Batches {
				if at := batch.Messages[0].Position.Sequence; at != next {
					t.Fatalf("block %d comes where %d should", at, next)
				}
				next++
			}
		}
		if next > 1 {
			at, ok := restored.Resume("test", "defender", "0")
			if !ok || at.Sequence != next-1 || len(reached) != 1 || reached[0].Sequence != next-1 {
				t.Fatalf("the copy goes to %d, its positions to %+v, %+v", next-1, at, reached)
			}
		}
		if damaged := restored.Damages(); len(damaged) > 0 {
			t.Error(damaged)
		}
		restored.Close()
	}
}
