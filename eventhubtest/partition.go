package eventhubtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"sync"
	"time"
)

// partition is the log of one partition of a hub: segments, the oldest of which go when the whole grows beyond the
// retention.
type partition struct {
	id        string
	dir       string // "" keeps the log in memory
	retention int64  // bytes

	mu       sync.RWMutex
	segments []*segment // at least one
	next     int64      // sequence number of the next event
	offset   int64      // offset of the next event
	size     int64
	closed   bool
	leftover error         // the first segment that could not be removed
	grown    chan struct{} // closed when something is appended
}

// errClosed is given once a hub is deleted or its server closed.
var errClosed = errors.New("the hub is closed")

func openPartition(dir, id string, retention int64) (*partition, error) {
	p := &partition{id: id, dir: dir, retention: retention, grown: make(chan struct{})}
	if dir != "" {
		if err := p.load(); err != nil {
			return nil, err
		}
	}
	if len(p.segments) == 0 {
		if err := p.roll(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *partition) load() error {
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return fmt.Errorf("create directory of a partition: %w", err)
	}
	paths, err := filepath.Glob(filepath.Join(p.dir, "*"+segmentSuffix))
	if err != nil {
		return fmt.Errorf("list segments: %w", err)
	}
	slices.Sort(paths)
	for i, path := range paths {
		s, err := openSegment(path, i == len(paths)-1)
		if err != nil {
			return errors.Join(err, p.close())
		}
		p.segments = append(p.segments, s)
		p.size += s.size
		p.next = s.first + int64(len(s.entries))
		if n := len(s.entries); n > 0 {
			p.offset = s.entries[n-1].offset + s.size - s.entries[n-1].at
		}
	}
	return nil
}

func (p *partition) roll() error {
	s, err := createSegment(p.dir, p.next)
	if err != nil {
		return err
	}
	p.segments = append(p.segments, s)
	return nil
}

// append stores events, all or none, sets their sequence numbers, offsets and times, and returns the first number.
func (p *partition) append(events []stored, now time.Time) (int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return 0, errClosed
	}
	last := p.segments[len(p.segments)-1]
	if len(last.entries) > 0 && last.size >= p.retention/16 {
		if err := p.roll(); err != nil {
			return 0, err
		}
		last = p.segments[len(p.segments)-1]
	}
	var records []byte
	entries := make([]entry, len(events))
	offset := p.offset
	for i := range events {
		e := &events[i]
		e.sequence, e.offset, e.enqueued = p.next+int64(i), offset, now.UnixMilli()
		entries[i] = entry{last.size + int64(len(records)), e.offset, e.enqueued}
		records = e.append(records)
		offset += int64(e.size())
	}
	if err := last.write(records, entries); err != nil {
		return 0, err
	}
	first := p.next
	p.next += int64(len(events))
	p.offset = offset
	p.size += int64(len(records))
	close(p.grown)
	p.grown = make(chan struct{})
	p.retain()
	return first, nil
}

// retain drops the oldest segments that are beyond the retention, never the one that is written. A file that cannot be
// removed does not make the append fail, which is done; close tells of it.
func (p *partition) retain() {
	for len(p.segments) > 1 && p.size > p.retention {
		oldest := p.segments[0]
		p.segments = slices.Delete(p.segments, 0, 1)
		p.size -= oldest.size
		if err := oldest.remove(); err != nil && p.leftover == nil {
			p.leftover = fmt.Errorf("drop the oldest segment: %w", err)
		}
	}
}

// read appends the records from sequence number from, or from the first that is left, to buf, about limit bytes. When
// there are none it returns the channel that is closed at the next append.
func (p *partition) read(from int64, limit int, buf []byte) ([]byte, <-chan struct{}, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.closed {
		return nil, nil, errClosed
	}
	if from >= p.next {
		return buf, p.grown, nil
	}
	from = max(from, p.segments[0].first)
	i := sort.Search(len(p.segments), func(i int) bool { return p.segments[i].first > from }) - 1
	b, err := p.segments[i].read(from, limit, buf)
	return b, nil, err
}

// bounds returns the sequence numbers of the first event that is left and of the one that comes next.
func (p *partition) bounds() (first, next int64) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.segments[0].first, p.next
}

// last returns what is known of the newest event; ok is false when there never was one or none is left.
func (p *partition) last() (e entry, ok bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, s := range slices.Backward(p.segments) {
		if n := len(s.entries); n > 0 {
			return s.entries[n-1], true
		}
	}
	return entry{}, false
}

// search returns the sequence number of the first event that after holds for; after must hold for every later one, too.
func (p *partition) search(after func(entry) bool) int64 {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, s := range p.segments {
		if n := len(s.entries); n > 0 && after(s.entries[n-1]) {
			return s.first + int64(sort.Search(n, func(i int) bool { return after(s.entries[i]) }))
		}
	}
	return p.next
}

func (p *partition) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil
	}
	p.closed = true
	close(p.grown)
	errs := []error{p.leftover}
	for _, s := range p.segments {
		errs = append(errs, s.close())
	}
	return errors.Join(errs...)
}
