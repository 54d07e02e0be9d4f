package lake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
)

// Workspace is an engine of its own for SQL over snapshots: what a query in it takes of memory and disk is bounded by
// itself, and neither searches nor other workspaces wait for it. One query at a time runs in it.
type Workspace struct{ engine *engine }

// WorkspaceOptions bound a Workspace. Zero values mean the default that is named.
type WorkspaceOptions struct {
	MemoryBytes int64 // beyond it queries spill; that of the lake
	SpillBytes  int64 // beyond it they fail; that of the lake
	Threads     int   // that of the lake
	// Setup teaches the new engine what queries need: macros, functions.
	Setup func(ctx context.Context, conn *sql.Conn) error
}

// OpenWorkspace makes one. It must be closed before the lake is.
func (l *Lake) OpenWorkspace(ctx context.Context, o WorkspaceOptions) (_ *Workspace, err error) {
	setDefault(&o.MemoryBytes, l.options.MemoryBytes)
	setDefault(&o.SpillBytes, l.options.SpillBytes)
	setDefault(&o.Threads, l.options.Threads)
	e, err := openEngine(l.heads, &engineOptions{
		lake: l.dir, spill: filepath.Join(l.spillDir, "workspace-"+strconv.FormatInt(l.workspaces.Add(1), 10)), spillBytes: o.SpillBytes,
		memoryBytes: o.MemoryBytes, threads: o.Threads, connections: 1, ordered: true,
	})
	if err != nil {
		return nil, fmt.Errorf("open a workspace: %w", err)
	}
	if o.Setup != nil {
		if err := setUp(ctx, e.db, o.Setup); err != nil {
			return nil, errors.Join(fmt.Errorf("prepare a workspace: %w", err), e.close())
		}
	}
	return &Workspace{e}, nil
}

func setUp(ctx context.Context, db *sql.DB, setup func(context.Context, *sql.Conn) error) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return setup(ctx, conn)
}

// Query runs SQL that reads what snapshots name. It ends with ctx.
func (w *Workspace) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return w.engine.db.QueryContext(ctx, query, args...) //nolint:rowserrcheck // whoever reads them sees to that
}

// Close ends it.
func (w *Workspace) Close() error { return w.engine.close() }
