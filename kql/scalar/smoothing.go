package scalar

import (
	"math"
	"slices"
	"sort"
)

// smoothingFunctions fill gaps, and take series apart into season, trend and what is left.
var smoothingFunctions = map[string]Function{
	"series_fill_backward": {"dd?", 'd', func(a []any) any { return fill(a[0], a[1], fillBackward) }},
	"series_fill_forward":  {"dd?", 'd', func(a []any) any { return fill(a[0], a[1], fillForward) }},
	"series_fill_const": {"dd?d?", 'd', func(a []any) any {
		value := a[1]
		if value == nil {
			value = int64(0)
		}
		return fill(a[0], a[2], func(items []any, gap func(any) bool) {
			for i := range items {
				if gap(items[i]) {
					items[i] = value
				}
			}
		})
	}},
	"series_fill_linear":         {"dd?b?d?", 'd', fillLinear},
	"series_outliers":            {"ds?r?r?r?l?", 'd', outliersOf},
	"series_seasonal":            {"dl?l?", 'd', seasonalOf},
	"series_periods_detect":      {"drrl", 'd', strict(func(a []any) any { return named(periodNames, periodsDetect(a)) })},
	"series_periods_validate":    {"dd*", 'd', strict(func(a []any) any { return named(periodNames, periodsValidate(a)) })},
	"series_decompose":           {"dl?s?l?r?", 'd', func(a []any) any { return named(partNames, decomposeColumns(a)) }},
	"series_decompose_forecast":  {"dll?s?r?", 'd', func(a []any) any { return named(partNames, forecast(a)) }},
	"series_decompose_anomalies": {"dr?l?s?l?s?r?", 'd', func(a []any) any { return named(anomalyNames, anomalies(a)) }},
}

func fill(v, placeholder any, f func(items []any, gap func(any) bool)) any {
	items, ok := v.([]any)
	if !ok {
		return nil
	}
	out := slices.Clone(items)
	f(out, func(item any) bool {
		if item == nil {
			return placeholder == nil
		}
		if placeholder == nil {
			x, ok := number(item)
			return !ok || math.IsNaN(x)
		}
		return same(item, placeholder)
	})
	return out
}

func fillForward(items []any, gap func(any) bool) {
	for i := 1; i < len(items); i++ {
		if gap(items[i]) && !gap(items[i-1]) {
			items[i] = items[i-1]
		}
	}
}

func fillBackward(items []any, gap func(any) bool) {
	for i := len(items) - 2; i >= 0; i-- {
		if gap(items[i]) && !gap(items[i+1]) {
			items[i] = items[i+1]
		}
	}
}

func fillLinear(a []any) any {
	edges := a[2] != false
	constant := a[3]
	if constant == nil {
		constant = int64(0)
	}
	return fill(a[0], a[1], func(items []any, gap func(any) bool) {
		var known []int
		for i := range items {
			if !gap(items[i]) {
				known = append(known, i)
			}
		}
		if len(known) == 0 {
			for i := range items {
				items[i] = constant
			}
			return
		}
		for k := 1; k < len(known); k++ {
			from, to := known[k-1], known[k]
			x, _ := number(items[from])
			y, _ := number(items[to])
			for i := from + 1; i < to; i++ {
				items[i] = x + (y-x)*float64(i-from)/float64(to-from)
			}
		}
		if edges {
			for i := range known[0] {
				items[i] = items[known[0]]
			}
			last := known[len(known)-1]
			for i := last + 1; i < len(items); i++ {
				items[i] = items[last]
			}
		}
	})
}

// quantile by linear interpolation.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 || math.IsNaN(q) {
		return math.NaN()
	}
	q = min(max(q, 0), 1)
	at := q * float64(len(sorted)-1)
	low := int(math.Floor(at))
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (sorted[high]-sorted[low])*(at-float64(low))
}

