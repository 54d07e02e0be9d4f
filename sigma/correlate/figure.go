package correlate

import (
	"math"
	"slices"

	"penstock/sigma"
)

// figure is the average, the median or the percentile of the values of hits, of which there is one at least.
func (r *rule) figure(hits []Hit) float64 {
	numbers := make([]float64, len(hits))
	for i := range hits {
		numbers[i], _ = sigma.Number(hits[i].Value) // others were not kept
	}
	switch r.Type {
	case sigma.ValueMedian:
		return median(numbers)
	case sigma.ValuePercentile:
		return percentile(numbers, r.Percentile)
	}
	mean := 0.0
	for i, n := range numbers { // a sum might be beyond all numbers
		mean += (n - mean) / float64(i+1)
	}
	return mean
}

// median is the value in the middle, or the mean of the two there.
func median(numbers []float64) float64 {
	slices.Sort(numbers)
	middle := len(numbers) / 2
	if len(numbers)%2 == 1 {
		return numbers[middle]
	}
	return numbers[middle-1] + (numbers[middle]-numbers[middle-1])/2
}

// percentile is the smallest value that so many per cent of the values are not above (the nearest rank): Sigma's
// specification names none of the ways, and this one never gives a value that no event has.
func percentile(numbers []float64, percent int) float64 {
	slices.Sort(numbers)
	rank := int(math.Ceil(float64(percent) * float64(len(numbers)) / 100))
	return numbers[max(rank, 1)-1]
}
