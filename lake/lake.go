// Package lake keeps events on disk and gives them back: recent rows in memory (the head), older ones in immutable
// Parquet files (segments), one dataset per table with the table's own columns, and a catalogue in SQLite that says which
// files count. Anything that reads Parquet can read them; docs/lake.md describes how they lie.
package lake

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"penstock/format"
	"penstock/journal"
	"penstock/record"
)

// Options of a Lake. Zero values mean the default that is named.
type Options struct {
	FlushRows     int           // rows of one table in memory before everything is written out; 65,536
	FlushBytes    int           // bytes of records in memory before; 160 MiB
	FlushInterval time.Duration // or this long after the last time; 45 s
	Retention     Retention     // Keep changes it; everything
	KeepOriginal  bool          // keep every record's bytes, also of those that can be rebuilt
	ReadOnly      bool          // another process may write: what is in the segments can be read, nothing is changed. Run and Upkeep are not for it
	MemoryBytes   int64         // for queries and compaction; 2 GiB
	SpillBytes    int64         // on disk, for what of a query does not fit into memory; 16 GiB
	Threads       int           // for queries and compaction; all processors
	Connections   int           // queries at the same time; 8
	DeleteGrace   time.Duration // a file outlives its place in the catalogue by this, for others who read it; 5 min
	Observe       func(table string, c Clocks)
	Logger        *slog.Logger
	Registerer    prometheus.Registerer
}

func (o *Options) setDefaults() {
	setDefault(&o.FlushRows, 65_536)
	setDefault(&o.FlushBytes, 160<<20)
	setDefault(&o.FlushInterval, 45*time.Second)
	setDefault(&o.MemoryBytes, 2<<30)
	setDefault(&o.SpillBytes, 16<<30)
	setDefault(&o.Threads, runtime.GOMAXPROCS(0))
	setDefault(&o.Connections, 8)
	setDefault(&o.DeleteGrace, 5*time.Minute)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
}

func setDefault[T comparable](v *T, otherwise T) {
	var zero T
	if *v == zero {
		*v = otherwise
	}
}

// Clocks are the moments of an event's way; zero where unknown.
type Clocks struct {
	Event      time.Time // it happened
	Received   time.Time // Microsoft's service had it
	Published  time.Time // the service streamed it
	Enqueued   time.Time // the hub had it
	Read       time.Time // Penstock had it
	Searchable time.Time // a search could find it
}

// Lake is the store. Its methods may be called at the same time, Run once.
type Lake struct {
	dir       string
	plan      *format.Plan
	options   Options
	log       *slog.Logger
	catalogue *catalogue
	heads     *heads
	engine    *engine
	spillDir  string
	metrics   *metrics

	mu        sync.Mutex
	schemas   map[string]*tableSchema // by table
	head      map[part]*memTable
	flushing  map[part]*memTable
	segments  map[int64]*segment
	dead      []*segment // no longer in the catalogue, their files are to be deleted
	watchers  map[*watcher]struct{}
	retention Retention
	behind    time.Time // when that was read which was taken last; zero: there is nothing more to take

	workspaces atomic.Int64 // that were opened

	compacting sync.Mutex // held by whoever changes which segments there are
}

// segment is a file of the lake as long as the process knows it.
type segment struct {
	segmentInfo
	tokens  *tokenIndex
	views   int       // that read it
	died    time.Time // when the catalogue forgot it
	checked time.Time // when its file was last compared with its checksum
	single  bool      // it stays as it is: its token index is damaged, or its columns are of another version
}

// Open opens the lake in dir, creating it when it is not there. Files that the catalogue does not know are the remains
// of a crash, and are deleted.
func Open(ctx context.Context, dir string, plan *format.Plan, o Options) (*Lake, error) {
	o.setDefaults()
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open the lake: %w", err)
	}
	if o.ReadOnly {
		if _, err := os.Stat(filepath.Join(dir, "catalogue.db")); err != nil {
			return nil, fmt.Errorf("open the lake: %w", err)
		}
	} else if err := os.MkdirAll(filepath.Join(dir, "new"), 0o700); err != nil {
		return nil, fmt.Errorf("create the lake: %w", err)
	}
	l := &Lake{
		dir: dir, plan: plan, options: o, log: o.Logger, retention: o.Retention, heads: newHeads(),
		schemas: map[string]*tableSchema{}, head: map[part]*memTable{}, flushing: map[part]*memTable{},
		segments: map[int64]*segment{}, watchers: map[*watcher]struct{}{},
	}
	if l.catalogue, err = openCatalogue(ctx, dir); err != nil {
		return nil, fmt.Errorf("open the lake %s: %w", dir, err)
	}
	if err := l.load(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the lake %s: %w", dir, err), l.catalogue.close())
	}
	if l.spillDir, err = l.spillFolder(); err == nil {
		l.engine, err = openEngine(l.heads, l.engineOptions())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the lake %s: %w", dir, err), l.catalogue.close())
	}
	l.metrics = newMetrics(o.Registerer, l)
	return l, nil
}

