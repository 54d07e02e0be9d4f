// Package quarantine keeps whole what could not be decoded, with the reason and where it came from, until someone puts it
// through intake again or drops it.
//
// Nothing is dropped by itself. Beyond Options.MaxBytes an incident is raised, and what comes is still kept; when the
// disk takes no more, the journal holds the rest and, once that is full, reading waits.
package quarantine

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/prometheus/client_golang/prometheus"

	"penstock/journal"
	"penstock/source"
	"penstock/state"
)

// QuarantineFull is the incident that more is kept than Options.MaxBytes.
const QuarantineFull source.IncidentKind = "quarantine_full"

// ErrNotFound is returned for an id of which nothing is kept.
var ErrNotFound = errors.New("nothing with this id is in quarantine")

// Options of a Quarantine. Zero values mean the default that is named.
type Options struct {
	MaxBytes   int64            // compressed, beyond which an incident is raised; 1 GiB
	Incidents  source.Incidents // nil: none are raised
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

// Quarantine is what is kept. Its methods may be called at the same time; Apply by state.DB.Follow alone.
type Quarantine struct {
	db      *state.DB
	options Options
	log     *slog.Logger
	encoder *zstd.Encoder
	decoder *zstd.Decoder
}

// maxBody is larger than the largest message that is read, decompressed.
const maxBody = 256 << 20

// New makes the quarantine that lies in db.
func New(db *state.DB, o Options) (*Quarantine, error) {
	if o.MaxBytes == 0 {
		o.MaxBytes = 1 << 30
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("quarantine: %w", err)
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxBody))
	if err != nil {
		return nil, fmt.Errorf("quarantine: %w", err)
	}
	q := &Quarantine{db: db, options: o, log: o.Logger, encoder: encoder, decoder: decoder}
	if o.Registerer != nil {
		o.Registerer.MustRegister(collector{q})
	}
	return q, nil
}

// Apply keeps what a block of the journal has of rejected bytes.
func (q *Quarantine) Apply(ctx context.Context, tx *sql.Tx, block *journal.Block) error {
	for i := range block.Batches {
		b := &block.Batches[i]
		for k := range b.Messages {
			m := &b.Messages[k]
			for e := range m.Entries {
				if !m.Entries[e].Rejected {
					continue
				}
				if err := q.keep(ctx, tx, b.Intake, m, &m.Entries[e]); err != nil {
					return fmt.Errorf("keep rejected bytes of %s, %s/%s, message %d: %w", b.Intake, m.Hub, m.Partition, m.Position.Sequence, err)
				}
			}
		}
	}
	return nil
}

func (q *Quarantine) keep(ctx context.Context, tx *sql.Tx, intake string, m *journal.Message, e *journal.Entry) error {
	enqueued := int64(0)
	if !m.Position.Enqueued.IsZero() {
		enqueued = m.Position.Enqueued.UnixMilli()
	}
	body := q.encoder.EncodeAll(e.Data, []byte{}) // never nil, which would be NULL
	_, err := tx.ExecContext(ctx, `
		INSERT INTO quarantine (time, intake, hub, partition, sequence, enqueued, record_index, reason, detail, size, stored, body)
		VALUES (?,?,?,?,?,?,?,?,?,?,?,?)`,
		m.Read.UnixMilli(), intake, m.Hub, strings.TrimPrefix(m.Partition, source.ReplayPrefix), m.Position.Sequence, enqueued, e.Index, e.Reason, e.Detail, len(e.Data), len(body), body)
	return err
}

// Item is one thing in quarantine.
type Item struct {
	ID                     int64
	Time                   time.Time // when it was read
	Intake, Hub, Partition string
	Position               journal.Position // of its message, without Offset
	Index                  int              // place of the record in its message, from 0; -1: the whole message
	Reason, Detail         string
	Size                   int64 // bytes
}

// Selection of a list.
type Selection struct {
	Reason, Intake string   // empty: all
	Intakes        []string // only what came by these; none: by any
	Limit          int      // items of a page; 100, 1000 at most
	Before         int64    // id of the last item of the page before; 0: the first page
}

// Page is one page of what is kept, newest first.
type Page struct {
	Items   []Item
	Next    int64 // Before of the next page; 0: this is the last
	Reasons map[string]int64
}

const columns = `id, time, intake, hub, partition, sequence, enqueued, record_index, reason, detail, size`

type row interface{ Scan(into ...any) error }

func scan(r row, i *Item, more ...any) error {
	var read, enqueued int64
	into := append([]any{&i.ID, &read, &i.Intake, &i.Hub, &i.Partition, &i.Position.Sequence, &enqueued, &i.Index, &i.Reason, &i.Detail, &i.Size}, more...)
	if err := r.Scan(into...); err != nil {
		return err
	}
	i.Time = time.UnixMilli(read).UTC()
	if enqueued != 0 {
		i.Position.Enqueued = time.UnixMilli(enqueued).UTC()
	}
	return nil
}

