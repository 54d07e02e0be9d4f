package lake

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Room is how much more a lake takes, and how fast it fills.
type Room struct {
	Retention
	BytesPerDay int64 // of the events of the last seven days, or since the oldest
	DiskFree    int64 // bytes that are left where the lake lies
	DiskSize    int64
	// Left is how long it takes at this rate until the size that is kept, or the disk, is full; negative: it is not known.
	Left time.Duration
}

const (
	day = 24 * time.Hour
	// roomSpan is how far back the rate is looked at: a week has its working days and its weekend.
	roomSpan = 7 * day
	// leastSpan keeps the first minutes of a new lake from being taken for its rate.
	leastSpan = time.Hour
)

// Room measures the disk and works out the rate of the last days.
func (l *Lake) Room(now time.Time) (Room, error) {
	l.mu.Lock()
	r := Room{Retention: l.retention, Left: -1}
	l.mu.Unlock()
	var disk unix.Statfs_t
	if err := unix.Statfs(l.dir, &disk); err != nil {
		return r, fmt.Errorf("measure the disk of %s: %w", l.dir, err)
	}
	block := int64(disk.Bsize) //nolint:unconvert // it is an int32 on other systems
	r.DiskFree, r.DiskSize = int64(disk.Bavail)*block, int64(disk.Blocks)*block

	begin, oldest, total, recent := now.Add(-roomSpan), now, int64(0), int64(0)
	l.mu.Lock()
	for _, s := range l.segments {
		total += s.Bytes
		if newest := time.UnixMicro(s.Max); newest.Before(begin) {
			continue
		}
		recent += s.Bytes
		if first := time.UnixMicro(s.Min); first.Before(oldest) {
			oldest = first
		}
	}
	l.mu.Unlock()
	if oldest.Before(begin) {
		oldest = begin
	}
	span := max(now.Sub(oldest), leastSpan)
	r.BytesPerDay = int64(float64(recent) * float64(day) / float64(span))
	if r.BytesPerDay > 0 {
		left := r.DiskFree
		if r.MaxBytes > 0 {
			left = min(left, max(0, r.MaxBytes-total))
		}
		r.Left = time.Duration(min(float64(left)/float64(r.BytesPerDay)*float64(day), float64(100*365*day)))
	}
	return r, nil
}
