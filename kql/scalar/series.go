package scalar

import (
	"math"
	"slices"
)

// Series are arrays of numbers; null is NaN within, and stays null in the result.
var seriesFunctions = map[string]Function{
	"series_add":                 pairwise(func(x, y float64) any { return orNull(x + y) }),
	"series_subtract":            pairwise(func(x, y float64) any { return orNull(x - y) }),
	"series_multiply":            pairwise(func(x, y float64) any { return orNull(x * y) }),
	"series_divide":              pairwise(func(x, y float64) any { return x / y }),
	"series_pow":                 pairwise(func(x, y float64) any { return orNull(math.Pow(x, y)) }),
	"series_greater":             pairwise(func(x, y float64) any { return x > y }),
	"series_greater_equals":      pairwise(func(x, y float64) any { return x >= y }),
	"series_less":                pairwise(func(x, y float64) any { return x < y }),
	"series_less_equals":         pairwise(func(x, y float64) any { return x <= y }),
	"series_equals":              pairwise(func(x, y float64) any { return x == y }),
	"series_not_equals":          pairwise(func(x, y float64) any { return x != y }),
	"series_exp":                 itemwise(math.Exp),
	"series_sign":                itemwise(sign),
	"series_abs":                 itemwise(math.Abs),
	"series_sin":                 itemwise(math.Sin),
	"series_asin":                itemwise(math.Asin),
	"series_cos":                 itemwise(math.Cos),
	"series_acos":                itemwise(math.Acos),
	"series_tan":                 itemwise(math.Tan),
	"series_atan":                itemwise(math.Atan),
	"series_log":                 itemwise(math.Log),
	"series_floor":               itemwise(math.Floor),
	"series_ceiling":             itemwise(math.Ceil),
	"series_magnitude":           {"d", 'r', whole(func(s []float64) any { return math.Sqrt(dot(s, s)) })},
	"series_sum":                 {"d", 'r', whole(func(s []float64) any { return sum(present(s)) })},
	"series_product":             {"d", 'r', whole(product)},
	"series_dot_product":         {"dd", 'r', strict(dotProduct)},
	"series_cosine_similarity":   {"ddr?r?", 'r', strict2(cosine)},
	"series_pearson_correlation": {"dd", 'r', strict(pearson)},
	"series_stats":               {"db?", 'd', func(a []any) any { return named(statNames, seriesStats(a[0], a[1])) }},
	"series_stats_dynamic":       {"db?", 'd', seriesStatsBag},
	"series_fit_line":            {"d", 'd', whole(func(s []float64) any { return named(lineNames, fitLine(s).columns()) })},
	"series_fit_line_dynamic":    {"d", 'd', whole(func(s []float64) any { return named(lineNames, fitLine(s).columns()) })},
	"series_fit_2lines":          {"d", 'd', whole(func(s []float64) any { return named(twoLineNames, fitTwoLines(s)) })},
	"series_fit_2lines_dynamic":  {"d", 'd', whole(func(s []float64) any { return named(twoLineNames, fitTwoLines(s)) })},
	"series_fit_poly":            {"dd?l?", 'd', func(a []any) any { return named(polyNames, fitPoly(a)) }},
	"series_fft":                 {"dd?", 'd', func(a []any) any { return named(complexNames, fourier(a[0], a[1], false)) }},
	"series_ifft":                {"dd?", 'd', func(a []any) any { return named(complexNames, fourier(a[0], a[1], true)) }},
	"series_fir":                 {"ddb?b?", 'd', strict2(fir)},
	"series_iir":                 {"ddd", 'd', strict(iir)},
}

// maxSeries bounds the points of a series for what takes more time than a pass.
const maxSeries = 1 << 17

// seriesOf reads an array; null and what is no number are NaN.
func seriesOf(v any) ([]float64, bool) {
	items, ok := v.([]any)
	if !ok {
		return nil, false
	}
	out := make([]float64, len(items))
	for i, item := range items {
		f, ok := number(item)
		if !ok {
			f = math.NaN()
		}
		out[i] = f
	}
	return out, true
}

func seriesValue(s []float64) any {
	out := make([]any, len(s))
	for i, f := range s {
		out[i] = orNull(f)
	}
	return out
}

