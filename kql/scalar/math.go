package scalar

import (
	"math"
	"math/bits"
	"strconv"
	"strings"
)

var mathFunctions = map[string]Function{
	"sqrt":              {"r", 'r', strict(func(a []any) any { return orNull(math.Sqrt(real(a[0], 0))) })},
	"log":               {"r", 'r', strict(func(a []any) any { return orNull(math.Log(real(a[0], 0))) })},
	"log2":              {"r", 'r', strict(func(a []any) any { return orNull(math.Log2(real(a[0], 0))) })},
	"log10":             {"r", 'r', strict(func(a []any) any { return orNull(math.Log10(real(a[0], 0))) })},
	"exp":               {"r", 'r', strict(func(a []any) any { return math.Exp(real(a[0], 0)) })},
	"exp2":              {"r", 'r', strict(func(a []any) any { return math.Exp2(real(a[0], 0)) })},
	"exp10":             {"r", 'r', strict(func(a []any) any { return math.Pow(10, real(a[0], 0)) })},
	"pow":               {"rr", 'r', strict(func(a []any) any { return orNull(math.Pow(real(a[0], 0), real(a[1], 0))) })},
	"sin":               {"r", 'r', strict(func(a []any) any { return math.Sin(real(a[0], 0)) })},
	"cos":               {"r", 'r', strict(func(a []any) any { return math.Cos(real(a[0], 0)) })},
	"tan":               {"r", 'r', strict(func(a []any) any { return math.Tan(real(a[0], 0)) })},
	"cot":               {"r", 'r', strict(func(a []any) any { return 1 / math.Tan(real(a[0], 0)) })},
	"asin":              {"r", 'r', strict(func(a []any) any { return orNull(math.Asin(real(a[0], 0))) })},
	"acos":              {"r", 'r', strict(func(a []any) any { return orNull(math.Acos(real(a[0], 0))) })},
	"atan":              {"r", 'r', strict(func(a []any) any { return math.Atan(real(a[0], 0)) })},
	"atan2":             {"rr", 'r', strict(func(a []any) any { return math.Atan2(real(a[0], 0), real(a[1], 0)) })},
	"gamma":             {"r", 'r', strict(func(a []any) any { return orNull(math.Gamma(real(a[0], 0))) })},
	"loggamma":          {"r", 'r', strict(func(a []any) any { v, _ := math.Lgamma(real(a[0], 0)); return orNull(v) })},
	"erf":               {"r", 'r', strict(func(a []any) any { return math.Erf(real(a[0], 0)) })},
	"erfc":              {"r", 'r', strict(func(a []any) any { return math.Erfc(real(a[0], 0)) })},
	"beta_cdf":          {"rrr", 'r', strict(func(a []any) any { return betaCDF(real(a[0], 0), real(a[1], 0), real(a[2], 0)) })},
	"beta_inv":          {"rrr", 'r', strict(func(a []any) any { return betaInverse(real(a[0], 0), real(a[1], 0), real(a[2], 0)) })},
	"beta_pdf":          {"rrr", 'r', strict(func(a []any) any { return betaDensity(real(a[0], 0), real(a[1], 0), real(a[2], 0)) })},
	"welch_test":        {"rrrrrr", 'r', strict(welch)},
	"bitset_count_ones": {"l", 'l', strict(func(a []any) any { return int64(bits.OnesCount64(uint64(long(a[0], 0)))) })},
	"shift_left":        {"ll", 'l', strict(func(a []any) any { return shift(long(a[0], 0), long(a[1], 0), true) })},
	"shift_right":       {"ll", 'l', strict(func(a []any) any { return shift(long(a[0], 0), long(a[1], 0), false) })},
	"tohex":             {"ll?", 's', strictFirstText(toHex)},
	"format_bytes":      {"rl?s?", 's', strictFirstText(formatBytes)},
}

func strictFirstText(f func([]any) any) func([]any) any {
	return func(a []any) any {
		if a[0] == nil {
			return ""
		}
		return f(a)
	}
}

// orNull is null for what has no value.
func orNull(f float64) any {
	if math.IsNaN(f) {
		return nil
	}
	return f
}

func shift(v, by int64, left bool) any {
	by &= 63
	if left {
		return v << by
	}
	return v >> by
}

func toHex(a []any) any {
	s := strconv.FormatUint(uint64(long(a[0], 0)), 16)
	width := min(max(long(a[1], 0), 0), 128)
	return strings.Repeat("0", max(0, int(width)-len(s))) + s
}

