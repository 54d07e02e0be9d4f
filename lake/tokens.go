package lake

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sort"
	"unicode/utf8"

	"github.com/zeebo/xxh3"
)

// The token index of a segment is the sorted set of 32-bit hashes of all tokens in its texts, beside the Parquet file:
// a search for a word or a hash passes over segments that cannot have it. Being a set and not a filter, it merges
// without looking at the texts again.
//
// On disk: "PSTI" and the version, which is 2 for a set in which runs beside bytes beyond ASCII are missing, else 3; then blocks of hashesPerBlock hashes: the differences as varints; then a fence for each
// block: first hash, offset, checksum of block and first hash; then offset, number and checksum of the fences. All are of
// four bytes, little endian. Without checksums a flipped bit would hide events from searches, and nothing would tell.
const (
	tokenMagic     = "PSTI\x03"
	partialMagic   = "PSTI\x02"
	fenceBytes     = 12
	footBytes      = 12
	hashesPerBlock = 256
	maxToken       = 128 // bytes; of longer ones the first part counts
)

// isTokenByte: letters and digits of ASCII and everything beyond ASCII make tokens, all else parts them.
func isTokenByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}

// foldedByte is for each ASCII byte of a token the one that counts for its hash; 0 for all others.
var foldedByte = func() (folded [256]byte) {
	for i := range utf8.RuneSelf {
		switch c := byte(i); {
		case c >= 'A' && c <= 'Z':
			folded[i] = c | 0x20
		case isTokenByte(c):
			folded[i] = c
		}
	}
	return folded
}()

// eachToken calls visit with the hash of every run of ASCII letters and digits of s, with case folded. Whatever a language
// of queries makes of the bytes beyond ASCII around a run, letters or not, it is in the index.
func eachToken(s []byte, visit func(uint32)) {
	var lower [maxToken]byte
	for i := 0; i < len(s); i++ {
		n := 0
		for ; i < len(s); i++ {
			c := foldedByte[s[i]]
			if c == 0 {
				break
			}
			if n < maxToken {
				lower[n] = c
				n++
			}
		}
		if n > 0 {
			visit(tokenHash(lower[:n]))
		}
	}
}

func tokenHash(lower []byte) uint32 { return uint32(xxh3.Hash(lower)) }

// wholeTokens are the tokens that a value must have when it holds text (in lower case): those that are whole there. A
// token at an end of the text is whole only where nothing can continue it (openStart, openEnd false). Tokens with letters
// beyond ASCII are left out.
func wholeTokens(text string, openStart, openEnd bool) []string {
	var tokens []string
	for i := 0; i < len(text); {
		if !isTokenByte(text[i]) {
			i++
			continue
		}
		start := i
		foreign := false
		for ; i < len(text) && isTokenByte(text[i]); i++ {
			foreign = foreign || text[i] >= utf8.RuneSelf
		}
		if foreign || openStart && start == 0 || openEnd && i == len(text) {
			continue
		}
		tokens = append(tokens, text[start:min(i, start+maxToken)])
	}
	return tokens
}

// tokenSet collects the tokens of a segment that is being filled.
type tokenSet struct {
	table []uint32 // open addressing; 0 is free
	count int
	zero  bool // whether the hash 0 is in
}

func (t *tokenSet) add(h uint32) {
	if h == 0 {
		t.zero = true
		return
	}
	if t.count*2 >= len(t.table) {
		t.grow()
	}
	mask := uint32(len(t.table) - 1)
	for i := h * 2654435769 & mask; ; i = (i + 1) & mask {
		switch t.table[i] {
		case h:
			return
		case 0:
			t.table[i] = h
			t.count++
			return
		}
	}
}

func (t *tokenSet) has(h uint32) bool {
	if h == 0 || len(t.table) == 0 {
		return h == 0 && t.zero
	}
	mask := uint32(len(t.table) - 1)
	for i := h * 2654435769 & mask; t.table[i] != 0; i = (i + 1) & mask {
		if t.table[i] == h {
			return true
		}
	}
	return false
}

