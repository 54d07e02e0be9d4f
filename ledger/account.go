package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"penstock/journal"
	"penstock/source"
)

// place is one partition of one intake.
type place struct{ intake, hub, partition string }

// span is a run of messages without a hole that were read within the same hour. A message that was read again begins a
// span of its own.
type span struct {
	id          int64 // 0: not in the database yet
	generation  int64
	hour        int64
	first, last int64
	added       Counts // what is not in the database yet
}

// book is what the ledger knows of a place while it writes.
type book struct {
	place    place
	replay   bool
	known    bool  // something of it was read before
	newest   int64 // highest sequence number of the generation
	enqueued int64
	span     *span // that grows
	again    bool  // something was read that had been read before
}

// entry is the writing of one block.
type entry struct {
	ledger *Ledger
	ctx    context.Context //nolint:containedctx // it lives as long as one call of Apply
	tx     *sql.Tx
	books  map[place]*book
}

// Apply adds a block of the journal to the account.
func (l *Ledger) Apply(ctx context.Context, tx *sql.Tx, block *journal.Block) error {
	w := &entry{ledger: l, ctx: ctx, tx: tx, books: map[place]*book{}}
	for i := range block.Batches {
		batch := &block.Batches[i]
		for k := range batch.Messages {
			m := &batch.Messages[k]
			b, err := w.book(place{batch.Intake, m.Hub, m.Partition}, m.Replay || strings.HasPrefix(m.Partition, source.ReplayPrefix))
			if err == nil {
				err = w.message(b, m)
			}
			if err != nil {
				return fmt.Errorf("ledger of %s, %s/%s: %w", batch.Intake, m.Hub, m.Partition, err)
			}
		}
	}
	for _, b := range w.books {
		if err := w.close(b); err != nil {
			return fmt.Errorf("ledger of %s, %s/%s: %w", b.place.intake, b.place.hub, b.place.partition, err)
		}
	}
	return nil
}

// book opens the book of a place.
func (w *entry) book(p place, replay bool) (*book, error) {
	if b := w.books[p]; b != nil {
		return b, nil
	}
	b := &book{place: p, replay: replay, known: true, span: &span{}}
	s := b.span
	err := w.tx.QueryRowContext(w.ctx, `
		SELECT p.generation, p.newest, p.enqueued, s.id, s.hour, s.first, s.last
		FROM ledger_partition p JOIN ledger_span s ON s.id = p.span WHERE p.intake = ? AND p.hub = ? AND p.partition = ?`,
		p.intake, p.hub, p.partition).Scan(&s.generation, &b.newest, &b.enqueued, &s.id, &s.hour, &s.first, &s.last)
	if errors.Is(err, sql.ErrNoRows) {
		b.known, b.span = false, nil
	} else if err != nil {
		return nil, err
	}
	w.books[p] = b
	return b, nil
}

func countsOf(m *journal.Message) Counts {
	c := Counts{Messages: 1, Records: int64(m.Records), Repeated: int64(m.Repeated), Filtered: int64(m.Filtered), Heartbeats: int64(m.Heartbeats)}
	for i := range m.Entries {
		if m.Entries[i].Rejected {
			c.Quarantined++
		} else {
			c.Kept++
		}
	}
	return c
}

// message enters one message.
func (w *entry) message(b *book, m *journal.Message) error {
	sequence, enqueued := m.Position.Sequence, milliseconds(m.Position.Enqueued)
	hour := milliseconds(m.Read.Truncate(time.Hour))
	counts := countsOf(m)
	generation := int64(0)
	switch {
	case b.replay:
		sequence = 0
	case !b.known:
	default:
		generation = b.span.generation
		if sequence <= b.newest && enqueued > b.enqueued {
			// A lower number on a later message: the hub was made anew. What is read again has its old time.
			generation, b.newest = generation+1, sequence-1
		}
		if sequence > b.newest+1 {
			if err := w.hole(b, sequence); err != nil {
				return err
			}
		}
		b.again = b.again || sequence <= b.newest
	}
	if !b.known || sequence > b.newest {
		b.newest = sequence
	}
	b.known, b.enqueued = true, max(b.enqueued, enqueued)
	s := b.span
	if s == nil || s.generation != generation || s.hour != hour || !b.replay && sequence != s.last+1 {
		if err := w.flush(b); err != nil {
			return err
		}
		s = &span{generation: generation, hour: hour, first: sequence}
		b.span = s
	}
	s.last = sequence
	s.added.add(&counts)
	return nil
}

