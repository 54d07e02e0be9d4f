package file

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/zeebo/xxh3"

	"penstock/journal"
)

// maxLine bounds a line. What is longer is cut there, for the splitter to refuse.
const maxLine = 64<<20 + 1

// hashed is how much of the first line tells one file from another.
const hashed = 4 << 10

// lines reads the lines of a file one after the other.
type lines struct {
	file     *os.File // nil for standard input
	plain    bool     // neither compressed nor standard input: can be searched
	follow   bool
	closers  []func()
	r        *bufio.Reader
	offset   int64  // where the next line begins in the uncompressed text
	sequence int64  // of the next line that is not empty
	first    uint64 // hash of the first line; 0: not read yet
	buffer   []byte // the lines of a batch, one after the other
	partial  []byte // what there is of a line that has no end yet
}

func openLines(path string, stdin io.Reader, follow bool) (*lines, error) {
	l := &lines{follow: follow}
	r := stdin
	if path != Stdin {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		l.file, r = f, f
		l.closers = append(l.closers, func() { f.Close() })
	}
	switch {
	case strings.HasSuffix(path, ".gz"):
		z, err := gzip.NewReader(r)
		if err != nil {
			l.close()
			return nil, fmt.Errorf("decompress: %w", err)
		}
		r = z
	case strings.HasSuffix(path, ".zst"):
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20))
		if err != nil {
			l.close()
			return nil, fmt.Errorf("decompress: %w", err)
		}
		l.closers = append(l.closers, z.Close)
		r = z
	default:
		l.plain = path != Stdin
	}
	l.r = bufio.NewReaderSize(r, 256<<10)
	return l, nil
}

func (l *lines) close() {
	for _, c := range l.closers {
		c()
	}
}

// recycle gives the memory of the lines read so far to those to come.
func (l *lines) recycle() { l.buffer = l.buffer[:0] }

// next is the next line that is not empty, without its end. It holds until recycle. At the end of the file it is
// io.EOF; a last line without an end counts as one, unless the file is followed.
func (l *lines) next() ([]byte, error) {
	for {
		start := len(l.buffer)
		l.buffer = append(l.buffer, l.partial...)
		length := int64(len(l.partial))
		l.partial = l.partial[:0]
		ended, err := l.readLine(&length)
		if err != nil && (!errors.Is(err, io.EOF) || length == 0) {
			return nil, err
		}
		line := l.buffer[start:len(l.buffer):len(l.buffer)]
		if !ended && l.follow {
			l.partial = append(l.partial, line...)
			l.buffer = l.buffer[:start]
			return nil, io.EOF
		}
		l.offset += length
		if l.first == 0 {
			l.first = xxh3.Hash(line[:min(len(line), hashed)])
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			l.sequence++
			return line, nil
		}
		l.buffer = l.buffer[:start]
	}
}

// readLine appends the rest of a line to the buffer and its length to length; ended: with its end.
func (l *lines) readLine(length *int64) (ended bool, err error) {
	start := len(l.buffer)
	for {
		piece, err := l.r.ReadSlice('\n')
		*length += int64(len(piece))
		l.buffer = append(l.buffer, piece[:min(len(piece), max(0, maxLine-(len(l.buffer)-start)))]...)
		switch {
		case err == nil:
			return true, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return false, err
		}
	}
}

// position is that of the line that next returned last.
func (l *lines) position(now time.Time) journal.Position {
	return journal.Position{
		Sequence: l.sequence - 1,
		Offset:   strconv.FormatInt(l.offset, 10) + ":" + strconv.FormatUint(l.first, 16),
		Enqueued: now,
	}
}

// seek goes behind a line that position described. It reports false, and is at the beginning, when the file is another
// one than that in which the line was.
func (l *lines) seek(p journal.Position) (same bool, err error) {
	at, hash, ok := strings.Cut(p.Offset, ":")
	offset, err1 := strconv.ParseInt(at, 10, 64)
	first, err2 := strconv.ParseUint(hash, 16, 64)
	if !ok || err1 != nil || err2 != nil {
		return false, fmt.Errorf("the journal has the position %q, which is none in a file", p.Offset)
	}
	head, err := l.firstLine()
	if err != nil || head != first {
		return false, err
	}
	if l.plain {
		size, err := l.file.Seek(0, io.SeekEnd)
		if err != nil {
			return false, err
		}
		if size < offset {
			_, err := l.file.Seek(0, io.SeekStart)
			l.r.Reset(l.file)
			return false, err
		}
		if _, err := l.file.Seek(offset, io.SeekStart); err != nil {
			return false, err
		}
		l.r.Reset(l.file)
	} else if _, err := io.CopyN(io.Discard, l.r, offset); err != nil {
		return false, fmt.Errorf("skip what was read before: %w", err)
	}
	l.offset, l.first, l.sequence = offset, first, p.Sequence+1
	return true, nil
}

// firstLine is the hash of the first line, which stays to be read.
func (l *lines) firstLine() (uint64, error) {
	head, err := l.r.Peek(hashed)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	if i := bytes.IndexByte(head, '\n'); i >= 0 {
		head = head[:i+1]
	}
	return xxh3.Hash(head), nil
}

// replaced reports whether a followed file became shorter than what was read, or another file has its name.
func (l *lines) replaced() (bool, error) {
	opened, err := l.file.Stat()
	if err != nil {
		return false, err
	}
	if opened.Size() < l.offset {
		return true, nil
	}
	named, err := os.Stat(l.file.Name())
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil && !os.SameFile(opened, named), err
}
