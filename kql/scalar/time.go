package scalar

import (
	"math"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a host need not have time zones
)

// Ticks of 100 ns: in a second, a day, and from the year 1 to 1970.
const (
	ticksPerSecond = 10_000_000
	ticksPerDay    = 86400 * ticksPerSecond
	ticksAtEpoch   = 621355968000000000
	maxTicks       = 3155378975999999999
)

var timeFunctions = map[string]Function{
	"text_to_datetime":        {"s", 't', strict(func(a []any) any { return parseTime(text(a[0])) })},
	"text_to_timespan":        {"s", 'p', strict(func(a []any) any { return ParseSpan(text(a[0])) })},
	"timespan_text":           {"p", 's', strictText(func(a []any) any { return FormatSpan(long(a[0], 0)) })},
	"format_datetime":         {"ts", 's', strictText(func(a []any) any { return formatTime(FromTicks(long(a[0], 0)), text(a[1])) })},
	"format_timespan":         {"ps", 's', strictText(func(a []any) any { return formatSpan(long(a[0], 0), text(a[1])) })},
	"make_datetime":           {"lllllr", 't', strict(makeTime)},
	"make_timespan":           {"lllr", 'p', strict(makeSpan)},
	"datetime_add":            {"slt", 't', strict(datetimeAdd)},
	"datetime_diff":           {"stt", 'l', strict(datetimeDiff)},
	"datetime_part":           {"st", 'l', strict(datetimePart)},
	"datetime_utc_to_local":   {"ts", 't', strict(func(a []any) any { return toLocal(long(a[0], 0), text(a[1])) })},
	"datetime_local_to_utc":   {"ts", 't', strict(func(a []any) any { return fromLocal(long(a[0], 0), text(a[1])) })},
	"datetime_list_timezones": {"", 'd', func([]any) any { return zoneNames() }},
	"week_of_year":            {"t", 'l', strict(func(a []any) any { _, w := FromTicks(long(a[0], 0)).ISOWeek(); return int64(w) })},
}

// strictText gives "" for null: a text is never null.
func strictText(f func([]any) any) func([]any) any {
	inner := strict(f)
	return func(a []any) any {
		if v := inner(a); v != nil {
			return v
		}
		return ""
	}
}

// FromTicks is the time of ticks since the year 1.
func FromTicks(t int64) time.Time {
	t -= ticksAtEpoch
	seconds := t / ticksPerSecond
	rest := t % ticksPerSecond
	return time.Unix(seconds, rest*100).UTC()
}

// Ticks of a time, since the year 1.
func Ticks(t time.Time) int64 {
	return t.Unix()*ticksPerSecond + int64(t.Nanosecond()/100) + ticksAtEpoch
}

func checked(t time.Time) any {
	if y := t.Year(); y < 1 || y > 9999 {
		return nil
	}
	return Ticks(t)
}

// FormatTime writes a datetime as KQL shows it, with all seven digits.
func FormatTime(ticks int64) string { return FromTicks(ticks).Format("2006-01-02T15:04:05.0000000Z") }

// FormatSpan writes a timespan as d.hh:mm:ss.fffffff, days and fraction only where there are any.
func FormatSpan(ticks int64) string {
	sign := ""
	u := uint64(ticks)
	if ticks < 0 {
		sign, u = "-", -u
	}
	days, rest := u/ticksPerDay, u%ticksPerDay
	seconds, fraction := rest/ticksPerSecond, rest%ticksPerSecond
	out := sign
	if days > 0 {
		out += strconv.FormatUint(days, 10) + "."
	}
	out += two(seconds/3600) + ":" + two(seconds/60%60) + ":" + two(seconds%60)
	if fraction > 0 {
		out += "." + pad(fraction, 7)
	}
	return out
}

func two(v uint64) string { return pad(v, 2) }

func pad(v uint64, width int) string {
	s := strconv.FormatUint(v, 10)
	return strings.Repeat("0", max(0, width-len(s))) + s
}

