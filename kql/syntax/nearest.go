package syntax

import "strings"

// Nearest is the one of several names that a misspelt one probably means, or "". Case alone never counts as a slip.
func Nearest(name string, among []string) string {
	best, distance := "", len(name)/3+1
	lower := strings.ToLower(name)
	for _, candidate := range among {
		other := strings.ToLower(candidate)
		if d := slips(lower, other, distance); d < distance {
			best, distance = candidate, d
		}
	}
	return best
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
