package alert

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

const (
	upkeepInterval = time.Hour
	upkeepBatch    = 500 // rows that go at once: whoever writes waits no longer than that takes
	alertBatch     = 50  // alerts, which have many rows
)

// Upkeep deletes what is too old to be kept, until ctx ends.
func (a *Alerts) Upkeep(ctx context.Context) error {
	tick := time.NewTicker(upkeepInterval)
	defer tick.Stop()
	for {
		if err := a.prune(ctx); err != nil && ctx.Err() == nil {
			a.log.Error("alerts that are too old cannot be deleted", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// prune deletes closed alerts, and what is remembered for them, past their time.
func (a *Alerts) prune(ctx context.Context) error {
	now := a.now()
	before := func(d time.Duration) int64 { return now.Add(-d).UnixMilli() }
	if err := a.pruneClosed(ctx, before(a.options.Retention)); err != nil {
		return fmt.Errorf("delete old closed alerts: %w", err)
	}
	for _, step := range []struct {
		what, from, key, where string
		bound                  int64
	}{
		{"changes of alerts", "alert_change", "id", "time < ?", before(a.options.KeepChanges)},
		{"counts of rules", "alert_rule_hour", "rule, hour", "hour < ?", before(a.options.Retention)},
		{"matches that were counted", "alert_seen", "match", "match < ?", dayOf(now.Add(-a.options.Remember)) << hashBits},
	} {
		deleted := int64(0)
		for {
			result, err := a.db.Writer.ExecContext(ctx, fmt.Sprintf(`DELETE FROM %[1]s WHERE (%[2]s) IN (SELECT %[2]s FROM %[1]s WHERE %[3]s LIMIT ?)`, step.from, step.key, step.where), step.bound, upkeepBatch)
			if err != nil {
				return fmt.Errorf("delete old %s: %w", step.what, err)
			}
			n, err := result.RowsAffected()
			if err != nil {
				return fmt.Errorf("delete old %s: %w", step.what, err)
			}
			if deleted += n; n < upkeepBatch {
				break
			}
		}
		if deleted > 0 {
			a.log.Info("what was too old was deleted", "what", step.what, "number", deleted)
		}
	}
	return nil
}

// pruneClosed deletes alerts that were closed before a time.
func (a *Alerts) pruneClosed(ctx context.Context, bound int64) error {
	for deleted := 0; ; {
		n := 0
		err := a.db.Change(ctx, func(tx *sql.Tx) error {
			ids, err := idsOf(ctx, tx, `SELECT id FROM alert WHERE closed < ? LIMIT ?`, bound, alertBatch)
			n = len(ids)
			w := a.write(ctx, tx)
			for _, id := range ids {
				if err == nil {
					err = w.delete(id)
				}
			}
			return err
		})
		if err != nil {
			return err
		}
		if deleted += n; n < alertBatch {
			if deleted > 0 {
				a.log.Info("what was too old was deleted", "what", "closed alerts", "number", deleted)
			}
			return nil
		}
	}
}

// delete deletes an alert with all that belongs to it.
func (w *writing) delete(alert int64) error {
	c, _, err := readCast(w.queryRow(selectEntities, alert), alert)
	if err != nil {
		return err
	}
	terms, err := c.lookups(anyEntity)
	if err != nil {
		return err
	}
	if terms != "" {
		if err := w.exec(deleteTerms, terms, alert); err != nil {
			return fmt.Errorf("delete the terms of alert %d: %w", alert, err)
		}
	}
	if _, err := w.tx.ExecContext(w.ctx, `DELETE FROM alert WHERE id = ?`, alert); err != nil {
		return fmt.Errorf("delete alert %d: %w", alert, err)
	}
	return nil
}
