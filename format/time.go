package format

import "time"

// instant is a point in time as a record writes it: RFC 3339, also with a space for the T, and without a zone, which
// means UTC.
type instant struct {
	unix   int64
	nanos  int32
	digits int // of the fraction
	utc    bool
}

// parseTime reads a time. Up to nine digits of a fraction count; more are read and dropped.
func parseTime(b []byte) (instant, bool) {
	var t instant
	if len(b) < 19 || b[4] != '-' || b[7] != '-' || b[10] != 'T' && b[10] != ' ' && b[10] != 't' || b[13] != ':' || b[16] != ':' {
		return t, false
	}
	year, month, day := digits(b[0:4]), digits(b[5:7]), digits(b[8:10])
	hour, minute, second := digits(b[11:13]), digits(b[14:16]), digits(b[17:19])
	if year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return t, false
	}
	rest := b[19:]
	if len(rest) > 0 && rest[0] == '.' {
		n := 1
		scale := int32(100_000_000)
		for ; n < len(rest) && rest[n] >= '0' && rest[n] <= '9'; n++ {
			t.nanos += int32(rest[n]-'0') * scale
			scale /= 10
		}
		if t.digits = n - 1; t.digits == 0 {
			return t, false
		}
		rest = rest[n:]
	}
	t.unix = daysSince1970(year, month, day)*86400 + int64(hour*3600+minute*60+second)
	offset, ok := zone(rest)
	t.unix -= int64(offset)
	t.utc = offset == 0
	return t, ok
}

// zone is the offset from UTC in seconds.
func zone(b []byte) (int, bool) {
	if len(b) == 0 || len(b) == 1 && (b[0] == 'Z' || b[0] == 'z') {
		return 0, true
	}
	if len(b) != 6 || b[0] != '+' && b[0] != '-' || b[3] != ':' {
		return 0, false
	}
	hours, minutes := digits(b[1:3]), digits(b[4:6])
	if hours < 0 || hours > 23 || minutes < 0 || minutes > 59 {
		return 0, false
	}
	offset := hours*3600 + minutes*60
	if b[0] == '-' {
		offset = -offset
	}
	return offset, true
}

func digits(b []byte) int {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// daysSince1970 counts days in the Gregorian calendar (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
func daysSince1970(year, month, day int) int64 {
	if month <= 2 {
		year--
	}
	era := year / 400
	yoe := year - era*400
	mp := (month + 9) % 12
	doy := (153*mp+2)/5 + day - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return int64(era*146097+doe) - 719468
}

func civil(days int64) (year, month, day int) {
	z := int(days) + 719468
	era := z / 146097
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = doy - (153*mp+2)/5 + 1
	month = (mp+2)%12 + 1
	year = yoe + era*400
	if month <= 2 {
		year++
	}
	return year, month, day
}

// appendTimeText is appendTime for the text that the time was read from, of which most can be copied.
func appendTimeText(dst []byte, t instant, text []byte) []byte {
	if !t.utc {
		return appendTime(dst, t)
	}
	dst = append(append(append(dst, text[:10]...), 'T'), text[11:19]...)
	if t.digits > 0 {
		fraction := min(t.digits, 6)
		dst = append(append(dst, text[19:20+fraction]...), "000000"[fraction:]...)
	}
	return append(dst, 'Z')
}

// appendTime appends the time in UTC: no fraction where there was none, otherwise one of six digits.
func appendTime(dst []byte, t instant) []byte {
	days, seconds := t.unix/86400, int(t.unix%86400)
	if seconds < 0 {
		days, seconds = days-1, seconds+86400
	}
	year, month, day := civil(days)
	dst = append(dst, byte('0'+year/1000%10), byte('0'+year/100%10))
	dst = two(dst, year%100)
	dst = two(append(dst, '-'), month)
	dst = two(append(dst, '-'), day)
	dst = two(append(dst, 'T'), seconds/3600)
	dst = two(append(dst, ':'), seconds/60%60)
	dst = two(append(dst, ':'), seconds%60)
	if t.digits > 0 {
		micros := int(t.nanos / 1000)
		dst = append(dst, '.')
		dst = two(dst, micros/10000)
		dst = two(dst, micros/100%100)
		dst = two(dst, micros%100)
	}
	return append(dst, 'Z')
}

func two(dst []byte, n int) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }

// TimeSource tells where the time of an event is from.
type TimeSource string

// The sources of an event's time, best first.
const (
	FromTimestamp TimeSource = "Timestamp"
	FromRecord    TimeSource = "time"
	FromArrival   TimeSource = "arrival"
)

// The bounds of a time that can be believed. Defender's oldest tables are younger than the first; clocks that are set
// wrong by accident go beyond the second.
var earliest = time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC).Unix()

const latest = 366 * 24 * 3600 // seconds after the arrival

// TimeOf is when a record's event happened and where that is from, by the rule that fills @timestamp: the column
// Timestamp, or the record's time where there is none (nil or empty), or the arrival where that cannot be believed.
func TimeOf(timestamp, recordTime []byte, arrived time.Time) (time.Time, TimeSource) {
	t, source := eventTime(timestamp, recordTime, arrived)
	return time.Unix(t.unix, int64(t.nanos)).UTC(), source
}

func eventTime(timestamp, recordTime []byte, arrived time.Time) (instant, TimeSource) {
	source, text := FromTimestamp, timestamp
	if len(text) == 0 {
		source, text = FromRecord, recordTime
	}
	t, ok := parseTime(text)
	if ok && t.unix >= earliest && (arrived.IsZero() || t.unix <= arrived.Unix()+latest) {
		return t, source
	}
	return instant{unix: arrived.Unix(), nanos: int32(arrived.Nanosecond()), digits: 9}, FromArrival
}
