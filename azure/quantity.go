package azure

import (
	"fmt"
	"math"
	"strings"
)

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// grouped writes a number with its thousands apart.
func grouped(n float64) string {
	digits := fmt.Sprintf("%.0f", n)
	if n < 10 && n != math.Trunc(n) {
		return fmt.Sprintf("%.2g", n)
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 && digits[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

func gigabytes(n float64) string {
	switch {
	case n >= 100:
		return grouped(n) + " GB"
	case n >= 1:
		return fmt.Sprintf("%.1f GB", n)
	}
	return grouped(n*1000) + " MB"
}

func megabytes(perSecond float64) string { return fmt.Sprintf("%.2f MB/s", perSecond/1e6) }
