package lake

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"penstock/journal"
)

//go:embed migrations/*.sql
var migrations embed.FS

// catalogue is the list of segments, in SQLite, with the journal's cursor: what is in the lake is what it says.
type catalogue struct{ db *sql.DB }

// segmentInfo is one immutable Parquet file with its token index.
type segmentInfo struct {
	ID       int64
	Part     part
	Level    int // how often its rows were merged
	Rows     int64
	Bytes    int64 // index included
	Min, Max int64 // event time, microseconds
	Created  time.Time
	Checksum uint64 // xxh3 of the Parquet file; 0: not known
	Shape    uint64 // of its columns, see shapeOf; 0: not known
}

// path of the Parquet file within the lake's folder.
func (s *segmentInfo) path() string {
	return filepath.Join("table="+folder(s.Part.table), "day="+s.Part.day, fmt.Sprintf("%012d.parquet", s.ID))
}

// tokens is the path of the token index.
func (s *segmentInfo) tokens() string { return tokenPath(s.path()) }

func tokenPath(parquet string) string { return parquet[:len(parquet)-len("parquet")] + "tokens" }

func openCatalogue(ctx context.Context, dir string) (*catalogue, error) {
	dsn := "file:" + filepath.Join(dir, "catalogue.db") +
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_txlock=immediate"
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open the catalogue: %w", err)
	}
	db.SetMaxOpenConns(1)
	steps, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, steps)
	if err == nil {
		_, err = p.Up(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("bring the catalogue up to date: %w", err), db.Close())
	}
	return &catalogue{db}, nil
}

// segments lists what is in the lake, damaged ones left out.
func (c *catalogue) segments(ctx context.Context) ([]*segmentInfo, error) {
	rows, err := c.db.QueryContext(ctx, `SELECT id, table_name, day, level, rows, bytes, min_time, max_time, created, checksum, shape FROM segment WHERE damaged IS NULL ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("read the catalogue: %w", err)
	}
	defer rows.Close()
	var list []*segmentInfo
	for rows.Next() {
		var s segmentInfo
		var created, checksum, shape int64
		if err := rows.Scan(&s.ID, &s.Part.table, &s.Part.day, &s.Level, &s.Rows, &s.Bytes, &s.Min, &s.Max, &created, &checksum, &shape); err != nil {
			return nil, fmt.Errorf("read the catalogue: %w", err)
		}
		s.Created, s.Checksum, s.Shape = time.UnixMilli(created), uint64(checksum), uint64(shape)
		list = append(list, &s)
	}
	return list, rows.Err()
}

// cursor is up to where the journal is in the lake's segments.
func (c *catalogue) cursor(ctx context.Context) (journal.Cursor, error) {
	var n int64
	if err := c.db.QueryRowContext(ctx, `SELECT cursor FROM journal_cursor`).Scan(&n); err != nil {
		return 0, fmt.Errorf("read the lake's cursor: %w", err)
	}
	return journal.Cursor(n), nil
}

// nextID gives numbers for segments, never one twice, even when the segment is not made after all.
func (c *catalogue) nextID(ctx context.Context, n int) (int64, error) {
	var last int64
	err := c.db.QueryRowContext(ctx, `UPDATE segment_number SET last = last + ? RETURNING last`, n).Scan(&last)
	if err != nil {
		return 0, fmt.Errorf("number segments: %w", err)
	}
	return last - int64(n) + 1, nil
}

// commit makes a change of the lake real: segments come, others go, and the cursor moves, all at once. The files of
// those that go are remembered until they are deleted.
func (c *catalogue) commit(ctx context.Context, added, removed []*segmentInfo, cursor *journal.Cursor) error {
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("change the catalogue: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // it is a mistake only before the commit, which is reported then
	for _, s := range added {
		_, err := tx.ExecContext(ctx, `INSERT INTO segment (id, table_name, day, level, rows, bytes, min_time, max_time, created, checksum, shape) VALUES (?,?,?,?,?,?,?,?,?,?,?)`,
			s.ID, s.Part.table, s.Part.day, s.Level, s.Rows, s.Bytes, s.Min, s.Max, s.Created.UnixMilli(), int64(s.Checksum), int64(s.Shape))
		if err != nil {
			return fmt.Errorf("add segment %d to the catalogue: %w", s.ID, err)
		}
	}
	for _, s := range removed {
		if _, err := tx.ExecContext(ctx, `DELETE FROM segment WHERE id = ?`, s.ID); err != nil {
			return fmt.Errorf("remove segment %d from the catalogue: %w", s.ID, err)
		}
	}
	if cursor != nil {
		if _, err := tx.ExecContext(ctx, `UPDATE journal_cursor SET cursor = ?`, int64(*cursor)); err != nil {
			return fmt.Errorf("move the lake's cursor: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("change the catalogue: %w", err)
	}
	return nil
}

// markDamaged takes a segment out of every search, and says why.
func (c *catalogue) markDamaged(ctx context.Context, id int64, reason string) error {
	if _, err := c.db.ExecContext(ctx, `UPDATE segment SET damaged = ? WHERE id = ?`, reason, id); err != nil {
		return fmt.Errorf("mark segment %d as damaged: %w", id, err)
	}
	return nil
}

func (c *catalogue) damaged(ctx context.Context) (list []Damaged, err error) {
	rows, err := c.db.QueryContext(ctx, `SELECT id, table_name, day, rows, damaged FROM segment WHERE damaged IS NOT NULL ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("read the catalogue: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var d Damaged
		if err := rows.Scan(&d.Segment, &d.Table, &d.Day, &d.Rows, &d.Reason); err != nil {
			return nil, fmt.Errorf("read the catalogue: %w", err)
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// Damaged is a segment that was set aside.
type Damaged struct {
	Segment int64
	Table   string
	Day     string
	Rows    int64
	Reason  string
}

func (c *catalogue) close() error { return c.db.Close() }