func (t *tokenSet) grow() {
	old := t.table
	t.table = make([]uint32, max(1024, len(old)*2))
	t.count = 0
	for _, h := range old {
		if h != 0 {
			t.add(h)
		}
	}
}

func (t *tokenSet) sorted() []uint32 {
	hashes := make([]uint32, 0, t.count+1)
	if t.zero {
		hashes = append(hashes, 0)
	}
	for _, h := range t.table {
		if h != 0 {
			hashes = append(hashes, h)
		}
	}
	slices.Sort(hashes)
	return hashes
}

// hashSource gives the hashes of a set in ascending order; ok is false at the end.
type hashSource func() (h uint32, ok bool, err error)

func sliceSource(hashes []uint32) hashSource {
	return func() (uint32, bool, error) {
		if len(hashes) == 0 {
			return 0, false, nil
		}
		h := hashes[0]
		hashes = hashes[1:]
		return h, true, nil
	}
}

// writeTokens writes the union of sets to path, synced. It is partial when one of the sets is.
func writeTokens(path string, partial bool, sources ...hashSource) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write a token index: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := &tokenWriter{w: bufio.NewWriterSize(f, 1<<16)}
	magic := tokenMagic
	if partial {
		magic = partialMagic
	}
	w.write([]byte(magic))
	if err := mergeHashes(sources, w.add); err != nil {
		return fmt.Errorf("merge token indexes: %w", err)
	}
	w.finish()
	if w.err != nil {
		return fmt.Errorf("write a token index: %w", w.err)
	}
	if err := w.w.Flush(); err != nil {
		return fmt.Errorf("write a token index: %w", err)
	}
	return f.Sync()
}

// mergeHashes visits each hash of the sources once, in order.
func mergeHashes(sources []hashSource, visit func(uint32)) error {
	type head struct {
		h    uint32
		next hashSource
	}
	var heads []head
	for _, s := range sources {
		h, ok, err := s()
		if err != nil {
			return err
		}
		if ok {
			heads = append(heads, head{h, s})
		}
	}
	for len(heads) > 0 {
		least := heads[0].h
		for _, h := range heads[1:] {
			least = min(least, h.h)
		}
		visit(least)
		kept := heads[:0]
		for _, h := range heads {
			if h.h == least {
				next, ok, err := h.next()
				if err != nil {
					return err
				}
				if !ok {
					continue
				}
				h.h = next
			}
			kept = append(kept, h)
		}
		heads = kept
	}
	return nil
}

type tokenWriter struct {
	w      *bufio.Writer
	at     uint32 // bytes written
	first  uint32 // hash of the block
	last   uint32
	in     int // hashes in the block
	block  []byte
	fences []byte
	err    error
}

func (t *tokenWriter) write(b []byte) {
	if t.err == nil {
		_, t.err = t.w.Write(b)
	}
	t.at += uint32(len(b))
}

func (t *tokenWriter) add(h uint32) {
	if t.in == 0 {
		t.first = h
	} else {
		t.block = binary.AppendUvarint(t.block, uint64(h-t.last))
	}
	t.last = h
	if t.in++; t.in == hashesPerBlock {
		t.endBlock()
	}
}

func (t *tokenWriter) endBlock() {
	for _, v := range []uint32{t.first, t.at, blockSum(t.first, t.block)} {
		t.fences = binary.LittleEndian.AppendUint32(t.fences, v)
	}
	t.write(t.block)
	t.block, t.in = t.block[:0], 0
}

func blockSum(first uint32, block []byte) uint32 {
	return uint32(xxh3.HashSeed(block, uint64(first)))
}

func (t *tokenWriter) finish() {
	if t.in > 0 {
		t.endBlock()
	}
	foot := binary.LittleEndian.AppendUint32(nil, t.at)
	foot = binary.LittleEndian.AppendUint32(foot, uint32(len(t.fences)/fenceBytes))
	foot = binary.LittleEndian.AppendUint32(foot, uint32(xxh3.Hash(t.fences)))
	t.write(t.fences)
	t.write(foot)
}

