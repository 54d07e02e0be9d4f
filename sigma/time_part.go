package sigma

import "time"

// timePartNamed is the part of a time with that name, and between which numbers it is.
func timePartNamed(name string) (part TimePart, least, most float64) {
	switch name {
	case "minute":
		return Minute, 0, 59
	case "hour":
		return Hour, 0, 23
	case "day":
		return Day, 1, 31
	case "week":
		return Week, 1, 53
	case "month":
		return Month, 1, 12
	default:
		return Year, 1, 9999
	}
}

// Of is that part of a time as Defender and ECS write it (RFC 3339, with a space instead of the T, or without a zone: UTC). It is
// false for what is no time.
func (p TimePart) Of(value string) (float64, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02"} {
		t, err := time.Parse(layout, value)
		if err != nil {
			continue
		}
		t = t.UTC()
		switch p {
		case Minute:
			return float64(t.Minute()), true
		case Hour:
			return float64(t.Hour()), true
		case Day:
			return float64(t.Day()), true
		case Week:
			_, week := t.ISOWeek()
			return float64(week), true
		case Month:
			return float64(t.Month()), true
		case Year:
			return float64(t.Year()), true
		}
	}
	return 0, false
}
