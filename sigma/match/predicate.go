package match

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"

	"penstock/sigma"
)

// op is how a predicate is decided.
type op uint8

const (
	opEqual op = iota
	opStart
	opEnd
	opContain
	opAny  // any value at all
	opGlob // a pattern with wildcards inside
	opRegex
	opCIDR
	opNumber
	opAbsent // no value
	opPresent
	opRef
)

// predicate is a test in the form in which it is decided fastest.
type predicate struct {
	op     op
	cased  bool
	probed bool
	// settled: where the slot was searched for guards, the test holds if its literal was found.
	settled bool
	slot    int32     // whose values it is about
	text    []byte    // of the simple forms
	probes  [2]uint32 // opContain: hashes of two parts of text, for presence; used if probed
	more    *details
}

// details are what is needed less often.
type details struct {
	test    *sigma.Test
	ref     int32 // opRef: the slot of the other field
	glob    []segment
	demands [][]byte // opRegex: one of these is in every value, in the form of the index, that matches
	run     run      // opRegex: what every value that matches has as well
	window  window   // the same
	minimum minimum  // the same
}

// newPredicate prepares a test about the values in a slot.
func newPredicate(t *sigma.Test, slot, ref int32) predicate {
	p := predicate{slot: slot, cased: t.Cased, more: &details{test: t, ref: ref}}
	switch t.Kind {
	case sigma.Match:
		p.pattern(t.Pattern)
	case sigma.Regex:
		p.op = opRegex
		if re, err := syntaxOf(t.Regexp); err == nil {
			p.more.run, p.more.window, p.more.minimum = longestRun(re), windowOf(re), minimumOf(re)
			for _, text := range required(re) {
				p.more.demands = append(p.more.demands, []byte(text))
			}
		}
	case sigma.CIDR:
		p.op = opCIDR
	case sigma.Equal, sigma.Less, sigma.LessOrEqual, sigma.Greater, sigma.GreaterOrEqual:
		p.op = opNumber
	case sigma.Null, sigma.Empty:
		p.op = opAbsent
	case sigma.Exists:
		if p.op = opAbsent; t.Want {
			p.op = opPresent
		}
	case sigma.FieldRef:
		p.op = opRef
	}
	return p
}

// pattern finds the simplest form of a pattern.
func (p *predicate) pattern(pattern sigma.Pattern) {
	p.op, p.more.glob = opGlob, segmentsOf(pattern, p.cased)
	switch g := p.more.glob; {
	case len(g) == 1 && g[0].literal():
		p.op, p.text = opEqual, g[0][0]
	case len(g) == 2 && g[0].literal() && g[1] == nil:
		p.op, p.text = opStart, g[0][0]
	case len(g) == 2 && g[0] == nil && g[1].literal():
		p.op, p.text = opEnd, g[1][0]
	case len(g) == 2 && g[0] == nil && g[1] == nil:
		p.op = opAny
	case len(g) == 3 && g[0] == nil && g[1].literal() && g[2] == nil:
		p.op, p.text = opContain, g[1][0]
		p.probes, p.probed = probesOf(p.text)
	}
}

// probesOf are the hashes of two parts of a text that are seldom in others; false: it is too short.
func probesOf(text []byte) (probes [2]uint32, ok bool) {
	if len(text) < 4 {
		return probes, false
	}
	common := commonGrams()
	var lowest [2]int
	for i := 0; i+4 <= len(text); i++ {
		gram := binary.LittleEndian.Uint32(text[i:])
		n := common[gram]
		switch {
		case i == 0:
			probes, lowest = [2]uint32{gram, gram}, [2]int{n, n}
		case n < lowest[0]:
			probes, lowest = [2]uint32{gram, probes[0]}, [2]int{n, lowest[0]}
		case n <= lowest[1] || probes[0] == probes[1]:
			probes[1], lowest[1] = gram, n
		}
	}
	return [2]uint32{probes[0] * gramFactor, probes[1] * gramFactor}, true
}

// segment is what stands between two asterisks of a pattern: literals and, for each empty one, exactly one character.
type segment [][]byte

// literal reports whether the segment is one.
func (s segment) literal() bool { return len(s) == 1 && len(s[0]) > 0 }

// segmentsOf cuts a pattern at its asterisks, in lower case unless cased; there is one segment more than asterisks. It is
// nil where the pattern holds bytes that are not UTF-8: those are characters of their own, which Pattern.Match knows.
func segmentsOf(pattern sigma.Pattern, cased bool) []segment {
	out := []segment{nil}
	for _, piece := range pattern {
		last := &out[len(out)-1]
		switch {
		case piece.Any:
			if *last != nil || len(out) == 1 { // several in a row are one
				out = append(out, nil)
			}
		case piece.Text == "":
			*last = append(*last, nil)
		case !utf8.ValidString(piece.Text):
			return nil
		default:
			text := piece.Text
			if !cased {
				text = lower(text)
			}
			if n := len(*last); n > 0 && (*last)[n-1] != nil {
				(*last)[n-1] = append((*last)[n-1], text...)
			} else {
				*last = append(*last, []byte(text))
			}
		}
	}
	return out
}

// matchGlob reports whether the segments, with anything between them, make up all of text.
func matchGlob(segments []segment, text []byte) bool {
	n, ok := segments[0].at(text)
	if !ok {
		return false
	}
	text = text[n:]
	if len(segments) == 1 {
		return len(text) == 0
	}
	for _, s := range segments[1 : len(segments)-1] {
		end, ok := s.find(text)
		if !ok {
			return false
		}
		text = text[end:]
	}
	return segments[len(segments)-1].ends(text)
}

// at reports whether text begins with the segment, and how long that is.
func (s segment) at(text []byte) (n int, ok bool) {
	for _, piece := range s {
		rest := text[n:]
		switch {
		case piece != nil:
			if !bytes.HasPrefix(rest, piece) {
				return 0, false
			}
			n += len(piece)
		case len(rest) == 0:
			return 0, false
		default:
			_, size := utf8.DecodeRune(rest)
			n += size
		}
	}
	return n, true
}

// find is the end of the first place where the segment is.
func (s segment) find(text []byte) (end int, ok bool) {
	if len(s) == 0 {
		return 0, true
	}
	for from := 0; from <= len(text); {
		if s[0] != nil {
			i := bytes.Index(text[from:], s[0])
			if i < 0 {
				return 0, false
			}
			from += i
		}
		if n, ok := s.at(text[from:]); ok {
			return from + n, true
		}
		_, size := utf8.DecodeRune(text[from:])
		from += max(size, 1)
	}
	return 0, false
}

// ends reports whether text ends with the segment.
func (s segment) ends(text []byte) bool {
	for i := len(s) - 1; i >= 0; i-- {
		piece := s[i]
		switch {
		case piece != nil:
			if !bytes.HasSuffix(text, piece) {
				return false
			}
			text = text[:len(text)-len(piece)]
		case len(text) == 0:
			return false
		default:
			_, size := utf8.DecodeLastRune(text)
			text = text[:len(text)-size]
		}
	}
	return true
}
