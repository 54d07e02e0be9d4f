package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Capture takes a copy of a journal that another process may be writing to. It holds open what is there, so that
// nothing of it is gone before it has been copied, and copies whole blocks only: what comes out is a journal as a crash
// at the moment of the last Look would have left it.
//
// Whoever derives something from the journal keeps its cursor with it. So that the copy has everything behind those
// cursors, they are read after OpenCapture and before the last Look.
type Capture struct {
	dir       string
	positions []byte            // the snapshot, as it was before the segments were opened
	cursors   map[string][]byte // of the readers, by name
	segments  []*captured       // in order
}

type captured struct {
	first uint64
	file  *os.File
}

// ErrMoved is the error of a capture that the journal went away from: it is to be begun anew.
var ErrMoved = errors.New("the journal moved on while it was copied")

// openAttempts is how often OpenCapture begins anew because the snapshot of positions was written meanwhile.
const openAttempts = 10

// OpenCapture begins to hold the journal in dir.
func OpenCapture(dir string) (*Capture, error) {
	for range openAttempts {
		c := &Capture{dir: dir, cursors: map[string][]byte{}}
		stable, err := c.open()
		if err == nil && stable {
			return c, nil
		}
		c.Close()
		if err != nil && !errors.Is(err, ErrMoved) {
			return nil, fmt.Errorf("copy the journal %s: %w", dir, err)
		}
	}
	return nil, fmt.Errorf("copy the journal %s: %w", dir, ErrMoved)
}

// open reads cursors and positions, then opens the segments. It is stable if no segment can have been deleted between,
// which happens only once the snapshot of positions has moved.
func (c *Capture) open() (stable bool, err error) {
	names, err := os.ReadDir(filepath.Join(c.dir, "cursors"))
	if err != nil {
		return false, fmt.Errorf("read cursors: %w", err)
	}
	for _, f := range names {
		if !readerName.MatchString(f.Name()) {
			continue
		}
		if c.cursors[f.Name()], err = os.ReadFile(filepath.Join(c.dir, "cursors", f.Name())); err != nil {
			return false, fmt.Errorf("read cursors: %w", err)
		}
	}
	if c.positions, err = c.readPositions(); err != nil {
		return false, err
	}
	if err := c.Look(); err != nil {
		return false, err
	}
	now, err := c.readPositions()
	return bytes.Equal(now, c.positions), err
}

func (c *Capture) readPositions() ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(c.dir, "positions.json"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read positions: %w", err)
	}
	return b, nil
}

// Look opens the segments that have come since. It is to be called now and then, and once in the end. ErrMoved says that
// one may have come and gone between.
func (c *Capture) Look() error {
	paths, err := filepath.Glob(filepath.Join(c.dir, "*"+segmentSuffix))
	if err != nil {
		return fmt.Errorf("list segments: %w", err)
	}
	slices.Sort(paths)
	newest, still := uint64(0), len(c.segments) == 0
	if !still {
		newest = c.segments[len(c.segments)-1].first
	}
	for _, path := range paths {
		first, err := strconv.ParseUint(strings.TrimSuffix(filepath.Base(path), segmentSuffix), 10, 64)
		if err != nil {
			return fmt.Errorf("%s is no segment of a journal: move it away", path)
		}
		still = still || first == newest
		if first <= newest {
			continue
		}
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return ErrMoved
		}
		if err != nil {
			return fmt.Errorf("open a segment: %w", err)
		}
		c.segments = append(c.segments, &captured{first, f})
	}
	// Segments are deleted from the oldest on: as long as the newest known one is there, no later one has gone.
	if !still {
		return ErrMoved
	}
	return nil
}

// Reached is where a source stands in one partition.
type Reached struct {
	Intake    string    `json:"intake"`
	Hub       string    `json:"hub"`
	Partition string    `json:"partition"`
	Sequence  int64     `json:"sequence"` // of the last message that was read
	Enqueued  time.Time `json:"enqueued"` // when the hub took it
}

// Copy gives the journal's files to put, by their paths within its folder, and tells where sources stand at its end.
func (c *Capture) Copy(put func(path string, content io.Reader, size int64) error) ([]Reached, error) {
	j := &Journal{positions: map[partition]Position{}}
	if err := j.applyPositions(c.positions); err != nil {
		return nil, err
	}
	if len(c.positions) > 0 {
		if err := put("positions.json", bytes.NewReader(c.positions), int64(len(c.positions))); err != nil {
			return nil, err
		}
	}
	for name, text := range c.cursors {
		if err := put("cursors/"+name, bytes.NewReader(text), int64(len(text))); err != nil {
			return nil, err
		}
	}
	for i, s := range c.segments {
		size, err := c.sound(j, s, i == len(c.segments)-1)
		if err != nil {
			return nil, err
		}
		name := filepath.Base(s.file.Name())
		if err := put(name, io.NewSectionReader(s.file, 0, size), size); err != nil {
			return nil, err
		}
	}
	var reached []Reached
	for key, at := range j.positions {
		reached = append(reached, Reached{key.Intake, key.Hub, key.Partition, at.Sequence, at.Enqueued})
	}
	slices.SortFunc(reached, func(a, b Reached) int {
		return strings.Compare(a.Intake+"\x00"+a.Hub+"\x00"+a.Partition, b.Intake+"\x00"+b.Hub+"\x00"+b.Partition)
	})
	return reached, nil
}

// sound is up to where a segment is copied: of the last one, whole blocks alone, for it may be written at this moment.
// The positions of its blocks are applied to j.
func (c *Capture) sound(j *Journal, s *captured, last bool) (int64, error) {
	off := int64(0)
	for {
		number, block, err := readBlock(s.file, off)
		switch {
		case errors.Is(err, io.EOF):
			return off, nil
		case errors.Is(err, errTorn):
			next, found := nextSound(s.file, off+1)
			if found {
				off = next // damage is copied as it is: readers report it when they come to it
				continue
			}
			if last {
				return off, nil
			}
			info, err := s.file.Stat()
			if err != nil {
				return 0, fmt.Errorf("copy %s: %w", filepath.Base(s.file.Name()), err)
			}
			return info.Size(), nil
		case err != nil:
			return 0, fmt.Errorf("copy %s: %w", filepath.Base(s.file.Name()), err)
		}
		if number >= j.covered {
			batch, err := openBlock(block, true)
			if err != nil {
				return 0, fmt.Errorf("copy block %d: %w", number, err)
			}
			j.advance(&batch)
		}
		off += int64(len(block))
	}
}

// Close lets go of the segments.
func (c *Capture) Close() {
	for _, s := range c.segments {
		s.file.Close()
	}
}

// applyPositions takes over the snapshot of positions, as it lies on disk.
func (j *Journal) applyPositions(snapshot []byte) error {
	if len(snapshot) == 0 {
		return nil
	}
	var file positionFile
	if err := json.Unmarshal(snapshot, &file); err != nil {
		return fmt.Errorf("read positions: %w", err)
	}
	for _, p := range file.Positions {
		j.positions[p.partition] = p.Position
	}
	j.covered = file.Block
	return nil
}
