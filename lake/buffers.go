package lake

import (
	"math/bits"
	"sync"
)

// buffers lends memory to readers of Parquet and takes it back: a scan would otherwise leave some 10 KB an event to the
// garbage collector. It is an allocator of Arrow's. What nobody gives back is left to the garbage collector after all.
type buffers struct {
	mu   sync.Mutex
	free [bits.UintSize][][]byte // by the logarithm of their size
	kept int                     // bytes in free
}

// maxKeptBuffers is how many bytes lie ready for use at most.
const maxKeptBuffers = 64 << 20

// Allocate gives memory that is zero.
func (b *buffers) Allocate(size int) []byte {
	if size <= 0 {
		return []byte{}
	}
	class := bits.Len(uint(size - 1))
	b.mu.Lock()
	defer b.mu.Unlock()
	ready := b.free[class]
	if len(ready) == 0 {
		return make([]byte, 1<<class)[:size]
	}
	last := len(ready) - 1
	buffer := ready[last][:size]
	ready[last], b.free[class] = nil, ready[:last]
	b.kept -= cap(buffer)
	clear(buffer)
	return buffer
}

// Reallocate makes the memory larger or smaller; what is new is zero.
func (b *buffers) Reallocate(size int, old []byte) []byte {
	if size <= cap(old) {
		if size > len(old) {
			clear(old[len(old):size])
		}
		return old[:size]
	}
	larger := b.Allocate(size)
	copy(larger, old)
	b.Free(old)
	return larger
}

// Free takes memory back that Allocate or Reallocate gave, and that nobody reads any more.
func (b *buffers) Free(old []byte) {
	size := cap(old)
	if size == 0 || size&(size-1) != 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.kept+size > maxKeptBuffers {
		return
	}
	class := bits.Len(uint(size - 1))
	b.free[class] = append(b.free[class], old[:0])
	b.kept += size
}
