package scalar

import (
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// decimals computes with the 34 digits that KQL's decimal has.
var decimals = apd.BaseContext.WithPrecision(34)

// Decimals are texts; arithmetic on them is done here, because SQL's decimals have a fixed place of the point.
var decimalFunctions = map[string]Function{
	"text_to_decimal":   {"s", 's', strict(func(a []any) any { return parseDecimal(text(a[0])) })},
	"real_to_decimal":   {"r", 's', strict(realToDecimal)},
	"decimal_to_long":   {"s", 'l', strict(decimalToLong)},
	"decimal_to_real":   {"s", 'r', strict(decimalToReal)},
	"decimal_compare":   {"ss", 'l', strict(decimalCompare)},
	"decimal_add":       {"ss", 's', decimalOp(func(z, x, y *apd.Decimal) (apd.Condition, error) { return decimals.Add(z, x, y) })},
	"decimal_subtract":  {"ss", 's', decimalOp(func(z, x, y *apd.Decimal) (apd.Condition, error) { return decimals.Sub(z, x, y) })},
	"decimal_multiply":  {"ss", 's', decimalOp(func(z, x, y *apd.Decimal) (apd.Condition, error) { return decimals.Mul(z, x, y) })},
	"decimal_divide":    {"ss", 's', decimalOp(func(z, x, y *apd.Decimal) (apd.Condition, error) { return decimals.Quo(z, x, y) })},
	"decimal_remainder": {"ss", 's', decimalOp(decimalRemainder)},
	"decimal_bin":       {"ss", 's', decimalOp(decimalBin)},
	"decimal_round":     {"sl?", 's', strict1(decimalRound)},
	"decimal_sum":       {"d", 's', func(a []any) any { return decimalFold(list(a[0]), "sum") }},
	"decimal_avg":       {"d", 's', func(a []any) any { return decimalFold(list(a[0]), "avg") }},
	"decimal_min":       {"d", 's', func(a []any) any { return decimalFold(list(a[0]), "min") }},
	"decimal_max":       {"d", 's', func(a []any) any { return decimalFold(list(a[0]), "max") }},
}

func readDecimal(s string) (*apd.Decimal, bool) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 100 || strings.ContainsAny(s, "_") {
		return nil, false
	}
	d, _, err := apd.NewFromString(s)
	if err != nil || d.Form != apd.Finite || d.Exponent > 100 || d.Exponent < -200 {
		return nil, false
	}
	var out apd.Decimal
	if _, err := decimals.Round(&out, d); err != nil {
		return nil, false
	}
	return &out, true
}

// writeDecimal leaves out zeros at the end.
func writeDecimal(d *apd.Decimal) any {
	if d.Form != apd.Finite || d.Exponent > 100 || d.Exponent < -200 {
		return nil
	}
	var out apd.Decimal
	out.Reduce(d)
	if out.IsZero() {
		return "0"
	}
	return out.Text('f')
}

func parseDecimal(s string) any {
	d, ok := readDecimal(s)
	if !ok {
		return nil
	}
	return writeDecimal(d)
}

func realToDecimal(a []any) any { return parseDecimal(Text(real(a[0], 0))) }

func decimalToLong(a []any) any {
	d, ok := readDecimal(text(a[0]))
	if !ok {
		return nil
	}
	var whole apd.Decimal
	toZero := *decimals
	toZero.Rounding = apd.RoundDown
	if _, err := toZero.Quantize(&whole, d, 0); err != nil {
		return nil
	}
	i, err := whole.Int64()
	if err != nil {
		return nil
	}
	return i
}

func decimalToReal(a []any) any {
	d, ok := readDecimal(text(a[0]))
	if !ok {
		return nil
	}
	f, err := d.Float64()
	if err != nil {
		return nil
	}
	return f
}

func decimalCompare(a []any) any {
	x, ok1 := readDecimal(text(a[0]))
	y, ok2 := readDecimal(text(a[1]))
	if !ok1 || !ok2 {
		return nil
	}
	return int64(x.Cmp(y))
}

func decimalOp(op func(z, x, y *apd.Decimal) (apd.Condition, error)) func([]any) any {
	return strict(func(a []any) any {
		x, ok1 := readDecimal(text(a[0]))
		y, ok2 := readDecimal(text(a[1]))
		if !ok1 || !ok2 {
			return nil
		}
		var z apd.Decimal
		if _, err := op(&z, x, y); err != nil {
			return nil
		}
		return writeDecimal(&z)
	})
}

// decimalRemainder is never negative.
func decimalRemainder(z, x, y *apd.Decimal) (apd.Condition, error) {
	cond, err := decimals.Rem(z, x, y)
	if err != nil || !z.Negative || z.IsZero() {
		return cond, err
	}
	var by apd.Decimal
	by.Abs(y)
	return decimals.Add(z, z, &by)
}

func decimalBin(z, x, y *apd.Decimal) (apd.Condition, error) {
	var rest apd.Decimal
	if cond, err := decimalRemainder(&rest, x, y); err != nil {
		return cond, err
	}
	return decimals.Sub(z, x, &rest)
}

func decimalRound(a []any) any {
	d, ok := readDecimal(text(a[0]))
	places := long(a[1], 0)
	if !ok || places < -30 || places > 30 {
		return nil
	}
	var z apd.Decimal
	if _, err := decimals.Quantize(&z, d, int32(-places)); err != nil {
		return nil
	}
	return writeDecimal(&z)
}

func decimalFold(items []any, kind string) any {
	var total *apd.Decimal
	count := int64(0)
	for _, item := range items {
		d, ok := readDecimal(plain(item))
		if !ok {
			continue
		}
		count++
		switch {
		case total == nil:
			total = d
		case kind == "min" && d.Cmp(total) < 0, kind == "max" && d.Cmp(total) > 0:
			total = d
		case kind == "sum" || kind == "avg":
			if _, err := decimals.Add(total, total, d); err != nil {
				return nil
			}
		}
	}
	switch {
	case total == nil && kind == "sum":
		return "0"
	case total == nil:
		return nil
	case kind == "avg":
		if _, err := decimals.Quo(total, total, apd.New(count, 0)); err != nil {
			return nil
		}
	}
	return writeDecimal(total)
}