// spillFolder is where queries write what does not fit into memory.
func (l *Lake) spillFolder() (string, error) {
	if l.options.ReadOnly {
		return os.MkdirTemp("", "penstock-")
	}
	return filepath.Join(l.dir, "tmp"), nil
}

// engineOptions are those of the engine that answers searches.
func (l *Lake) engineOptions() *engineOptions {
	o := &l.options
	return &engineOptions{
		lake: l.dir, spill: l.spillDir, spillBytes: o.SpillBytes, memoryBytes: o.MemoryBytes, threads: o.Threads, connections: o.Connections,
	}
}

// load opens what the catalogue lists and deletes what it does not.
func (l *Lake) load(ctx context.Context) error {
	list, err := l.catalogue.segments(ctx)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, info := range list {
		known[info.path()], known[info.tokens()] = true, true
		s, err := l.openSegment(*info)
		if err != nil && l.options.ReadOnly {
			continue // it was merged meanwhile, or is for its owner to set aside
		}
		if err != nil {
			if err := l.setAside(ctx, &segment{segmentInfo: *info}, err.Error()); err != nil {
				return err
			}
			continue
		}
		l.segments[info.ID] = s
	}
	if l.options.ReadOnly {
		return nil
	}
	return l.deleteOrphans(known)
}

func (l *Lake) openSegment(info segmentInfo) (*segment, error) {
	if _, err := os.Stat(filepath.Join(l.dir, info.path())); err != nil {
		return nil, fmt.Errorf("the file is not there: %w", err)
	}
	s := &segment{segmentInfo: info}
	tokens, err := openTokens(filepath.Join(l.dir, info.tokens()))
	if err != nil {
		// Without its index a segment is searched as a whole.
		l.log.Warn("a segment's token index cannot be read; searches will not pass over the segment", "segment", info.ID, "error", err)
		return s, nil
	}
	s.tokens = tokens
	return s, nil
}

func (l *Lake) deleteOrphans(known map[string]bool) error {
	if err := os.RemoveAll(filepath.Join(l.dir, "new")); err != nil {
		return fmt.Errorf("delete unfinished segments: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(l.dir, "new"), 0o700); err != nil {
		return fmt.Errorf("create the folder for new segments: %w", err)
	}
	files, err := filepath.Glob(filepath.Join(l.dir, "table=*", "day=*", "*"))
	if err != nil {
		return fmt.Errorf("list segments: %w", err)
	}
	for _, path := range files {
		name, err := filepath.Rel(l.dir, path)
		if err == nil && !known[name] && (strings.HasSuffix(name, ".parquet") || strings.HasSuffix(name, ".tokens")) {
			err = os.Remove(path)
		}
		if err != nil {
			return fmt.Errorf("delete a file that the catalogue does not know: %w", err)
		}
	}
	return nil
}

// schema gives the columns of a table, without regard to the case of its name.
func (l *Lake) schema(table string) *tableSchema {
	if s := l.schemas[table]; s != nil {
		return s
	}
	known := *l.plan.Table(table)
	if len(known.Columns) == 0 {
		known.Name = table
	}
	s := l.schemas[known.Name]
	if s == nil {
		s = newTableSchema(&known)
		l.schemas[known.Name] = s
	}
	l.schemas[table] = s
	return s
}

// Run brings what the reader reads into the lake, until ctx ends. The rest of the head is then in the journal, and is
// read again at the next start.
func (l *Lake) Run(ctx context.Context, r *journal.Reader) (err error) {
	cursor, err := l.catalogue.cursor(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	r.Seek(cursor)
	in := &ingest{lake: l, reader: r, flushed: time.Now(), old: r.End()}
	defer func() {
		if failed := in.wait(); err == nil {
			err = failed
		}
	}()
	for {
		next, cancel := context.WithDeadline(ctx, in.flushed.Add(l.options.FlushInterval))
		block, err := r.Next(next)
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, context.DeadlineExceeded):
			if !in.due() {
				in.flushed = time.Now()
			}
		case errors.Is(err, journal.ErrClosed):
			return nil
		case err != nil:
			return fmt.Errorf("read the journal into the lake: %w", err)
		default:
			in.take(block)
		}
		if in.due() {
			if err := in.flush(ctx); err != nil {
				return err
			}
		}
	}
}

