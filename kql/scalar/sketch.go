package scalar

import (
	"cmp"
	"math"
	"slices"
)

// Sketches stand for many values in little room. Their form is Penstock's own, not Kusto's.
//
// The sketch of distinct values, {"size": k, "smallest": […]}, has the k smallest of the values' hashes, which are whole numbers of 52 bits: with
// fewer than k it is exact, beyond that the largest of them says how densely hashes lie. The sketch of a distribution, {"min": a, "max": z,
// "centroids": [[mean, weight], …]}, has up to a thousand groups of neighbouring values, in their order.
var sketchFunctions = map[string]Function{
	"hll_merge":                 {"d*", 'd', func(a []any) any { return mergeDistinct(list(a[0])) }},
	"dcount_hll":                {"d", 'l', strict(func(a []any) any { return countDistinct(a[0]) })},
	"tdigest_merge":             {"d*", 'd', func(a []any) any { return mergeDigests(list(a[0])) }},
	"tdigest_percentile":        {"dr", 'r', strict(func(a []any) any { return knownReal(readDigest(a[0]).percentile(real(a[1], 0))) })},
	"percentiles_array_tdigest": {"dd*", 'd', strict1(digestPercentiles)},
	"rank_tdigest":              {"dr", 'r', strict(func(a []any) any { return readDigest(a[0]).rank(real(a[1], 0)) })},
	"percentrank_tdigest": {"dr", 'r', strict(func(a []any) any {
		d := readDigest(a[0])
		return knownReal(d.rank(real(a[1], 0))/d.weight()*100, d.weight() > 0)
	})},
}

// hashSpace is how many hashes there are.
const hashSpace = 1 << 52

// knownReal is a real number, or null.
func knownReal(v float64, ok bool) any {
	if !ok || math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return v
}

// readDistinct is the size of a sketch of distinct values and its hashes.
func readDistinct(v any) (int, []int64) {
	bag, ok := v.(*Bag)
	if !ok {
		return 0, nil
	}
	size, ok := number(bag.values["size"])
	if !ok || size < 1 || size > maxItems {
		return 0, nil
	}
	items := list(bag.values["smallest"])
	hashes := make([]int64, 0, len(items))
	for _, item := range items {
		if h, ok := number(item); ok && h >= 0 && h < hashSpace {
			hashes = append(hashes, int64(h))
		}
	}
	return int(size), hashes
}

func countDistinct(v any) any {
	size, hashes := readDistinct(v)
	switch {
	case size == 0:
		return nil
	case len(hashes) < size:
		return int64(len(hashes))
	}
	largest := slices.Max(hashes)
	return int64(math.Round(float64(size-1) / (float64(largest) + 1) * hashSpace))
}

// mergeDistinct is a sketch of all values: as exact as the coarsest of those that are joined.
func mergeDistinct(sketches []any) any {
	size, all := maxItems, []int64{}
	for _, s := range sketches {
		if n, hashes := readDistinct(s); n > 0 {
			size, all = min(size, n), append(all, hashes...)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	hashes := make([]any, min(len(all), size))
	for i := range hashes {
		hashes[i] = all[i]
	}
	out := newBag()
	out.set("size", size)
	out.set("smallest", hashes)
	return out
}

// maxCentroids is how many groups a sketch of a distribution has at most.
const maxCentroids = 1000

type centroid struct{ mean, weight float64 }

// digest is a sketch of a distribution.
type digest struct {
	min, max  float64
	centroids []centroid // by mean
}

func readDigest(v any) *digest {
	d := &digest{min: math.Inf(1), max: math.Inf(-1)}
	bag, ok := v.(*Bag)
	if !ok {
		return d
	}
	for _, item := range list(bag.values["centroids"]) {
		pair := list(item)
		if len(pair) != 2 {
			continue
		}
		mean, ok1 := number(pair[0])
		weight, ok2 := number(pair[1])
		if ok1 && ok2 && weight > 0 {
			d.add(centroid{mean, weight})
		}
	}
	if low, ok := number(bag.values["min"]); ok {
		d.min = min(d.min, low)
	}
	if high, ok := number(bag.values["max"]); ok {
		d.max = max(d.max, high)
	}
	d.sort()
	return d
}

func (d *digest) add(c centroid) {
	d.centroids = append(d.centroids, c)
	d.min, d.max = min(d.min, c.mean), max(d.max, c.mean)
}

func (d *digest) sort() {
	slices.SortFunc(d.centroids, func(a, b centroid) int { return cmp.Compare(a.mean, b.mean) })
}

func (d *digest) weight() float64 {
	sum := 0.0
	for _, c := range d.centroids {
		sum += c.weight
	}
	return sum
}

// percentile is the value that so many percent of the weight do not exceed, as percentile() finds it; false where there is none.
func (d *digest) percentile(p float64) (float64, bool) {
	if len(d.centroids) == 0 || math.IsNaN(p) {
		return 0, false
	}
	switch {
	case p <= 0:
		return d.min, true
	case p >= 100:
		return d.max, true
	}
	wanted, sum := p/100*d.weight(), 0.0
	for _, c := range d.centroids {
		if sum += c.weight; sum >= wanted-1e-9 {
			return c.mean, true
		}
	}
	return d.max, true
}

// rank is how much weight does not exceed a value.
func (d *digest) rank(v float64) float64 {
	sum := 0.0
	for _, c := range d.centroids {
		if c.mean <= v {
			sum += c.weight
		}
	}
	if v >= d.max {
		return d.weight()
	}
	return sum
}

func digestPercentiles(a []any) any {
	d := readDigest(a[0])
	out := []any{}
	for _, p := range flat(a[1]) {
		v, ok := number(p)
		if !ok {
			out = append(out, nil)
			continue
		}
		out = append(out, knownReal(d.percentile(v)))
	}
	return out
}

// mergeDigests joins sketches; where they have too many groups together, neighbours become one.
func mergeDigests(sketches []any) any {
	d := readDigest(nil)
	for _, s := range sketches {
		one := readDigest(s)
		d.centroids = append(d.centroids, one.centroids...)
		d.min, d.max = min(d.min, one.min), max(d.max, one.max)
	}
	d.sort()
	return d.merged()
}

// merged is the sketch as a value, its groups no more than allowed.
func (d *digest) merged() any {
	if len(d.centroids) > maxCentroids {
		share, sum := d.weight()/maxCentroids, 0.0
		kept := d.centroids[:0:0]
		filled := -1
		for _, c := range d.centroids {
			// Each group takes what lies in its share of the weight.
			place := min(int(sum/share), maxCentroids-1)
			sum += c.weight
			if place == filled {
				last := &kept[len(kept)-1]
				last.mean = (last.mean*last.weight + c.mean*c.weight) / (last.weight + c.weight)
				last.weight += c.weight
				continue
			}
			kept, filled = append(kept, c), place
		}
		d.centroids = kept
	}
	pairs := make([]any, len(d.centroids))
	for i, c := range d.centroids {
		pairs[i] = []any{c.mean, c.weight}
	}
	out := newBag()
	if len(pairs) > 0 {
		out.set("min", d.min)
		out.set("max", d.max)
	}
	out.set("centroids", pairs)
	return out
}