// scores are Tukey's: how many ranges between the percentiles a point lies outside of them.
func scores(s []float64, low, high float64, until int) []float64 {
	known := present(s[:until])
	sort.Float64s(known)
	p, q := quantile(known, low), quantile(known, high)
	spread := q - p
	out := make([]float64, len(s))
	for i, x := range s {
		switch {
		case spread <= 0 && x != q && !math.IsNaN(x):
			out[i] = math.Copysign(math.Inf(1), x-q)
		case spread <= 0:
		case x > q:
			out[i] = (x - q) / spread
		case x < p:
			out[i] = (x - p) / spread
		}
	}
	return out
}

func outliersOf(a []any) any {
	s, ok := seriesOf(a[0])
	if !ok || len(s) > maxSeries {
		return nil
	}
	low, high := 0.1, 0.9
	if text(a[1]) == "tukey" {
		low, high = 0.25, 0.75
	}
	low, high = real(a[3], low*100)/100, real(a[4], high*100)/100
	if ignored := real(a[2], 0); ignored != 0 {
		for i := range s {
			if s[i] == ignored {
				s[i] = math.NaN()
			}
		}
	}
	until := max(0, len(s)-points(a[5], len(s)))
	return seriesValue(scores(s, low, high, until))
}

// season is the mean of each place in a period.
func season(s []float64, period, until int) []float64 {
	sums, counts := make([]float64, period), make([]float64, period)
	for i := range until {
		if !math.IsNaN(s[i]) {
			sums[i%period] += s[i]
			counts[i%period]++
		}
	}
	for i := range sums {
		if counts[i] > 0 {
			sums[i] /= counts[i]
		}
	}
	return sums
}

func seasonalOf(a []any) any {
	s, ok := seriesOf(a[0])
	if !ok || len(s) > maxSeries {
		return nil
	}
	until := max(0, len(s)-points(a[2], len(s)))
	period := periodOf(s[:until], a[1], 0.6)
	out := make([]float64, len(s))
	if period > 0 {
		parts := season(s, period, until)
		for i := range out {
			out[i] = parts[i%period]
		}
	}
	return seriesValue(out)
}

// periodOf is the given period, none (0), or the one that is found (-1, or nothing given).
func periodOf(s []float64, given any, threshold float64) int {
	n := long(given, -1)
	switch {
	case n > 0 && n <= int64(len(s)):
		return int(n)
	case n != -1 || len(s) > 1<<14:
		return 0
	}
	best, score := 0, threshold
	for p := 4; p <= len(s)/2 && p <= 4096; p++ {
		if c := autocorrelation(s, p); c > score {
			best, score = p, c
		}
	}
	return best
}

func autocorrelation(s []float64, lag int) float64 {
	if lag <= 0 || lag >= len(s) {
		return 0
	}
	m := mean(s)
	var top, bottom float64
	for i, x := range s {
		bottom += (x - m) * (x - m)
		if i+lag < len(s) {
			top += (x - m) * (s[i+lag] - m)
		}
	}
	if bottom == 0 || math.IsNaN(top) {
		return 0
	}
	return top / bottom * float64(len(s)) / float64(len(s)-lag)
}

// points is a number of points, at most all of a series.
func points(v any, all int) int { return int(min(max(long(v, 0), 0), int64(all))) }

func periodsDetect(a []any) any {
	s, ok := seriesOf(a[0])
	if !ok || len(s) > 1<<14 {
		return nil
	}
	from, to, count := max(2, int(min(max(real(a[1], 0), 0), maxSeries))), int(min(max(real(a[2], 0), 0), maxSeries)), points(a[3], len(s))
	type peak struct {
		period int
		score  float64
	}
	var peaks []peak
	for p := from; p <= min(to, len(s)/2); p++ {
		c := autocorrelation(s, p)
		if c > 0 && c >= autocorrelation(s, p-1) && c > autocorrelation(s, p+1) {
			peaks = append(peaks, peak{p, c})
		}
	}
	sort.SliceStable(peaks, func(i, j int) bool { return peaks[i].score > peaks[j].score })
	periods, found := []any{}, []any{}
	for _, p := range peaks[:min(max(count, 0), len(peaks))] {
		periods, found = append(periods, float64(p.period)), append(found, p.score)
	}
	return []any{periods, found}
}