// CatchUp brings what the journal has so far into the lake, for a process that reads and takes no events in.
func (l *Lake) CatchUp(ctx context.Context, r *journal.Reader) (err error) {
	cursor, err := l.catalogue.cursor(ctx)
	if err != nil {
		return err
	}
	r.Seek(cursor)
	in := &ingest{lake: l, reader: r, flushed: time.Now(), old: r.End(), cursor: cursor}
	defer func() {
		if failed := in.wait(); err == nil {
			err = failed
		}
	}()
	for in.cursor < in.old {
		block, err := r.Next(ctx)
		if err != nil {
			return fmt.Errorf("read the journal into the lake: %w", err)
		}
		in.take(block)
		if in.largest >= l.options.FlushRows || in.bytes >= l.options.FlushBytes {
			if err := in.flush(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// ingest is the state of Run.
type ingest struct {
	lake    *Lake
	reader  *journal.Reader
	parser  record.Parser
	rec     record.Record
	row     row
	cursor  journal.Cursor // behind what is in the head
	old     journal.Cursor // behind what was there at the start: it may have been searchable before
	written journal.Cursor // behind what was handed over to be written
	flushed time.Time
	largest int // rows of the largest table of the head
	bytes   int
	running chan error // the flush under way
}

// take adds a block's records to the head; from then on a search finds them.
func (in *ingest) take(block journal.Block) {
	l := in.lake
	var clocks []observation
	all := in.reader.End()
	l.mu.Lock()
	l.behind = time.Time{}
	for i := range block.Batches {
		b := &block.Batches[i]
		for k := range b.Messages {
			m := &b.Messages[k]
			if block.Cursor < all {
				l.behind = m.Read
			}
			for e := range m.Entries {
				entry := &m.Entries[e]
				if entry.Rejected {
					continue
				}
				origin := Origin{
					Intake: b.Intake, Hub: m.Hub, Partition: m.Partition, Sequence: m.Position.Sequence, Index: entry.Index,
					Enqueued: m.Position.Enqueued, Read: m.Read, Matches: strings.Join(entry.Matches, ","),
				}
				if c, ok := in.add(entry.Data, origin); ok {
					clocks = append(clocks, c)
				}
			}
		}
	}
	l.mu.Unlock()
	in.cursor = block.Cursor
	now := time.Now()
	l.metrics.ingested.Add(float64(len(clocks)))
	if l.options.Observe != nil && block.Cursor > in.old {
		for i := range clocks {
			clocks[i].clocks.Searchable = now
			l.options.Observe(clocks[i].table, clocks[i].clocks)
		}
	}
}

type observation struct {
	table  string
	clocks Clocks
}

// add puts one record into the head. The caller holds the lake's mu.
func (in *ingest) add(raw []byte, origin Origin) (observation, bool) {
	l := in.lake
	if err := in.parser.Parse(raw, &in.rec); err != nil {
		// The intake parsed it before it came into the journal.
		l.log.Error("the journal holds a record that cannot be parsed; it is left out", "intake", origin.Intake, "sequence", origin.Sequence, "error", err)
		return observation{}, false
	}
	in.row.shred(l.schema(in.rec.Table), &in.rec, origin, l.options.KeepOriginal)
	key := part{in.row.schema.name, dayOf(in.row.time)}
	t := l.head[key]
	if t == nil {
		t = newMemTable(in.row.schema)
		l.head[key] = t
	}
	t.add(&in.row)
	in.bytes += len(raw)
	in.largest = max(in.largest, t.rows)
	l.announce(&in.row)
	return observation{key.table, in.row.clocks()}, true
}

func (r *row) clocks() Clocks {
	return Clocks{
		Event: time.UnixMicro(r.time).UTC(), Received: momentOf(r.received), Published: momentOf(r.published),
		Enqueued: r.origin.Enqueued, Read: r.origin.Read,
	}
}

func (in *ingest) due() bool {
	o := &in.lake.options
	return in.largest >= o.FlushRows || in.bytes >= o.FlushBytes || in.cursor > in.written && time.Since(in.flushed) >= o.FlushInterval
}

// flush hands the head over to be written, once the flush before is done.
func (in *ingest) flush(ctx context.Context) error {
	if err := in.wait(); err != nil {
		return err
	}
	l := in.lake
	l.mu.Lock()
	l.flushing, l.head = l.head, map[part]*memTable{}
	for _, t := range l.flushing {
		t.cut()
	}
	l.mu.Unlock()
	in.largest, in.bytes, in.flushed = 0, 0, time.Now()
	in.running = make(chan error, 1)
	in.written = in.cursor
	cursor, running := in.cursor, in.running
	go func() { running <- l.persist(ctx, cursor, in.reader) }()
	return nil
}

// wait waits for the flush under way.
func (in *ingest) wait() error {
	if in.running == nil {
		return nil
	}
	err := <-in.running
	in.running = nil
	return err
}

// Close closes the files. Run and every query must have ended.
func (l *Lake) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	errs := []error{l.engine.close(), l.catalogue.close()}
	if l.options.ReadOnly {
		errs = append(errs, os.RemoveAll(l.spillDir))
	}
	for _, s := range l.segments {
		if s.tokens != nil {
			errs = append(errs, s.tokens.close())
		}
	}
	return errors.Join(errs...)
}
