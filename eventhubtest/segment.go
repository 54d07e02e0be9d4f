package eventhubtest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strconv"
)

// stored is one event as a partition keeps it. annotations are the encoded key and value pairs that the producer gave
// (without those that the hub sets itself), body the encoded sections from the properties to the footer.
type stored struct {
	sequence, offset int64
	enqueued         int64 // milliseconds since 1970
	key              string
	pairs            int // number of encoded values in annotations
	annotations      []byte
	body             []byte
}

// A record is the length of what follows and its CRC-32C, then sequence number, offset, time, length of the key, number
// of values and length of the annotations, and the three byte strings. It is the same in memory and on disk.
const (
	recordPrefix = 8
	recordFixed  = 8 + 8 + 8 + 2 + 2 + 4
	maxRecord    = 4 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (e *stored) size() int {
	return recordPrefix + recordFixed + len(e.key) + len(e.annotations) + len(e.body)
}

func (e *stored) append(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0)
	dst = binary.BigEndian.AppendUint64(dst, uint64(e.sequence))
	dst = binary.BigEndian.AppendUint64(dst, uint64(e.offset))
	dst = binary.BigEndian.AppendUint64(dst, uint64(e.enqueued))
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(e.key)))
	dst = binary.BigEndian.AppendUint16(dst, uint16(e.pairs))
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(e.annotations)))
	dst = append(append(append(dst, e.key...), e.annotations...), e.body...)
	content := dst[start+recordPrefix:]
	binary.BigEndian.PutUint32(dst[start:], uint32(len(content)))
	binary.BigEndian.PutUint32(dst[start+4:], crc32.Checksum(content, castagnoli))
	return dst
}

var errTorn = errors.New("record is torn")

// parseRecord reads the record at the start of b and returns how many bytes it has. The event shares the memory of b.
func parseRecord(b []byte, check bool) (e stored, n int, err error) {
	if len(b) < recordPrefix+recordFixed {
		return e, 0, errTorn
	}
	size := binary.BigEndian.Uint32(b)
	if size < recordFixed || size > maxRecord || int(size) > len(b)-recordPrefix {
		return e, 0, errTorn
	}
	c := b[recordPrefix : recordPrefix+int(size)]
	if check && crc32.Checksum(c, castagnoli) != binary.BigEndian.Uint32(b[4:]) {
		return e, 0, errTorn
	}
	e.sequence = int64(binary.BigEndian.Uint64(c))
	e.offset = int64(binary.BigEndian.Uint64(c[8:]))
	e.enqueued = int64(binary.BigEndian.Uint64(c[16:]))
	key, annotations := int(binary.BigEndian.Uint16(c[24:])), int(binary.BigEndian.Uint32(c[28:]))
	e.pairs = int(binary.BigEndian.Uint16(c[26:]))
	c = c[recordFixed:]
	if key > len(c) || annotations > len(c)-key {
		return e, 0, errTorn
	}
	e.key, e.annotations, e.body = string(c[:key]), c[key:key+annotations], c[key+annotations:]
	return e, recordPrefix + int(size), nil
}

// entry is what a segment knows of a record without reading it.
type entry struct {
	at       int64 // in the segment
	offset   int64
	enqueued int64
}

// segment is a run of records with consecutive sequence numbers: a file, or memory when file is nil.
type segment struct {
	first   int64 // sequence number of entries[0]
	entries []entry
	size    int64
	file    *os.File
	data    []byte
}

const segmentSuffix = ".log"

func segmentPath(dir string, first int64) string {
	return filepath.Join(dir, fmt.Sprintf("%020d%s", first, segmentSuffix))
}

func createSegment(dir string, first int64) (*segment, error) {
	s := &segment{first: first}
	if dir == "" {
		return s, nil
	}
	f, err := os.OpenFile(segmentPath(dir, first), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create segment: %w", err)
	}
	s.file = f
	return s, nil
}

// openSegment reads the index of a file. A torn record at the end, which a kill leaves and nobody was told is stored, is
// cut off when the segment is the last one, and is an error otherwise.
func openSegment(path string, last bool) (*segment, error) {
	first, err := strconv.ParseInt(filepath.Base(path[:len(path)-len(segmentSuffix)]), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("segment %s: the name is not a sequence number", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read segment: %w", err)
	}
	s := &segment{first: first}
	for int(s.size) < len(data) {
		e, n, err := parseRecord(data[s.size:], true)
		if err == nil && e.sequence != first+int64(len(s.entries)) {
			err = fmt.Errorf("sequence number %d where %d was expected", e.sequence, first+int64(len(s.entries)))
		}
		if err != nil && last {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("segment %s at byte %d: %w; remove the directory of the hub to start anew", path, s.size, err)
		}
		s.entries = append(s.entries, entry{s.size, e.offset, e.enqueued})
		s.size += int64(n)
	}
	if s.file, err = os.OpenFile(path, os.O_RDWR, 0o600); err != nil {
		return nil, fmt.Errorf("open segment: %w", err)
	}
	if int(s.size) < len(data) {
		if err := s.file.Truncate(s.size); err != nil {
			return nil, errors.Join(fmt.Errorf("cut off the torn end of segment %s: %w", path, err), s.file.Close())
		}
	}
	return s, nil
}

// write appends encoded records in one go; after a failure the segment is as it was before.
func (s *segment) write(records []byte, entries []entry) error {
	if s.file == nil {
		s.data = append(s.data, records...)
	} else if _, err := s.file.WriteAt(records, s.size); err != nil {
		return errors.Join(fmt.Errorf("write segment: %w", err), s.file.Truncate(s.size))
	}
	s.entries = append(s.entries, entries...)
	s.size += int64(len(records))
	return nil
}

// read appends the bytes of records from sequence number from, at most limit bytes but at least one record, to buf.
func (s *segment) read(from int64, limit int, buf []byte) ([]byte, error) {
	i := int(from - s.first)
	start, end := s.entries[i].at, s.size
	for j := i + 1; j < len(s.entries); j++ {
		if s.entries[j].at-start > int64(limit) {
			end = s.entries[j].at
			break
		}
	}
	if s.file == nil {
		return append(buf, s.data[start:end]...), nil
	}
	n := len(buf)
	buf = append(buf, make([]byte, end-start)...)
	if _, err := s.file.ReadAt(buf[n:], start); err != nil {
		return nil, fmt.Errorf("read segment: %w", err)
	}
	return buf, nil
}

func (s *segment) close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

func (s *segment) remove() error {
	if s.file == nil {
		return nil
	}
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}
