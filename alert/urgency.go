package alert

import (
	"fmt"
	"math"
	"strings"

	"penstock/sigma"
)

// Band is a range of urgencies.
type Band string

// The bands, from 0, 40, 60 and 80 on.
const (
	LowBand      Band = "low"
	MediumBand   Band = "medium"
	HighBand     Band = "high"
	CriticalBand Band = "critical"
)

var bandFloors = map[Band]int{LowBand: 0, MediumBand: 40, HighBand: 60, CriticalBand: 80}

// BandOf is the band that an urgency is in.
func BandOf(urgency int) Band {
	switch {
	case urgency >= bandFloors[CriticalBand]:
		return CriticalBand
	case urgency >= bandFloors[HighBand]:
		return HighBand
	case urgency >= bandFloors[MediumBand]:
		return MediumBand
	}
	return LowBand
}

// span is the urgencies of a band, both included.
func (b Band) span() (from, to int) {
	from, to = bandFloors[b], 100
	for _, floor := range bandFloors {
		if floor > from {
			to = min(to, floor-1)
		}
	}
	return from, to
}

// Band is the band of the alert's urgency.
func (a *Alert) Band() Band { return BandOf(a.Urgency) }

// levelPoints is where the urgency of a level begins; the bands are cut so that each level has its own by itself.
var levelPoints = map[sigma.Level]int{
	sigma.Informational: 10, sigma.Low: 30, sigma.Medium: 50, sigma.High: 70, sigma.Critical: 90,
}

var importancePoints = map[Importance]int{UnimportantAsset: -15, NormalAsset: 0, HighAsset: 10, CriticalAsset: 20}

// maxCountPoints is what a thousand occurrences and more add.
const maxCountPoints = 9

// countPoints are 3 for every power of ten.
func countPoints(n int64) int {
	if n <= 1 {
		return 0
	}
	return min(int(3*math.Log10(float64(n))), maxCountPoints)
}

// compute is the urgency by the formula: what the level is worth, more or less for the most important asset, a little
// more for the number of occurrences.
func (a *Alert) compute() int {
	n := levelPoints[gradeOf(a.Level)] + importancePoints[a.Importance]
	if a.Origin != FromNoise { // how often a rule was noisy says nothing of danger
		n += countPoints(a.Occurrences)
	}
	return min(max(n, 0), 100)
}

// Reason is a part of an urgency.
type Reason struct {
	Text   string
	Points int
}

// Explain says in words what an alert's urgency is made of. The points add up to the urgency, unless they leave the range
// of 0 to 100 or somebody has set it, which the last reason says.
func (a *Alert) Explain() []Reason {
	level := gradeOf(a.Level)
	reasons := []Reason{{fmt.Sprintf("The level is %s.", level), levelPoints[level]}}
	if p := importancePoints[a.Importance]; p != 0 {
		reasons = append(reasons, Reason{fmt.Sprintf("The importance of %s is %s.", a.Asset, a.Importance), p})
	}
	if p := countPoints(a.Occurrences); p > 0 && a.Origin != FromNoise {
		reasons = append(reasons, Reason{fmt.Sprintf("It has occurred %s times.", grouped(a.Occurrences)), p})
	}
	if a.UrgencySet {
		reasons = append(reasons, Reason{fmt.Sprintf("Somebody has set the urgency to %d; by the formula it is %d.", a.Urgency, a.Computed), a.Urgency - a.Computed})
	}
	return reasons
}

// grouped writes a number with commas between its thousands.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	var b strings.Builder
	for i, c := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return b.String()
}
