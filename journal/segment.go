package journal

import (
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

// segment is one file of the log, named by the number of its first block.
type segment struct {
	first  uint64
	path   string
	file   *os.File
	size   int64 // of whole, durable blocks
	sealed bool  // nothing is appended any more
}

const segmentSuffix = ".log"

func (s *segment) name() string { return filepath.Base(s.path) }

// active is the segment to append to, a new one when the last is large enough, and the number of the next block. The
// caller holds mu.
func (j *Journal) active() (*segment, uint64, error) {
	if n := len(j.segments); n > 0 {
		if last := j.segments[n-1]; !last.sealed && last.size < j.options.SegmentBytes {
			return last, j.next, nil
		}
	}
	if err := j.savePositions(); err != nil {
		return nil, 0, err
	}
	path := filepath.Join(j.dir, fmt.Sprintf("%020d%s", j.next, segmentSuffix))
	if n := len(j.segments); n > 0 && j.segments[n-1].path == path {
		// The last segment could not be written, and holds nothing.
		j.segments[n-1].file.Close()
		j.segments = j.segments[:n-1]
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, 0, fmt.Errorf("create a segment of the journal: %w", err)
	}
	if err := syncDir(j.dir); err != nil {
		f.Close()
		return nil, 0, err
	}
	s := &segment{first: j.next, path: path, file: f}
	j.segments = append(j.segments, s)
	return s, j.next, nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open %s to sync it: %w", dir, err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}

// loadSegments opens the files there are, cuts off a torn end, and replays the positions that the snapshot lacks.
func (j *Journal) loadSegments() error {
	names, err := filepath.Glob(filepath.Join(j.dir, "*"+segmentSuffix))
	if err != nil {
		return fmt.Errorf("list segments: %w", err)
	}
	slices.Sort(names)
	for _, path := range names {
		first, err := strconv.ParseUint(strings.TrimSuffix(filepath.Base(path), segmentSuffix), 10, 64)
		if err != nil {
			return fmt.Errorf("%s is no segment of a journal: move it away", path)
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0o600)
		if err != nil {
			return fmt.Errorf("open a segment: %w", err)
		}
		info, err := f.Stat()
		if err != nil {
			return fmt.Errorf("open a segment: %w", err)
		}
		j.segments = append(j.segments, &segment{first: first, path: path, file: f, size: info.Size(), sealed: true})
	}
	j.next = max(j.covered, 1)
	for i, s := range j.segments {
		last := i == len(j.segments)-1
		if !last && j.segments[i+1].first <= j.covered {
			continue
		}
		if err := j.replaySegment(s, last); err != nil {
			return err
		}
	}
	j.end = j.next
	newest := j.next + j.lost
	for _, c := range j.cursors {
		newest = max(newest, uint64(c))
	}
	if n := len(j.segments); n > 0 && newest == j.next {
		j.segments[n-1].sealed = false
	}
	j.next = newest // a file system may have lost what was acknowledged; no number is given to another block again
	return nil
}

// replaySegment applies the positions in s. In the last segment it finds the end of the log.
func (j *Journal) replaySegment(s *segment, last bool) error {
	j.next = max(j.next, s.first)
	for off := int64(0); ; {
		number, block, err := readBlock(s.file, off)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errTorn):
			sound, found := nextSound(s.file, off+1)
			if found {
				off = sound // readers report the damage when they come to it
				continue
			}
			if last {
				return j.cutOff(s, off)
			}
			return nil
		case err != nil:
			return fmt.Errorf("replay %s: %w", s.name(), err)
		}
		batch, err := openBlock(block, true)
		if err != nil {
			return fmt.Errorf("replay block %d: %w", number, err)
		}
		if number >= j.covered {
			j.advance(&batch)
		}
		j.next = number + 1
		off += int64(len(block))
	}
}

