// Package census knows what really arrives: which tables and ActionTypes, which of their columns are filled, and what
// their values look like. Whether a rule can work here, and a search find anything, follows from that.
//
// Every record is counted; its columns are looked at in a sample, which is dense while there are few records of a kind. All
// that is kept is bounded, whatever arrives.
package census

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/zstd"

	"penstock/state"
)

// Options of a Census. Zero values mean the default that is named.
type Options struct {
	Gather time.Duration // how often what was observed becomes visible; 10 s
	Save   time.Duration // how often it is written; 1 min
	Logger *slog.Logger
}

// Census is what has arrived. Its methods may be called at the same time.
type Census struct {
	db      *state.DB
	options Options
	log     *slog.Logger
	encoder *zstd.Encoder

	mu        sync.Mutex
	observers []*Observer
	began     time.Time
	tables    map[string]*Table
	changed   map[string]bool // tables that are not written yet

	view atomic.Pointer[View]
}

// maxStored is how large the census of a table can be, with room to spare.
const maxStored = 256 << 20

// Open reads the census that lies in db.
func Open(ctx context.Context, db *state.DB, o Options) (*Census, error) {
	if o.Gather == 0 {
		o.Gather = 10 * time.Second
	}
	if o.Save == 0 {
		o.Save = time.Minute
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("open the census: %w", err)
	}
	c := &Census{db: db, options: o, log: o.Logger, encoder: encoder, tables: map[string]*Table{}, changed: map[string]bool{}}
	if err := c.load(ctx); err != nil {
		return nil, fmt.Errorf("read the census: %w", err)
	}
	c.view.Store(c.snapshot())
	return c, nil
}

func (c *Census) load(ctx context.Context) error {
	_, err := c.db.Writer.ExecContext(ctx, `INSERT INTO census_began SELECT ? WHERE NOT EXISTS (SELECT 1 FROM census_began)`, time.Now().UnixMilli())
	if err != nil {
		return err
	}
	var began int64
	if err := c.db.Reader.QueryRowContext(ctx, `SELECT min(time) FROM census_began`).Scan(&began); err != nil {
		return err
	}
	c.began = time.UnixMilli(began).UTC()
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxStored))
	if err != nil {
		return err
	}
	defer decoder.Close()
	rows, err := c.db.Reader.QueryContext(ctx, `SELECT name, data FROM census`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var data []byte
		if err := rows.Scan(&name, &data); err != nil {
			return err
		}
		t := &Table{}
		if data, err = decoder.DecodeAll(data, nil); err == nil {
			err = json.Unmarshal(data, t)
		}
		if err != nil {
			return fmt.Errorf("table %s: %w", name, err)
		}
		t.init()
		c.tables[name] = t
	}
	return rows.Err()
}

// Run gathers what the observers see and writes it now and then, until ctx ends. Observers may still be at work then: whoever
// has waited for their end calls Save.
func (c *Census) Run(ctx context.Context) {
	gather, save := time.NewTicker(c.options.Gather), time.NewTicker(c.options.Save)
	defer gather.Stop()
	defer save.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-gather.C:
			c.Gather()
		case <-save.C:
			if err := c.Save(ctx); err != nil && ctx.Err() == nil {
				c.log.Error("the census cannot be written; it is tried again", "error", err)
			}
		}
	}
}

// Gather makes visible what was observed up to now.
func (c *Census) Gather() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, o := range c.observers {
		for name, t := range o.take() {
			c.merge(name, t)
		}
	}
	c.view.Store(c.snapshot())
}

// merge adds what one observer saw of a table. The caller holds mu.
func (c *Census) merge(name string, seen *Table) {
	t := c.tables[name]
	if t == nil {
		if len(c.tables) >= maxTables {
			name = Other
			t = c.tables[name]
		}
		if t == nil {
			t = newTable()
			c.tables[name] = t
		}
	}
	t.add(seen)
	c.changed[name] = true
}

// Save gathers and writes what has changed, all of it or nothing. A process that is killed loses what has arrived since.
func (c *Census) Save(ctx context.Context) error {
	c.Gather()
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.db.Change(ctx, func(tx *sql.Tx) error {
		for name := range c.changed {
			data, err := json.Marshal(c.tables[name])
			if err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, `INSERT INTO census VALUES (?,?) ON CONFLICT DO UPDATE SET data = excluded.data`, name, c.encoder.EncodeAll(data, nil))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write the census: %w", err)
	}
	clear(c.changed)
	return nil
}

// View is what had arrived when it was last gathered. It is not to be changed.
func (c *Census) View() *View { return c.view.Load() }

// Observer makes an observer for one goroutine that decodes records.
func (c *Census) Observer() *Observer {
	o := &Observer{tables: map[string]*Table{}}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.observers = append(c.observers, o)
	return o
}

// Retire takes over what an observer saw and forgets it; it must not observe any more.
func (c *Census) Retire(o *Observer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, t := range o.take() {
		c.merge(name, t)
	}
	c.observers = slices.DeleteFunc(c.observers, func(other *Observer) bool { return other == o })
}
