package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// timeRange is what --since, --from and --to say.
type timeRange struct {
	since, from, to string
}

func (r *timeRange) flags(cmd *cobra.Command, since string) {
	cmd.Flags().StringVar(&r.since, "since", since, "how far back to look: 90m, 24h, 7d")
	cmd.Flags().StringVar(&r.from, "from", "", "start, RFC 3339 or a date or how long ago (2026-11-23T10:00:00Z, 2026-11-23, 36h); replaces --since")
	cmd.Flags().StringVar(&r.to, "to", "", "end, in the same forms; default now")
}

// bounds resolves the flags against now.
func (r *timeRange) bounds(now time.Time) (from, to time.Time, err error) {
	to = now
	if r.to != "" {
		if to, err = moment(r.to, now); err != nil {
			return from, to, fmt.Errorf("--to: %w", err)
		}
	}
	start, name := r.since, "--since"
	if r.from != "" {
		start, name = r.from, "--from"
	}
	if from, err = moment(start, now); err != nil {
		return from, to, fmt.Errorf("%s: %w", name, err)
	}
	if !from.Before(to) {
		return from, to, fmt.Errorf("the time range is empty: it starts at %s and ends at %s", from.Format(time.RFC3339), to.Format(time.RFC3339))
	}
	return from, to, nil
}

// moment reads a time, a date, or how long before now.
func moment(s string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	if d, ok := duration(s); ok {
		return now.Add(-d), nil
	}
	return time.Time{}, fmt.Errorf("%q is no time: write 2026-11-23T10:00:00Z, 2026-11-23, or how long ago, as 90m, 24h, 7d", s)
}

// duration reads what time.ParseDuration reads, and days and weeks.
func duration(s string) (time.Duration, bool) {
	for unit, length := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		if number, ok := strings.CutSuffix(s, unit); ok {
			if n, err := strconv.ParseFloat(number, 64); err == nil && n >= 0 {
				return time.Duration(n * float64(length)), true
			}
		}
	}
	d, err := time.ParseDuration(s)
	return d, err == nil && d >= 0
}