func whole(f func([]float64) any) func([]any) any {
	return func(a []any) any {
		s, ok := seriesOf(a[0])
		if !ok || len(s) > maxSeries {
			return nil
		}
		return f(s)
	}
}

func itemwise(f func(float64) float64) Function {
	return Function{"d", 'd', whole(func(s []float64) any {
		out := make([]any, len(s))
		for i, x := range s {
			out[i] = orNull(f(x))
		}
		return out
	})}
}

// pairwise works item by item; a number stands for all items, and what has no partner gives null.
func pairwise(f func(x, y float64) any) Function {
	return Function{"dd", 'd', func(a []any) any {
		x, xs := seriesOf(a[0])
		y, ys := seriesOf(a[1])
		constant := func(v any, n int) ([]float64, bool) {
			c, ok := number(v)
			if !ok {
				return nil, false
			}
			return slices.Repeat([]float64{c}, n), true
		}
		ok := xs || ys
		if ok && !xs {
			x, ok = constant(a[0], len(y))
		} else if ok && !ys {
			y, ok = constant(a[1], len(x))
		}
		if !ok {
			return nil
		}
		out := make([]any, max(len(x), len(y)))
		for i := range min(len(x), len(y)) {
			if !math.IsNaN(x[i]) && !math.IsNaN(y[i]) {
				out[i] = f(x[i], y[i])
			}
		}
		return out
	}}
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x
}

func present(s []float64) []float64 {
	out := make([]float64, 0, len(s))
	for _, x := range s {
		if !math.IsNaN(x) {
			out = append(out, x)
		}
	}
	return out
}

func sum(s []float64) float64 {
	total := 0.0
	for _, x := range s {
		total += x
	}
	return total
}

func mean(s []float64) float64 { return sum(s) / float64(len(s)) }

func dot(x, y []float64) float64 {
	total := 0.0
	for i := range min(len(x), len(y)) {
		total += x[i] * y[i]
	}
	return total
}

func product(s []float64) any {
	total := 1.0
	for _, x := range present(s) {
		total *= x
	}
	return total
}

func dotProduct(a []any) any {
	x, xs := seriesOf(a[0])
	y, ys := seriesOf(a[1])
	if !xs {
		if c, ok := number(a[0]); ok {
			x, xs = slices.Repeat([]float64{c}, len(y)), true
		}
	}
	if !ys {
		if c, ok := number(a[1]); ok {
			y, ys = slices.Repeat([]float64{c}, len(x)), true
		}
	}
	if !xs || !ys || len(x) != len(y) {
		return nil
	}
	return orNull(dot(x, y))
}

func cosine(a []any) any {
	x, xs := seriesOf(a[0])
	y, ys := seriesOf(a[1])
	if !xs || !ys || len(x) != len(y) {
		return nil
	}
	m, n := real(a[2], math.Sqrt(dot(x, x))), real(a[3], math.Sqrt(dot(y, y)))
	return orNull(dot(x, y) / (m * n))
}

func pearson(a []any) any {
	x, xs := seriesOf(a[0])
	y, ys := seriesOf(a[1])
	if !xs || !ys || len(x) != len(y) || len(x) == 0 {
		return nil
	}
	mx, my := mean(x), mean(y)
	var xy, xx, yy float64
	for i := range x {
		xy += (x[i] - mx) * (y[i] - my)
		xx += (x[i] - mx) * (x[i] - mx)
		yy += (y[i] - my) * (y[i] - my)
	}
	return orNull(xy / math.Sqrt(xx*yy))
}

// seriesStats are least, its place, greatest, its place, mean, deviation and variance.
func seriesStats(v, ignore any) any {
	s, ok := seriesOf(v)
	if !ok {
		return nil
	}
	least, most := -1, -1
	var kept []float64
	for i, x := range s {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			if ignore != true {
				return make([]any, 7)
			}
			continue
		}
		kept = append(kept, x)
		if least < 0 || x < s[least] {
			least = i
		}
		if most < 0 || x > s[most] {
			most = i
		}
	}
	if len(kept) == 0 {
		return make([]any, 7)
	}
	variance := varianceOf(kept)
	return []any{s[least], int64(least), s[most], int64(most), mean(kept), math.Sqrt(variance), variance}
}

