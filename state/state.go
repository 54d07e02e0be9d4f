// Package state is the small relational database of Penstock, in SQLite: what is not an event, and is to be changed and
// related. The tables of every feature are made by its file in migrations.
package state

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

//go:embed migrations/*.sql
var migrations embed.FS

// DB is the database. SQLite has one writer at a time: everything that writes goes through Writer, which is a single
// connection, so that writers queue up in the process and none is told that the database is busy.
type DB struct {
	Writer *sql.DB // its transactions take the write lock when they begin
	Reader *sql.DB // cannot write
}

const (
	pragmas = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)"
	// What writes touches pages here and there: those that it finds in memory need not be read, those that change again
	// before the log is taken into the database are written there once, and what a statement may have to undo needs no file.
	writing = "&_pragma=cache_size(-16384)&_pragma=wal_autocheckpoint(4000)&_pragma=temp_store(memory)"
	readers = 4
)

// Open opens the database at path, creating it when it is not there, and brings its tables up to date.
func Open(ctx context.Context, path string) (*DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open the state: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("create the folder of the state: %w", err)
	}
	// It has secrets in it: those of notification targets. Files beside it get the rights of this one.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create the state: %w", err)
	}
	if err := errors.Join(f.Chmod(0o600), f.Close()); err != nil {
		return nil, fmt.Errorf("keep the state %s from others: %w", path, err)
	}
	db := &DB{}
	if db.Writer, err = sql.Open("sqlite", "file:"+path+pragmas+writing+"&_txlock=immediate"); err != nil {
		return nil, fmt.Errorf("open the state %s: %w", path, err)
	}
	db.Writer.SetMaxOpenConns(1)
	if err := migrate(ctx, db.Writer); err != nil {
		return nil, errors.Join(fmt.Errorf("bring the state %s up to date: %w", path, err), db.Writer.Close())
	}
	if db.Reader, err = sql.Open("sqlite", "file:"+path+pragmas+"&_pragma=query_only(1)"); err != nil {
		return nil, errors.Join(fmt.Errorf("open the state %s: %w", path, err), db.Writer.Close())
	}
	db.Reader.SetMaxOpenConns(readers)
	return db, nil
}

// Look opens the database at path beside a process that has it open, to read alone: there is no Writer. Its tables are as
// they are.
func Look(ctx context.Context, path string) (*DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open the state: %w", err)
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open the state: %w", err)
	}
	reader, err := sql.Open("sqlite", "file:"+path+"?mode=ro&_pragma=busy_timeout(10000)&_pragma=query_only(1)")
	if err != nil {
		return nil, fmt.Errorf("open the state %s: %w", path, err)
	}
	reader.SetMaxOpenConns(readers)
	if err := reader.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the state %s: %w", path, err), reader.Close())
	}
	return &DB{Reader: reader}, nil
}

func provider(db *sql.DB) (*goose.Provider, error) {
	steps, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, db, steps)
}

func migrate(ctx context.Context, db *sql.DB) error {
	p, err := provider(db)
	if err != nil {
		return err
	}
	// Up reads every step through even if there is nothing to do.
	if pending, err := p.HasPending(ctx); err != nil || !pending {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// Change runs do within a transaction, which is kept when do returns nil.
func (db *DB) Change(ctx context.Context, do func(tx *sql.Tx) error) error {
	tx, err := db.Writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin to change the state: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // after the commit there is nothing to roll back
	if err := do(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("change the state: %w", err)
	}
	return nil
}

// Close closes the database.
func (db *DB) Close() error {
	if db.Writer == nil {
		return db.Reader.Close()
	}
	return errors.Join(db.Reader.Close(), db.Writer.Close())
}