// flush writes what the open span has more than the database.
func (w *entry) flush(b *book) error {
	s := b.span
	if s == nil || s.added.Messages == 0 {
		return nil
	}
	c := &s.added
	var err error
	if s.id == 0 {
		err = w.tx.QueryRowContext(w.ctx, `
			INSERT INTO ledger_span (intake, hub, partition, generation, replay, hour, first, last, messages, records, kept, repeated, quarantined, filtered, heartbeats)
			VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) RETURNING id`,
			b.place.intake, b.place.hub, b.place.partition, s.generation, b.replay, s.hour, s.first, s.last,
			c.Messages, c.Records, c.Kept, c.Repeated, c.Quarantined, c.Filtered, c.Heartbeats).Scan(&s.id)
	} else {
		_, err = w.tx.ExecContext(w.ctx, `
			UPDATE ledger_span SET last = ?, messages = messages + ?, records = records + ?, kept = kept + ?, repeated = repeated + ?,
			quarantined = quarantined + ?, filtered = filtered + ?, heartbeats = heartbeats + ? WHERE id = ?`,
			s.last, c.Messages, c.Records, c.Kept, c.Repeated, c.Quarantined, c.Filtered, c.Heartbeats, s.id)
	}
	s.added = Counts{}
	return err
}

// close writes the book.
func (w *entry) close(b *book) error {
	if err := w.flush(b); err != nil {
		return err
	}
	if b.again {
		if err := w.fillHoles(b); err != nil {
			return err
		}
	}
	_, err := w.tx.ExecContext(w.ctx, `
		INSERT INTO ledger_partition VALUES (?,?,?,?,?,?,?)
		ON CONFLICT DO UPDATE SET generation = excluded.generation, newest = excluded.newest, enqueued = excluded.enqueued, span = excluded.span`,
		b.place.intake, b.place.hub, b.place.partition, b.span.generation, b.newest, b.enqueued, b.span.id)
	return err
}

// hole notes that the messages before sequence are missing, unless the source has told already.
func (w *entry) hole(b *book, sequence int64) error {
	first, last := b.newest+1, sequence-1
	var told bool
	err := w.tx.QueryRowContext(w.ctx, `
		SELECT EXISTS (SELECT 1 FROM incident WHERE intake = ? AND hub = ? AND partition = ? AND kind IN (?, ?, ?)
		  AND (first <= ? AND last >= ? OR first = ? AND last IS NULL))
		OR EXISTS (SELECT 1 FROM ledger_start WHERE intake = ? AND hub = ? AND partition = ? AND checkpoint = ?)`,
		b.place.intake, b.place.hub, b.place.partition, source.GapExpired, source.GapRebuilt, source.GapHole, first, last, first,
		b.place.intake, b.place.hub, b.place.partition, last).Scan(&told)
	if err != nil || told {
		return err
	}
	message := fmt.Sprintf("Messages %d to %d were never read: the journal goes on at %d, and reading has given no reason.", first, last, sequence)
	w.ledger.log.Error(message, "intake", b.place.intake, "hub", b.place.hub, "partition", b.place.partition)
	_, err = w.tx.ExecContext(w.ctx, insertIncident, GapUnexplained, b.place.intake, b.place.hub, b.place.partition, first, last, message, time.Now().UnixMilli())
	return err
}

// fillHoles takes back the holes of a place that have been read after all.
func (w *entry) fillHoles(b *book) error {
	rows, err := w.tx.QueryContext(w.ctx, `SELECT id, first, last FROM incident WHERE intake = ? AND hub = ? AND partition = ? AND kind = ? AND closed IS NULL`,
		b.place.intake, b.place.hub, b.place.partition, GapUnexplained)
	if err != nil {
		return err
	}
	defer rows.Close()
	type hole struct{ id, first, last int64 }
	var holes []hole
	for rows.Next() {
		var h hole
		if err := rows.Scan(&h.id, &h.first, &h.last); err != nil {
			return err
		}
		holes = append(holes, h)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, h := range holes {
		filled, err := w.wasRead(b, h.first, h.last)
		if err != nil {
			return err
		}
		if !filled {
			continue
		}
		if _, err := w.tx.ExecContext(w.ctx, `UPDATE incident SET kind = ?, closed = ? WHERE id = ?`, gapFilled, time.Now().UnixMilli(), h.id); err != nil {
			return err
		}
	}
	return nil
}

// wasRead reports whether the spans of a place cover first to last.
func (w *entry) wasRead(b *book, first, last int64) (bool, error) {
	rows, err := w.tx.QueryContext(w.ctx, `SELECT first, last FROM ledger_span
		WHERE intake = ? AND hub = ? AND partition = ? AND generation = ? AND first <= ? AND last >= ? ORDER BY first`,
		b.place.intake, b.place.hub, b.place.partition, b.span.generation, last, first)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	for rows.Next() {
		var from, to int64
		if err := rows.Scan(&from, &to); err != nil {
			return false, err
		}
		if from > first {
			return false, nil
		}
		first = max(first, to+1)
	}
	return first > last, rows.Err()
}
