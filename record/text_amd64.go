package record

import "golang.org/x/sys/cpu"

// hasVBMI2 is for the instructions that move bytes together and apart, which JSON within strings, full of backslashes, is
// a good use for.
var hasVBMI2 = cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VBMI2 && cpu.X86.HasBMI1 && cpu.X86.HasBMI2 && cpu.X86.HasPOPCNT

// unguard does what unguardWords does, 64 bytes at a time where the processor can.
func unguard(dst, text []byte, i int) ([]byte, int) {
	if !hasVBMI2 || i == len(text) {
		return unguardWords(dst, text, i)
	}
	n := len(dst)
	to, from := dst[n:n+len(text)-i+block], text[i:]
	read, written := unguardVBMI2(&to[0], &from[0], len(from))
	return dst[:n+written], i + read
}

// guard does what guardWords does, 32 bytes at a time where the processor can.
func guard(dst, text []byte, i int) ([]byte, int) {
	if !hasVBMI2 || i == len(text) {
		return guardWords(dst, text, i)
	}
	n := len(dst)
	to, from := dst[n:cap(dst)], text[i:]
	read, written := guardVBMI2(&to[0], len(to), &from[0], len(from))
	return dst[:n+written], i + read
}

//go:noescape
func unguardVBMI2(dst, text *byte, size int) (read, written int)

//go:noescape
func guardVBMI2(dst *byte, room int, text *byte, size int) (read, written int)