// cutOff removes what a write that was under way at a crash left at the end. It was never acknowledged; a copy is kept
// all the same.
func (j *Journal) cutOff(s *segment, off int64) error {
	torn := s.size - off
	j.log.Warn("the last write to the journal was not finished, it is cut off", "segment", s.name(), "bytes", torn)
	j.setAside(s, off, fmt.Sprintf("torn-%d-%s", off, s.name()))
	if err := s.file.Truncate(off); err != nil {
		return fmt.Errorf("cut off the torn end of %s: %w", s.name(), err)
	}
	if err := s.file.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", s.name(), err)
	}
	// Readers may have read what damage makes look torn, so the numbers of what may have been there are not given again.
	s.size, j.lost = off, uint64(torn/headerSize)+1
	return nil
}

// setAside copies a segment from off on into the folder "damaged". That there is no room for a copy stops nothing.
func (j *Journal) setAside(s *segment, off int64, name string) {
	path := filepath.Join(j.dir, "damaged", name)
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = copyNew(path, io.NewSectionReader(s.file, off, s.size-off))
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		j.log.Warn("a damaged part of the journal could not be set aside", "segment", s.name(), "error", err)
	}
}

// copyNew makes a file that is not there yet, whole or not at all.
func copyNew(path string, from io.Reader) error {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, from)
	if err = errors.Join(err, out.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// nextSound finds the next whole block from off on.
func nextSound(f *os.File, off int64) (int64, bool) {
	buf := make([]byte, 1<<20)
	for {
		n, err := f.ReadAt(buf, off)
		for i := 0; i+4 <= n; i++ {
			if buf[i] != magic&0xff || buf[i+1] != magic>>8&0xff || buf[i+2] != magic>>16&0xff || buf[i+3] != magic>>24 {
				continue
			}
			if _, _, err := readBlock(f, off+int64(i)); err == nil {
				return off + int64(i), true
			}
		}
		if err != nil || n < 4 {
			return 0, false
		}
		off += int64(n - 3)
	}
}

// deletePassed deletes the segments that every reader has passed and whose positions are in the snapshot. The caller
// holds mu.
func (j *Journal) deletePassed() {
	if len(j.cursors) == 0 {
		return
	}
	passed := Cursor(j.covered)
	for _, c := range j.cursors {
		passed = min(passed, c)
	}
	deleted := 0
	for deleted+1 < len(j.segments) && Cursor(j.segments[deleted+1].first) <= passed {
		s := j.segments[deleted]
		s.file.Close()
		if err := os.Remove(s.path); err != nil {
			j.log.Warn("a segment of the journal cannot be deleted", "segment", s.name(), "error", err)
		}
		deleted++
	}
	if deleted > 0 {
		j.segments = slices.Delete(j.segments, 0, deleted)
		j.announce()
	}
}

// positionFile is the snapshot of positions, so that deleting segments forgets none.
type positionFile struct {
	Block     uint64          `json:"block"` // every block before this one is covered
	Written   time.Time       `json:"written"`
	Positions []savedPosition `json:"positions"`
}

type savedPosition struct {
	partition
	Position
}

func (j *Journal) positionPath() string { return filepath.Join(j.dir, "positions.json") }

func (j *Journal) loadPositions() error {
	b, err := os.ReadFile(j.positionPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read positions: %w", err)
	}
	if err := j.applyPositions(b); err != nil {
		return fmt.Errorf("%s: %w", j.positionPath(), err)
	}
	return nil
}

// savePositions writes the snapshot. The caller holds mu.
func (j *Journal) savePositions() error {
	file := positionFile{Block: j.next, Written: time.Now().UTC()}
	for key, position := range j.positions {
		file.Positions = append(file.Positions, savedPosition{key, position})
	}
	b, err := json.Marshal(file)
	if err != nil {
		return fmt.Errorf("write positions: %w", err)
	}
	if err := replaceFile(j.positionPath(), b); err != nil {
		return fmt.Errorf("write positions: %w", err)
	}
	j.covered = j.next
	return nil
}

// replaceFile puts a file in another's place so that a crash leaves one or the other, whole.
func replaceFile(path string, content []byte) error {
	tmp := path + ".tmp"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}