func periodsValidate(a []any) any {
	s, ok := seriesOf(a[0])
	if !ok || len(s) > 1<<14 {
		return nil
	}
	periods, found := []any{}, []any{}
	for _, item := range flat(a[1]) {
		p, ok := number(item)
		if !ok {
			continue
		}
		periods, found = append(periods, p), append(found, max(0, autocorrelation(s, int(math.Round(min(max(p, 0), maxSeries))))))
	}
	return []any{periods, found}
}

// parts of a series: baseline is season and trend together.
type parts struct{ baseline, seasonal, trend, residual []float64 }

// decompose takes a series apart: the season is the mean of each place in the period, the trend a mean or a line ("avg", "linefit", "none").
func decompose(s []float64, period any, trend string, test int, threshold float64) parts {
	n := len(s)
	until := max(0, n-test)
	p := parts{make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)}
	if until == 0 {
		return p
	}
	length := periodOf(s[:until], period, threshold)
	rest := slices.Clone(s)
	if length > 0 {
		means := season(s, length, until)
		centre := mean(means)
		for i := range s {
			p.seasonal[i] = means[i%length] - centre
			rest[i] -= p.seasonal[i]
		}
	}
	switch trend {
	case "linefit":
		l := fitLine(rest[:until])
		for i := range s {
			p.trend[i] = l.interception + l.slope*float64(i)
		}
	case "none":
	default:
		m := mean(present(rest[:until]))
		for i := range s {
			p.trend[i] = m
		}
	}
	for i := range s {
		p.baseline[i] = p.seasonal[i] + p.trend[i]
		p.residual[i] = s[i] - p.baseline[i]
	}
	return p
}

func decomposeArguments(s, period, trend, test, threshold any) (parts, []float64, bool) {
	series, ok := seriesOf(s)
	if !ok || len(series) == 0 || len(series) > maxSeries {
		return parts{}, nil, false
	}
	how := text(trend)
	if how == "" {
		how = "avg"
	}
	return decompose(series, period, how, points(test, len(series)), real(threshold, 0.6)), series, true
}

func decomposeColumns(a []any) any {
	p, _, ok := decomposeArguments(a[0], a[1], a[2], a[3], a[4])
	if !ok {
		return make([]any, 4)
	}
	return []any{seriesValue(p.baseline), seriesValue(p.seasonal), seriesValue(p.trend), seriesValue(p.residual)}
}

func forecast(a []any) any {
	trend := a[3]
	if trend == nil {
		trend = "linefit"
	}
	p, _, ok := decomposeArguments(a[0], a[2], trend, a[1], a[4])
	if !ok {
		return make([]any, 4)
	}
	return []any{seriesValue(p.baseline), seriesValue(p.seasonal), seriesValue(p.trend), seriesValue(p.residual)}
}

// anomalies gives flags (-1, 0, 1), scores and the baseline.
func anomalies(a []any) any {
	p, s, ok := decomposeArguments(a[0], a[2], a[3], a[4], a[6])
	if !ok {
		return make([]any, 3)
	}
	low, high := 0.1, 0.9
	if text(a[5]) == "tukey" {
		low, high = 0.25, 0.75
	}
	until := max(0, len(s)-points(a[4], len(s)))
	score := scores(p.residual, low, high, until)
	threshold := real(a[1], 1.5)
	flags := make([]any, len(s))
	for i, v := range score {
		switch {
		case v > threshold:
			flags[i] = int64(1)
		case v < -threshold:
			flags[i] = int64(-1)
		default:
			flags[i] = int64(0)
		}
	}
	return []any{flags, seriesValue(score), seriesValue(p.baseline)}
}
