package syntax

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

const (
	ticksPerSecond = 10_000_000
	ticksPerDay    = 24 * 3600 * ticksPerSecond
)

// units are the endings of timespan literals, in ticks.
var units = map[string]float64{
	"d": ticksPerDay, "day": ticksPerDay, "days": ticksPerDay,
	"h": 3600 * ticksPerSecond, "hr": 3600 * ticksPerSecond, "hrs": 3600 * ticksPerSecond, "hour": 3600 * ticksPerSecond, "hours": 3600 * ticksPerSecond,
	"m": 60 * ticksPerSecond, "min": 60 * ticksPerSecond, "minute": 60 * ticksPerSecond, "minutes": 60 * ticksPerSecond,
	"s": ticksPerSecond, "sec": ticksPerSecond, "second": ticksPerSecond, "seconds": ticksPerSecond,
	"ms": 10_000, "milli": 10_000, "millis": 10_000, "millisecond": 10_000, "milliseconds": 10_000,
	"micro": 10, "micros": 10, "microsecond": 10, "microseconds": 10,
	"nano": 0.01, "nanos": 0.01, "nanosecond": 0.01, "nanoseconds": 0.01,
	"tick": 1, "ticks": 1,
}

func timespanOf(number, unit string) (Ticks, bool) {
	factor, ok := units[unit]
	if !ok {
		return 0, false
	}
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || math.Abs(v*factor) >= math.MaxInt64 {
		return 0, false
	}
	return Ticks(math.Round(v * factor)), true
}

// ParseTimespan reads what timespan(…) may hold and totimespan() understands: 1d, 1.02:03:04.5, 02:03, and a bare number of days.
func ParseTimespan(s string) (Ticks, bool) {
	s = strings.TrimSpace(s)
	negative := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	ticks, ok := positiveTimespan(s)
	if negative {
		ticks = -ticks
	}
	return ticks, ok
}

func positiveTimespan(s string) (Ticks, bool) {
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, false
	}
	parts := strings.Split(s, ":")
	if len(parts) == 1 {
		n := digits(s)
		if n < len(s) && s[n] == '.' {
			n += 1 + digits(s[n+1:])
		}
		unit := strings.TrimSpace(s[n:])
		if unit == "" {
			unit = "d"
		}
		return timespanOf(s[:n], unit)
	}
	if len(parts) > 3 {
		return 0, false
	}
	var days int64
	if day, hours, ok := strings.Cut(parts[0], "."); ok {
		v, err := strconv.ParseInt(day, 10, 32)
		if err != nil {
			return 0, false
		}
		days, parts[0] = v, hours
	}
	var total float64
	for i, factor := range []float64{3600, 60, 1} {
		if i >= len(parts) {
			break
		}
		if parts[i] == "" || parts[i][0] < '0' || parts[i][0] > '9' {
			return 0, false
		}
		v, err := strconv.ParseFloat(parts[i], 64)
		if err != nil || v > 1e6 || i < 2 && v != math.Trunc(v) {
			return 0, false
		}
		total += v * factor
	}
	if days > 10_000_000 {
		return 0, false
	}
	return Ticks(days*ticksPerDay + int64(math.Round(total*ticksPerSecond))), true
}

// FormatTimespan writes a timespan as KQL does: [-][d.]hh:mm:ss[.fffffff].
func FormatTimespan(t Ticks) string {
	var b strings.Builder
	v := uint64(t)
	if t < 0 {
		b.WriteByte('-')
		v = -v
	}
	if days := v / ticksPerDay; days > 0 {
		fmt.Fprintf(&b, "%d.", days)
	}
	seconds := v % ticksPerDay / ticksPerSecond
	fmt.Fprintf(&b, "%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	if fraction := v % ticksPerSecond; fraction > 0 {
		fmt.Fprintf(&b, ".%07d", fraction)
	}
	return b.String()
}

