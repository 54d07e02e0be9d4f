package hunt

import (
	"context"
	"errors"
	"slices"
	"sync"

	"penstock/kql/duckdb"
	"penstock/lake"
)

// rooms are the workspaces that hunts run in, one each. A workspace that has served is kept for the next hunt with the
// same memory: it knows the segments' metadata.
type rooms struct {
	lake  *lake.Lake
	spill int64
	most  int // that are kept

	mu   sync.Mutex
	idle []*room // the one that was used last at the end
}

// room is a workspace and how much memory it has.
type room struct {
	*lake.Workspace
	memory int64
}

// take gives a room with that much memory.
func (r *rooms) take(ctx context.Context, memory int64) (*room, error) {
	r.mu.Lock()
	for i, idle := range slices.Backward(r.idle) {
		if idle.memory == memory {
			r.idle = slices.Delete(r.idle, i, i+1)
			r.mu.Unlock()
			return idle, nil
		}
	}
	r.mu.Unlock()
	w, err := r.lake.OpenWorkspace(ctx, lake.WorkspaceOptions{MemoryBytes: memory, SpillBytes: r.spill, Setup: duckdb.Register})
	if err != nil {
		return nil, err
	}
	return &room{w, memory}, nil
}

// give takes a room back. One in which something has gone wrong is not used again.
func (r *rooms) give(used *room, failed bool) error {
	if failed {
		return used.Close()
	}
	r.mu.Lock()
	r.idle = append(r.idle, used)
	var oldest *room
	if len(r.idle) > r.most {
		oldest = r.idle[0]
		r.idle = slices.Delete(r.idle, 0, 1)
	}
	r.mu.Unlock()
	if oldest == nil {
		return nil
	}
	return oldest.Close()
}

func (r *rooms) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for _, idle := range r.idle {
		errs = append(errs, idle.Close())
	}
	r.idle = nil
	return errors.Join(errs...)
}
