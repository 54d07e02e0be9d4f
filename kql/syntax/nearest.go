package syntax

import "strings"

// Nearest is the one of several names that a misspelt one probably means, or "". Case alone never counts as a slip.
func Nearest(name string, among []string) string {
	best, distance := "", len(name)/3+1
	lower := strings.ToLower(name)
	for _, candidate := range among {
		other := strings.ToLower(candidate)
		d := slips(lower, other, distance)
		if shortens(lower, other) {
			d = min(d, (len(other)-len(lower)+1)/2)
		}
		if d < distance {
			best, distance = candidate, d
		}
	}
	return best
}

// shortens says whether a word is another one with letters left out, and not too many: who leaves out a whole part of a
// long name has one thing wrong, not as many as it has letters.
func shortens(short, long string) bool {
	if len(long) > len(short)+len(short)/2 {
		return false
	}
	for i := 0; i < len(long) && short != ""; i++ {
		if long[i] == short[0] {
			short = short[1:]
		}
	}
	return short == ""
}

// slips counts the letters to insert, drop, change or swap between two words; what reaches the bound counts as the bound.
func slips(a, b string, bound int) int {
	if len(a)-len(b) >= bound || len(b)-len(a) >= bound {
		return bound
	}
	before, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
			least = min(least, next[j])
		}
		if least >= bound {
			return bound
		}
		before, row, next = row, next, before
	}
	return min(row[len(b)], bound)
}
