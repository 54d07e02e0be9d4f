package hunt

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"penstock/kql"
)

// Diagnostic is what is wrong with a place of a query, or remarkable.
type Diagnostic struct {
	Message string
	Hint    string // what may have been meant, or what to do; may be empty
	Warning bool   // the query runs all the same
	Place
}

// Place is where something stands in a query.
type Place struct {
	Start, End   int // offsets in UTF-16 units from 0, as JavaScript counts; End is behind it
	Line, Column int // of its start, from 1; columns count characters
}

// placeOf turns a span in bytes into a place.
func placeOf(query string, span kql.Span) Place {
	start := min(max(span.Start, 0), len(query))
	end := min(max(span.End, start), len(query))
	before := query[:start]
	line := before[strings.LastIndexByte(before, '\n')+1:]
	first := units(before)
	return Place{
		Start: first, End: first + units(query[start:end]),
		Line: 1 + strings.Count(before, "\n"), Column: 1 + utf8.RuneCountInString(line),
	}
}

// units is how many UTF-16 units a text takes.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// bytesOf turns an offset in UTF-16 units into one in bytes.
func bytesOf(query string, offset int) int {
	for i, r := range query {
		if offset <= 0 {
			return i
		}
		offset -= utf16.RuneLen(r)
	}
	return len(query)
}

// QueryError says why a query cannot be run as it stands.
type QueryError struct{ Diagnostics []Diagnostic }

func (e *QueryError) Error() string {
	for _, d := range e.Diagnostics {
		if !d.Warning {
			return d.Message
		}
	}
	return "the query cannot be run"
}