func roundTo(v float64, places int64) any {
	if places < -300 || places > 300 || math.IsNaN(v) || math.IsInf(v, 0) {
		return v
	}
	if places >= 0 {
		// Decimal digits are what a reader rounds: 2.675 stands for itself, not for the binary number a little less.
		s := strconv.FormatFloat(v, 'f', -1, 64)
		if dot := strings.IndexByte(s, '.'); dot < 0 || int64(len(s)-dot-1) <= places {
			return v
		}
	}
	scale := math.Pow(10, float64(places))
	if scaled := v * scale; !math.IsInf(scaled, 0) {
		return math.Round(scaled) / scale
	}
	return v
}

var byteUnits = []string{"Bytes", "KB", "MB", "GB", "TB", "PB"}

func formatBytes(a []any) any {
	size, precision, unit := real(a[0], 0), long(a[1], 0), text(a[2])
	i := 0
	if unit == "" {
		for math.Abs(size) >= 1024 && i < len(byteUnits)-1 {
			size /= 1024
			i++
		}
	} else {
		for i < len(byteUnits) && !strings.EqualFold(byteUnits[i], unit) {
			i++
		}
		if i == len(byteUnits) {
			return ""
		}
		size /= math.Pow(1024, float64(i))
	}
	rounded, _ := roundTo(size, min(max(precision, 0), 15)).(float64)
	return strconv.FormatFloat(rounded, 'f', -1, 64) + " " + byteUnits[i]
}

// betaCDF is the regularised incomplete beta function, by its continued fraction.
func betaCDF(x, alpha, beta float64) any {
	if alpha <= 0 || beta <= 0 || math.IsNaN(x) {
		return nil
	}
	if x <= 0 {
		return 0.0
	}
	if x >= 1 {
		return 1.0
	}
	return incompleteBeta(x, alpha, beta)
}

func incompleteBeta(x, a, b float64) float64 {
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab - la - lb + a*math.Log(x) + b*math.Log(1-x))
	if x < (a+1)/(a+b+2) {
		return front * betaFraction(x, a, b) / a
	}
	return 1 - front*betaFraction(1-x, b, a)/b
}

// betaFraction is Lentz's evaluation of the fraction.
func betaFraction(x, a, b float64) float64 {
	const tiny = 1e-300
	keep := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c, d := 1.0, 1/keep(1-(a+b)*x/(a+1))
	h := d
	for m := 1.0; m < 500; m++ {
		n := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d = 1 / keep(1+n*d)
		c = keep(1 + n/c)
		h *= d * c
		n = -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d = 1 / keep(1+n*d)
		c = keep(1 + n/c)
		h *= d * c
		if math.Abs(d*c-1) < 1e-15 {
			break
		}
	}
	return h
}

func betaInverse(p, alpha, beta float64) any {
	if alpha <= 0 || beta <= 0 || p < 0 || p > 1 || math.IsNaN(p) {
		return nil
	}
	low, high := 0.0, 1.0
	for range 200 {
		middle := (low + high) / 2
		if v, _ := betaCDF(middle, alpha, beta).(float64); v < p {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}

func betaDensity(x, alpha, beta float64) any {
	if alpha <= 0 || beta <= 0 || math.IsNaN(x) {
		return nil
	}
	if x < 0 || x > 1 {
		return 0.0
	}
	la, _ := math.Lgamma(alpha)
	lb, _ := math.Lgamma(beta)
	lab, _ := math.Lgamma(alpha + beta)
	return orNull(math.Exp(lab-la-lb) * math.Pow(x, alpha-1) * math.Pow(1-x, beta-1))
}

// welch is the p-value of Welch's test, two-sided.
func welch(a []any) any {
	m1, v1, n1, m2, v2, n2 := real(a[0], 0), real(a[1], 0), real(a[2], 0), real(a[3], 0), real(a[4], 0), real(a[5], 0)
	if v1 < 0 || v2 < 0 || n1 < 2 || n2 < 2 {
		return nil
	}
	e1, e2 := v1/n1, v2/n2
	t := (m1 - m2) / math.Sqrt(e1+e2)
	df := (e1 + e2) * (e1 + e2) / (e1*e1/(n1-1) + e2*e2/(n2-1))
	if math.IsNaN(t) || math.IsNaN(df) {
		return nil
	}
	return betaCDF(df/(df+t*t), df/2, 0.5)
}
