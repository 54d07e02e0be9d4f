package duckdb

import (
	"fmt"

	"penstock/kql"
)

// distinctSizes are how many hashes a sketch of distinct values keeps, by the accuracy that hll() is asked for: its error is about one
// by the root of that.
var distinctSizes = [...]int{1024, 4096, 8192, 16384, 65536}

// distinctSketch writes hll(): the smallest hashes.
func distinctSketch(a *aggCall) {
	accuracy := 1.0
	if len(a.Args) > 1 {
		var ok bool
		if accuracy, ok = constNumber(a.Args[1]); !ok || accuracy < 0 || int(accuracy) >= len(distinctSizes) {
			a.c.unsupported("%s() with an accuracy that is not a constant from 0 to 4", a.Func.Name)
			return
		}
	}
	size := distinctSizes[int(accuracy)]
	x := a.arg(0)
	a.put(`'{"size":%[1]d,"smallest":' || k_array(list_sort(list(DISTINCT hash(%[2]s) >> 12)%[3]s)[:%[1]d]) || '}'`, size, x, a.notNull(x, a.Args[0].Type()))
}

// distribution writes tdigest().
func distribution(a *aggCall) {
	weight := "1.0"
	if len(a.Args) > 1 {
		weight = a.c.ofType(a.Args[1], kql.Real, a.in)
	}
	x := a.c.ofType(a.Args[0], kql.Real, a.in)
	filter := a.notNull(fmt.Sprintf("CASE WHEN isfinite(%s) AND %s > 0 THEN 1 END", x, weight), kql.Long)
	a.put("k_digest(list(struct_pack(v := %[1]s, w := CAST(%[2]s AS DOUBLE)) ORDER BY %[1]s)%[3]s)", x, weight, filter)
}

// digestPercentile writes percentile_tdigest(sketch, percentage, type).
func digestPercentile(c *compiler, call *kql.Call, r *rows) string {
	f := goFunctions["tdigest_percentile"]
	sql := c.goCall("tdigest_percentile", f, call.Args[:2], r)
	switch call.Of {
	case kql.Int, kql.Long, kql.DateTime, kql.TimeSpan:
		sql = "k_to_long(round(" + sql + "))"
		if call.Of == kql.DateTime {
			sql = "k_time(" + sql + ")"
		}
		return sql
	}
	return c.convert(sql, kql.Real, call.Of)
}
