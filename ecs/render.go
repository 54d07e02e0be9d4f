package ecs

import (
	"bytes"
	"slices"

	"penstock/record"
)

// AppendJSON appends the event as a nested JSON document with sorted keys to dst.
func (e *Event) AppendJSON(dst []byte) []byte {
	e.sortExtras()
	paths := known().paths
	dst = append(dst, '{')
	var open []uint32
	first, next := true, 0
	for i := range e.entries {
		x := &e.entries[i]
		p := &paths[x.field]
		for next < len(e.extras) && before(&e.extras[next], p) {
			dst, open = appendExtra(dst, open, &e.extras[next], first)
			first = false
			next++
		}
		depth := 0
		if !first {
			depth = common(open, p.objects)
			for range len(open) - depth {
				dst = append(dst, '}')
			}
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, p.opening[p.from[depth]:]...)
		dst = appendValue(dst, x.value)
		open = p.objects
	}
	for ; next < len(e.extras); next++ {
		dst, open = appendExtra(dst, open, &e.extras[next], first)
		first = false
	}
	for range open {
		dst = append(dst, '}')
	}
	return append(dst, '}')
}

// sortExtras brings the extras into the order of the document and leaves the last of equal ones.
func (e *Event) sortExtras() {
	if len(e.extras) == 0 || e.sorted {
		return
	}
	slices.SortStableFunc(e.extras, compareExtras)
	kept := e.extras[:0]
	for i, x := range e.extras {
		if i+1 == len(e.extras) || compareExtras(x, e.extras[i+1]) != 0 {
			kept = append(kept, x)
		}
	}
	e.extras, e.sorted = kept, true
}

func appendValue(dst []byte, v Value) []byte {
	if v.Kind != Literal {
		return append(dst, v.JSON...)
	}
	dst = append(dst, '"')
	dst = record.Escape(dst, v.JSON)
	return append(dst, '"')
}

func appendExtra(dst []byte, open []uint32, x *extra, first bool) ([]byte, []uint32) {
	p := &x.parent.from
	depth := 0
	if !first {
		depth = common(open, p.objects)
		for range len(open) - depth {
			dst = append(dst, '}')
		}
		dst = append(dst, ',')
	}
	dst = append(dst, p.opening[p.from[depth]:]...)
	dst = append(dst, '"')
	dst = append(dst, x.key...)
	dst = append(dst, '"', ':')
	return appendValue(dst, x.value), p.objects
}

// common is how many of the outermost objects two paths share.
func common(a, b []uint32) int {
	n := len(a)
	if n == len(b) && (n == 0 || a[n-1] == b[n-1]) {
		return n // most fields are in the same object as the one before
	}
	n = 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func compareExtras(a, b extra) int {
	if a.parent == b.parent {
		return bytes.Compare(a.key, b.key)
	}
	n := common(a.parent.from.objects, b.parent.from.objects)
	return compareAt(a.parent.segments, string(a.key), b.parent.segments, string(b.key), n)
}

// compareAt compares two paths, the first n parents of which are the same.
func compareAt(a []string, aKey string, b []string, bKey string, n int) int {
	x, y := aKey, bKey
	if n < len(a) {
		x = a[n]
	}
	if n < len(b) {
		y = b[n]
	}
	if x < y {
		return -1
	}
	if x > y {
		return 1
	}
	return 0
}

// before reports whether an extra stands in the document before the field at p.
func before(x *extra, p *path) bool {
	n := common(x.parent.from.objects, p.objects)
	if n < len(x.parent.segments) || n < len(p.parents) {
		key := p.opening[p.from[len(p.parents)]+1 : len(p.opening)-2]
		return compareAt(x.parent.segments, string(x.key), p.parents, key, n) < 0
	}
	return string(x.key) < p.opening[p.from[n]+1:len(p.opening)-2]
}