// List gives a page, and how many are kept for each reason.
func (q *Quarantine) List(ctx context.Context, s Selection) (*Page, error) {
	if s.Limit <= 0 {
		s.Limit = 100
	}
	s.Limit = min(s.Limit, 1000)
	reasons, err := q.Reasons(ctx, s.Intakes...)
	if err != nil {
		return nil, err
	}
	page := &Page{Reasons: reasons}
	rows, err := q.db.Reader.QueryContext(ctx, `SELECT `+columns+` FROM quarantine
		WHERE (?1 = '' OR reason = ?1) AND (?2 = '' OR intake = ?2) AND (?3 = 0 OR id < ?3) AND `+within("?5")+` ORDER BY id DESC LIMIT ?4`,
		s.Reason, s.Intake, s.Before, s.Limit+1, listOf(s.Intakes))
	if err != nil {
		return nil, fmt.Errorf("list the quarantine: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var i Item
		if err := scan(rows, &i); err != nil {
			return nil, fmt.Errorf("list the quarantine: %w", err)
		}
		if len(page.Items) == s.Limit {
			page.Next = page.Items[s.Limit-1].ID
			break
		}
		page.Items = append(page.Items, i)
	}
	return page, rows.Err()
}

// within restricts rows to the intakes of a list in JSON, unless it is empty.
func within(list string) string {
	return "(" + list + " = '[]' OR intake IN (SELECT value FROM json_each(" + list + ")))"
}

func listOf(intakes []string) string {
	text, err := json.Marshal(intakes)
	if err != nil || len(intakes) == 0 {
		return "[]" // strings can always be written
	}
	return string(text)
}

// Reasons counts what is kept per reason, of what came by the intakes given; none: by any.
func (q *Quarantine) Reasons(ctx context.Context, intakes ...string) (map[string]int64, error) {
	rows, err := q.db.Reader.QueryContext(ctx, `SELECT reason, count(*) FROM quarantine WHERE `+within("?1")+` GROUP BY reason`, listOf(intakes))
	if err != nil {
		return nil, fmt.Errorf("count the quarantine: %w", err)
	}
	defer rows.Close()
	reasons := map[string]int64{}
	for rows.Next() {
		var reason string
		var n int64
		if err := rows.Scan(&reason, &n); err != nil {
			return nil, fmt.Errorf("count the quarantine: %w", err)
		}
		reasons[reason] = n
	}
	return reasons, rows.Err()
}

// Show gives an item with its bytes.
func (q *Quarantine) Show(ctx context.Context, id int64) (*Item, []byte, error) {
	var i Item
	var body []byte
	err := scan(q.db.Reader.QueryRowContext(ctx, `SELECT `+columns+`, body FROM quarantine WHERE id = ?`, id), &i, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, ErrNotFound
	}
	if err == nil {
		body, err = q.decoder.DecodeAll(body, nil)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read item %d of the quarantine: %w", id, err)
	}
	return &i, body, nil
}

// Drop deletes an item for good.
func (q *Quarantine) Drop(ctx context.Context, id int64) error {
	result, err := q.db.Writer.ExecContext(ctx, `DELETE FROM quarantine WHERE id = ?`, id)
	if err != nil {
		return fmt.Errorf("drop item %d of the quarantine: %w", id, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(ErrNotFound, err)
	}
	q.log.Info("an item has left the quarantine", "id", id)
	return nil
}

// Outcome is what became of the records of an item that was put through intake again.
type Outcome struct{ Kept, Repeated, Filtered, Rejected int }

// Replayer puts the bytes of an item through its intake again, and returns once what it understands of them is durable.
// What is still not understood is only counted.
type Replayer interface {
	Replay(ctx context.Context, i Item, body []byte) (Outcome, error)
}

// Replay puts an item through intake again. It leaves the quarantine when all of it is understood now. Doing that twice,
// or being killed in between, does no harm: what was kept before is a repeat.
func (q *Quarantine) Replay(ctx context.Context, id int64, to Replayer) (Outcome, error) {
	item, body, err := q.Show(ctx, id)
	if err != nil {
		return Outcome{}, err
	}
	outcome, err := to.Replay(ctx, *item, body)
	if err != nil {
		return outcome, fmt.Errorf("replay item %d of the quarantine: %w", id, err)
	}
	if outcome.Rejected > 0 {
		return outcome, nil
	}
	if err := q.Drop(ctx, id); err != nil && !errors.Is(err, ErrNotFound) {
		return outcome, err
	}
	return outcome, nil
}
