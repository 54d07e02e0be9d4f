package kql

import (
	"math"
	"strings"
	"time"
)

// foldTime computes functions of constant datetimes, on which the time range of a query often stands: startofday(ago(7d)). It gives nil for all
// that is left to the database.
func foldTime(name string, args []Const) any {
	switch name {
	case "startofday", "startofweek", "startofmonth", "startofyear":
		t, ok := args[0].Value.(time.Time)
		offset := int64(0)
		if len(args) > 1 {
			offset, _ = args[1].Value.(int64)
		}
		if ok && offset > -100_000 && offset < 100_000 {
			return within(startOf(name, t, int(offset)))
		}
	case "datetime_add":
		if len(args) != 3 {
			return nil
		}
		part, _ := args[0].Value.(string)
		n, counted := args[1].Value.(int64)
		t, ok := args[2].Value.(time.Time)
		if ok && counted && n > -1_000_000 && n < 1_000_000 {
			return addPart(strings.ToLower(part), int(n), t)
		}
	case "bin":
		if len(args) != 2 {
			return nil
		}
		t, ok := args[0].Value.(time.Time)
		size, sized := args[1].Value.(int64)
		if ok && sized && size > 0 && size < math.MaxInt64/100 {
			// Truncate counts from the year 1, as KQL's bins do.
			return t.Truncate(time.Duration(size) * tick)
		}
	}
	return nil
}

func startOf(name string, t time.Time, offset int) time.Time {
	y, m, d := t.Date()
	switch name {
	case "startofday":
		return time.Date(y, m, d+offset, 0, 0, 0, 0, time.UTC)
	case "startofweek":
		return time.Date(y, m, d-int(t.Weekday())+7*offset, 0, 0, 0, 0, time.UTC)
	case "startofmonth":
		return time.Date(y, m+time.Month(offset), 1, 0, 0, 0, 0, time.UTC)
	}
	return time.Date(y+offset, 1, 1, 0, 0, 0, 0, time.UTC)
}

// addPart adds the parts whose length is always the same; months and years are left to the database, which knows how to shorten them.
func addPart(part string, n int, t time.Time) any {
	lengths := map[string]time.Duration{"week": 7 * 24 * time.Hour, "day": 24 * time.Hour, "hour": time.Hour, "minute": time.Minute, "second": time.Second,
		"millisecond": time.Millisecond, "microsecond": time.Microsecond}
	length, ok := lengths[part]
	if !ok || math.Abs(float64(n)) > float64(math.MaxInt64/length) {
		return nil
	}
	return within(t.Add(time.Duration(n) * length))
}

// within is a time of the years that a datetime may have, else nil.
func within(t time.Time) any {
	if t.Year() < 1 || t.Year() > 9999 {
		return nil
	}
	return t
}
