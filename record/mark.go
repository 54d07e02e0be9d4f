package record

import "encoding/binary"

const (
	lows  = 0x0101010101010101
	highs = 0x8080808080808080
)

// markWords sets a bit of marks for every quote, backslash and control character of text, whose length is a multiple of
// 64, and one of beyond for every byte that is not ASCII. It returns whether there are such, as a number that is not 0.
func markWords(marks, beyond []uint64, text []byte) (seen uint64) {
	for k := 0; k < len(text)/block; k++ {
		var s, h uint64
		for i := 0; i < block; i += 8 {
			w := binary.LittleEndian.Uint64(text[k*block+i:])
			s |= gather(special(w)) << i
			h |= gather(w&highs) << i
			seen |= w & highs
		}
		marks[k], beyond[k] = s, h
	}
	return seen
}

// special has the high bit of every byte of w that is a quote, a backslash or a control character.
func special(w uint64) uint64 {
	low := w &^ highs // of seven bits each: no sum carries into the next byte
	plain := ((low ^ lows*0x02) + lows*0x5f) & ((low ^ lows*'\\') + lows*0x7f)
	return ^(plain | w) & highs
}

// gather moves the high bits of the bytes together.
func gather(w uint64) uint64 { return (w >> 7) * 0x0102040810204080 >> 56 }
