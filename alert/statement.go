package alert

import (
	"context"
	"database/sql"
	"fmt"
)

// statement is one of those that every match runs. They are prepared once for the connection that writes: to parse one
// takes longer than to run it.
type statement int

const (
	insertSeen statement = iota
	selectGroup
	selectDraft
	insertAlert
	updateAlert
	growAlert
	selectEntities
	saveEntities
	insertTerms
	deleteTerms
	selectImportance
	saveEvent
	insertIntake
	recallEvent
	selectFinding
	saveFinding
	insertEntry
	insertChange
	selectRule
	saveRule
	saveHour

	statementCount
)

var statementTexts = [statementCount]string{
	insertSeen:  `INSERT INTO alert_seen VALUES (?) ON CONFLICT DO NOTHING`,
	selectGroup: `SELECT id, stamp FROM alert WHERE group_key = ? ORDER BY last DESC LIMIT ?`,
	selectDraft: `SELECT ` + draftColumns + ` FROM alert WHERE id = ?`,
	insertAlert: `INSERT INTO alert (occurrences, events, last, updated, stamp,
		version, rule, title, level, urgency, computed, urgency_set, importance, asset, status, verdict, assignee,
		tags, techniques, tactics, facts, first, acknowledged, closed, reopened, provisional, quiet, hosts, users, origin, group_key, created)
		VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
	updateAlert: `UPDATE alert SET occurrences=?, events=?, last=?, updated=?, stamp=?,
		version=?, rule=?, title=?, level=?, urgency=?, computed=?, urgency_set=?, importance=?, asset=?, status=?, verdict=?, assignee=?,
		tags=?, techniques=?, tactics=?, facts=?, first=?, acknowledged=?, closed=?, reopened=?, provisional=?, quiet=?, hosts=?, users=? WHERE id = ?`,
	growAlert:      `UPDATE alert SET occurrences=?, events=?, last=?, updated=?, stamp=? WHERE id = ?`,
	selectEntities: `SELECT entities FROM alert_entities WHERE alert = ?`,
	saveEntities: `INSERT INTO alert_entities (alert, names, entities) VALUES (?,?,?)
		ON CONFLICT DO UPDATE SET names = excluded.names, entities = excluded.entities`,
	insertTerms:      `INSERT OR IGNORE INTO alert_term (term, kind, alert) SELECT t.value, k.key, ?2 FROM json_each(?1) k, json_each(k.value) t`,
	deleteTerms:      `DELETE FROM alert_term WHERE (term, kind, alert) IN (SELECT t.value, k.key, ?2 FROM json_each(?1) k, json_each(k.value) t)`,
	selectImportance: `SELECT a.kind, a.name, a.importance FROM json_each(?) k JOIN json_each(k.value) t JOIN alert_asset a ON a.kind = k.key AND a.name = t.value`,
	saveEvent: `INSERT INTO alert_event (alert, slot, number, event, rule, event_table, time, summary, row) VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET
		number = excluded.number, event = excluded.event, rule = excluded.rule, event_table = excluded.event_table, time = excluded.time, summary = excluded.summary, row = excluded.row`,
	insertIntake:  `INSERT OR IGNORE INTO alert_intake VALUES (?,?)`,
	recallEvent:   `SELECT event_table, summary FROM alert_event WHERE event = ? LIMIT 1`,
	selectFinding: `SELECT alert FROM alert_finding WHERE finding = ?`,
	saveFinding:   `INSERT OR REPLACE INTO alert_finding VALUES (?,?)`,
	insertEntry: `INSERT INTO alert_history (alert, time, actor, what, old, new, note)
		SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE ?3 <> '' OR (SELECT count(*) FROM alert_history WHERE alert = ?1 AND actor = '') < ?8`,
	insertChange: `INSERT INTO alert_change (alert, kind, time, urgency) VALUES (?,?,?,?)`,
	selectRule:   `SELECT noise, last, breached FROM alert_rule WHERE rule = ?`,
	saveRule: `INSERT INTO alert_rule VALUES (?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET
		matches = matches + excluded.matches, suppressed = suppressed + excluded.suppressed, alerts = alerts + excluded.alerts,
		last = excluded.last, noise = excluded.noise, breached = excluded.breached`,
	saveHour: `INSERT INTO alert_rule_hour VALUES (?,?,?,?,?) ON CONFLICT DO UPDATE SET
		matches = matches + excluded.matches, suppressed = suppressed + excluded.suppressed, alerts = alerts + excluded.alerts`,
}

// statements belong to the database and are closed with it.
type statements [statementCount]*sql.Stmt

func prepare(ctx context.Context, db *sql.DB) (*statements, error) {
	s := new(statements)
	for i, text := range statementTexts {
		var err error
		if s[i], err = db.PrepareContext(ctx, text); err != nil { //nolint:sqlclosecheck // they live as long as the database
			return nil, fmt.Errorf("prepare to write alerts: %q: %w", text, err)
		}
	}
	return s, nil
}

// stmt is a statement within the transaction, which closes it.
func (w *writing) stmt(s statement) *sql.Stmt {
	if w.stmts[s] == nil {
		w.stmts[s] = w.tx.StmtContext(w.ctx, w.alerts.stmts[s])
	}
	return w.stmts[s]
}

func (w *writing) queryRow(s statement, args ...any) *sql.Row {
	return w.stmt(s).QueryRowContext(w.ctx, args...) //nolint:sqlclosecheck // the transaction closes the statement
}

func (w *writing) query(s statement, args ...any) (*sql.Rows, error) {
	return w.stmt(s).QueryContext(w.ctx, args...) //nolint:sqlclosecheck // the transaction closes the statement
}

func (w *writing) run(s statement, args ...any) (sql.Result, error) {
	return w.stmt(s).ExecContext(w.ctx, args...) //nolint:sqlclosecheck // the transaction closes the statement
}

func (w *writing) exec(s statement, args ...any) error {
	_, err := w.run(s, args...)
	return err
}
