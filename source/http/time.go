package http

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

var errTime = errors.New("neither RFC 3339 nor a number of seconds or milliseconds since 1970")

// The moments that a sender may name. Beyond, a number is of another unit, or nonsense.
var (
	earliest = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// parseTime reads when a sender says that an event was.
func parseTime(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return within(t.UTC())
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) || math.Abs(n) > 1e18 {
		return time.Time{}, errTime
	}
	// 1e11 seconds are past the year 5000, 1e11 milliseconds are 1973: what is larger has another unit.
	for math.Abs(n) >= 1e11 {
		n /= 1000
	}
	whole, part := math.Modf(n)
	return within(time.Unix(int64(whole), int64(part*1e9)).UTC())
}

func within(t time.Time) (time.Time, error) {
	if t.Before(earliest) || t.After(latest) {
		return time.Time{}, errTime
	}
	return t, nil
}