// timeForms are the forms that todatetime() reads, besides those of ISO 8601.
var timeForms = []string{
	"2006-1-2T15:4:5.999999999Z07:00", "2006-1-2T15:4:5.999999999", "2006-1-2 15:4:5.999999999Z07:00", "2006-1-2 15:4:5.999999999 Z07:00", "2006-1-2 15:4:5.999999999",
	"2006-1-2T15:4:5.999999999-0700", "2006-1-2 15:4:5.999999999-0700", "2006-1-2 15:4:5.999999999 -0700",
	"2006-1-2T15:4Z07:00", "2006-1-2T15:4", "2006-1-2 15:4Z07:00", "2006-1-2 15:4", "2006-1-2", "2006-1", "2006",
	"1/2/2006 3:4:5 PM", "1/2/2006 3:4:5.999999999 PM", "1/2/2006 3:4 PM", "1/2/2006 15:4:5.999999999", "1/2/2006 15:4", "1/2/2006",
	"2006/1/2 15:4:5.999999999", "2006/1/2", "20060102150405", "20060102",
	"Mon, 2 Jan 2006 15:04:05 MST", "Mon, 2 Jan 06 15:04:05 MST", "Mon, 2 Jan 2006 15:04:05", "2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05", "2 Jan 2006",
	"Monday, 02-Jan-06 15:04:05 MST", "Monday, 02-Jan-06 15:04:05", "2 January 2006", "2 January 2006 15:04:05", "January 2, 2006", "January 2, 2006 15:04:05",
	"Jan 2, 2006", "Jan 2, 2006 15:04:05", "Jan 2 2006", "Jan 2 2006 15:04:05", "Mon Jan 2 15:04:05 2006", "Mon Jan 2 15:04:05 MST 2006",
	"Monday, January 2, 2006", "Monday, January 2, 2006 3:04 PM", "Monday, January 2, 2006 3:04:05 PM", "Mon, 2 Jan 2006 15:04:05 -0700",
}

func parseTime(s string) any {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 100 {
		return nil
	}
	for _, form := range timeForms {
		if t, err := time.Parse(form, s); err == nil {
			if _, offset := t.Zone(); offset == 0 || !strings.Contains(form, "MST") {
				return checked(t.UTC())
			}
		}
	}
	return nil
}

// ParseSpan reads d.hh:mm:ss.fffffff, a number of days, and literals such as 1.5h.
func ParseSpan(s string) any {
	s = strings.TrimSpace(s)
	sign := int64(1)
	body := s
	if strings.HasPrefix(s, "-") {
		sign, body = -1, s[1:]
	}
	if body == "" || len(body) > 40 {
		return nil
	}
	if !strings.Contains(body, ":") {
		return spanLiteral(body, float64(sign))
	}
	days, clock := int64(0), body
	if at := strings.IndexByte(body, '.'); at >= 0 && at < strings.IndexByte(body, ':') {
		d, err := strconv.ParseInt(body[:at], 10, 32)
		if err != nil {
			return nil
		}
		days, clock = d, body[at+1:]
	}
	parts := strings.Split(clock, ":")
	if len(parts) == 4 {
		d, err := strconv.ParseInt(parts[0], 10, 32)
		if err != nil {
			return nil
		}
		days, parts = days+d, parts[1:]
	}
	if len(parts) != 2 && len(parts) != 3 {
		return nil
	}
	total := days * ticksPerDay
	for i, unit := range []int64{3600 * ticksPerSecond, 60 * ticksPerSecond} {
		v, err := strconv.ParseUint(parts[i], 10, 31)
		if err != nil || i == 0 && v > 23 || i == 1 && v > 59 {
			return nil
		}
		total += int64(v) * unit
	}
	if len(parts) == 3 {
		whole, fraction, _ := strings.Cut(parts[2], ".")
		v, err := strconv.ParseUint(whole, 10, 31)
		if err != nil || v > 59 {
			return nil
		}
		total += int64(v) * ticksPerSecond
		if fraction != "" {
			f, err := strconv.ParseUint((fraction + "0000000")[:7], 10, 31)
			if err != nil {
				return nil
			}
			total += int64(f)
		}
	}
	return sign * total
}

// spanUnits are the units of timespan literals, the longer names first.
var spanUnits = []struct {
	name  string
	ticks float64
}{
	{"microseconds", 10}, {"microsecond", 10}, {"milliseconds", 10000}, {"millisecond", 10000}, {"seconds", 1e7}, {"second", 1e7},
	{"minutes", 6e8}, {"minute", 6e8}, {"hours", 3.6e10}, {"hour", 3.6e10}, {"days", 8.64e11}, {"day", 8.64e11}, {"ticks", 1}, {"tick", 1},
	{"ms", 10000}, {"us", 10}, {"d", 8.64e11}, {"h", 3.6e10}, {"m", 6e8}, {"s", 1e7},
}

