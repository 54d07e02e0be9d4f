package scalar

// sessionFunctions look at all rows of a group at once.
var sessionFunctions = map[string]Function{
	"session_starts": {"dpp", 'd', strict(sessionStarts)},
}

// sessionStarts gives, for [ticks, restart] of each row in order, the start of the session that it belongs to: a row begins a new one where it is too far
// from the session's first row or from the one before.
func sessionStarts(a []any) any {
	items := list(a[0])
	fromFirst, between := long(a[1], 0), long(a[2], 0)
	out := make([]any, len(items))
	open := false
	var start, last int64
	for i, item := range items {
		pair := list(item)
		if len(pair) != 2 {
			continue
		}
		at, ok := integer(pair[0])
		if !ok {
			open = false
			continue
		}
		if !open || pair[1] == true || at-start > fromFirst || at-last > between {
			start, open = at, true
		}
		last = at
		out[i] = start
	}
	return out
}
