package lake

import (
	"bytes"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

var _ memory.Allocator = (*buffers)(nil)

func TestMemoryThatComesBackIsLentAgainAndIsZero(t *testing.T) {
	var b buffers
	first := b.Allocate(1000)
	for i := range first {
		first[i] = 7
	}
	b.Free(first)
	again := b.Allocate(900)
	if &again[0] != &first[0] {
		t.Error("memory that was given back is not lent again")
	}
	if len(again) != 900 || !bytes.Equal(again, make([]byte, 900)) {
		t.Error("it is not 900 bytes of zero")
	}
	if other := b.Allocate(900); &other[0] == &again[0] {
		t.Error("memory is lent twice")
	}
}

func TestMemoryThatGrowsKeepsWhatIsInIt(t *testing.T) {
	var b buffers
	dirty := b.Allocate(4096)
	for i := range dirty {
		dirty[i] = 7
	}
	b.Free(dirty)
	text := append(b.Allocate(0), "records"...)
	small := b.Allocate(len(text))
	copy(small, text)
	for _, size := range []int{8, 100, 3000} {
		small = b.Reallocate(size, small)
		if want := append([]byte("records"), make([]byte, size-7)...); !bytes.Equal(small, want) {
			t.Errorf("after growing to %d bytes: %q", size, small)
		}
	}
	if small = b.Reallocate(3, small); string(small) != "rec" {
		t.Errorf("after shrinking: %q", small)
	}
	if small = b.Reallocate(7, small); string(small) != "rec\x00\x00\x00\x00" {
		t.Errorf("after growing within its memory: %q", small)
	}
}

func TestNoMoreMemoryLiesReadyThanIsAllowed(t *testing.T) {
	var b buffers
	for range 3 {
		b.Free(make([]byte, maxKeptBuffers/2))
	}
	if b.kept != maxKeptBuffers {
		t.Errorf("%d bytes are kept, not %d", b.kept, maxKeptBuffers)
	}
}
