package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// Cursor is a place in the journal: the number of the block that is to be read next. The zero Cursor is the beginning.
type Cursor uint64

func (c Cursor) String() string { return strconv.FormatUint(uint64(c), 10) }

// ParseCursor reads what String wrote.
func ParseCursor(s string) (Cursor, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("journal cursor %q: %w", s, err)
	}
	return Cursor(n), nil
}

// Block is what a Reader reads at once: some whole batches, and the cursor behind them.
type Block struct {
	Cursor  Cursor
	Batches []Batch
}

// readBytes is what a Block holds, about, unless its reader wants more: so many bytes of records.
const readBytes = 2 << 20

// Reader goes through the journal with a cursor that outlives the process. One goroutine uses it at a time.
type Reader struct {
	journal *Journal
	name    string
	at      Cursor
	segment uint64 // first block of the segment that offset is in; 0: to be found
	offset  int64
	account bool // the bytes of records are left alone
	most    int  // bytes of a Block
}

var readerName = regexp.MustCompile(`^[a-z0-9_-]{1,64}$`)

// Reader gives the reader of that name ([a-z0-9_-]), where its last Commit left it. From its first use on the journal
// keeps what it has not passed.
func (j *Journal) Reader(name string) (*Reader, error) {
	if !readerName.MatchString(name) {
		return nil, fmt.Errorf("%q is no name for a reader of the journal", name)
	}
	j.mu.Lock()
	c, known := j.cursors[name]
	j.mu.Unlock()
	r := &Reader{journal: j, name: name, at: max(c, 1), most: readBytes}
	if !known {
		return r, r.Commit(r.at)
	}
	return r, nil
}

// AccountOnly makes the reader leave the bytes of records alone, which is most of the work: the Data of entries that were
// not rejected is nil then.
func (r *Reader) AccountOnly() { r.account = true }

// AtOnce makes Blocks hold so many bytes of records, about, when there are that many to be read: what a Block costs beside
// its records is the less then, the further behind the reader is.
func (r *Reader) AtOnce(bytes int) { r.most = bytes }

// Next returns what follows; it waits until there is something.
func (r *Reader) Next(ctx context.Context) (Block, error) {
	for {
		b, changed, err := r.poll()
		if err != nil || len(b.Batches) > 0 {
			return b, err
		}
		if changed == nil {
			continue // on to the next segment
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Block{}, ctx.Err()
		}
	}
}

// poll returns what follows if it is there already, and when all has been read what to wait for.
func (r *Reader) poll() (Block, <-chan struct{}, error) {
	s, changed, err := r.locate()
	if err != nil || s == nil {
		return Block{}, changed, err
	}
	b, err := r.read(s)
	return b, nil, err
}

// locate finds the segment in which the cursor is, nil when everything has been read, and what to wait for then.
func (r *Reader) locate() (*segment, <-chan struct{}, error) {
	j := r.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil, nil, ErrClosed
	}
	if uint64(r.at) >= j.end {
		return nil, j.changed, nil
	}
	var found *segment
	for _, s := range j.segments {
		if s.first <= uint64(r.at) && s.size > 0 {
			found = s
		}
	}
	if found == nil { // it was deleted before this reader was there
		for _, s := range j.segments {
			if s.size > 0 {
				found = s
				break
			}
		}
		if found == nil {
			return nil, j.changed, nil
		}
		j.log.Warn("the journal no longer has what a reader is to read", "reader", r.name, "cursor", r.at, "first", found.first)
		r.at = Cursor(found.first)
	}
	if found.first != r.segment {
		r.segment, r.offset = found.first, 0
	}
	return &segment{first: found.first, path: found.path, file: found.file, size: found.size}, nil, nil
}

// read reads blocks from the segment, up to its end or until there is enough.
func (r *Reader) read(s *segment) (Block, error) {
	var b Block
	for bytes := 0; bytes < r.most && r.offset < s.size; {
		number, block, err := readBlock(s.file, r.offset)
		if errors.Is(err, errTorn) || errors.Is(err, io.EOF) {
			if err := r.skipDamage(s); err != nil {
				return b, err
			}
			continue
		}
		if errors.Is(err, os.ErrClosed) {
			return b, ErrClosed
		}
		if err != nil {
			return b, fmt.Errorf("reader %s: %s: %w", r.name, s.name(), err)
		}
		r.offset += int64(len(block))
		if Cursor(number) < r.at {
			continue // on the way from the segment's start to the cursor
		}
		batch, err := openBlock(block, r.account)
		if err != nil {
			return b, fmt.Errorf("reader %s: %s: block %d: %w", r.name, s.name(), number, err)
		}
		r.at = Cursor(number + 1)
		b.Cursor, b.Batches = r.at, append(b.Batches, batch)
		bytes += len(block) * 4
	}
	if len(b.Batches) == 0 {
		r.leave(s)
	}
	return b, nil
}

