package record

import "bytes"

// boundary finds the end of the broken record at i: where its brackets balance, if that is where a record may end, or
// where the next record of the list plainly begins, whichever comes first; otherwise the end of the body.
func boundary(body []byte, i int) int {
	end := len(body)
	if next := nextRecord(body, i+1); next >= 0 {
		end = next
	}
	if b := balanced(body[:end], i); b >= 0 {
		after := skipSpace(body, b)
		if after == len(body) || body[after] == ']' || body[after] == '}' || beginsNext(body, after) {
			return b
		}
	}
	return end
}

// balanced is behind the bracket that closes the one at i, strings skipped; -1 where there is none.
func balanced(body []byte, i int) int {
	depth := 0
	for ; i < len(body); i++ {
		switch body[i] {
		case '"':
			for i++; i < len(body) && body[i] != '"'; i++ {
				if body[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
			if depth < 0 {
				return -1
			}
		}
	}
	return -1
}

// beginsNext reports whether a comma and the opening bracket of an object stand at i.
func beginsNext(body []byte, i int) bool {
	if body[i] != ',' {
		return false
	}
	i = skipSpace(body, i+1)
	return i < len(body) && body[i] == '{'
}

// nextRecord is the place of the comma before the next object, at or behind i, whose first name is one with which a
// record begins; -1 where there is none. Within strings quotes are escaped, so that text which looks like a record
// does not mislead it.
func nextRecord(body []byte, i int) int {
	for i < len(body) {
		n := bytes.IndexByte(body[i:], ',')
		if n < 0 {
			return -1
		}
		comma := i + n
		i = comma + 1
		if !beginsNext(body, comma) {
			continue
		}
		open := skipSpace(body, i)
		name := skipSpace(body, open+1)
		for _, first := range recordNames {
			if bytes.HasPrefix(body[name:], first) {
				return comma
			}
		}
	}
	return -1
}

// recordNames are the names that an envelope knows, any of which may come first.
var recordNames = [][]byte{
	[]byte(`"time"`), []byte(`"tenantId"`), []byte(`"category"`), []byte(`"operationName"`),
	[]byte(`"properties"`), []byte(`"_TimeReceivedBySvc"`), []byte(`"Tenant"`),
}
