// Package audit is the record of who did what to what, when and from where. It can be added to and read; the database
// itself refuses to change an entry, and to delete one that is not older than retention says.
package audit

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
	"unicode"

	"penstock/state"
)

// Outcome is what became of what somebody did.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"
	Refused Outcome = "refused" // he may not
	Failed  Outcome = "failed"
)

// Entry is one thing that somebody did.
type Entry struct {
	ID        int64     `json:"id"`
	Time      time.Time `json:"time"`
	Kind      string    `json:"kind" enum:"user,key,token,open,none,program" doc:"What the actor is"`
	Actor     string    `json:"actor,omitempty" doc:"Name of the user or the key"`
	Address   string    `json:"address,omitempty" doc:"Where it came from"`
	Request   string    `json:"request,omitempty" doc:"Id of the request"`
	Operation string    `json:"operation" doc:"Of the API, by its operationId" example:"updateUser"`
	Target    string    `json:"target,omitempty" doc:"What it was done to: the parameters of the path" example:"id=3"`
	Outcome   Outcome   `json:"outcome" enum:"done,refused,failed"`
	Status    int       `json:"status,omitempty" doc:"Of HTTP"`
	Detail    string    `json:"detail,omitempty"`
}

// maxText bounds each text of an entry.
const maxText = 512

// Options of a Log. Zero values mean the default that is named.
type Options struct {
	Retention time.Duration // entries that are older are deleted, 30 days at least; 0: none
	Logger    *slog.Logger
}

// MinRetention is what the database keeps in any case.
const MinRetention = 30 * 24 * time.Hour

// Log is the record in a state database. Its methods may be called at the same time.
type Log struct {
	db      *state.DB
	options Options
	log     *slog.Logger
}

// New is the record that lies in db.
func New(db *state.DB, o Options) *Log {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &Log{db: db, options: o, log: o.Logger}
}

// Write adds an entry, whose time is now.
func (l *Log) Write(ctx context.Context, e *Entry) error {
	_, err := l.db.Writer.ExecContext(ctx, `INSERT INTO audit (time, kind, actor, address, request, operation, target, outcome, status, detail) VALUES (?,?,?,?,?,?,?,?,?,?)`,
		time.Now().UnixMilli(), e.Kind, clean(e.Actor), clean(e.Address), clean(e.Request), clean(e.Operation), clean(e.Target), e.Outcome, e.Status, clean(e.Detail))
	if err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	return nil
}

// clean keeps a text from being long, and from looking like something else where it is shown.
func clean(text string) string {
	text = strings.ToValidUTF8(text, "�")
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}

// Filter chooses entries: those for which everything holds that it says.
type Filter struct {
	From      time.Time `query:"from" doc:"Since then"`
	To        time.Time `query:"to" doc:"And before then"`
	Actor     string    `query:"actor" maxLength:"128" doc:"Name of the user or the key"`
	Operation string    `query:"operation" maxLength:"128" doc:"Of the API, by its operationId"`
	Outcome   string    `query:"outcome" enum:"done,refused,failed"`
	Address   string    `query:"address" maxLength:"64"`
	Text      string    `query:"text" maxLength:"256" doc:"In actor, operation, target or detail"`
}

func (f *Filter) where() (string, []any) {
	var b strings.Builder
	var args []any
	add := func(condition string, values ...any) {
		b.WriteString(" AND " + condition)
		args = append(args, values...)
	}
	if !f.From.IsZero() {
		add("time >= ?", f.From.UnixMilli())
	}
	if !f.To.IsZero() {
		add("time < ?", f.To.UnixMilli())
	}
	for column, value := range map[string]string{"actor": f.Actor, "operation": f.Operation, "outcome": f.Outcome, "address": f.Address} {
		if value != "" {
			add(column+" = ?", value)
		}
	}
	if f.Text != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(f.Text) + "%"
		add(`(actor LIKE ? ESCAPE '\' OR operation LIKE ? ESCAPE '\' OR target LIKE ? ESCAPE '\' OR detail LIKE ? ESCAPE '\')`, like, like, like, like)
	}
	return b.String(), args
}

// List is the entries of a filter with an id below before (0: the latest), newest first, limit at most.
func (l *Log) List(ctx context.Context, f *Filter, before int64, limit int) ([]Entry, error) {
	where, args := f.where()
	if before > 0 {
		where += " AND id < ?"
		args = append(args, before)
	}
	rows, err := l.db.Reader.QueryContext(ctx, `SELECT id, time, kind, actor, address, request, operation, target, outcome, status, detail FROM audit
		WHERE 1`+where+` ORDER BY id DESC LIMIT ?`, append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	defer rows.Close()
	list := make([]Entry, 0, min(limit, 1000))
	for rows.Next() {
		e, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, rows.Err()
}

func scan(rows *sql.Rows) (e Entry, err error) {
	var ms int64
	if err := rows.Scan(&e.ID, &ms, &e.Kind, &e.Actor, &e.Address, &e.Request, &e.Operation, &e.Target, &e.Outcome, &e.Status, &e.Detail); err != nil {
		return e, fmt.Errorf("read the audit log: %w", err)
	}
	e.Time = time.UnixMilli(ms).UTC()
	return e, nil
}

// exportPage is how many entries are read at once, so that no reader holds the database for long.
const exportPage = 1000

// Export writes the entries of a filter as newline-delimited JSON, newest first.
func (l *Log) Export(ctx context.Context, f *Filter, w io.Writer) error {
	for before := int64(0); ; {
		page, err := l.List(ctx, f, before, exportPage)
		if err != nil {
			return err
		}
		for i := range page {
			if err := writeLine(w, &page[i]); err != nil {
				return fmt.Errorf("export the audit log: %w", err)
			}
		}
		if len(page) < exportPage {
			return nil
		}
		before = page[len(page)-1].ID
	}
}