// leave goes to the next segment when this one has nothing more, though the cursor is still within its numbers: its end
// was damaged. When it is the last, the numbers up to the next block's were never given.
func (r *Reader) leave(s *segment) {
	j := r.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, next := range j.segments {
		if next.first == s.first && next.size > r.offset {
			return // it has grown meanwhile
		}
		if next.first > s.first && next.first > uint64(r.at) {
			r.at = Cursor(next.first)
			return
		}
	}
	r.at = Cursor(j.end)
}

// skipDamage goes on behind bytes that are no block, and reports them.
func (r *Reader) skipDamage(s *segment) error {
	j := r.journal
	sound, found := nextSound(s.file, r.offset+1)
	lost := Damage{Segment: s.name(), First: uint64(r.at), Found: time.Now()}
	if found && sound < s.size {
		number, _, err := readBlock(s.file, sound)
		if err != nil {
			return fmt.Errorf("reader %s: %s: %w", r.name, s.name(), err)
		}
		lost.Last, r.offset = number-1, sound
	} else {
		r.offset = s.size
		j.mu.Lock()
		lost.Last = j.end - 1
		for i := len(j.segments) - 1; i >= 0 && j.segments[i].first > s.first; i-- {
			lost.Last = j.segments[i].first - 1
		}
		j.mu.Unlock()
	}
	j.setAside(s, 0, s.name())
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, d := range j.damages {
		if d.Segment == lost.Segment && d.Last == lost.Last {
			return nil
		}
	}
	j.damages = append(j.damages, lost)
	j.metrics.damaged.Add(float64(lost.Last - lost.First + 1))
	j.log.Error("a part of the journal cannot be read back; a copy of the segment is in the folder damaged",
		"segment", lost.Segment, "first", lost.First, "last", lost.Last)
	return nil
}

// End is the cursor behind all that is in the journal now.
func (r *Reader) End() Cursor { return r.journal.End() }

// Seek sets the cursor, for a reader that keeps it in a database of its own.
func (r *Reader) Seek(c Cursor) { r.at, r.segment, r.offset = max(c, 1), 0, 0 }

// Commit makes the cursor durable: what is before it will not be wanted again by this reader, and may be deleted.
func (r *Reader) Commit(c Cursor) error {
	j := r.journal
	if err := replaceFile(filepath.Join(j.dir, "cursors", r.name), []byte(c.String()+"\n")); err != nil {
		return fmt.Errorf("keep the cursor of %s: %w", r.name, err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.cursors[r.name] = c
	j.deletePassed()
	return nil
}

// Forget gives up a reader's cursor, so that the journal keeps nothing for it any more.
func (j *Journal) Forget(name string) error {
	if err := os.Remove(filepath.Join(j.dir, "cursors", name)); err != nil {
		return fmt.Errorf("forget reader %s: %w", name, err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.cursors, name)
	j.deletePassed()
	return nil
}

func (j *Journal) loadCursors() error {
	files, err := os.ReadDir(filepath.Join(j.dir, "cursors"))
	if err != nil {
		return fmt.Errorf("read cursors: %w", err)
	}
	for _, f := range files {
		if !readerName.MatchString(f.Name()) {
			continue
		}
		b, err := os.ReadFile(filepath.Join(j.dir, "cursors", f.Name()))
		if err != nil {
			return fmt.Errorf("read cursors: %w", err)
		}
		c, err := strconv.ParseUint(string(trimNewline(b)), 10, 64)
		if err != nil {
			return fmt.Errorf("the cursor of %s is damaged; delete cursors/%s to read from the start of what is there: %w", f.Name(), f.Name(), err)
		}
		j.cursors[f.Name()] = Cursor(c)
	}
	return nil
}

func trimNewline(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == '\n' {
		return b[:n-1]
	}
	return b
}

// slowest names the reader that holds the journal back. The caller holds mu.
func (j *Journal) slowest() string {
	name, at := "", Cursor(0)
	for n, c := range j.cursors {
		if name == "" || c < at {
			name, at = n, c
		}
	}
	if name == "" {
		return "nothing reads it"
	}
	return fmt.Sprintf("its reader %q is %d blocks behind", name, Cursor(j.end)-at)
}
