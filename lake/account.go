package lake

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// Read counts the events that Penstock read from a time on up to another: of what the ledger says was kept in that time,
// those that a search finds.
func (l *Lake) Read(ctx context.Context, from, to time.Time) (int64, error) {
	n, err := retry(ctx, l, func(v *view) (int64, error) {
		var sum atomic.Int64
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(l.options.Threads)
		for _, name := range v.names() {
			g.Go(func() error {
				query := fmt.Sprintf("SELECT count(*) FROM %s WHERE %s >= $1 AND %[2]s < $2", v.tables[name].all(l.dir), colRead)
				var n int64
				if err := l.engine.db.QueryRowContext(ctx, query, from.UTC(), to.UTC()).Scan(&n); err != nil {
					return fmt.Errorf("table %s: %w", name, err)
				}
				sum.Add(n)
				return nil
			})
		}
		err := g.Wait()
		return sum.Load(), err
	}, nil, earliest, latest)
	if err != nil {
		return 0, fmt.Errorf("count what was read: %w", err)
	}
	return n, nil
}

// Events may have any time at all.
var (
	earliest = time.UnixMicro(-1 << 62)
	latest   = time.UnixMicro(1 << 62)
)

// Behind is how long ago that was read which is taken into the lake now; 0 while it has all that the journal has.
func (l *Lake) Behind() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.behind.IsZero() {
		return 0
	}
	return max(0, time.Since(l.behind))
}
