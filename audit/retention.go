package audit

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

func writeLine(w io.Writer, e *Entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = w.Write(append(line, '\n'))
	return err
}

const (
	upkeepInterval = time.Hour
	// sweepSize is how many entries are deleted at once: other writers wait meanwhile.
	sweepSize = 5000
)

// Upkeep deletes what is older than the retention until ctx ends.
func (l *Log) Upkeep(ctx context.Context) {
	if l.options.Retention == 0 {
		return
	}
	for tick := time.NewTicker(upkeepInterval); ; {
		if err := l.sweep(ctx); err != nil && ctx.Err() == nil {
			l.log.Warn("old entries of the audit log cannot be deleted; it is tried again", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			tick.Stop()
			return
		}
	}
}

func (l *Log) sweep(ctx context.Context) error {
	// A second more than the database wants, whose clock is read a moment later and in whole seconds.
	floor := time.Now().Add(-max(l.options.Retention, MinRetention) - time.Second).UnixMilli()
	for {
		var n int64
		err := l.db.Change(ctx, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, `UPDATE audit_floor SET time = max(time, ?)`, floor); err != nil {
				return err
			}
			result, err := tx.ExecContext(ctx, `DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE time < (SELECT time FROM audit_floor) ORDER BY id LIMIT ?)`, sweepSize)
			if err != nil {
				return err
			}
			n, err = result.RowsAffected()
			return err
		})
		if err != nil {
			return fmt.Errorf("delete old entries: %w", err)
		}
		if n < sweepSize {
			return nil
		}
	}
}