// varianceOf a sample.
func varianceOf(s []float64) float64 {
	if len(s) < 2 {
		return 0
	}
	m := mean(s)
	total := 0.0
	for _, x := range s {
		total += (x - m) * (x - m)
	}
	return total / float64(len(s)-1)
}

func seriesStatsBag(a []any) any {
	stats, ok := seriesStats(a[0], a[1]).([]any)
	if !ok {
		return nil
	}
	out, ok := named(statNames, stats).(*Bag)
	if !ok {
		return nil
	}
	s, _ := seriesOf(a[0])
	out.set("sum", orNull(sum(present(s))))
	out.set("len", int64(len(s)))
	return out
}

// The columns of functions that give several: they are members of one bag.
var (
	statNames    = []string{"min", "min_idx", "max", "max_idx", "avg", "stdev", "variance"}
	lineNames    = []string{"rsquare", "slope", "variance", "rvariance", "interception", "line_fit"}
	polyNames    = []string{"rsquare", "coefficients", "variance", "rvariance", "poly_fit"}
	complexNames = []string{"real", "imag"}
	partNames    = []string{"baseline", "seasonal", "trend", "residual"}
	anomalyNames = []string{"ad_flag", "ad_score", "baseline"}
	periodNames  = []string{"periods", "scores"}
)

// named makes a bag of values in the order of names; null of what is no list.
func named(names []string, values any) any {
	items, ok := values.([]any)
	if !ok {
		return nil
	}
	out := newBag()
	for i, name := range names {
		if i < len(items) {
			out.set(name, items[i])
		}
	}
	return out
}

func fir(a []any) any {
	s, ok1 := seriesOf(a[0])
	filter, ok2 := seriesOf(a[1])
	if !ok1 || !ok2 || len(filter) == 0 || len(filter) > 1024 || len(s) > maxSeries {
		return nil
	}
	normalise := !slices.ContainsFunc(filter, func(f float64) bool { return f < 0 })
	if a[2] != nil {
		normalise = a[2] == true
	}
	shift := 0
	if a[3] == true {
		shift = len(filter) / 2
	}
	out := make([]float64, len(s))
	total := sum(filter)
	for i := range s {
		for j, f := range filter {
			if at := i - j + shift; at >= 0 && at < len(s) && !math.IsNaN(s[at]) {
				out[i] += f * s[at]
			}
		}
		if normalise && total != 0 {
			out[i] /= total
		}
	}
	return seriesValue(out)
}

func iir(a []any) any {
	s, ok1 := seriesOf(a[0])
	b, ok2 := seriesOf(a[1])
	d, ok3 := seriesOf(a[2])
	if !ok1 || !ok2 || !ok3 || len(d) == 0 || d[0] == 0 || len(b)+len(d) > 1024 || len(s) > maxSeries {
		return nil
	}
	out := make([]float64, len(s))
	for i := range s {
		v := 0.0
		for j, f := range b {
			if i-j >= 0 {
				v += f * s[i-j]
			}
		}
		for j := 1; j < len(d); j++ {
			if i-j >= 0 {
				v -= d[j] * out[i-j]
			}
		}
		out[i] = v / d[0]
	}
	return seriesValue(out)
}

// fourier is the transform of up to 4096 points, as real and imaginary parts.
func fourier(re, im any, inverse bool) any {
	x, ok := seriesOf(re)
	if !ok || len(x) > 4096 {
		return nil
	}
	y := make([]float64, len(x))
	if given, ok := seriesOf(im); ok && len(given) == len(x) {
		y = given
	}
	n := len(x)
	direction := -2 * math.Pi / float64(max(n, 1))
	scale := 1.0
	if inverse {
		direction, scale = -direction, 1/float64(max(n, 1))
	}
	outRe, outIm := make([]float64, n), make([]float64, n)
	for k := range n {
		for t := range n {
			s, c := math.Sincos(direction * float64(k*t%n))
			outRe[k] += x[t]*c - y[t]*s
			outIm[k] += x[t]*s + y[t]*c
		}
		outRe[k] *= scale
		outIm[k] *= scale
	}
	return []any{seriesValue(outRe), seriesValue(outIm)}
}