// tokenIndex is a segment's index, opened. Its fences are in memory, its blocks are read when asked for.
type tokenIndex struct {
	file    *os.File
	end     int64 // of the blocks
	fences  []fence
	partial bool // runs beside bytes beyond ASCII are not in it
}

type fence struct{ first, offset, sum uint32 }

var errTokens = errors.New("the token index is damaged")

func openTokens(path string) (*tokenIndex, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open a token index: %w", err)
	}
	t := &tokenIndex{file: f}
	if err := t.load(); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

func (t *tokenIndex) load() error {
	info, err := t.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < int64(len(tokenMagic)+footBytes) {
		return errTokens
	}
	var magic [len(tokenMagic)]byte
	var foot [footBytes]byte
	if _, err := t.file.ReadAt(magic[:], 0); err != nil {
		return err
	}
	if _, err := t.file.ReadAt(foot[:], info.Size()-footBytes); err != nil {
		return err
	}
	t.end = int64(binary.LittleEndian.Uint32(foot[:]))
	n := int64(binary.LittleEndian.Uint32(foot[4:]))
	t.partial = string(magic[:]) == partialMagic
	if !t.partial && string(magic[:]) != tokenMagic || t.end+n*fenceBytes+footBytes != info.Size() {
		return errTokens
	}
	b := make([]byte, n*fenceBytes)
	if _, err := t.file.ReadAt(b, t.end); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if uint32(xxh3.Hash(b)) != binary.LittleEndian.Uint32(foot[8:]) {
		return errTokens
	}
	t.fences = make([]fence, n)
	for i := range t.fences {
		f := b[i*fenceBytes:]
		t.fences[i] = fence{binary.LittleEndian.Uint32(f), binary.LittleEndian.Uint32(f[4:]), binary.LittleEndian.Uint32(f[8:])}
	}
	return nil
}

// block decodes the i-th block.
func (t *tokenIndex) block(i int, dst []uint32) ([]uint32, error) {
	end := t.end
	if i+1 < len(t.fences) {
		end = int64(t.fences[i+1].offset)
	}
	size := end - int64(t.fences[i].offset)
	if size < 0 || size > hashesPerBlock*binary.MaxVarintLen32 {
		return nil, errTokens
	}
	b := make([]byte, size)
	if _, err := t.file.ReadAt(b, int64(t.fences[i].offset)); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read a token index: %w", err)
	}
	h := t.fences[i].first
	if blockSum(h, b) != t.fences[i].sum {
		return nil, errTokens
	}
	dst = append(dst, h)
	for len(b) > 0 {
		d, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, errTokens
		}
		h += uint32(d)
		dst, b = append(dst, h), b[n:]
	}
	return dst, nil
}

// mayHave tells whether a row can have a token with that hash.
func (t *tokenIndex) mayHave(h uint32) (bool, error) {
	i := sort.Search(len(t.fences), func(i int) bool { return t.fences[i].first > h }) - 1
	if i < 0 {
		return false, nil
	}
	hashes, err := t.block(i, nil)
	if err != nil {
		return true, err
	}
	_, found := slices.BinarySearch(hashes, h)
	return found, nil
}

// source gives all hashes in order.
func (t *tokenIndex) source() hashSource {
	next := 0
	var hashes, buffer []uint32
	return func() (uint32, bool, error) {
		for len(hashes) == 0 {
			if next == len(t.fences) {
				return 0, false, nil
			}
			var err error
			if buffer, err = t.block(next, buffer[:0]); err != nil {
				return 0, false, err
			}
			hashes = buffer
			next++
		}
		h := hashes[0]
		hashes = hashes[1:]
		return h, true, nil
	}
}

func (t *tokenIndex) close() error { return t.file.Close() }
