package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// A block on disk is a header and a zstd frame that holds one batch. The header, little endian:
//
//	magic   4 bytes  "PSB1"
//	length  4 bytes  of the frame
//	plain   4 bytes  length of the batch before compression
//	number  8 bytes  of the block; blocks are numbered without gaps, from 1
//	crc     4 bytes  CRC-32C of the header before it and of the frame
const (
	headerSize = 24
	magic      = 0x31425350
	maxBlock   = 512 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errTorn is what reading a block says when the bytes there are none: a torn write, or damage.
var errTorn = errors.New("no whole block")

var encoders = sync.Pool{New: func() any {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false))
	if err != nil {
		panic(err) // the options are constants
	}
	return enc
}}

var decoders = sync.Pool{New: func() any {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxBlock))
	if err != nil {
		panic(err)
	}
	return dec
}}

var scratch = sync.Pool{New: func() any { return new([]byte) }}

// encodeBlock makes a block of a batch, but for its number and checksum, which seal adds.
func encodeBlock(b *Batch) ([]byte, error) {
	plain := scratch.Get().(*[]byte)
	defer scratch.Put(plain)
	*plain = appendBatch((*plain)[:0], b)
	if len(*plain) > maxBlock {
		return nil, fmt.Errorf("a batch of %d bytes is larger than a block may be (%d)", len(*plain), maxBlock)
	}
	enc := encoders.Get().(*zstd.Encoder)
	defer encoders.Put(enc)
	block := enc.EncodeAll(*plain, make([]byte, headerSize, headerSize+len(*plain)/4+64))
	binary.LittleEndian.PutUint32(block[0:], magic)
	binary.LittleEndian.PutUint32(block[4:], uint32(len(block)-headerSize))
	binary.LittleEndian.PutUint32(block[8:], uint32(len(*plain)))
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

// openBlock decompresses and decodes what readBlock read.
func openBlock(block []byte) (Batch, error) {
	plainSize := binary.LittleEndian.Uint32(block[8:])
	if plainSize > maxBlock {
		return Batch{}, fmt.Errorf("open a block: it claims %d bytes", plainSize)
	}
	dec := decoders.Get().(*zstd.Decoder)
	defer decoders.Put(dec)
	plain, err := dec.DecodeAll(block[headerSize:], make([]byte, 0, plainSize))
	if err != nil {
		return Batch{}, fmt.Errorf("open a block: %w", err)
	}
	batch, err := decodeBatch(plain)
	if err != nil {
		return Batch{}, fmt.Errorf("decode a block: %w", err)
	}
	return batch, nil
}
