package state

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"penstock/journal"
)

func openDB(t testing.TB, path string) *DB {
	t.Helper()
	db, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestTheStateIsThereAgainWhenItIsOpenedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "state.db")
	db := openDB(t, path)
	if _, err := db.Writer.Exec(`INSERT INTO journal_cursor VALUES ('r', 7)`); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Reader.Exec(`DELETE FROM journal_cursor`); err == nil {
		t.Error("a reader can write")
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := openDB(t, path).Reader.QueryRow(`SELECT cursor FROM journal_cursor`).Scan(&n); err != nil || n != 7 {
		t.Errorf("cursor %d, %v", n, err)
	}
}

func TestNobodyElseReadsTheState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	db := openDB(t, path)
	if _, err := db.Writer.Exec(`INSERT INTO journal_cursor VALUES ('r', 7)`); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) < 2 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f, info.Mode(), err)
		}
	}
}

func TestWritersQueueUp(t *testing.T) {
	db := openDB(t, filepath.Join(t.TempDir(), "state.db"))
	if _, err := db.Writer.Exec(`INSERT INTO journal_cursor VALUES ('r', 0)`); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 10 {
				err := db.Change(context.Background(), func(tx *sql.Tx) error {
					_, err := tx.Exec(`UPDATE journal_cursor SET cursor = cursor + 1`)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	var n int
	if err := db.Reader.QueryRow(`SELECT cursor FROM journal_cursor`).Scan(&n); err != nil || n != 80 {
		t.Errorf("%d of 80 changes were kept, %v", n, err)
	}
}

// counter counts in a table, and fails as often as it is told to, after it has written.
type counter struct{ fail int }

func (c *counter) Apply(ctx context.Context, tx *sql.Tx, block *journal.Block) error {
	for range block.Batches {
		if _, err := tx.ExecContext(ctx, `INSERT INTO journal_cursor VALUES ('count', 1) ON CONFLICT DO UPDATE SET cursor = cursor + 1`); err != nil {
			return err
		}
	}
	if c.fail > 0 {
		c.fail--
		return errors.New("no room")
	}
	return nil
}

func TestABlockIsAppliedOnceThoughApplyingFails(t *testing.T) {
	db := openDB(t, filepath.Join(t.TempDir(), "state.db"))
	j, err := journal.Open(t.TempDir(), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for range 5 {
		if err := j.Append(t.Context(), journal.Batch{Intake: "i", Messages: []journal.Message{{Hub: "h"}}}); err != nil {
			t.Fatal(err)
		}
	}
	r, err := j.Reader("state")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- db.Follow(ctx, r, "state", slog.New(slog.DiscardHandler), &counter{fail: 1}) }()
	counted := func() (n, cursor int) {
		_ = db.Reader.QueryRow(`SELECT cursor FROM journal_cursor WHERE reader = 'count'`).Scan(&n)
		_ = db.Reader.QueryRow(`SELECT cursor FROM journal_cursor WHERE reader = 'state'`).Scan(&cursor)
		return n, cursor
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if _, cursor := counted(); cursor == 6 {
			break
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if n, cursor := counted(); n != 5 || cursor != 6 {
		t.Errorf("%d of 5 blocks were applied, the cursor is at %d", n, cursor)
	}
}