func spanLiteral(s string, sign float64) any {
	unit := 8.64e11
	for _, u := range spanUnits {
		if n, ok := strings.CutSuffix(s, u.name); ok {
			s, unit = strings.TrimSpace(n), u.ticks
			break
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.Abs(v*unit) >= math.MaxInt64 {
		return nil
	}
	return int64(math.Round(sign * v * unit))
}

// timeTokens are the letters of a format of datetimes, the longer ones first.
var timeTokens = []string{"fffffff", "ffffff", "fffff", "ffff", "fff", "ff", "f", "FFFFFFF", "FFFFFF", "FFFFF", "FFFF", "FFF", "FF", "F",
	"yyyy", "yy", "y", "MMMM", "MMM", "MM", "M", "dddd", "ddd", "dd", "d", "HH", "H", "hh", "h", "mm", "m", "ss", "s", "tt"}

func formatTime(t time.Time, format string) string {
	return formatWith(format, timeTokens, func(token string) string {
		switch token {
		case "yyyy":
			return pad(uint64(t.Year()), 4)
		case "yy":
			return two(uint64(t.Year() % 100))
		case "y":
			return pad(uint64(t.Year()%100), 1)
		case "MMMM":
			return t.Month().String()
		case "MMM":
			return t.Month().String()[:3]
		case "MM", "M":
			return digits(token, int(t.Month()))
		case "dddd":
			return t.Weekday().String()
		case "ddd":
			return t.Weekday().String()[:3]
		case "dd", "d":
			return digits(token, t.Day())
		case "HH", "H":
			return digits(token, t.Hour())
		case "hh", "h":
			return digits(token, (t.Hour()+11)%12+1)
		case "mm", "m":
			return digits(token, t.Minute())
		case "ss", "s":
			return digits(token, t.Second())
		case "tt":
			return t.Format("PM")
		}
		return fraction(token, uint64(t.Nanosecond()/100))
	})
}

var spanTokens = []string{"fffffff", "ffffff", "fffff", "ffff", "fff", "ff", "f", "FFFFFFF", "FFFFFF", "FFFFF", "FFFF", "FFF", "FF", "F",
	"dddddddd", "ddddddd", "dddddd", "ddddd", "dddd", "ddd", "dd", "d", "HH", "H", "hh", "h", "mm", "m", "ss", "s"}

func formatSpan(ticks int64, format string) string {
	u := uint64(ticks)
	sign := ""
	if ticks < 0 {
		u, sign = -u, "-"
	}
	seconds := u / ticksPerSecond
	return sign + formatWith(format, spanTokens, func(token string) string {
		switch token[0] {
		case 'd':
			return pad(u/ticksPerDay, len(token))
		case 'H', 'h':
			return digits(token, int(seconds/3600%24))
		case 'm':
			return digits(token, int(seconds/60%60))
		case 's':
			return digits(token, int(seconds%60))
		}
		return fraction(token, u%ticksPerSecond)
	})
}

func digits(token string, v int) string { return pad(uint64(v), len(token)) }

// fraction is the first digits of a second's part; F leaves zeros at the end out.
func fraction(token string, ticks uint64) string {
	s := pad(ticks, 7)[:len(token)]
	if token[0] == 'F' {
		return strings.TrimRight(s, "0")
	}
	return s
}

// formatWith replaces tokens and takes over all else.
func formatWith(format string, tokens []string, value func(token string) string) string {
	var b strings.Builder
next:
	for i := 0; i < len(format) && b.Len() < maxResult; {
		for _, token := range tokens {
			if strings.HasPrefix(format[i:], token) {
				b.WriteString(value(token))
				i += len(token)
				continue next
			}
		}
		b.WriteByte(format[i])
		i++
	}
	return bounded(b.String())
}

func makeTime(a []any) any {
	year, month, day, hour, minute := long(a[0], 0), long(a[1], 0), long(a[2], 0), long(a[3], 0), long(a[4], 0)
	second := real(a[5], 0)
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second >= 60 {
		return nil
	}
	t := time.Date(int(year), time.Month(month), int(day), int(hour), int(minute), 0, 0, time.UTC)
	if t.Day() != int(day) {
		return nil
	}
	return Ticks(t) + int64(math.Round(second*ticksPerSecond))
}

func makeSpan(a []any) any {
	days, hours, minutes, seconds := long(a[0], 0), long(a[1], 0), long(a[2], 0), real(a[3], 0)
	if hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds >= 60 || days < 0 || days > 10675198 {
		return nil
	}
	return days*ticksPerDay + hours*3600*ticksPerSecond + minutes*60*ticksPerSecond + int64(math.Round(seconds*ticksPerSecond))
}

// fixedParts are the parts of a datetime that have one length.
var fixedParts = map[string]int64{"week": 7 * ticksPerDay, "day": ticksPerDay, "hour": 3600 * ticksPerSecond, "minute": 60 * ticksPerSecond,
	"second": ticksPerSecond, "millisecond": 10000, "microsecond": 10, "nanosecond": 1}

func partName(v any) string {
	s := strings.ToLower(text(v))
	switch s {
	case "week_of_year", "weekofyear", "day_of_year", "dayofyear":
		return strings.ReplaceAll(s, "_", "")
	}
	return strings.TrimSuffix(s, "s")
}

func datetimeAdd(a []any) any {
	n, at := long(a[1], 0), long(a[2], 0)
	part := partName(a[0])
	if n > 1<<40 || n < -1<<40 {
		return nil
	}
	var months int64
	switch part {
	case "year":
		months = 12 * n
	case "quarter":
		months = 3 * n
	case "month":
		months = n
	case "nanosecond":
		return inTime(at + n/100)
	default:
		unit, ok := fixedParts[part]
		if !ok {
			return nil
		}
		sum := float64(at) + float64(n)*float64(unit)
		if sum < 0 || sum > maxTicks {
			return nil
		}
		return inTime(at + n*unit)
	}
	t := FromTicks(at)
	total := int64(t.Year())*12 + int64(t.Month()) - 1 + months
	if total < 12 || total >= 120000 {
		return nil
	}
	year, month := int(total/12), time.Month(total%12+1)
	day := min(t.Day(), time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day())
	return Ticks(time.Date(year, month, day, 0, 0, 0, 0, time.UTC)) + at%ticksPerDay
}

func inTime(t int64) any {
	if t < 0 || t > maxTicks {
		return nil
	}
	return t
}

// datetimeDiff counts the boundaries of a part between two times.
func datetimeDiff(a []any) any {
	x, y := long(a[1], 0), long(a[2], 0)
	s, t := FromTicks(x), FromTicks(y)
	switch part := partName(a[0]); part {
	case "year":
		return int64(s.Year() - t.Year())
	case "quarter":
		return int64((s.Year()-t.Year())*4 + (int(s.Month())-1)/3 - (int(t.Month())-1)/3)
	case "month":
		return int64((s.Year()-t.Year())*12 + int(s.Month()) - int(t.Month()))
	case "week":
		// Weeks begin on Sunday; the year 1 began on a Monday.
		return (x+ticksPerDay)/(7*ticksPerDay) - (y+ticksPerDay)/(7*ticksPerDay)
	case "nanosecond":
		return (x - y) * 100
	default:
		unit, ok := fixedParts[part]
		if !ok {
			return nil
		}
		return x/unit - y/unit
	}
}

func datetimePart(a []any) any {
	at := long(a[1], 0)
	t := FromTicks(at)
	switch partName(a[0]) {
	case "year":
		return int64(t.Year())
	case "quarter":
		return int64((t.Month()-1)/3 + 1)
	case "month":
		return int64(t.Month())
	case "weekofyear":
		_, w := t.ISOWeek()
		return int64(w)
	case "day":
		return int64(t.Day())
	case "dayofyear":
		return int64(t.YearDay())
	case "hour":
		return int64(t.Hour())
	case "minute":
		return int64(t.Minute())
	case "second":
		return int64(t.Second())
	case "millisecond":
		return at % ticksPerSecond / 10000
	case "microsecond":
		return at % ticksPerSecond / 10
	case "nanosecond":
		return at % ticksPerSecond * 100
	}
	return nil
}

func toLocal(ticks int64, zone string) any {
	loc, err := zoneOf(zone)
	if err != nil {
		return nil
	}
	_, offset := FromTicks(ticks).In(loc).Zone()
	return inTime(ticks + int64(offset)*ticksPerSecond)
}

func fromLocal(ticks int64, zone string) any {
	loc, err := zoneOf(zone)
	if err != nil {
		return nil
	}
	t := FromTicks(ticks)
	local := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), loc)
	return checked(local.UTC())
}

func zoneOf(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		name = "UTC"
	}
	return time.LoadLocation(name)
}
