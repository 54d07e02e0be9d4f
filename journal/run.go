package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"penstock/record"
)

// run is a file of sorted ids, 16 bytes each, and what is kept of it in memory. Its name is the time it was written
// (milliseconds) and the journal's cursor through which it covers all records, with a dash between.
type run struct {
	path    string
	file    *os.File
	written time.Time
	through Cursor
	count   int
	filter  []uint64 // bloom filter; nil: none
	fences  []uint64 // the first eight bytes of every pageIDs-th id
}

const (
	pageIDs     = 256
	filterBits  = 12 // an id
	filterProbe = 6
	runSuffix   = ".ids"
)

func compareIDs(a, b *record.ID) int { return bytes.Compare(a[:], b[:]) }

func writeRun(dir string, ids []record.ID, through Cursor, now time.Time) (*run, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create the window's folder: %w", err)
	}
	content := make([]byte, 0, len(ids)*16)
	for i := range ids {
		content = append(content, ids[i][:]...)
	}
	path := filepath.Join(dir, fmt.Sprintf("%013d-%020d%s", now.UnixMilli(), uint64(through), runSuffix))
	if err := replaceFile(path, content); err != nil {
		return nil, fmt.Errorf("write a run of ids: %w", err)
	}
	return openRun(path)
}

func openRuns(dir string) ([]*run, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*"+runSuffix))
	if err != nil {
		return nil, fmt.Errorf("list runs of ids: %w", err)
	}
	slices.Sort(paths)
	var runs []*run
	for _, path := range paths {
		r, err := openRun(path)
		if err != nil {
			return nil, err
		}
		runs = append(runs, r)
	}
	return runs, nil
}

func openRun(path string) (*run, error) {
	written, through, ok := strings.Cut(strings.TrimSuffix(filepath.Base(path), runSuffix), "-")
	ms, err1 := strconv.ParseInt(written, 10, 64)
	cursor, err2 := ParseCursor(through)
	if !ok || err1 != nil || err2 != nil {
		return nil, fmt.Errorf("%s is no run of ids: move it away", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open a run of ids: %w", err)
	}
	r := &run{path: path, file: f, written: time.UnixMilli(ms), through: cursor}
	if err := r.index(); err != nil {
		f.Close()
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return r, nil
}

// index reads the file once and makes the filter and the fences.
func (r *run) index() error {
	info, err := r.file.Stat()
	if err != nil {
		return err
	}
	r.count = int(info.Size() / 16)
	r.filter = make([]uint64, (r.count*filterBits+63)/64+1)
	page := make([]byte, pageIDs*16)
	for at := 0; at < r.count; at += pageIDs {
		n, err := r.file.ReadAt(page, int64(at)*16)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		r.fences = append(r.fences, binary.BigEndian.Uint64(page))
		for i := 0; i+16 <= n; i += 16 {
			r.add(page[i : i+16])
		}
	}
	return nil
}

// add sets the id's bits. Ids are hashes, so their own bytes serve as the two hashes of double hashing.
func (r *run) add(id []byte) {
	a, b := binary.LittleEndian.Uint64(id), binary.LittleEndian.Uint64(id[8:])|1
	bits := uint64(len(r.filter)) * 64
	for range filterProbe {
		bit := a % bits
		r.filter[bit/64] |= 1 << (bit % 64)
		a += b
	}
}

func (r *run) mayHave(id *record.ID) bool {
	if r.filter == nil {
		return true
	}
	a, b := binary.LittleEndian.Uint64(id[:]), binary.LittleEndian.Uint64(id[8:])|1
	bits := uint64(len(r.filter)) * 64
	for range filterProbe {
		bit := a % bits
		if r.filter[bit/64]&(1<<(bit%64)) == 0 {
			return false
		}
		a += b
	}
	return true
}

func (r *run) has(id record.ID) (bool, error) {
	if !r.mayHave(&id) {
		return false, nil
	}
	key := binary.BigEndian.Uint64(id[:])
	// Ids with the same first eight bytes may begin on the page before the fence that equals them.
	first := max(sort.Search(len(r.fences), func(i int) bool { return r.fences[i] >= key })-1, 0)
	var page [pageIDs * 16]byte
	for p := first; p < len(r.fences) && r.fences[p] <= key; p++ {
		n, err := r.file.ReadAt(page[:], int64(p)*pageIDs*16)
		if err != nil && !errors.Is(err, io.EOF) {
			return false, fmt.Errorf("read %s: %w", r.path, err)
		}
		count := n / 16
		i := sort.Search(count, func(i int) bool { return bytes.Compare(page[i*16:i*16+16], id[:]) >= 0 })
		if i < count && bytes.Equal(page[i*16:i*16+16], id[:]) {
			return true, nil
		}
	}
	return false, nil
}

func (r *run) remove() error { return errors.Join(r.file.Close(), os.Remove(r.path)) }
