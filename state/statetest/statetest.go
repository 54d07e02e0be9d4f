// Package statetest gives tests a state of their own without making its tables each time, which takes a second under the
// race detector.
package statetest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"penstock/state"
)

// template is the file of a new state.
var template = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "penstock-state-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "state.db")
	db, err := state.Open(context.Background(), path)
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// Open opens the state in a file, as state.Open does; a file that is not there is made from one that was made before.
func Open(ctx context.Context, path string) (*state.DB, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		tables, err := template()
		if err != nil {
			return nil, err
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, tables, 0o600); err != nil {
			return nil, err
		}
	}
	return state.Open(ctx, path)
}
