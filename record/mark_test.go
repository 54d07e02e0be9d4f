package record

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// blockTexts are of all lengths around a block, made of the bytes that matter and of those next to them.
func blockTexts(yield func([]byte) bool) {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test
	bytes := []byte("\x00\x01\x1f\x20\x21\"#[\\]\x7f\x80\xa2\xdc\xffaaaaaaaaaaaaaaaa")
	for length := range 5 * block {
		text := make([]byte, length)
		for i := range text {
			text[i] = bytes[random.IntN(len(bytes))]
		}
		if !yield(text) {
			return
		}
	}
}

func TestMarksAreWhatEveryByteSays(t *testing.T) {
	for text := range blockTexts {
		var s scanner
		s.mark(text)
		ascii := true
		for i, c := range text {
			if got, want := s.special[i/block]>>(i%block)&1 == 1, c < 0x20 || c == '"' || c == '\\'; got != want {
				t.Fatalf("byte %d, %#x, of %q: special is %v", i, c, text, got)
			}
			if got, want := s.beyond[i/block]>>(i%block)&1 == 1, c >= 0x80; got != want {
				t.Fatalf("byte %d, %#x, of %q: beyond is %v", i, c, text, got)
			}
			ascii = ascii && c < 0x80
		}
		if s.ascii != ascii {
			t.Fatalf("ascii of %q is %v", text, s.ascii)
		}
	}
}

func TestBlocksAreMarkedAsWordsAre(t *testing.T) {
	for text := range blockTexts {
		blocks := len(text) / block
		if blocks == 0 {
			continue
		}
		special, beyond := make([]uint64, blocks), make([]uint64, blocks)
		seen := markBlocks(special, beyond, text[:blocks*block])
		wantSpecial, wantBeyond := make([]uint64, blocks), make([]uint64, blocks)
		if want := markWords(wantSpecial, wantBeyond, text[:blocks*block]); (seen != 0) != (want != 0) {
			t.Fatalf("%q: seen %x, want %x", text, seen, want)
		}
		if !slices.Equal(special, wantSpecial) || !slices.Equal(beyond, wantBeyond) {
			t.Fatalf("%q: %x %x, want %x %x", text, special, beyond, wantSpecial, wantBeyond)
		}
	}
}
