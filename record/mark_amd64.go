package record

import "golang.org/x/sys/cpu"

var hasAVX2 = cpu.X86.HasAVX2

// markBlocks does what markWords does, 32 bytes at a time where the processor can.
func markBlocks(special, beyond []uint64, text []byte) (seen uint64) {
	if !hasAVX2 {
		return markWords(special, beyond, text)
	}
	_, _ = special[len(text)/block-1], beyond[len(text)/block-1]
	return markAVX2(&special[0], &beyond[0], &text[0], len(text)/block)
}

//go:noescape
func markAVX2(special, beyond *uint64, text *byte, blocks int) (seen uint64)
