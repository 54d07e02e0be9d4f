package backend

import (
	"context"

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
	return out, nil
}
