package http

import (
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

// memory bounds the bodies that are under way, all requests together.
type memory struct{ free *semaphore.Weighted }

func newMemory(size int64) *memory { return &memory{semaphore.NewWeighted(size)} }

// lease is what one request has of the memory. Those who use it hold it; the last one gives it back.
type lease struct {
	of    *memory
	size  int64 // only the request itself adds to it, before it hands the lease on
	users atomic.Int32
}

func (m *memory) lease() *lease {
	l := &lease{of: m}
	l.users.Store(1)
	return l
}

// take adds n bytes; false: there is no room.
func (l *lease) take(n int) bool {
	if n > 0 && !l.of.free.TryAcquire(int64(n)) {
		return false
	}
	l.size += int64(n)
	return true
}

func (l *lease) retain() { l.users.Add(1) }

func (l *lease) release() {
	if l.users.Add(-1) == 0 {
		l.of.free.Release(l.size)
	}
}
