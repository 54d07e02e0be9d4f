package search

import (
	"strings"

	"penstock/ecs"
)

// nearest is the field that somebody may have meant, or nothing when none comes close.
func nearest(name string) string {
	name = strings.ToLower(name)
	best, bestAt := "", len(name)/3+2
	for f := range ecs.Fields() {
		known := f.Name()
		if d := distance(name, strings.ToLower(known), bestAt); d < bestAt {
			best, bestAt = known, d
		}
	}
	if best != "" {
		return best
	}
	for f := range ecs.Fields() {
		if strings.HasSuffix(f.Name(), "."+name) && (best == "" || len(f.Name()) < len(best)) {
			best = f.Name()
		}
	}
	return best
}

// distance is how many letters must be changed, added, taken away or swapped with the next, as far as it is below limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
