package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"penstock/journal"
)

// Applier derives something from the journal. Apply writes within tx what a block adds; it may be called again with the
// same block when the transaction came to nothing, so whatever it keeps in memory must not have changed by then.
type Applier interface {
	Apply(ctx context.Context, tx *sql.Tx, block *journal.Block) error
}

const (
	commitInterval = 5 * time.Second // how often the journal is told what it need not keep
	retryInterval  = 2 * time.Second
	remindInterval = time.Minute
)

// follower brings the journal into tables.
type follower struct {
	db       *DB
	reader   *journal.Reader
	name     string
	appliers []Applier
	log      *slog.Logger
	told     time.Time // the journal, how far it was read
	reminded time.Time
}

// Follow reads the journal to all appliers until ctx ends or the journal is closed. What they write and the cursor
// change in one transaction, so that each block is applied once, whenever the process is killed. When the database cannot
// be written (the disk is full), Follow says so and tries again for as long as it takes; the journal holds the rest.
// name is that under which the cursor is kept.
func (db *DB) Follow(ctx context.Context, r *journal.Reader, name string, log *slog.Logger, appliers ...Applier) error {
	if log == nil {
		log = slog.Default()
	}
	f := &follower{db: db, reader: r, name: name, appliers: appliers, log: log}
	cursor, err := f.cursor(ctx)
	if err != nil {
		return err
	}
	r.Seek(cursor)
	for {
		block, err := r.Next(ctx)
		switch {
		case ctx.Err() != nil || errors.Is(err, journal.ErrClosed):
			return f.tell(cursor)
		case err != nil:
			return fmt.Errorf("read the journal into the state: %w", err)
		}
		if !f.apply(ctx, &block) {
			return f.tell(cursor)
		}
		if cursor = block.Cursor; time.Since(f.told) >= commitInterval {
			if err := f.tell(cursor); err != nil {
				log.Warn("the journal keeps more than it needs to", "error", err)
			}
		}
	}
}

func (f *follower) cursor(ctx context.Context) (journal.Cursor, error) {
	var n int64
	err := f.db.Writer.QueryRowContext(ctx, `SELECT cursor FROM journal_cursor WHERE reader = ?`, f.name).Scan(&n)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("read the cursor of %s: %w", f.name, err)
	}
	return journal.Cursor(n), nil
}

// tell lets the journal delete what is in the state. Before the first block there is nothing to tell.
func (f *follower) tell(c journal.Cursor) error {
	f.told = time.Now()
	if c == 0 {
		return nil
	}
	return f.reader.Commit(c)
}

// apply applies one block, however often that has to be tried; it is false when ctx has ended before.
func (f *follower) apply(ctx context.Context, block *journal.Block) bool {
	for {
		err := f.db.Change(ctx, func(tx *sql.Tx) error {
			for _, a := range f.appliers {
				if err := a.Apply(ctx, tx, block); err != nil {
					return err
				}
			}
			_, err := tx.ExecContext(ctx, `INSERT INTO journal_cursor VALUES (?, ?) ON CONFLICT DO UPDATE SET cursor = excluded.cursor`, f.name, int64(block.Cursor))
			return err
		})
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		if time.Since(f.reminded) >= remindInterval {
			f.reminded = time.Now()
			f.log.Error("the state cannot be written; it is tried again, and the journal keeps the rest", "reader", f.name, "error", err)
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(retryInterval):
		}
	}
}
