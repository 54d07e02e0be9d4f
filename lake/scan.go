package lake

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"golang.org/x/sync/errgroup"

	"penstock/search"
)

// Scan visits every event that is stored in a time range, as things are when the scan begins: none twice because of a
// flush or a merge meanwhile, and none left out. A record that slipped in twice is visited twice until its segments are
// merged. Each worker has a visitor of its own. Damaged segments are set aside and counted.
//
// It goes past DuckDB, straight to the columns of which records are rebuilt: to fetch a row through database/sql takes
// three times as long as all of this.
func (l *Lake) Scan(ctx context.Context, r search.ScanRequest, visitor func() search.Visitor) (search.ScanSummary, error) {
	if r.Workers <= 0 {
		r.Workers = l.options.Threads
	}
	s := newScan(l, &r)
	defer s.leave()
	s.progress(0)
	g, ctx := errgroup.WithContext(ctx)
	for range min(r.Workers, len(s.parts)) {
		w := newScanWorker(s, visitor())
		g.Go(func() error { return w.run(ctx) })
	}
	err := g.Wait()
	if err != nil {
		err = fmt.Errorf("scan the lake: %w", err)
	}
	return search.ScanSummary{Events: s.events.Load(), Unreadable: s.lost.Load()}, err
}

// scan is what the workers of a Scan share.
type scan struct {
	lake      *Lake
	request   *search.ScanRequest
	low, high int64 // event times, microseconds: low is in it, high is not
	parts     []*scanPart
	next      atomic.Int64 // of parts that nobody has taken
	events    atomic.Int64
	lost      atomic.Int64

	telling sync.Mutex
	done    int64
	total   int64
}

// scanPart is what a worker reads at a time: a segment or, of the head, a chunk.
type scanPart struct {
	schema  *tableSchema
	segment *segment
	chunk   arrow.RecordBatch
	rows    int64
	newest  int64
}

// newScan takes a view of the lake apart. A scan takes long: what is in memory comes first, and what has been read is let
// go of at once, so that neither memory nor the files of merged segments wait for the end.
func newScan(l *Lake, r *search.ScanRequest) *scan {
	s := &scan{lake: l, request: r, low: r.From.UnixMicro(), high: r.To.UnixMicro()}
	var need []uint32
	if r.Query != nil && r.Query.Root != nil {
		need = needles(r.Query.Root)
	}
	v := l.view(r.Tables, r.From, r.To, need)
	defer v.release()
	for _, t := range v.tables {
		if l.compile(t, r.Query, r.From, r.To).never {
			continue
		}
		for _, c := range t.head.chunks {
			s.parts = append(s.parts, &scanPart{schema: t.schema, chunk: c, rows: c.NumRows(), newest: math.MaxInt64})
		}
		for _, g := range t.segments {
			s.parts = append(s.parts, &scanPart{schema: t.schema, segment: g, rows: g.Rows, newest: g.Max})
		}
		t.segments = nil // they are left one by one
	}
	slices.SortFunc(s.parts, func(a, b *scanPart) int { return cmp.Compare(b.newest, a.newest) })
	for _, p := range s.parts {
		s.total += p.rows
	}
	return s
}

// take gives the next part; nil when there is none.
func (s *scan) take() *scanPart {
	i := int(s.next.Add(1)) - 1
	if i >= len(s.parts) {
		return nil
	}
	p := s.parts[i]
	s.parts[i] = nil
	return p
}

// leave lets go of what no worker came to read.
func (s *scan) leave() {
	for p := s.take(); p != nil; p = s.take() {
		s.letGo(p)
	}
}

func (s *scan) letGo(p *scanPart) {
	if p.segment != nil {
		s.lake.leave(p.segment)
	}
}

func (s *scan) progress(rows int64) {
	if s.request.Progress == nil {
		return
	}
	s.telling.Lock()
	defer s.telling.Unlock()
	s.done += rows
	s.request.Progress(s.done, s.total)
}
