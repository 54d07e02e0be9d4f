package match

import (
	"encoding/binary"
	"net/netip"
	"unsafe"

	"penstock/sigma"
)

// value is one value of a field, and what was worked out about it for the present event.
type value struct {
	text    []byte // as it is
	lower   []byte // in lower case; nil: not worked out yet
	indexed []byte // in the form of the index: the same memory as lower nearly always
	has     letters
	seen    presence
	asked   int32 // how often contains was asked
	numeric ready
	address ready
	number  float64
	addr    netip.Addr
}

// ready says whether something was worked out.
type ready uint8

const (
	unknown ready = iota
	valid
	invalid
)

// presence tells in a moment that four bytes do not follow each other anywhere in a text; that they do it only supposes.
type presence struct {
	bits  []uint64
	shift uint8
}

func (p presence) lacks(hash uint32) bool {
	bit := hash >> (p.shift & 31)
	return p.bits[bit/64]>>(bit%64)&1 == 0
}

// Limits within which a presence is worth its while: in a shorter text looking is as fast, and a longer one has everything.
const (
	minPresence = 24
	maxPresence = 1 << 16
	// patience is how often a text is searched before its presence is made.
	patience = 3
)

// presenceBits is the logarithm of how many bits a text of n bytes is given: eight to sixteen for each.
func presenceBits(n int) uint8 {
	bits := uint8(9)
	for 1<<bits < 8*n && bits < 18 {
		bits++
	}
	return bits
}

// fill notes every four bytes of text; bits are zero and as many as presenceBits says.
func (p *presence) fill(text []byte) {
	bits, shift := p.bits, p.shift&31
	i := 0
	for ; i+8 <= len(text); i += 4 {
		w := binary.LittleEndian.Uint64(text[i:])
		a, b := uint32(w)*gramFactor>>shift, uint32(w>>8)*gramFactor>>shift
		c, d := uint32(w>>16)*gramFactor>>shift, uint32(w>>24)*gramFactor>>shift
		bits[a/64] |= 1 << (a % 64)
		bits[b/64] |= 1 << (b % 64)
		bits[c/64] |= 1 << (c % 64)
		bits[d/64] |= 1 << (d % 64)
	}
	for ; i+4 <= len(text); i++ {
		a := binary.LittleEndian.Uint32(text[i:]) * gramFactor >> shift
		bits[a/64] |= 1 << (a % 64)
	}
}

// parseNumber reads the value as a number, once.
func (v *value) parseNumber() bool {
	if v.numeric == unknown {
		v.numeric = invalid
		if n, ok := sigma.Number(view(v.text)); ok {
			v.numeric, v.number = valid, n
		}
	}
	return v.numeric == valid
}

// parseAddr reads the value as an IP address, once.
func (v *value) parseAddr() bool {
	if v.address == unknown {
		v.address = invalid
		if mayBeAddr(v.text) {
			if a, err := netip.ParseAddr(view(v.text)); err == nil && a.Zone() == "" {
				v.address, v.addr = valid, a.Unmap()
			}
		}
	}
	return v.address == valid
}

// mayBeAddr keeps what is plainly no address from becoming an error, which costs memory.
func mayBeAddr(text []byte) bool {
	if len(text) > maxAddr {
		return false
	}
	separators := 0
	for _, c := range text {
		switch {
		case c == '.' || c == ':':
			separators++
		case (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f'):
			return false
		}
	}
	return separators > 1
}

// maxAddr is how many characters an address has at most: IPv6 with IPv4 at its end.
const maxAddr = 45

// view is a text without a copy of it, for a call that does not keep it.
func view(text []byte) string {
	return unsafe.String(unsafe.SliceData(text), len(text)) //nolint:gosec // the text does not change meanwhile
}
