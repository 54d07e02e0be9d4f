package scalar

import "math"

// line is a straight line fitted to a series by least squares.
type line struct {
	rsquare, slope, variance, rvariance, interception float64
	fit                                               []float64
}

func fitLine(s []float64) line {
	n := float64(len(s))
	var sx, sy, sxx, sxy float64
	for i, y := range s {
		x := float64(i)
		sx, sy, sxx, sxy = sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	var l line
	if d := n*sxx - sx*sx; d != 0 {
		l.slope = (n*sxy - sx*sy) / d
	}
	l.interception = (sy - l.slope*sx) / n
	residuals := make([]float64, len(s))
	l.fit = make([]float64, len(s))
	for i := range s {
		l.fit[i] = l.interception + l.slope*float64(i)
		residuals[i] = s[i] - l.fit[i]
	}
	l.variance, l.rvariance = varianceOf(s), varianceOf(residuals)
	l.rsquare = 1
	if l.variance > 0 {
		l.rsquare = 1 - l.rvariance/l.variance
	}
	return l
}

func (l line) columns() []any {
	return []any{orNull(l.rsquare), orNull(l.slope), orNull(l.variance), orNull(l.rvariance), orNull(l.interception), seriesValue(l.fit)}
}

var twoLineNames = []string{"rsquare", "split_idx", "variance", "rvariance", "line_fit", "right_rsquare", "right_slope", "right_interception", "right_variance",
	"right_rvariance", "left_rsquare", "left_slope", "left_interception", "left_variance", "left_rvariance"}

// maxSplit bounds what fitTwoLines tries.
const maxSplit = 4096

// fitTwoLines tries every place to split the series and keeps the best.
func fitTwoLines(s []float64) []any {
	if len(s) < 4 || len(s) > maxSplit {
		return make([]any, len(twoLineNames))
	}
	best, bestError := 0, math.Inf(1)
	var left, right line
	for at := 2; at <= len(s)-2; at++ {
		l, r := fitLine(s[:at]), fitLine(s[at:])
		if e := l.rvariance*float64(at-1) + r.rvariance*float64(len(s)-at-1); e < bestError {
			best, bestError, left, right = at, e, l, r
		}
	}
	if best == 0 {
		return make([]any, len(twoLineNames))
	}
	fit := append(append([]float64{}, left.fit...), right.fit...)
	residuals := make([]float64, len(s))
	for i := range s {
		residuals[i] = s[i] - fit[i]
	}
	variance, rvariance := varianceOf(s), varianceOf(residuals)
	rsquare := 1.0
	if variance > 0 {
		rsquare = 1 - rvariance/variance
	}
	return []any{orNull(rsquare), int64(best), orNull(variance), orNull(rvariance), seriesValue(fit),
		orNull(right.rsquare), orNull(right.slope), orNull(right.interception), orNull(right.variance), orNull(right.rvariance),
		orNull(left.rsquare), orNull(left.slope), orNull(left.interception), orNull(left.variance), orNull(left.rvariance)}
}

// fitPoly gives rsquare, coefficients (of the lowest power first), variance, rvariance and the fitted series.
func fitPoly(a []any) any {
	y, ok := seriesOf(a[0])
	if !ok || len(y) == 0 || len(y) > maxSeries {
		return nil
	}
	x := make([]float64, len(y))
	for i := range x {
		x[i] = float64(i)
	}
	if given, ok := seriesOf(a[1]); ok && len(given) == len(y) {
		x = given
	}
	degree := int(min(max(long(a[2], 1), 1), 5))
	c := leastSquares(x, y, degree)
	if c == nil {
		return make([]any, 5)
	}
	fit, residuals := make([]float64, len(y)), make([]float64, len(y))
	for i := range y {
		for j := degree; j >= 0; j-- {
			fit[i] = fit[i]*x[i] + c[j]
		}
		residuals[i] = y[i] - fit[i]
	}
	variance, rvariance := varianceOf(y), varianceOf(residuals)
	rsquare := 1.0
	if variance > 0 {
		rsquare = 1 - rvariance/variance
	}
	return []any{orNull(rsquare), seriesValue(c), orNull(variance), orNull(rvariance), seriesValue(fit)}
}

// leastSquares solves the normal equations by elimination.
func leastSquares(x, y []float64, degree int) []float64 {
	n := degree + 1
	m := make([][]float64, n)
	for i := range m {
		m[i] = make([]float64, n+1)
		for k := range x {
			for j := range n {
				m[i][j] += math.Pow(x[k], float64(i+j))
			}
			m[i][n] += y[k] * math.Pow(x[k], float64(i))
		}
	}
	for i := range n {
		pivot := i
		for r := i + 1; r < n; r++ {
			if math.Abs(m[r][i]) > math.Abs(m[pivot][i]) {
				pivot = r
			}
		}
		m[i], m[pivot] = m[pivot], m[i]
		if m[i][i] == 0 || math.IsNaN(m[i][i]) {
			return nil
		}
		for r := range n {
			if r == i {
				continue
			}
			f := m[r][i] / m[i][i]
			for j := i; j <= n; j++ {
				m[r][j] -= f * m[i][j]
			}
		}
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = m[i][n] / m[i][i]
	}
	return out
}