// dateLayouts are the forms of datetime(…) that Microsoft documents; those with a fraction are read by time.Parse without more.
var dateLayouts = []string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04",
	"2006-01-02 15:04Z07:00", "2006-01-02 15:04", "2006-01-02", "2006-01", "2006", "2006-1-2 15:04:05", "2006-1-2 15:04", "2006-1-2", "2006-1-2T15:04:05Z07:00", "2006-1-2T15:04:05",
	"20060102", "20060102150405", "1/2/2006", "1/2/2006 15:04:05", "1/2/2006 15:04", "1/2/2006 3:04:05 PM", "1/2/2006 3:04 PM", "1/2/2006, 3:04:05 PM",
	"2006/01/02", "2006/01/02 15:04:05", "2006/1/2",
	"Mon, 02 Jan 2006 15:04:05 MST", "Mon, 2 Jan 2006 15:04:05 MST", "Mon, 02 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05", "2 Jan 2006", "2 January 2006", "02 Jan 06 15:04 MST",
	"Monday, 02-Jan-06 15:04:05 MST", "Mon Jan _2 15:04:05 2006", "Jan 2, 2006", "January 2, 2006", "Jan 2 2006", "2006-01-02 15:04:05 -07:00", "2006-01-02 15:04:05 MST", "2006-01-02 3:04:05 PM",
}

// ParseDatetime reads what datetime(…) may hold and todatetime() understands; the result is in UTC.
func ParseDatetime(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC().Truncate(100 * time.Nanosecond), true
		}
	}
	return time.Time{}, false
}

// typedLiteral reads the inside of datetime(…) and its kin. The literal is null where the text makes no sense. A datetime may also be a
// time of day, or what nobody understands: Microsoft's parser takes any text there, so it is left to the binder, with the text as its Value.
func typedLiteral(kind, body string) (*Literal, string) {
	l := &Literal{Type: kind}
	if len(body) >= 2 && (body[0] == '"' || body[0] == '\'') && body[len(body)-1] == body[0] {
		body = body[1 : len(body)-1]
	}
	if body == "null" {
		return l, ""
	}
	var ok bool
	hint := ""
	switch kind {
	case "datetime":
		var t time.Time
		if t, ok = ParseDatetime(body); ok {
			l.Value = t
		} else {
			l.Value = body
		}
		return l, ""
	case "timespan":
		var t Ticks
		if t, ok = ParseTimespan(body); ok {
			l.Value = int64(t)
		}
		hint = ": write it as 1d, 90m or 1.02:03:04"
	case "guid":
		var g string
		if g, ok = ParseGUID(body); ok {
			l.Value = g
		}
	case "int", "long":
		v, err := strconv.ParseInt(body, 0, map[string]int{"int": 32, "long": 64}[kind])
		if ok = err == nil; ok {
			l.Value = v
		}
	case "real":
		l.Value, ok = parseReal(body)
	case "decimal":
		_, ok = new(big.Rat).SetString(body)
		ok = ok && len(body) < 80 && !strings.ContainsAny(body, "/_pPxX")
		if ok {
			l.Value = body
		}
	case "bool":
		ok = true
		switch strings.ToLower(body) {
		case "true", "1":
			l.Value = true
		case "false", "0":
			l.Value = false
		default:
			ok = false
		}
	}
	if !ok {
		l.Value = nil
		return l, strconv.Quote(body) + " is no " + kind + hint
	}
	return l, ""
}

func parseReal(body string) (any, bool) {
	switch strings.ToLower(body) {
	case "nan":
		return math.NaN(), true
	case "+inf", "inf":
		return math.Inf(1), true
	case "-inf":
		return math.Inf(-1), true
	}
	v, err := strconv.ParseFloat(body, 64)
	return v, err == nil
}

// ParseGUID reads a GUID with or without braces and hyphens; the result is in lower case with hyphens.
func ParseGUID(s string) (string, bool) {
	s = strings.ToLower(strings.Trim(strings.TrimSpace(s), "{}"))
	plain := strings.ReplaceAll(s, "-", "")
	if len(plain) != 32 || strings.Trim(plain, "0123456789abcdef") != "" {
		return "", false
	}
	return plain[:8] + "-" + plain[8:12] + "-" + plain[12:16] + "-" + plain[16:20] + "-" + plain[20:], true
}
