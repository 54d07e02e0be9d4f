package backend

import (
	"context"
	"time"

	"penstock/lake"
	"penstock/server"
)

// Lake answers for what is stored.
func Lake(l *lake.Lake) server.Lake { return stored{l} }

type stored struct{ lake *lake.Lake }

func (s stored) Stats(context.Context) (*server.LakeStats, error) {
	stats := s.lake.Stats()
	out := &server.LakeStats{
		Events: stats.Events, HeadEvents: stats.HeadEvents, Segments: stats.Segments, Bytes: stats.Bytes, Behind: s.lake.Behind().Seconds(),
		Oldest: moment(stats.Oldest), Newest: moment(stats.Newest),
	}
	for _, t := range stats.Tables {
		out.Tables = append(out.Tables, server.LakeTable{
			Table: t.Table, Events: t.Events, Segments: t.Segments, Bytes: t.Bytes, Oldest: moment(t.Oldest), Newest: moment(t.Newest),
		})
	}
	if room, err := s.lake.Room(time.Now()); err == nil { // without it the rest still holds
		out.Room = roomOf(room)
	}
	return out, nil
}

func roomOf(r lake.Room) *server.LakeRoom {
	out := &server.LakeRoom{
		BytesPerDay: r.BytesPerDay, MaxAgeDays: r.MaxAge.Hours() / 24, MaxBytes: r.MaxBytes, DiskFreeBytes: r.DiskFree, DiskSizeBytes: r.DiskSize,
	}
	if r.Left >= 0 {
		days := r.Left.Hours() / 24
		out.DaysLeft = &days
	}
	return out
}
