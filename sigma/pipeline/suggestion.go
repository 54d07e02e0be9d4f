package pipeline

import "strings"

// suggestion asks whether one of the known names was meant, where one is near enough; otherwise it is empty.
func suggestion(name string, known ...[]string) string {
	best, distance := "", len(name)/3+1
	name = strings.ToLower(name)
	for _, list := range known {
		for _, k := range list {
			if d := editDistance(name, k, distance); d < distance {
				best, distance = k, d
			}
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// editDistance is how many characters have to be put in, taken out or replaced to make b of a, which is in lower case;
// anything from limit on, and the distance of long names, is limit.
func editDistance(a, b string, limit int) int {
	var room [64]int
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit || len(b) >= len(room) {
		return limit
	}
	row := room[:len(b)+1]
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal, least := row[0], i+1
		row[0] = i + 1
		for j := range len(b) {
			d := diagonal
			if c := b[j]; a[i] != c && (c < 'A' || c > 'Z' || a[i] != c|0x20) {
				d = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], d
			least = min(least, d)
		}
		if least >= limit {
			return limit
		}
	}
	return min(row[len(b)], limit)
}
