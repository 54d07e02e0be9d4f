package ledger

import (
	"context"
	"time"

	"penstock/journal"
)

// Reached is up to which message a partition has been read, as far as the ledger knows; false where it knows nothing.
func (l *Ledger) Reached(ctx context.Context, intake, hub, partition string) (journal.Position, bool) {
	var p journal.Position
	var enqueued int64
	err := l.db.Reader.QueryRowContext(ctx, `SELECT newest, enqueued FROM ledger_partition WHERE intake = ? AND hub = ? AND partition = ?`,
		intake, hub, partition).Scan(&p.Sequence, &enqueued)
	if err != nil {
		return p, false // there is no row, or nobody can say
	}
	p.Enqueued = time.UnixMilli(enqueued).UTC()
	return p, true
}
