package journal

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"sync"

	"github.com/klauspost/compress/s2"
)

// A block on disk is a header and two blocks of S2 (an extension of Snappy): what is said about the batch, and the bytes
// of its records, which whoever only counts can leave alone. The header, little endian:
//
//	magic    4 bytes  "PSB2"
//	length   4 bytes  of what follows the header
//	account  4 bytes  of that, the first part, compressed
//	number   8 bytes  of the block; blocks are numbered without gaps, from 1
//	crc      4 bytes  CRC-32C of the header before it and of what follows
//
// S2 it is, because every record is written and read once and soon deleted: zstd would save disk that is not short, for
// three times the work.
const (
	headerSize = 24
	magic      = 0x32425350
	maxBlock   = 512 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errTorn is what reading a block says when the bytes there are none: a torn write, or damage.
var errTorn = errors.New("no whole block")

// plain is a batch before compression, with room for it after.
type plain struct{ account, records, room []byte }

var scratch = sync.Pool{New: func() any { return new(plain) }}

// encodeBlock makes a block of a batch, but for its number and checksum, which seal adds.
func encodeBlock(b *Batch) ([]byte, error) {
	p := scratch.Get().(*plain)
	defer scratch.Put(p)
	p.account, p.records = appendBatch(p.account[:0], p.records[:0], b)
	if size := len(p.account) + len(p.records); size > maxBlock/2 {
		return nil, fmt.Errorf("a batch of %d bytes is larger than a block may be (%d)", size, maxBlock/2)
	}
	p.room = slices.Grow(p.room[:0], s2.MaxEncodedLen(len(p.account))+s2.MaxEncodedLen(len(p.records)))
	room := p.room[:cap(p.room)]
	account := s2.Encode(room, p.account)
	records := s2.Encode(room[len(account):], p.records)
	block := make([]byte, headerSize, headerSize+len(account)+len(records))
	block = append(append(block, account...), records...)
	binary.LittleEndian.PutUint32(block[0:], magic)
	binary.LittleEndian.PutUint32(block[4:], uint32(len(block)-headerSize))
	binary.LittleEndian.PutUint32(block[8:], uint32(len(account)))
	return block, nil
}

func seal(block []byte, number uint64) {
	binary.LittleEndian.PutUint64(block[12:], number)
	binary.LittleEndian.PutUint32(block[20:], checksum(block))
}

func checksum(block []byte) uint32 {
	return crc32.Update(crc32.Checksum(block[:20], castagnoli), castagnoli, block[headerSize:])
}

// readBlock reads the block at off. It returns errTorn where there is no whole, sound block, io.EOF at the end.
func readBlock(r io.ReaderAt, off int64) (number uint64, block []byte, err error) {
	var header [headerSize]byte
	switch n, err := r.ReadAt(header[:], off); {
	case n == 0 && errors.Is(err, io.EOF):
		return 0, nil, io.EOF
	case n < headerSize && errors.Is(err, io.EOF):
		return 0, nil, errTorn
	case n < headerSize:
		return 0, nil, fmt.Errorf("read a block's header: %w", err)
	}
	length := binary.LittleEndian.Uint32(header[4:])
	if binary.LittleEndian.Uint32(header[0:]) != magic || length > maxBlock {
		return 0, nil, errTorn
	}
	block = make([]byte, headerSize+int(length))
	if n, err := r.ReadAt(block, off); n < len(block) {
		if errors.Is(err, io.EOF) {
			return 0, nil, errTorn
		}
		return 0, nil, fmt.Errorf("read a block: %w", err)
	}
	if checksum(block) != binary.LittleEndian.Uint32(block[20:]) {
		return 0, nil, errTorn
	}
	return binary.LittleEndian.Uint64(block[12:]), block, nil
}

// openBlock decompresses and decodes what readBlock read; without its records when only the account is asked for.
func openBlock(block []byte, accountOnly bool) (Batch, error) {
	end := headerSize + uint64(binary.LittleEndian.Uint32(block[8:]))
	if end > uint64(len(block)) {
		return Batch{}, fmt.Errorf("open a block: it claims %d bytes of account", end-headerSize)
	}
	account, err := inflate(block[headerSize:end])
	if err != nil {
		return Batch{}, fmt.Errorf("open a block: %w", err)
	}
	var records []byte
	if !accountOnly {
		if records, err = inflate(block[end:]); err != nil {
			return Batch{}, fmt.Errorf("open a block: %w", err)
		}
	}
	batch, err := decodeBatch(account, records, accountOnly)
	if err != nil {
		return Batch{}, fmt.Errorf("decode a block: %w", err)
	}
	return batch, nil
}

func inflate(part []byte) ([]byte, error) {
	if size, err := s2.DecodedLen(part); err != nil || size > maxBlock {
		return nil, fmt.Errorf("it claims %d bytes: %w", size, cmp.Or(err, s2.ErrTooLarge))
	}
	return s2.Decode(nil, part)
}
