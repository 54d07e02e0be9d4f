package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
)

// ErrOtherVersion is the error of Attach where the tables are those of another version of this program.
var ErrOtherVersion = errors.New("the state was written by another version of Penstock")

// Attach opens the database of a Penstock that may be running, to note something in it. It must be there, and its tables
// stay as they are.
func Attach(ctx context.Context, path string) (*DB, error) {
	at := "file:" + (&url.URL{Path: path}).EscapedPath() + pragmas + "&mode=rw"
	db := &DB{}
	var err error
	if db.Writer, err = sql.Open("sqlite", at+"&_txlock=immediate"); err != nil {
		return nil, fmt.Errorf("attach to the state %s: %w", path, err)
	}
	db.Writer.SetMaxOpenConns(1)
	if err := current(ctx, db.Writer); err != nil {
		return nil, errors.Join(fmt.Errorf("attach to the state %s: %w", path, err), db.Writer.Close())
	}
	if db.Reader, err = sql.Open("sqlite", at+"&_pragma=query_only(1)"); err != nil {
		return nil, errors.Join(fmt.Errorf("attach to the state %s: %w", path, err), db.Writer.Close())
	}
	return db, nil
}

// current is an error unless the tables are of this version.
func current(ctx context.Context, db *sql.DB) error {
	p, err := provider(db)
	if err != nil {
		return err
	}
	now, own, err := p.GetVersions(ctx)
	if err == nil && now != own {
		err = ErrOtherVersion
	}
	return err
}
